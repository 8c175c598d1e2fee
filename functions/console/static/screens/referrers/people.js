import { h, replace } from "../../dom.js";
import { problem, spinner } from "../../widgets/banner.js";
import { copyButton } from "../../widgets/copy.js";
import { inParts, stateBadge } from "../../widgets/person.js";
import { emailSearch } from "../../widgets/search.js";
import { table } from "../../widgets/table.js";
import { watch } from "../../widgets/watch.js";
import { onDay } from "../../widgets/when.js";
import { contactCell } from "./contact.js";
import { tellStory } from "./story.js";

const PAGE = 25;
const MOST = 100; // that the API gives at once
const ENDING = 14; // at most so much of a link is shown

// The campaign's referrers, newest first, a page at a time; who comes, and whatever changes, is shown by itself. `add` is
// what an empty table offers.
export function referrersTable(context, add) {
  let email = "";
  let rows = [];
  let cursor = null;
  let asked = 0; // of two answers on their way only the later one counts
  let drawn = null; // the rows that the table was made of, if it is shown

  const list = h("div", { class: "stack referrers" });
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: loadMore }, "Load more");
  const form = emailSearch({ everybody: "Show all referrers", find });

  async function look() {
    const mayWait = more.disabled || rows.length > MOST || document.querySelector("dialog[open]"); // gives the focus back
    if (!mayWait) await read();
  }

  // Reads anew what is shown.
  async function read() {
    const mine = (asked += 1);
    const page = await context.api.get("referrers", { email, limit: String(Math.max(PAGE, rows.length)) });
    if (mine !== asked) return;
    [rows, cursor] = [page.referrers, page.cursor];
    if (JSON.stringify(rows) !== JSON.stringify(drawn)) draw();
  }

  async function load() {
    try {
      await read();
    } catch (error) {
      drawn = null;
      replace(list, problem(error, load));
    }
  }

  async function loadMore() {
    const mine = (asked += 1);
    more.disabled = true;
    try {
      const page = await context.api.get("referrers", { email, cursor });
      if (mine !== asked) return;
      const known = rows.length;
      [rows, cursor] = [[...rows, ...page.referrers], page.cursor];
      draw();
      lines()[known]?.querySelector("button").focus();
    } catch (error) {
      list.append(problem(error, loadMore));
    } finally {
      more.disabled = false;
    }
  }

  // Whoever was on a link or a button stays on it, or near it if newer ones took its place.
  function draw() {
    const held = list.contains(document.activeElement) ? document.activeElement : null;
    const before = lines().findIndex((line) => line.contains(held));
    const control = before < 0 ? -1 : controls(lines()[before]).indexOf(held);
    const now = rows.findIndex((one) => one.referrer_id === drawn?.[before]?.referrer_id);
    drawn = rows;
    more.hidden = !cursor;
    replace(list, table("Referrers", columns(context), rows, empty()));
    if (!held) return;
    const there = now < 0 ? null : controls(lines()[now])[control];
    (there ?? list.querySelector(".scroll"))?.focus({ preventScroll: true });
  }

  function lines() {
    return [...list.querySelectorAll("tbody tr")];
  }

  function empty() {
    if (email) return [h("p", {}, "Nobody joined with this e-mail address."), h("p", {}, "Search for the whole address, or clear the search.")];
    return [h("p", {}, "No referrers yet. They appear here when they join, or when you sync your HubSpot contacts."), add()];
  }

  function find(wanted) {
    [email, rows, drawn] = [wanted, [], null];
    more.hidden = true;
    replace(list, spinner("Searching …"));
    load();
  }

  return {
    node: h("section", { class: "card stack", "aria-label": "All referrers" }, form, watch(context, 5, look), list, h("div", {}, more)),
    load,
    refresh: () => look().catch(() => {}), // if it goes on, the next look says so
  };
}

function controls(line) {
  return [...line.querySelectorAll("a, button")];
}

function columns(context) {
  return [
    { label: "Name", cell: (one) => named(context, one) },
    { label: "E-mail", cell: (one) => h("span", { class: "address" }, inParts(one.email)) },
    { label: "Joined", cell: (one) => onDay(one.joined_at) },
    { label: "Referral link", cell: link },
    { label: "Referrals", cell: (one) => one.referrals_count ?? "–" },
    { label: "Converted", cell: (one) => one.converted_referrals_count ?? "–" },
    { label: "State", cell: stateBadge },
    { label: "Contacts", cell: contactCell },
  ];
}

function named(context, one) {
  const label = one.first_name || "No name";
  return h(
    "button",
    { type: "button", class: "button quiet name", "aria-haspopup": "dialog", onclick: () => tellStory(context, one) },
    label,
  );
}

// A campaign's links begin alike: the end of each tells it from the others.
function link({ referral_link: address, first_name: name }) {
  if (!/^https?:/.test(address)) return address || "–";
  const ending = address.slice(Math.max(address.lastIndexOf("/"), address.length - ENDING));
  return h(
    "span",
    { class: "row near" },
    h("a", { href: address, title: address, target: "_blank", rel: "noopener noreferrer" }, `…${ending}`),
    copyButton(address, `Copy ${name ? `${name}'s` : "the"} referral link`),
  );
}
