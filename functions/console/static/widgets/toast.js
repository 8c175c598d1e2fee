import { h } from "../dom.js";

const LIFE_MS = 8_000;

// A short message at the bottom of the screen; one with an action stays until it is answered or closed.
export function toast(text, { action = null } = {}) {
  const close = () => node.remove();
  const run = () => {
    close();
    action.run();
  };
  const node = h(
    "div",
    { class: "toast" },
    h("span", {}, text),
    action && h("button", { type: "button", class: "button quiet", onclick: run }, action.label),
    h("button", { type: "button", class: "button quiet", "aria-label": "Close message", onclick: close }, "×"),
  );
  document.querySelector(".toasts").append(node);
  if (!action) setTimeout(close, LIFE_MS);
}
