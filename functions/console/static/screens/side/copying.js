// Takes over what another campaign of the account has saved.

import { h } from "../../dom.js";
import { select } from "../../widgets/choose.js";
import { openDialog } from "../../widgets/dialog.js";
import { field } from "../../widgets/field.js";

// Answers {name, settings} of the campaign that is chosen, or null.
export async function copyFrom({ api, campaign }, side) {
  const { campaigns } = await api.get("/v1/campaigns");
  const others = campaigns.filter((one) => one.campaign_id !== campaign && one[`${side}_saved`]);
  let chosen = others[0];
  const options = others.map((one) => ({ value: one.campaign_id, label: called(one) }));
  const onChange = (id) => (chosen = others.find((one) => one.campaign_id === id));
  const title = "Copy settings from another campaign";
  if (!chosen) {
    const body = h("p", {}, "No other campaign has saved these settings yet.");
    await openDialog({ title, body, actions: [{ label: "Close", value: null }] });
    return null;
  }
  const agreed = await openDialog({
    title,
    body: [
      field("Campaign", select({ options, value: chosen.campaign_id, onChange })),
      h("p", {}, "This fills in the form as it is saved there. Nothing is saved here until you click Save Changes."),
    ],
    actions: [
      { label: "Cancel", value: false },
      { label: "Copy settings", value: true, kind: "primary" },
    ],
  });
  if (!agreed) return null;
  const settings = await api.get(`/v1/campaigns/${encodeURIComponent(chosen.campaign_id)}/hubspot/${side}`);
  return { name: called(chosen), settings };
}

function called({ name, campaign_id: id }) {
  return name || id;
}
