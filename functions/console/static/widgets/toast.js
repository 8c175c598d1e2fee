import { h } from "../dom.js";

const LIFE_MS = 8_000;

// A short message at the bottom of the screen; it stays until it is answered or closed if it has an action or says so.
export function toast(text, { action = null, stays = action !== null } = {}) {
  const close = () => {
    const held = node.contains(document.activeElement);
    node.remove();
    if (held) document.querySelector("h1")?.focus();
  };
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
  [...document.querySelectorAll(".toasts")].at(-1).append(node); // what is outside an open dialog can be used by nobody
  if (!stays) setTimeout(close, LIFE_MS);
}
