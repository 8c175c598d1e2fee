import { h, replace } from "../../dom.js";
import { badge, banner } from "../../widgets/banner.js";
import { when } from "../../widgets/when.js";
import { syncActions } from "./actions.js";
import { attention } from "./contacts.js";
import { lastRun, runHistory } from "./runs.js";
import { progressOf } from "./progress.js";
import { stateOf, titleOf, typeOf } from "./words.js";

const RECONNECTS = ["not_connected", "reconnect", "missing_scope", "other_account"];

// A sync above the table. Its parts are made anew only when what they tell has changed: a card that is read, or has
// the focus, stays as it is. `look` asks for the sync again, `stop` is
// for when it is removed.
export function syncCard(context, first, look, stop) {
  let shown = {};
  let run = null;
  const title = h("h2", { tabindex: "-1" }, titleOf(first));
  const state = h("span", { role: "status" });
  const facts = h("p", { class: "hint" });
  const progress = h("div", { class: "stack near" });
  const trouble = h("div");
  const last = h("p", { class: "hint" });
  const actions = syncActions(context, {
    changed: (sync) => {
      show({ ...shown, sync });
      look();
    },
    removed() {
      stop();
      node.remove();
      document.querySelector("h1").focus();
    },
    heading: title,
  });
  const problems = h("div", { class: "row" });
  const history = runHistory(context, first.sync_id);
  const node = h(
    "section",
    { class: "card stack sync", "aria-label": `Sync of ${titleOf(first)}` },
    h("div", { class: "row apart" }, h("div", { class: "grow" }, title, facts), state),
    progress,
    trouble,
    last,
    problems,
    actions.node,
    history.node,
  );

  function show(given) {
    const { sync } = given;
    const before = shown;
    shown = given;
    const told = stateOf(sync);
    if (state.textContent !== told.label) replace(state, badge(told.label, told.kind));
    if (before.sync?.every !== sync.every) replace(facts, typeOf(sync.every), " · started by ", sync.started_by || "somebody", ", ", when(sync.started_at));
    progressOf(progress, given);
    if (before.sync?.message !== sync.message) replace(trouble, sync.message && broken(sync));
    actions.show(sync);
    if (JSON.stringify(counts(before)) !== JSON.stringify(counts(given))) replace(problems, attention(context, given, look));
    if (sync.run?.run_id !== run || !before.sync) ended(sync);
    run = sync.run?.run_id;
  }

  // The run that was open is over, or the card is new.
  async function ended(sync) {
    try {
      replace(last, lastRun(await history.load(), sync));
    } catch {
      replace(last); // the history says it, and offers to try again
    }
  }

  return {
    node,
    show,
    away(error) {
      progress.hidden = false;
      replace(progress, h("p", { class: "error" }, `${error.message} This is tried again by itself.`));
    },
  };
}

function counts({ sync, unanswered, declined, refused }) {
  return [sync?.state, unanswered, declined, refused];
}

function broken(sync) {
  return banner(
    "problem",
    sync.message,
    h("p", {}, sync.next_step),
    RECONNECTS.includes(sync.cause) && h("a", { href: "#/crm/hubspot/referrers" }, "Go to the HubSpot connection"),
  );
}
