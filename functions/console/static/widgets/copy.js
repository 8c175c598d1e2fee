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

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast(`Your browser does not allow copying here: ${text}`); // a frame needs the platform's permission
  }
}
