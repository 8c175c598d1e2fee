import { h, replace } from "../../dom.js";
import { problem, spinner } from "../../widgets/banner.js";
import { copyButton } from "../../widgets/copy.js";
import { field } from "../../widgets/field.js";
import { stateBadge } from "../../widgets/person.js";
import { table } from "../../widgets/table.js";
import { onDay } from "../../widgets/when.js";
import { contactCell } from "./contact.js";
import { tellStory } from "./story.js";

const PAGE = 25;

// The campaign's referrers, newest first, a page at a time. `add` is what an empty table offers.
export function referrersTable(context, add) {
  let email = "";
  let rows = [];
  let cursor = null;
  let asked = 0; // of two answers on their way only the later one counts
  let stale = false;

  const cleared = () => search.value === "" && email && find();
  const search = h("input", { class: "control", type: "search", autocomplete: "off", spellcheck: "false", oninput: cleared });
  const list = h("div", { class: "stack referrers", onfocusout: catchUp });
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => load(cursor) }, "Load more");
  const form = h(
    "form",
    { class: "row search", role: "search", onsubmit: find },
    h("div", { class: "grow" }, field("Search by e-mail address", search, { hint: "Type the whole address." })),
    h("button", { type: "submit", class: "button" }, "Search"),
  );

  async function load(from = null) {
    const mine = (asked += 1);
    more.disabled = true;
    try {
      const page = await context.api.get("referrers", { email, cursor: from });
      if (mine !== asked) return;
      const known = from ? rows.length : 0;
      rows = [...rows.slice(0, known), ...page.referrers];
      cursor = page.cursor;
      show();
      if (from) list.querySelectorAll("tbody tr")[known]?.querySelector("button").focus();
    } catch (error) {
      if (mine === asked) replace(list, rows.length > 0 && filled(), problem(error, () => load(from)));
    }
    more.disabled = false;
  }

  function show() {
    stale = false;
    more.hidden = !cursor;
    replace(list, filled());
  }

  function filled() {
    return table("Referrers", columns(context), rows, empty());
  }

  function empty() {
    if (email) return [h("p", {}, "Nobody joined with this e-mail address."), h("p", {}, "Search for the whole address, or clear the search.")];
    return [h("p", {}, "No referrers yet. They appear here when they join, or when you sync your HubSpot contacts."), add()];
  }

  function find(event) {
    event?.preventDefault();
    email = search.value.trim();
    replace(list, spinner("Searching …"));
    load();
  }

  // Nobody's focus is taken away by a table that is made anew: that waits until the focus has left it.
  function catchUp({ relatedTarget }) {
    if (stale && !list.contains(relatedTarget)) load();
  }

  return {
    node: h("div", { class: "stack" }, form, list, h("div", {}, more)),
    load,
    // Shows who came meanwhile, unless somebody searches or has gone further down.
    refresh() {
      if (email || rows.length > PAGE) return;
      if (list.contains(document.activeElement)) stale = true;
      else load();
    },
  };
}

function columns(context) {
  return [
    { label: "Name", cell: (one) => named(context, one) },
    { label: "E-mail", cell: (one) => h("span", { class: "address" }, one.email) },
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

function link({ referral_link: address, first_name: name }) {
  if (!/^https?:/.test(address)) return address || "–";
  return h(
    "span",
    { class: "row near" },
    h("a", { class: "link", href: address, target: "_blank", rel: "noopener noreferrer" }, address.replace(/^https?:\/\//, "")),
    copyButton(address, `Copy ${name ? `${name}'s` : "the"} referral link`),
  );
}
