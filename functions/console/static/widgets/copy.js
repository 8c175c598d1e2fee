import { h } from "../dom.js";
import { toast } from "./toast.js";

// Copies a text; `label` says which, for example "Copy the HubSpot contact id".
export function copyButton(text, label, ...content) {
  return h(
    "button",
    { type: "button", class: "button quiet", title: label, "aria-label": label, onclick: () => copy(text) },
    content.length > 0 ? content : "Copy",
  );
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    if (copyFromPage(text)) toast("Copied.");
    else toast(`Your browser does not allow copying here: ${text}`, { stays: true });
  }
}

// The older way needs no permission of the platform's page that frames this one.
function copyFromPage(text) {
  const before = document.activeElement;
  const area = h("textarea", { class: "visually-hidden", "aria-label": "What is copied", value: text });
  (before?.closest("dialog") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  before?.focus();
  return copied;
}
