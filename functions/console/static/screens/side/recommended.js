// What the guide recommends to map for referrers, and one click that does it.

import { h, replace } from "../../dom.js";
import { banner } from "../../widgets/banner.js";

const LINK = "referral_link";

// Answers {node, tell()}. `rows()` is the mapping of contacts that is shown, if any.
export function recommended({ form, side, catalogue, platform, disabled }, rows) {
  const node = h("div", { hidden: true });
  tell();

  function tell() {
    const part = form.contactPart;
    const wanted = side === "referrers" && part && !part.rows.some((row) => row.source === LINK);
    if (wanted && node.hidden) replace(node, told());
    node.hidden = !wanted;
  }

  function told() {
    const add = h("button", { type: "button", class: "button", onclick: addRow }, "Add the Referral Link row");
    return banner(
      "info",
      "Recommended: map Referral Link, too",
      h(
        "p",
        {},
        `It writes each referrer's own link from ${platform} into their contact, so that HubSpot's e-mails and workflows ` +
          "can use it. In HubSpot, create a single-line text property for it first, for example named “referral link”.",
      ),
      !disabled && add,
    );
  }

  function addRow() {
    const shown = rows().add({ source: LINK });
    shown.useSource(LINK);
    shown.focus(shown.row.property ? "source" : "property");
  }

  return { node, tell };
}
