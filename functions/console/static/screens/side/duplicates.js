// What happens to a person who is in HubSpot already.

import { h, replace, uid } from "../../dom.js";
import { badge } from "../../widgets/banner.js";
import { radios } from "../../widgets/choose.js";
import { DEAL, NOTHING, inWords } from "./words.js";

const LEADS = {
  legend: "What should happen if the referred person already exists as a contact in HubSpot?",
  skip:
    "Nothing changes in HubSpot and the referral will never qualify. This stops someone from earning a reward by " +
    "referring a person who is already your customer.",
  update:
    "Their record is updated with the referral data and the referral can still qualify. Choose this if your program is " +
    "open to people you know already.",
  usual: "skip",
};
const REFERRERS = {
  legend: "What should happen if the referrer already exists as a contact in HubSpot?",
  skip: "Nothing changes in HubSpot: customers you have there already do not get their referral link.",
  update: "Their record is updated, so customers you have there already get their referral link, too.",
  usual: "update",
};

// Answers {node, tell()}; `tell` after the action or the rows have changed.
export function duplicates({ form, catalogue, side, disabled, onChange }) {
  const words = side === "leads" ? LEADS : REFERRERS;
  const heading = uid("duplicates");
  const replaced = h("p", { class: "hint", role: "status" });
  const choices = radios({
    legend: words.legend,
    value: form.duplicates,
    disabled,
    options: [
      { value: "skip", label: "Do nothing, do not update the Contact in HubSpot", text: words.skip },
      { value: "update", label: "Update the Contact that already exists in HubSpot", text: words.update },
    ].map((one) => ({ ...one, badge: one.value === words.usual && badge("default") })),
    onChange(chosen) {
      form.duplicates = chosen;
      tell();
      onChange();
    },
  });
  const node = h(
    "section",
    { class: "card stack", "aria-labelledby": heading, "data-part": "duplicates" },
    h("h2", { id: heading }, "Duplicate contacts"),
    choices,
    replaced,
  );
  tell();

  function tell() {
    node.hidden = form.action === "" || form.action === NOTHING;
    replace(replaced, form.duplicates === "update" && said());
  }

  // What is written over; the address is who the contact is, and stays.
  function said() {
    const rows = form.contactPart?.rows.filter((row) => row.property && row.property !== "email") ?? [];
    const labels = rows.map((row) => catalogue.propertyLabel("contact", row.property));
    const first = form.action === DEAL ? "A new Deal is created. " : "";
    if (labels.length === 0) return `${first}Nothing in their Contact is replaced.`;
    return `${first}This replaces what stands in their Contact under ${inWords(labels)}.`;
  }

  return { node, tell };
}
