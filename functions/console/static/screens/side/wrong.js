// Marks a control as wrong, with the text that says why, and takes the mark away again.

const before = new WeakMap(); // control → what described it

export function markWrong(control, textId) {
  const told = control.getAttribute("aria-describedby");
  before.set(control, told);
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", told ? `${textId} ${told}` : textId);
}

export function unmark(control) {
  if (!before.has(control)) return;
  const told = before.get(control);
  before.delete(control);
  control.removeAttribute("aria-invalid");
  if (told) control.setAttribute("aria-describedby", told);
  else control.removeAttribute("aria-describedby");
}
