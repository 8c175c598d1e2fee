import { h } from "../../dom.js";
import { heads, pair } from "./pair.js";

const REQUIRED = { first_name: "First Name", email: "Email" };
const CUSTOM = "fields.";

export const holds = (name) => name.startsWith("fields");

export async function show(context, wizard) {
  const { plan, problems, kept } = wizard;
  if (!kept.properties) {
    const [found, campaign] = await Promise.all([context.api.get("hubspot/properties/contacts"), context.api.get("")]);
    kept.properties = found.properties;
    kept.custom = campaign.sources.referrers.flatMap(({ fields }) => fields).filter(({ source }) => source.startsWith(CUSTOM));
  }
  const { properties, custom } = kept;
  const texts = properties.filter(({ type }) => type === "string");
  const row = (name, label, more) =>
    pair({
      label,
      reads: true,
      value: plan.fields[name],
      wrong: problems[`fields.${name}`],
      onChange: (chosen) => (plan.fields[name] = chosen),
      ...more,
    });
  return {
    node: h(
      "div",
      { class: "stack" },
      h("p", {}, `Which HubSpot fields hold what ${context.platform} needs to know of a referrer?`),
      heads("From HubSpot", `To ${context.platform}`, { reads: true }),
      Object.entries(REQUIRED).map(([name, label]) => row(name, label, { required: true, properties: texts })),
      custom.length > 0 && h("h3", {}, "Custom Fields"),
      custom.map(({ source, label }) => row(source, label, { properties })),
    ),
    check: () =>
      Object.fromEntries(
        Object.entries(REQUIRED)
          .filter(([name]) => !plan.fields[name])
          .map(([name, label]) => [`fields.${name}`, `Choose the HubSpot field that holds the ${label}.`]),
      ),
  };
}
