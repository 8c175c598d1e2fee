import { h, replace } from "../dom.js";
import { problem } from "./banner.js";

// The bar at the bottom that reminds of saving.
export function saveBar({ onSave, onDiscard }) {
  const save = h("button", { type: "button", class: "button primary", onclick: onSave }, "Save Changes");
  const discard = h("button", { type: "button", class: "button", onclick: onDiscard }, "Discard");
  const said = h("div", { class: "grow" });
  const node = h("div", { class: "savebar", hidden: true, role: "region", "aria-label": "Unsaved changes" }, said, discard, save);
  const usual = () => replace(said, h("span", {}, "You have unsaved changes."));
  usual();
  return {
    node,
    show(changed) {
      node.hidden = !changed;
      usual();
    },
    busy(at) {
      save.disabled = discard.disabled = at;
      save.textContent = at ? "Saving …" : "Save Changes";
    },
    error(error) {
      replace(said, problem(error));
    },
  };
}
