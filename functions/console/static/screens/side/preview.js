// What the form, saved or not, would write into HubSpot for one person.

import { h, replace, uid } from "../../dom.js";
import { badge, banner, problem, spinner } from "../../widgets/banner.js";
import { busy } from "../../widgets/busy.js";
import { recordLink } from "../../widgets/person.js";
import { table } from "../../widgets/table.js";

// `person` is what chooses whom it is tried on. Answers {node, tell()}: `tell` after the form has changed.
export function preview({ context, form, words, side, person }) {
  const heading = uid("preview");
  const result = h("div", { class: "stack" });
  const old = h("p", { class: "muted", hidden: true }, "The form has changed since. Preview it again.");
  const button = h("button", { type: "button", class: "button", onclick: () => busy(button, run) }, "Preview");
  const node = h(
    "section",
    { class: "card stack", "aria-labelledby": heading },
    h("div", { class: "row" }, h("h2", { id: heading }, "Preview"), badge("nothing is written")),
    h(
      "p",
      { class: "muted" },
      `See what HubSpot would get for one of your ${words.many}, or for a made-up one.`,
    ),
    h("div", { class: "row bottom" }, person.node, button, h("div", { role: "status" }, old)),
    result,
  );
  let tried = "";

  async function run() {
    replace(result, spinner("Looking in HubSpot …"));
    const { form: body } = form.body(0, side);
    tried = form.text(side);
    try {
      replace(result, told(await context.api.post(`hubspot/${side}/preview`, { ...body, ...person.chosen() })));
    } catch (error) {
      replace(result, problem(error));
    }
    tell();
  }

  function told({ person, in_hubspot: known, record_link: link, sends, text, rows, problems, gaps }) {
    const left = problems.filter((one) => !rows.some((row) => row.problem && row.field === rowOf(one.field)));
    return [
      h("div", { role: "status" }, h("p", {}, h("strong", {}, who(person)), " ", recordLink({ record_link: link }, "Open in HubSpot")), h("p", {}, text)),
      rows.length > 0 && !sends && h("p", { class: "muted" }, "If it were sent, HubSpot would get this:"),
      rows.length > 0 && table("What HubSpot would get", columns(known, rows), rows, ""),
      left.length > 0 && listed("problem", "This cannot be saved yet", left),
      gaps.length > 0 && listed("setup", "Nothing would be sent yet", gaps),
    ];
  }

  function who({ first_name: name, email, made_up: madeUp }) {
    if (madeUp) return `A made-up ${words.one}`;
    return `${name || "No name"} (${email || "no e-mail"})`;
  }

  function tell() {
    old.hidden = !tried || tried === form.text(side);
    node.hidden = form.parts.length === 0;
  }

  tell();
  return { node, tell };
}

function columns(known, rows) {
  const property = { label: "To (HubSpot)", cell: (row) => row.label };
  const values = known ? [{ label: "Now", cell: now }, { label: "Then", cell: after }] : [{ label: "HubSpot gets", cell: then }];
  const remarks = rows.some(remark) ? [{ label: "Remarks", cell: remark }] : [];
  return [property, ...values, ...remarks];
}

function then(row) {
  return row.value_label || h("span", { class: "muted" }, "nothing");
}

function now(row) {
  if (row.now === null) return h("span", { class: "muted" }, "new");
  return row.now_label || h("span", { class: "muted" }, "blank");
}

// A blank value is not sent, and what is there stays.
function after(row) {
  if (!row.value) return h("span", { class: "muted" }, row.now ? "stays" : "nothing");
  return row.value === row.now ? h("span", { class: "muted" }, "the same") : h("strong", {}, row.value_label);
}

function remark({ problem: wrong, note }) {
  if (wrong) return h("span", { class: "error" }, wrong);
  return note && h("span", { class: "hint" }, note);
}

function listed(kind, title, problems) {
  return banner(kind, title, h("ul", {}, problems.map((one) => h("li", {}, `${one.message} ${one.next_step}`))));
}

function rowOf(field) {
  return field.split(".").slice(0, 2).join(".");
}
