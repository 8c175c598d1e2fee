// The campaign's leads: where each stands, and what those wait for who wait.

import { h, replace } from "../dom.js";
import { banner, problem } from "../widgets/banner.js";
import { inParts, recordLink, stateBadge } from "../widgets/person.js";
import { questions } from "../widgets/questions.js";
import { emailSearch } from "../widgets/search.js";
import { table } from "../widgets/table.js";
import { watch } from "../widgets/watch.js";
import { shortly } from "../widgets/when.js";
import { recentTestLeads } from "./test_leads.js";

const PAGE = 25;
const MOST = 100; // that the API gives at once
const SETTINGS = "#/crm/hubspot/leads";

let last = {}; // what was shown when the reader left, so that the way back from one lead ends where it began

export async function show(context, root) {
  const { api, campaign } = context;
  if (last.campaign !== campaign) last = { campaign, email: "", amount: PAGE };
  let leads = [];
  let cursor = null;

  const waiting = h("div", { role: "status" });
  const rows = h("div", {});
  const count = h("p", { class: "muted", role: "status" });
  const more = h("button", { type: "button", class: "button", onclick: loadMore }, "Load more");
  const foot = h("div", { class: "row apart" }, count, more);
  const failure = h("div", {});
  const find = emailSearch({ email: last.email, everybody: "Show all leads", find: search });

  async function load() {
    const asked = last;
    const page = await api.get("leads", { limit: String(asked.amount), email: asked.email });
    if (asked !== last) return; // another search, or more of this one, came in between
    const changed = JSON.stringify(page.leads) !== JSON.stringify(leads);
    [leads, cursor] = [page.leads, page.cursor];
    replace(failure);
    if (changed || !rows.hasChildNodes()) draw();
  }

  async function loadMore() {
    const asked = last;
    more.disabled = true;
    replace(failure);
    try {
      const page = await api.get("leads", { limit: String(PAGE), email: asked.email, cursor });
      if (asked !== last) return;
      const first = leads.length;
      [leads, cursor] = [[...leads, ...page.leads], page.cursor];
      last = { ...last, amount: Math.min(leads.length, MOST) };
      draw();
      rows.querySelectorAll("tbody a[href^='#']")[first]?.focus();
    } catch (error) {
      failed(error);
    } finally {
      more.disabled = false;
    }
  }

  function draw() {
    const held = rows.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    replace(rows, table("Leads", COLUMNS, leads, nobody(last.email, context)));
    if (held) [...rows.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
    more.hidden = !cursor;
    count.textContent = leads.length > 0 ? `${people(leads.length)}${cursor ? ", newest first" : ""}` : "";
  }

  async function look() {
    if (leads.length <= MOST) await load();
    const node = await waitingBanner(context);
    if (waiting.textContent !== (node?.textContent ?? "")) replace(waiting, node);
  }

  async function search(email) {
    [last, leads] = [{ campaign, email, amount: PAGE }, []];
    for (const node of [failure, rows, count]) replace(node);
    more.hidden = true;
    await load().catch(failed);
  }

  function failed(error) {
    replace(failure, problem(error));
  }

  const tried = h("section", { class: "card stack", "aria-label": "Test leads of the last day", hidden: true });

  async function showTestLeads() {
    const told = await recentTestLeads(context);
    tried.hidden = told.length === 0;
    replace(tried, told);
  }

  await look();
  showTestLeads().catch(() => {}); // they are where they were sent from, too
  replace(
    root,
    h("h1", {}, "Leads"),
    waiting,
    await questions(context, "lead", () => look().catch(failed)),
    h("section", { class: "card stack", "aria-label": "All leads" }, find, rows, failure, foot),
    tried,
    watch(context, 5, look),
  );
}

const COLUMNS = [
  { label: "Name", cell: (lead) => h("a", { href: address(lead) }, lead.first_name || "No name") },
  { label: "E-mail", cell: (lead) => h("div", { class: "mail" }, lead.email ? inParts(lead.email) : "None") },
  { label: "Joined", cell: (lead) => shortly(lead.joined_at) },
  { label: "State", cell: (lead) => h("div", { class: "state" }, stateBadge(lead)) },
  { label: "What next", cell: (lead) => h("div", { class: "hint next" }, lead.next_step) },
  { label: "HubSpot", cell: (lead) => recordLink(lead, "Open") },
];

function address({ lead_id: id }) {
  return `#/leads/${encodeURIComponent(id)}`;
}

function nobody(email, { platform }) {
  if (email)
    return [
      h("strong", {}, "Nobody joined with this address."),
      h("p", {}, "Check its spelling: only a whole address is found."),
    ];
  return [
    h("strong", {}, "No leads yet."),
    h("p", {}, `Whoever is referred into this campaign of ${platform} appears here within seconds.`),
  ];
}

// How many wait, for what, and the way to what ends it. Who waits for an answer is asked about below.
async function waitingBanner(context) {
  const [settings, connection] = await Promise.all([context.api.get("hubspot/leads"), context.refreshConnection()]);
  if (settings.waiting === 0) return null;
  const title = `${people(settings.waiting)} ${settings.waiting === 1 ? "is" : "are"} waiting.`;
  const { status, next_step: step } = connection;
  if (status === "not_connected") return banner("setup", title, step, way("Connect HubSpot"));
  if (status !== "connected") return banner("setup", title, step, way("Reconnect HubSpot"));
  if (!settings.setup_required) return banner("setup", title, "Each lead says below what it waits for.");
  const missing = "Setup Required: the Leads settings list what is missing.";
  return banner("setup", title, missing, way("Complete the settings"));
}

function way(label) {
  return h("a", { class: "button", href: SETTINGS }, label);
}

function people(number) {
  return `${number} lead${number === 1 ? "" : "s"}`;
}
