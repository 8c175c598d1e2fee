// HubSpot accounts that other campaigns of the customer are connected to: one click, no consent page.

import { h, replace } from "../dom.js";
import { problem, spinner } from "../widgets/banner.js";

// [{id, name, works, campaigns: [names]}]; none where they cannot be told.
export async function usedElsewhere({ api, campaign }) {
  const accounts = new Map();
  try {
    const { campaigns } = await api.get("/v1/campaigns");
    for (const one of campaigns) {
      if (!one.account || one.campaign_id === campaign) continue;
      const { id, name, status } = one.account;
      const known = accounts.get(id) ?? { id, name, works: false, campaigns: [] };
      known.works ||= status === "connected";
      known.campaigns.push(one.name);
      accounts.set(id, known);
    }
  } catch {
    return []; // the other way to connect is there all the same
  }
  return [...accounts.values()];
}

export function useElsewhere({ api, user, refreshConnection }, elsewhere, onConnected) {
  const working = elsewhere.filter((one) => one.works);
  if (working.length === 0) return null;
  const said = h("div", { role: "status" });
  const buttons = [];

  async function use(account) {
    for (const button of buttons) button.disabled = true;
    replace(said, spinner(`Connecting to ${account.name} …`));
    try {
      await api.put("hubspot", { hubspot_account_id: account.id });
      await refreshConnection();
    } catch (error) {
      for (const button of buttons) button.disabled = false;
      replace(said, problem(error));
      return;
    }
    onConnected();
  }

  return h("div", { class: "stack" },
    h("h3", {}, "Your other campaigns use these HubSpot accounts already"),
    h("ul", { class: "stack plain" }, working.map((account) => {
      const button = h("button",
        { type: "button", class: "button", disabled: !user.canWrite, onclick: () => use(account) },
        `Use ${account.name}`,
      );
      buttons.push(button);
      return h("li", { class: "row" }, button, h("span", { class: "muted" }, `used by ${account.campaigns.join(", ")}`));
    })),
    said,
  );
}
