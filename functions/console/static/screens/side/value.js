// The control for a value that is the same for everybody, as the HubSpot property takes it.

import { h, uid } from "../../dom.js";
import { choose, select } from "../../widgets/choose.js";

const FEW = 12; // so many choices need no search
const YES_OR_NO = [
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
];
const DATES = {
  date: { type: "date", form: /^\d{4}-\d\d-\d\d$/ },
  datetime: { type: "datetime-local", form: /^\d{4}-\d\d-\d\dT\d\d:\d\d$/ },
};

// `choices` are the values to choose from, else they are the property's own. `single`: of several choices only one.
// `name` is what a group of choices is called. Answers {node, control, group}: the control gets the focus, and the label
// unless it is one of a group.
export function valueControl({ property, choices = choicesOf(property), value, onChange, disabled, name = "", single = false }) {
  if (choices.length === 0) return typed({ property, value, onChange, disabled });
  if (property?.field_type === "checkbox" && !single) return several({ choices, value, onChange, disabled, name });
  const options = withGone(choices, value);
  const given = { options, value: matching(options, value), onChange, disabled, placeholder: "Choose …" };
  if (options.length <= FEW) return same(select(given));
  const node = choose(given);
  return { node, control: node.control };
}

function choicesOf(property) {
  if (!property) return [];
  if (property.options.length > 0) return property.options;
  return property.type === "bool" ? YES_OR_NO : [];
}

function same(node) {
  return { node, control: node };
}

function typed({ property, value, onChange, disabled }) {
  const oninput = (event) => onChange(event.target.value);
  const given = { id: uid("value"), class: "control", value, oninput, disabled, maxlength: 4096, autocomplete: "off" };
  if (property?.field_type === "textarea") return same(h("textarea", { ...given, rows: 2 }));
  if (property?.type === "number") return same(h("input", { ...given, type: "text", inputmode: "decimal" }));
  const date = DATES[property?.type];
  const type = date && (value === "" || date.form.test(value)) ? date.type : "text";
  return same(h("input", { ...given, type }));
}

function several({ choices, value, onChange, disabled, name }) {
  const options = withGone(choices, ...value.split(";"));
  const chosen = new Set(value.split(";").map((one) => matching(options, one)));
  const boxes = options.map((one) => {
    const box = h("input", { type: "checkbox", id: uid("choice"), disabled, checked: chosen.has(one.value) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(one.value);
      else chosen.delete(one.value);
      onChange(options.map((option) => option.value).filter((option) => chosen.has(option)).join(";"));
    });
    return { box, node: h("div", { class: "check" }, box, h("label", { for: box.id }, one.label)) };
  });
  const node = h("fieldset", { "aria-label": name }, boxes.map((one) => one.node));
  return { node, control: boxes[0].box, group: true };
}

// A saved value may be written as the choice's label, in any case.
function matching(options, value) {
  const word = value.trim().toLowerCase();
  const is = (text) => text.toLowerCase() === word;
  return (options.find((one) => is(one.value)) ?? options.find((one) => is(one.label)))?.value ?? value;
}

function withGone(choices, ...values) {
  const known = values.map((value) => value.trim()).filter((value) => value && matching(choices, value) === value);
  const gone = known.filter((value) => !choices.some((one) => one.value === value));
  return [...choices, ...gone.map((value) => ({ value, label: `${value} (not in HubSpot)` }))];
}
