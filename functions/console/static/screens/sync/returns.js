import { h, replace } from "../../dom.js";
import { banner, problem } from "../../widgets/banner.js";
import { RETURNS } from "../syncs/words.js";
import { heads, pair } from "./pair.js";

const LINK = "referral_link";
const PATH = "hubspot/return-properties";

export const holds = (name) => name.startsWith("returns");

export async function show(context, wizard) {
  const { plan, problems, kept } = wizard;
  const rows = h("div", { class: "stack" });
  const making = h("div", { class: "stack" });
  kept.returns ??= await context.api.get(PATH);
  if (!(LINK in plan.returns)) propose(({ required, made }) => required || made);

  function propose(wanted) {
    for (const one of kept.returns.fields) if (!plan.returns[one.field] && wanted(one)) plan.returns[one.field] = one.suggested ?? "";
  }

  function fill() {
    replace(rows, kept.returns.fields.map(row));
    replace(making, makes());
  }

  function row({ field, label, required, properties }) {
    return pair({
      label,
      required,
      properties,
      value: plan.returns[field],
      wrong: problems[`returns.${field}`] ?? (required && problems.returns),
      onChange: (chosen) => (plan.returns[field] = chosen),
    });
  }

  function makes() {
    const { can_make: allowed, next_step: step, fields } = kept.returns;
    const missing = fields.filter(({ made }) => !made).map(({ label }) => label);
    const refresh = () => ask((api) => api.get(PATH, { refresh: "true" }));
    const again = h("button", { type: "button", class: "button quiet", onclick: refresh }, "Refresh from HubSpot");
    if (missing.length === 0) return h("div", {}, again);
    if (!allowed) {
      const way = h("a", { href: "#/crm/hubspot/referrers" }, "Go to the HubSpot connection");
      return banner("info", "No fitting field in HubSpot yet?", h("p", {}, step), h("span", { class: "row" }, way, again));
    }
    const make = () => ask((api) => api.post(PATH), true);
    return banner(
      "info",
      "No fitting field in HubSpot yet?",
      h("p", {}, `We can make contact properties for ${sentence(missing)} there, and choose them here. Nothing else is changed.`),
      h("span", { class: "row" }, h("button", { type: "button", class: "button", onclick: make }, "Create these fields in HubSpot"), again),
    );
  }

  async function ask(call, chooses = false) {
    for (const button of making.querySelectorAll("button")) button.disabled = true;
    try {
      kept.returns = await call(context.api);
      if (chooses) propose(() => true);
      fill();
      if (chooses) making.prepend(banner("done", "The fields are in HubSpot now, and chosen above."));
      rows.querySelector("input").focus();
    } catch (error) {
      replace(making, problem(error), makes());
    }
  }

  fill();
  return {
    node: h(
      "div",
      { class: "stack" },
      h("p", {}, `What should ${context.platform} write back to each contact in HubSpot, and into which field? It is kept current there.`),
      heads(`From ${context.platform}`, "To HubSpot"),
      rows,
      making,
    ),
    check: () => check(plan.returns),
  };
}

function check(returns) {
  if (!returns[LINK]) return { [`returns.${LINK}`]: "Choose the HubSpot field that takes each referrer's link." };
  const taken = new Set();
  const wrong = {};
  for (const field of Object.keys(RETURNS)) {
    if (!returns[field]) continue;
    if (taken.has(returns[field])) wrong[`returns.${field}`] = "Another row is written to this field. Choose one of its own.";
    taken.add(returns[field]);
  }
  return wrong;
}

function sentence(words) {
  return words.length < 2 ? words[0] : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
