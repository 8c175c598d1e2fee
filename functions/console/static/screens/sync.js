import { h, replace } from "../dom.js";
import { banner, problem, spinner } from "../widgets/banner.js";
import * as confirmStep from "./sync/confirm.js";
import * as contactsStep from "./sync/contacts.js";
import * as fieldsStep from "./sync/fields.js";
import { bodyOf, newPlan, problemsOf } from "./sync/plan.js";
import * as returnsStep from "./sync/returns.js";

// Each: `show(context, wizard)` gives {node, check()}; `check` gives what is wrong, by field, and the step is shown again
// with it, or tells it itself by `tell()`. `holds` says which fields of the API's answer stand there.
const STEPS = [
  { name: "Select Contacts", ...contactsStep },
  { name: "Map Fields", ...fieldsStep },
  { name: "Map Return Fields", ...returnsStep },
  { name: "Confirm", ...confirmStep },
];
const LAST = STEPS.length - 1;

export async function show(context, root) {
  replace(root, h("h1", {}, "HubSpot Sync Setup"));
  const connection = await context.refreshConnection();
  if (connection.status !== "connected") root.append(unconnected(connection));
  else if (context.user.canWrite) await walk(context, root);
  else root.append(banner("info", "Only an admin of this campaign can start a sync.", h("a", { href: "#/referrers" }, "Back to the referrers")));
}

function unconnected({ status, next_step: step }) {
  const lost = status === "reconnect_needed";
  return banner(
    lost ? "problem" : "setup",
    lost ? "Connection lost: reconnect" : "HubSpot is not connected.",
    h("p", {}, step || "Connect HubSpot first; then come back to sync your contacts."),
    h("a", { href: "#/crm/hubspot/leads" }, lost ? "Go to the CRM tab to reconnect" : "Go to the CRM tab to connect"),
  );
}

function walk(context, root) {
  const wizard = { plan: newPlan(), problems: {}, typed: "", kept: {}, jump: go, refused, ready: () => (next.disabled = false) };
  const begun = JSON.stringify(wizard.plan);
  let at = 0;
  let shown = 0; // of two steps on their way only the later one is shown
  let step = null;

  const steps = h("ol", { class: "steps" });
  const place = h("div", { class: "stack" });
  const back = h("button", { type: "button", class: "button", onclick: () => go(at - 1) }, "Back");
  const next = h("button", { type: "button", class: "button primary", onclick: forward });
  const cancel = h("a", { class: "button quiet", href: "#/referrers" }, "Cancel");
  root.append(
    h("nav", { "aria-label": "Steps" }, steps),
    h("div", { class: "card stack" }, place, h("div", { class: "row apart" }, cancel, h("span", { class: "row" }, back, next))),
  );
  context.guard(() => JSON.stringify(wizard.plan) !== begun || wizard.typed !== "");

  async function go(to, { first = false } = {}) {
    at = to;
    const mine = (shown += 1);
    const heading = h("h2", { tabindex: "-1" }, STEPS[at].name);
    replace(steps, STEPS.map(({ name }, index) => h("li", { class: index < at ? "done" : null, "aria-current": index === at ? "step" : null }, name)));
    back.hidden = at === 0;
    next.textContent = at === LAST ? "Start Sync" : "Next";
    next.disabled = true;
    replace(place, heading, spinner("Loading …"));
    try {
      const made = await STEPS[at].show(context, wizard);
      if (mine !== shown) return;
      step = made;
      replace(place, heading, step.node);
      if (at !== LAST) next.disabled = false;
    } catch (error) {
      if (mine === shown) replace(place, heading, problem(error, () => go(to)));
    }
    if (!first) (place.querySelector("[aria-invalid]") ?? heading).focus();
  }

  function refused(problems) {
    wizard.problems = problems;
    const [field] = Object.keys(problems);
    return go(STEPS.findIndex(({ holds }) => holds(field)));
  }

  function forward() {
    const problems = step.check();
    if (Object.keys(problems).length > 0) {
      wizard.problems = problems;
      return step.tell ? step.tell() : go(at);
    }
    wizard.problems = {};
    return at === LAST ? start() : go(at + 1);
  }

  async function start() {
    const mine = shown;
    next.disabled = true;
    next.textContent = "Starting …";
    try {
      const { syncs } = await context.api.get("syncs");
      const people = wizard.typed ? Number(wizard.typed) : null;
      const { sync_id: id } = await context.api.post("syncs", { ...bodyOf(wizard.plan), people });
      if (root.isConnected) {
        context.guard(null);
        context.go("/referrers");
      }
      context.toast(
        syncs.some((one) => one.sync_id === id)
          ? "These contacts are being synced already: that sync goes on."
          : "Your HubSpot sync has started. Contacts appear in the Referrers table as they join.",
      );
    } catch (error) {
      if (!root.isConnected || mine !== shown) return context.toast(`The sync did not start. ${error.message}`, { stays: true });
      next.textContent = "Start Sync";
      next.disabled = false;
      if (error.errors?.length > 0) await refused(problemsOf(error));
      else if (error.code === "confirm_people") await refused({ people: `${error.message} ${error.nextStep}` });
      else step.failed(error);
    }
  }

  return go(0, { first: true });
}
