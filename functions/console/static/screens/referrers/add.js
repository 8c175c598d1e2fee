import { h } from "../../dom.js";
import { openDialog } from "../../widgets/dialog.js";

// The guide's way: Add Referrers, Sync, HubSpot.
export async function addReferrers(context) {
  const way = await pick("Add Referrers", "How do you want to add referrers to this campaign?", {
    label: "Sync",
    text: "Enrol people whom you know already, from your CRM.",
  });
  if (!way) return;
  const source = await pick("Sync", "Where are these people now?", {
    label: "HubSpot",
    text: "All contacts of your HubSpot account, or a list of them.",
  });
  if (source) context.go("/referrers/sync");
}

async function pick(title, question, { label, text }) {
  let picked = false;
  const take = (event) => {
    picked = true;
    event.currentTarget.closest("dialog").close();
  };
  const option = h("button", { type: "button", class: "button pick", onclick: take }, h("b", {}, label), h("span", { class: "hint" }, text));
  await openDialog({ title, body: [h("p", {}, question), option], actions: [{ label: "Cancel", value: null }] });
  return picked;
}
