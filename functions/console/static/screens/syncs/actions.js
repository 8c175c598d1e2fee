import { h, replace } from "../../dom.js";
import { problem } from "../../widgets/banner.js";
import { select } from "../../widgets/choose.js";
import { confirm } from "../../widgets/dialog.js";
import { field } from "../../widgets/field.js";
import { ONCE, OVER, RATES, titleOf } from "./words.js";

const STAY = "Referral links and counts in HubSpot stay current";
const PAUSE = {
  label: "Pause",
  title: "Pause this sync?",
  text: `Nobody is enrolled until you resume it; it then goes on where it stopped. ${STAY} meanwhile.`,
  confirm: "Pause sync",
};
const STOP = {
  label: "Stop",
  title: "Stop this sync for good?",
  text: `Nobody is enrolled any more, and it cannot be resumed. Who is a referrer stays one. ${STAY} until you remove the sync.`,
  confirm: "Stop sync",
  kind: "danger",
};
const REMOVE = {
  label: "Remove",
  look: "quiet",
  title: "Remove this sync?",
  text:
    "Nobody is enrolled any more, and referral links and counts in HubSpot are no longer kept current. " +
    "Who is a referrer stays one, and nothing is deleted in HubSpot.",
  confirm: "Remove sync",
  kind: "danger",
};

// What an admin does with a sync. `heading` takes the focus from a button that is there no more.
export function syncActions(context, { changed, removed, heading }) {
  const fixed = !context.user.canWrite;
  const failed = h("div");
  const buttons = h("div", { class: "row bottom" });
  let shown = "";
  let sync = null;

  async function run(call, done) {
    replace(failed);
    for (const control of buttons.querySelectorAll("button, select")) control.disabled = true;
    try {
      const answer = await call();
      shown = "";
      done(answer);
    } catch (error) {
      replace(failed, problem(error));
      shown = "";
      show(sync);
    }
    if (document.activeElement === document.body) heading.focus(); // what was pressed is off, or gone
  }

  function button(asks, call, done) {
    const press = async () => {
      if (await confirm({ ...asks, cancel: "Keep it as it is" })) run(call, done);
    };
    return h("button", { type: "button", class: `button ${asks.look ?? ""}`, disabled: fixed, onclick: press }, asks.label);
  }

  function rate() {
    const change = (every) =>
      run(
        () => context.api.put(`syncs/${sync.sync_id}`, { every }),
        (answer) => {
          changed(answer);
          context.toast(`The sync of ${titleOf(answer)} now runs ${RATES.find((one) => one.value === every).label.toLowerCase()}.`);
        },
      );
    return h("div", { class: "rate" }, field("How often", select({ options: RATES, value: sync.every, onChange: change, disabled: fixed })));
  }

  function show(given) {
    sync = given;
    const { state, every } = sync;
    if (shown === `${state} ${every}`) return;
    shown = `${state} ${every}`;
    const place = `syncs/${sync.sync_id}`;
    const going = state === "running" || state === "waiting";
    const held = state === "paused" || state === "broken";
    const said = (text) => (answer) => {
      changed(answer);
      context.toast(text);
    };
    const resume = () => run(() => context.api.post(`${place}/resume`), said("The sync goes on."));
    replace(
      buttons,
      every !== ONCE && !OVER.includes(state) && rate(),
      going && button(PAUSE, () => context.api.post(`${place}/pause`), said("The sync is paused.")),
      held && h("button", { type: "button", class: "button primary", disabled: fixed, onclick: resume }, "Resume"),
      (going || held) && button(STOP, () => context.api.post(`${place}/stop`), said("The sync is stopped.")),
      button(REMOVE, () => context.api.remove(place), () => {
        removed();
        context.toast("The sync is removed.");
      }),
    );
  }

  const node = h("div", { class: "stack" }, failed, buttons);
  return { node, show };
}
