// What there is to say of a connection that was made: whose it is, what was left out, and whether it works.

import { h, replace } from "../dom.js";
import { banner, problem, spinner } from "../widgets/banner.js";
import { busy } from "../widgets/busy.js";
import { when } from "../widgets/when.js";

const SEVERAL = "Connect HubSpot again and leave these permissions ticked there.";

export function facts({ status, account, connected_by: by, connected_at: at, reading, read_until: until }) {
  return h("dl", { class: "facts" },
    h("dt", {}, "HubSpot account"),
    h("dd", {}, account.name),
    h("dt", {}, "Connected by"),
    h("dd", {}, by || "Somebody", at && [", ", when(at)]),
    status === "connected" && [
      h("dt", {}, until ? "Last checked for changes" : "Changes in HubSpot"),
      h("dd", {}, until ? when(until) : reading),
    ],
  );
}

// Permissions that were left out in HubSpot, and what does not work without them. `begin` connects once more.
export function leftOut({ not_allowed: missing }, canWrite, begin) {
  if (missing.length === 0) return null;
  const features = new Map(missing.map((one) => [one.feature, []]));
  for (const { feature, label } of missing) features.get(feature).push(label);
  return banner("info", "Not everything was allowed in HubSpot.",
    h("p", {}, "This does not work:"),
    h("ul", {}, [...features].map(([feature, labels]) =>
      h("li", {}, h("strong", {}, feature), h("div", { class: "hint" }, inOneLine(labels))),
    )),
    h("p", {}, missing.length === 1 ? missing[0].next_step : SEVERAL),
    h("button", { type: "button", class: "button", disabled: !canWrite, onclick: begin }, "Connect again"),
  );
}

// "Not allowed: to read deals", "Not allowed: to create deals" say the beginning once.
function inOneLine([first, ...others]) {
  return [first, ...others.map((label) => label.replace(/^[^:]+: /, ""))].join(", ");
}

// The button that checks the connection, and the place where the lines come.
export function check({ api, user }) {
  const place = h("div", { class: "stack", role: "status" });
  const button = h("button",
    { type: "button", class: "button", disabled: !user.canWrite, onclick: () => busy(button, run) },
    "Check connection",
  );

  async function run() {
    replace(place, spinner("Checking … a contact is made in HubSpot for this, and deleted again."));
    try {
      replace(place, found(await api.post("hubspot/check")));
    } catch (error) {
      replace(place, problem(error));
    }
  }

  return { button, place };
}

function found({ ok, lines }) {
  const failing = lines.some((line) => line.ok === false);
  const title = ok ? "All is well." : failing ? "Something needs attention." : "Not everything could be tried.";
  return [banner(ok ? "done" : failing ? "problem" : "info", title), h("ul", { class: "lines" }, lines.map(line))];
}

function line({ ok, label, message, next_step: next }) {
  const [sign, word, kind] = ok ? ["✓", "OK", "good"] : ok === false ? ["✕", "Not OK", "bad"] : ["?", "Not tried", "quiet"];
  return h("li", {},
    h("span", { class: `badge ${kind}` }, h("span", { "aria-hidden": "true" }, sign), h("span", { class: "visually-hidden" }, word)),
    h("div", {}, h("strong", {}, label), h("p", {}, message), next && h("p", {}, next)),
  );
}
