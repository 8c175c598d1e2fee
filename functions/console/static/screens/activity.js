// What became of the leads of the last 30 days: as counts, day by day, and why.

import { h, replace, uid } from "../dom.js";
import { banner } from "../widgets/banner.js";
import { bars } from "../widgets/chart.js";
import { table } from "../widgets/table.js";
import { watch } from "../widgets/watch.js";
import { onDate, when } from "../widgets/when.js";
import { nextAction } from "./leads/next_action.js";

const OUTCOMES = [
  { key: "in_hubspot", label: "In HubSpot", hint: "Sent, and not qualified yet." },
  { key: "left_out", label: "Left out", hint: "Not sent, or cannot qualify." },
  { key: "failing", label: "Failing", hint: "Waiting or refused: have a look." },
  { key: "qualified", label: "Qualified", hint: "Their referral counts." },
];
const ON_ITS_WAY = { key: "on_its_way", label: "On its way" };
const BARS = ["qualified", "in_hubspot", "on_its_way", "left_out", "failing"]; // from the bottom up

export async function show(context, root) {
  const { api } = context;
  const body = h("div", { class: "stack" });
  const numbers = h("div", {});
  const details = h("details", {}, h("summary", {}, "The same as a table"), numbers);
  let shown = "";

  async function look() {
    const activity = await api.get("activity");
    const actions = await Promise.all([...activity.failing, ...activity.left_out].map((one) => nextAction(api, one)));
    const now = JSON.stringify([activity, actions]);
    if (now === shown) return;
    shown = now;
    const held = body.contains(document.activeElement);
    replace(numbers, daysTable(activity.days));
    replace(body, drawn(activity, actions, details));
    if (held) root.querySelector("h1").focus();
  }

  await look();
  replace(root, h("h1", {}, "Activity"), watch(context, 15, look), body);
}

function drawn(activity, actions, details) {
  const { totals, days, failing, left_out: leftOut, time_zone: zone } = activity;
  const all = sum(totals);
  if (all === 0)
    return h(
      "section",
      { class: "card empty" },
      h("strong", {}, "Nobody joined in the last 30 days."),
      h("p", {}, "As soon as somebody does, you see here what became of it."),
      h("a", { class: "button", href: "#/leads" }, "See all leads"),
    );
  return [
    activity.complete || unfinished(activity),
    h("dl", { class: "counts" }, OUTCOMES.map((one) => count(one, totals))),
    reasons("Failing", failing, actions.slice(0, failing.length)),
    h(
      "section",
      { class: "card stack" },
      h("h2", {}, "Day by day"),
      h("p", { class: "hint" }, `Leads by the day on which they joined, in ${zone}, as they stand now.`),
      bars({ rows: days, series: series(), name: ({ day }) => onDate(day), summary: summary(days, totals) }),
      h("div", { class: "row apart hint", "aria-hidden": "true" }, ends(days)),
      h("ul", { class: "legend" }, series().map(({ key, label }) => h("li", { class: key }, label))),
      details,
    ),
    reasons("Left out", leftOut, actions.slice(failing.length)),
  ];
}

function unfinished({ counted_since: since }) {
  const told = h("p", {}, "There are too many leads to count. These are the ones who joined since ", when(since), ".");
  return banner("info", "Not everybody is counted here.", told);
}

function count({ key, label, hint }, totals) {
  let text = hint;
  if (key === "in_hubspot" && totals.on_its_way > 0) text = `${totals.on_its_way} more on the way.`;
  if (key === "failing" && totals.failing === 0) text = "Nothing to look at.";
  return h(
    "div",
    { class: `count ${key}` },
    h("dt", {}, label),
    h("dd", {}, h("span", { class: "number" }, totals[key]), h("span", { class: "hint" }, text)),
  );
}

function reasons(title, standing, actions) {
  if (standing.length === 0) return null;
  const heading = uid("reasons");
  return h(
    "section",
    { class: "card stack", "aria-labelledby": heading },
    h("h2", { id: heading }, title),
    h("ul", { class: "lines counted" }, standing.map((one, index) => reason(one, actions[index]))),
  );
}

function reason({ count: number, label, next_step: step }, action) {
  return h(
    "li",
    {},
    h("strong", {}, number),
    h(
      "div",
      { class: "stack tight" },
      h("div", {}, h("strong", {}, label), h("p", { class: "hint" }, step)),
      action?.route && h("div", {}, h("a", { class: "button", href: `#${action.route}` }, action.label)),
    ),
  );
}

function daysTable(days) {
  const columns = [...OUTCOMES, ON_ITS_WAY].map(({ key, label }) => ({ label, cell: (row) => row[key] }));
  return table("Leads day by day", [{ label: "Day", cell: ({ day }) => onDate(day) }, ...columns], days, "");
}

function series() {
  return BARS.map((key) => [...OUTCOMES, ON_ITS_WAY].find((one) => one.key === key));
}

function ends(days) {
  return [days[0], days.at(-1)].map(({ day }) => h("span", {}, onDate(day)));
}

function summary(days, totals) {
  const parts = [...OUTCOMES, ON_ITS_WAY].map(({ key, label }) => `${label} ${totals[key]}`).join(", ");
  const best = days.reduce((most, day) => (sum(day) >= sum(most) ? day : most));
  return `Bars for ${days.length} days. ${parts}. Most joined on ${onDate(best.day)}: ${sum(best)}.`;
}

function sum(counts) {
  return [...OUTCOMES, ON_ITS_WAY].reduce((all, { key }) => all + counts[key], 0);
}
