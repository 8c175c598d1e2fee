import { h } from "../../dom.js";
import { badge } from "../../widgets/banner.js";
import { choose } from "../../widgets/choose.js";
import { hintOf } from "../side/words.js";

const NONE = { value: "", label: "Do not use" };

// The two columns of a mapping, from left to right.
export function heads(from, to, { reads = false } = {}) {
  return h("div", { class: reads ? "pair reads heads" : "pair heads", "aria-hidden": "true" }, h("span", {}, from), h("span"), h("span", {}, to));
}

// A field of the platform beside the HubSpot property that it is read from (`reads`), or written to.
export function pair({ label, required = false, reads = false, properties, value, wrong = "", onChange }) {
  const options = properties.map((one) => ({ value: one.name, label: one.label, hint: hintOf(one, properties) }));
  const chooser = choose({ options: required ? options : [NONE, ...options], value: value ?? "", onChange: change, placeholder: "Choose a HubSpot field …" });
  const { control } = chooser;
  const error = wrong && h("p", { class: "error", id: `${control.id}-error` }, wrong);
  if (error) {
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", error.id);
  }

  function change(chosen) {
    if (error) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
      error.remove();
    }
    onChange(chosen);
  }

  return h(
    "div",
    { class: reads ? "pair reads" : "pair" },
    h("label", { for: control.id }, label, required && [" ", badge("required", "required")]),
    h("span", { class: "arrow", "aria-hidden": "true" }, "→"),
    h("div", {}, chooser, error),
  );
}
