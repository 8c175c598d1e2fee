import { h, replace } from "../../dom.js";
import { radios, select } from "../../widgets/choose.js";
import { field } from "../../widgets/field.js";
import { problem } from "../../widgets/banner.js";
import { ALL, ONCE, ONE_TIME, ONGOING, RATES, RETURNS, counted } from "../syncs/words.js";
import { forecast } from "./forecast.js";

export const holds = () => true;

export async function show(context, wizard) {
  const failed = h("div");
  const numbers = forecast(context, wizard);
  numbers.load();
  return {
    node: h(
      "div",
      { class: "stack" },
      h("h3", {}, "Sync Overview"),
      overview(context, wizard),
      syncType(wizard.plan),
      h("h3", {}, "What this sync will do"),
      numbers.node,
      failed,
    ),
    check: numbers.check,
    tell: numbers.tell,
    failed: (error) => replace(failed, problem(error)),
  };
}

function overview({ platform }, { plan, kept, jump }) {
  const labels = Object.fromEntries([...kept.properties, ...kept.returns.fields.flatMap(({ properties }) => properties)].map((one) => [one.name, one.label]));
  const names = { first_name: "First Name", email: "Email", ...Object.fromEntries(kept.custom.map((one) => [one.source, one.label])) };
  const called = (name) => labels[name] ?? name;
  const contacts = plan.everyone ? ALL : [plan.list.name, plan.list.size === null ? "" : ` (${counted(plan.list.size, "contact")})`];
  const reads = Object.entries(plan.fields).filter(([, from]) => from);
  const writes = Object.keys(RETURNS).filter((name) => plan.returns[name]);
  return h(
    "dl",
    { class: "overview" },
    part("Contact Selection", contacts, () => jump(0)),
    part("Map Fields", arrows(reads.map(([name, from]) => [called(from), names[name]])), () => jump(1), `From HubSpot to ${platform}`),
    part("Map Return Fields", arrows(writes.map((name) => [RETURNS[name], called(plan.returns[name])])), () => jump(2), `From ${platform} to HubSpot`),
  );
}

function part(label, told, change, hint = "") {
  const button = h("button", { type: "button", class: "button quiet", "aria-label": `Change: ${label}`, onclick: change }, "Change");
  return h("div", {}, h("dt", {}, label, hint && h("div", { class: "hint" }, hint)), h("dd", { class: "grow" }, told), h("dd", {}, button));
}

function arrows(pairs) {
  return h("ul", { class: "plain" }, pairs.map(([from, to]) => h("li", {}, `${from} → ${to}`)));
}

function syncType(plan) {
  const often = h("div", { class: "rate inset" }, field("How often", select({ options: RATES, value: rate(plan), onChange: (every) => (plan.every = every) })));
  often.hidden = plan.every === ONCE;
  const choose = (value) => {
    plan.every = value === ONCE ? ONCE : often.querySelector("select").value;
    often.hidden = value === ONCE;
  };
  return [
    radios({
      legend: "Sync Type",
      value: plan.every === ONCE ? ONCE : "ongoing",
      onChange: choose,
      options: [
        { value: ONCE, label: ONE_TIME, text: "Imports your contacts once. No automatic updates after that." },
        {
          value: "ongoing",
          label: ONGOING,
          text:
            `Keeps the sync running on a schedule so that new contacts added to ${plan.everyone ? "HubSpot" : "the selected list"} ` +
            "are automatically enrolled as referrers.",
        },
      ],
    }),
    often,
    h("p", { class: "hint" }, "With either type, links and counts of the people enrolled stay current in HubSpot until you remove the sync."),
  ];
}

function rate({ every }) {
  return every === ONCE ? RATES[0].value : every;
}
