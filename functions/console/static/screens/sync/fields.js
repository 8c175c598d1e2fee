import { h, replace } from "../../dom.js";
import { problem } from "../../widgets/banner.js";
import { busy } from "../../widgets/busy.js";
import { heads, pair } from "./pair.js";

const REQUIRED = { first_name: "First Name", email: "Email" };
const CUSTOM = "fields.";
const PATH = "hubspot/properties/contacts";

export const holds = (name) => name.startsWith("fields");

export async function show(context, wizard) {
  const { plan, problems, kept } = wizard;
  const rows = h("div", { class: "stack" });
  const said = h("div", { class: "stack" });
  if (!kept.properties) {
    const [found, campaign] = await Promise.all([context.api.get(PATH), context.api.get("")]);
    kept.properties = found.properties;
    kept.custom = campaign.sources.referrers.flatMap(({ fields }) => fields).filter(({ source }) => source.startsWith(CUSTOM));
  }

  function fill() {
    const { properties, custom } = kept;
    const texts = properties.filter(({ type }) => type === "string");
    replace(
      rows,
      Object.entries(REQUIRED).map(([name, label]) => row(name, label, { required: true, properties: texts })),
      custom.length > 0 && h("h3", {}, "Custom Fields"),
      custom.map(({ source, label }) => row(source, label, { properties })),
    );
  }

  function row(name, label, more) {
    return pair({
      label,
      reads: true,
      value: plan.fields[name],
      wrong: problems[`fields.${name}`],
      onChange: (chosen) => (plan.fields[name] = chosen),
      ...more,
    });
  }

  async function refresh() {
    replace(said);
    try {
      kept.properties = (await context.api.get(PATH, { refresh: "true" })).properties;
      fill();
    } catch (error) {
      replace(said, problem(error));
    }
  }

  fill();
  return {
    node: h(
      "div",
      { class: "stack" },
      h("p", {}, `Which HubSpot fields hold what ${context.platform} needs to know of a referrer?`),
      heads("From HubSpot", `To ${context.platform}`, { reads: true }),
      rows,
      said,
      h("div", {}, h("button", { type: "button", class: "button quiet", onclick: ({ currentTarget }) => busy(currentTarget, refresh) }, "Refresh from HubSpot")),
    ),
    check: () =>
      Object.fromEntries(
        Object.entries(REQUIRED)
          .filter(([name]) => !plan.fields[name])
          .map(([name, label]) => [`fields.${name}`, `Choose the HubSpot field that holds the ${label}.`]),
      ),
  };
}
