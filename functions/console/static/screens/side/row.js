// One row of the mapping: what kind of value, from where, to which HubSpot property.

import { h, replace, uid } from "../../dom.js";
import { badge } from "../../widgets/banner.js";
import { choose, select } from "../../widgets/choose.js";
import { requirement } from "./form.js";
import { valueControl } from "./value.js";
import { DYNAMIC, FIXED, typeOf } from "./words.js";
import { markWrong, unmark } from "./wrong.js";

const KINDS = [
  { value: DYNAMIC, label: "Dynamic Value" },
  { value: FIXED, label: "Fixed Value" },
];

// `part` is where the row stands; `around` is what all rows share: {catalogue, platform, disabled, changed, notes}.
// `changed(row)` is told of every edit, `notes(shown)` gives what else is to be said of the row.
// The answer: {row, part, required, node, number(n), tell(), refill(), useSource(name), fail(place, text), focus(place)}.
export function mappingRow({ row, part, around, onRemove }) {
  const { catalogue, platform, disabled } = around;
  const { object } = part;
  const required = requirement(object, row.property);
  const ofTheAccount = Boolean(required?.fixed); // its values are HubSpot's pipelines and stages
  const isPerson = object === "contact" && required?.property === "email"; // takes the person's own address only
  const shown = { row, part, required };
  let position = 0;
  let wrong = ""; // what a refused save says of it

  const notes = h("div", { class: "wide notes", id: uid("notes") });
  const from = h("div", { class: "cell" });
  const type = h("span", { class: "type hint", id: uid("type") });
  const suggested = h("span", { class: "hint" });
  const remove = !required && !disabled && h("button", { type: "button", class: "button quiet", onclick: onRemove }, "Remove");
  const kinds = select({
    options: KINDS.map((one) => ({ ...one, disabled: one.value === DYNAMIC ? ofTheAccount : isPerson })),
    value: row.kind,
    disabled,
    onChange(kind) {
      edited({ kind });
      refill();
    },
  });
  const to = required ? settled() : toChooser();
  (to.control ?? to).setAttribute("aria-describedby", type.id);
  let filled = null; // what "From" holds now
  const node = h(
    "div",
    { class: "line", role: "group", "aria-describedby": notes.id },
    h("div", { class: "cell" }, named("Data Type", kinds), kinds),
    from,
    h("div", { class: "cell" }, named("To (HubSpot)", to.control ?? to), h("div", { class: "typed" }, to, type), suggested),
    h("div", { class: "cell end" }, required ? badge("required", "required") : remove),
    notes,
  );
  refill();
  return Object.assign(shown, { node, number, tell, refill, useSource, fail, focus: (place) => at(place).focus() });

  function named(label, control) {
    return h("label", { class: "name", for: control.id }, label);
  }

  function settled() {
    return h("input", { id: uid("to"), class: "control", readonly: true });
  }

  function toChooser() {
    return choose({
      options: () => catalogue.propertyOptions(object, row.kind === DYNAMIC ? row.source : "", taken(), row.property),
      value: row.property,
      placeholder: "Choose a property …",
      disabled,
      onChange: chooseProperty,
    });
  }

  function taken() {
    return new Set(part.rows.filter((one) => one !== row).map((one) => one.property));
  }

  function label() {
    return catalogue.property(object, row.property)?.label ?? required?.label ?? row.property;
  }

  // Fills "From" anew: with another kind of value, or one for another property.
  function refill() {
    filled = row.kind === DYNAMIC ? fromChooser() : valueChooser();
    const called = `From ${platform}`;
    const name = filled.group ? h("span", { class: "name", "aria-hidden": "true" }, called) : named(called, filled.control);
    replace(from, name, filled.node);
    to.set?.(row.property);
    tell();
  }

  function fromChooser() {
    const node = choose({
      options: () => catalogue.sourceOptions(object, required ? row.property : ""),
      value: row.source,
      placeholder: "Choose a field …",
      disabled,
      onChange: useSource,
    });
    return { node, control: node.control };
  }

  function valueChooser() {
    return valueControl({
      property: catalogue.property(object, row.property),
      choices: ofTheAccount ? accountChoices() : undefined,
      value: row.value,
      disabled,
      name: `From ${platform}`,
      onChange: (value) => edited({ value }),
    });
  }

  function accountChoices() {
    if (row.property === "pipeline") return catalogue.pipelines.map(({ id, label }) => ({ value: id, label }));
    return catalogue.stages(part.rows.find((one) => one.property === "pipeline")?.value);
  }

  function useSource(source) {
    const fits = !row.property || required || catalogue.fits(object, row.property, source);
    const unfit = fits ? "" : label();
    const suggested = row.property ? "" : catalogue.suggested(object, source, taken());
    edited({ source, property: fits ? row.property || suggested : "", suggested: Boolean(suggested) });
    filled.node.set?.(source);
    to.set?.(row.property);
    tell();
    if (unfit) fail("property", `${unfit} cannot hold ${catalogue.sourceLabel(source)}. Choose another property.`);
  }

  function chooseProperty(property) {
    edited({ property, suggested: false });
    if (row.kind === FIXED) refill();
    to.set(property);
  }

  function edited(changes) {
    Object.assign(row, { at: "", ...changes });
    fail("", "");
    around.changed(row);
  }

  // Says what is wrong at the place of the row that it is about: "kind", "source", "value" or "property".
  function fail(place, text) {
    wrong = text;
    for (const control of [kinds, filled.control, to.control ?? to]) unmark(control);
    if (text) markWrong(at(place), notes.id);
    tell();
  }

  function at(place) {
    if (place === "kind") return kinds;
    return place === "property" && to.control ? to.control : filled.control;
  }

  // What the row is called, and what is said of it, as things stand.
  function tell() {
    const known = catalogue.property(object, row.property);
    type.textContent = known ? typeOf(known) : "";
    replace(suggested, row.suggested && row.property && "suggested for you");
    if (required) to.value = label();
    const dynamic = row.source ? catalogue.sourceLabel(row.source) : "not chosen";
    const source = row.kind === DYNAMIC ? dynamic : "Fixed Value";
    node.setAttribute("aria-label", `Row ${position}: ${source} → ${row.property ? label() : "not chosen"}`);
    if (remove) remove.setAttribute("aria-label", `Remove row ${position}`);
    replace(notes, wrong && h("p", { class: "error" }, wrong), around.notes(shown));
  }

  function number(n) {
    position = n;
    tell();
  }
}
