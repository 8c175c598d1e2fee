import { h, uid } from "../dom.js";

// A label above its control, with a hint and what is wrong below; both are read out with the control. Of a list that is
// searched, the control is the part to type in.
export function field(label, node, { hint = "", error = "", badge = null } = {}) {
  const control = node.control ?? node;
  const id = (control.id ||= uid("field"));
  const told = [hint && { id: `${id}-hint`, class: "hint", text: hint }, error && { id: `${id}-error`, class: "error", text: error }].filter(Boolean);
  if (told.length > 0) control.setAttribute("aria-describedby", told.map((one) => one.id).join(" "));
  if (error) control.setAttribute("aria-invalid", "true");
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, badge && [" ", badge]),
    node,
    told.map((one) => h("p", { id: one.id, class: one.class }, one.text)),
  );
}
