// The form: its sections, and what each of them has to be told when another one changes.

import { h, replace, uid } from "../../dom.js";
import { banner, spinner } from "../../widgets/banner.js";
import { action } from "./action.js";
import { duplicates } from "./duplicates.js";
import { mapping } from "./mapping.js";
import { preview } from "./preview.js";
import { recommended } from "./recommended.js";
import { rule } from "./rule.js";
import { setup } from "./setup.js";
import { DEAL } from "./words.js";

const TITLES = { leads: "Leads", referrers: "Referrers" };

// `around`: {context, form, saved, catalogue, platform, words, side, person, disabled, copying, changed(), onChange()}.
// Answers {node, focus(), refreshed(object), clear(), fail(errors, places)}: `refreshed` when HubSpot was read, and `fail`
// gives back what has no place here.
export function editor(around) {
  const { form, saved, catalogue, side, disabled } = around;
  const inside = { ...around, onChange, onAction: chooseAction, refreshed };
  const heading = h("h2", { tabindex: "-1" }, TITLES[side]);
  const banners = setup(around);
  const chosen = action(inside);
  const [rows, beside] = [h("div", {}), h("div", { class: "stack" })];
  const doubles = duplicates(inside);
  const qualifying = side === "leads" ? rule(inside) : null;
  const tried = preview(around);
  const advised = recommended(inside, () => mappings.find((one) => one.part.object === "contact"));
  const warned = saved.warnings.map((text) => banner("info", "Good to know", text));
  let mappings = [];

  const top = h("section", { class: "card stack", "data-part": "action" }, h("div", { class: "row apart" }, heading, around.copying), chosen.node);
  const node = h(
    "div",
    { class: "stack" },
    banners.node,
    top,
    warned,
    rows,
    beside,
    advised.node,
    doubles.node,
    qualifying?.node,
    tried.node,
  );
  showRows();

  function showRows() {
    mappings = form.parts.map((part) => mapping({ title: titleOf(part), part, around: inside }));
    const [first, second] = mappings;
    rows.hidden = !first;
    replace(rows, first?.node);
    beside.hidden = form.action !== DEAL;
    replace(beside, !beside.hidden && checkbox(), second?.node);
    tried.node.hidden = form.parts.length === 0;
  }

  function titleOf({ name }) {
    return name === "mapping" ? "Map your fields" : "Map Contact Fields";
  }

  function checkbox() {
    const box = h("input", { type: "checkbox", id: uid("check"), checked: form.withContact, disabled, onchange: toggle });
    const text = "The contact is created, or found by its e-mail, and linked to the deal.";
    const meaning = h("p", { class: "hint", id: uid("hint") }, text);
    box.setAttribute("aria-describedby", meaning.id);
    return h("div", { class: "radio" }, box, h("label", { for: box.id }, "Create contact associated with deal"), meaning);
  }

  async function toggle(event) {
    form.chooseContact(event.target.checked);
    await catalogue.load("contact");
    mappings = mappings.slice(0, 1);
    const part = form.parts[1];
    if (part) mappings.push(mapping({ title: titleOf(part), part, around: inside }));
    replace(beside, beside.firstChild, mappings[1]?.node);
    onChange();
  }

  async function chooseAction(action) {
    form.chooseAction(action);
    rows.hidden = false;
    replace(rows, form.objects.length > 0 && spinner("Reading HubSpot's properties …"));
    await Promise.all(form.objects.map((object) => catalogue.load(object)));
    form.suggestPipeline(catalogue.pipelines);
    showRows();
    qualifying?.tell();
    onChange();
  }

  function onChange() {
    banners.tell();
    doubles.tell();
    advised.tell();
    tried.tell();
    around.onChange();
  }

  function refreshed(object) {
    for (const one of mappings) if (one.part.object === object) one.refill();
    qualifying?.refill();
    onChange();
  }

  function clear() {
    chosen.fail("", "");
    qualifying?.fail("", "");
    for (const one of mappings) for (const row of one.part.rows) one.row(row).fail("", "");
  }

  function fail(errors, places) {
    const placed = errors.map((error) => ({ error, at: placeOf(error.field, places) }));
    for (const { error, at } of placed) at?.section.fail(at.place, `${error.message} ${error.next_step}`);
    const first = placed.filter(({ at }) => at).sort((one, other) => order(one.at.section.node, other.at.section.node))[0];
    first?.at.section.focus(first.at.place);
    return placed.filter(({ at }) => !at).map(({ error }) => error);
  }

  // Where in the form an error belongs: "mapping.0.source", "rule.value", "action" …
  function placeOf(field, places) {
    const [part, index, place] = field.split(".");
    if (part === "action") return { section: chosen, place: "" };
    if (part === "rule" && qualifying) return { section: qualifying, place: index };
    const row = places[part]?.[Number(index)];
    const section = row && mappings.find((one) => one.part.name === part)?.row(row);
    return section ? { section, place: place ?? "" } : null;
  }

  return { node, focus: () => heading.focus({ preventScroll: true }), refreshed, clear, fail };
}

function order(one, other) {
  return one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
