// One lead: why it stands where it stands, what to do about it, and what happened to it.

import { h, replace, uid } from "../dom.js";
import { banner } from "../widgets/banner.js";
import { copy, copyButton } from "../widgets/copy.js";
import { recordLink, stateBadge } from "../widgets/person.js";
import { watch } from "../widgets/watch.js";
import { TIME_ZONE, when } from "../widgets/when.js";
import { nextAction } from "./leads/next_action.js";
import { supportDetails } from "./leads/support_details.js";

const GONE = 404;

export async function show(context, root, [id]) {
  const { api, campaign } = context;
  const title = h("h1", {}, "Lead");
  const state = h("div", {});
  const answer = h("section", { class: "card stack" });
  const facts = h("section", { class: "card stack" });
  const timeline = h("section", { class: "card stack" });
  let shown = "";

  async function look() {
    const lead = await api.get(`leads/${encodeURIComponent(id)}`);
    const action = await nextAction(api, lead);
    const now = JSON.stringify([lead, action]);
    if (now === shown) return;
    shown = now;
    title.textContent = lead.first_name || "Lead";
    replace(state, stateBadge(lead)[0]);
    const held = [answer, facts].some((part) => part.contains(document.activeElement));
    const reads = facts.querySelector("details")?.open ?? false;
    replace(answer, why(lead, action));
    replace(facts, told(lead, campaign));
    replace(timeline, story(lead));
    facts.querySelector("details").open = reads;
    if (held) answer.querySelector("h2").focus();
  }

  const back = h("p", {}, h("a", { href: "#/leads" }, "← All leads"));
  try {
    await look();
  } catch (error) {
    if (error.status !== GONE) throw error;
    replace(root, back, title, banner("problem", error.message, error.nextStep));
    return;
  }
  const head = h("div", { class: "row" }, title, state);
  replace(root, back, head, watch(context, 5, look), answer, facts, timeline);
}

function why(lead, action) {
  const won = lead.state === "qualified";
  const told = lead.timeline.findLast(({ event }) => event === "qualified")?.text;
  const sentence = won ? (told ?? "Qualified.") : `${lead.state_label}. ${lead.next_step}`;
  return [
    h("h2", { tabindex: "-1" }, won ? "This referral has qualified" : "Why has this referral not qualified?"),
    h("p", { class: "why" }, sentence),
    won && lead.next_step !== "Nothing to do." && h("p", {}, lead.next_step),
    action && h("div", { class: "row" }, step(lead, action)),
  ];
}

function step(lead, { label, route }) {
  if (route) return h("a", { class: "button primary", href: `#${route}` }, label);
  return recordLink(lead, label, { class: "button primary" });
}

function told(lead, campaign) {
  const details = supportDetails(lead, campaign);
  const record = recordLink(lead, "Open in HubSpot");
  const id = lead.contact_id;
  const onclick = () => copy(details);
  return [
    h("h2", {}, "Facts"),
    h(
      "dl",
      { class: "facts" },
      fact("E-mail", lead.email || "None"),
      fact("Joined", when(lead.joined_at)),
      record && fact("HubSpot record", record),
      id && fact("HubSpot contact", id, copyButton(id, "Copy the HubSpot contact id")),
      fact("Lead number", lead.lead_id),
    ),
    h("div", {}, h("button", { type: "button", class: "button", onclick }, "Copy details for support")),
    h(
      "details",
      {},
      h("summary", {}, "What is copied"),
      h("p", { class: "hint" }, "Numbers, states and times. No name and no address."),
      h("pre", { class: "details" }, details),
    ),
  ];
}

function fact(label, ...value) {
  return [h("dt", {}, label), h("dd", {}, ...value)];
}

function story({ timeline }) {
  const heading = uid("timeline");
  return [
    h("h2", { id: heading }, "What happened"),
    h("p", { class: "hint" }, `In your time zone, ${TIME_ZONE}.`),
    h(
      "ol",
      { class: "timeline", "aria-labelledby": heading },
      timeline.map(({ at, text }) => h("li", {}, h("div", { class: "hint" }, when(at)), text)),
    ),
  ];
}
