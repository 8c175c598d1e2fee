import { h, replace } from "../dom.js";
import { problem } from "./banner.js";

// The bar at the bottom that reminds of saving.
export function saveBar({ onSave, onDiscard }) {
  const save = h("button", { type: "button", class: "button primary", onclick: onSave }, "Save Changes");
  const discard = h("button", { type: "button", class: "button", onclick: onDiscard }, "Discard");
  const said = h("div", { class: "grow" });
  const node = h("div", { class: "savebar", hidden: true, role: "region", "aria-label": "Unsaved changes" }, said, discard, save);
  const usual = () => replace(said, h("span", {}, "You have unsaved changes."));
  let held = false;
  usual();
  return {
    node,
    show(changed) {
      node.hidden = !changed;
      usual();
    },
    busy(at) {
      if (at) held = document.activeElement === save;
      save.disabled = discard.disabled = at; // takes the focus away
      save.textContent = at ? "Saving …" : "Save Changes";
      if (!at && held && document.activeElement === document.body) save.focus();
    },
    error(error) {
      replace(said, problem(error));
    },
  };
}
