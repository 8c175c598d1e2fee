import { h, uid } from "../dom.js";

// A modal dialog; the browser keeps the focus in it, and gives it back. `actions` are buttons: {label, kind, value, run?}.
// Resolves with the value of the button, or null if it was closed. `run` is for what a browser allows in a click only,
// such as opening a window.
export function openDialog({ title, body, actions }) {
  return new Promise((resolve) => {
    const heading = uid("dialog");
    let chosen = null;
    const end = (value) => {
      chosen = value;
      node.close();
    };
    const buttons = actions.map(({ label, kind = "", value, run }) => {
      const press = () => {
        run?.();
        end(value);
      };
      return h("button", { type: "button", class: `button ${kind}`, onclick: press }, label);
    });
    const node = h(
      "dialog",
      { class: "dialog", "aria-labelledby": heading },
      h("h2", { id: heading }, title),
      h("div", { class: "stack" }, body),
      h("div", { class: "row end" }, buttons),
      h("div", { class: "toasts", role: "status", "aria-live": "polite" }),
    );
    node.addEventListener("close", () => {
      node.remove();
      resolve(chosen);
    });
    document.body.append(node);
    node.showModal();
  });
}

export async function confirm({ title, text, confirm: yes, cancel = "Cancel", kind = "primary" }) {
  const actions = [
    { label: cancel, value: false },
    { label: yes, value: true, kind },
  ];
  const body = typeof text === "string" ? h("p", {}, text) : text;
  return (await openDialog({ title, body, actions })) === true;
}
