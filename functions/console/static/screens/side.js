// What happens in HubSpot to a campaign's leads, or to its referrers.

import { h, replace } from "../dom.js";
import { spinner } from "../widgets/banner.js";
import { confirm } from "../widgets/dialog.js";
import { saveBar } from "../widgets/savebar.js";
import { Catalogue } from "./side/catalogue.js";
import { askWhose } from "./side/conflict.js";
import { copyFrom } from "./side/copying.js";
import { editor } from "./side/editor.js";
import { Form } from "./side/form.js";
import { whom } from "./side/whom.js";
import { wordsOf } from "./side/words.js";

const DISCARD = {
  title: "Discard your changes?",
  text: "The page goes back to what is saved.",
  confirm: "Discard",
  cancel: "Keep editing",
};

// Answers what reads HubSpot anew, for another account or connection, and keeps what was typed.
export async function showSide(context, root, side) {
  const { api, platform, user, toast } = context;
  const words = wordsOf(side);
  const place = `hubspot/${side}`;
  const shown = h("div", { class: "stack" });
  const person = whom({ api, side, words });
  const bar = saveBar({ onSave: () => save(), onDiscard: discard });
  let saved = null; // what the API has
  let form = null; // what is on the page
  let before = ""; // what the form said when it was loaded
  let edit = null; // what shows it

  replace(root, spinner("Loading the settings …"));
  const [campaign, settings] = await Promise.all([api.get(""), api.get(place)]);
  const catalogue = new Catalogue(api, campaign.sources[side], () => context.connection?.status !== "not_connected");
  await load(settings);
  replace(root, shown, bar.node);
  context.guard(changed);
  return reread;

  async function reread() {
    await Promise.all(form.objects.map((object) => catalogue.load(object, true)));
    for (const object of form.objects) edit.refreshed(object);
  }

  function changed() {
    return form.text(side) !== before;
  }

  async function load(answer) {
    saved = answer;
    const fresh = new Form(answer);
    before = fresh.text(side);
    await fill(fresh);
  }

  async function fill(other) {
    form = other;
    await Promise.all(form.objects.map((object) => catalogue.load(object)));
    const [disabled, copying] = [!user.canWrite, user.canWrite && copyButton()];
    edit = editor({ context, form, saved, catalogue, platform, words, side, person, disabled, copying, changed, onChange });
    replace(shown, edit.node);
    bar.show(changed());
  }

  function onChange() {
    bar.show(changed());
  }

  function copyButton() {
    return h("button", { type: "button", class: "button quiet", onclick: copy }, "Copy settings from …");
  }

  async function copy() {
    try {
      const chosen = await copyFrom(context, side);
      if (!chosen) return;
      await fill(Form.copy(chosen.settings));
      edit.focus();
      toast(`Filled in from ${chosen.name}. Nothing is saved yet.`);
    } catch (error) {
      toast(`${error.message} ${error.nextStep ?? ""}`, { stays: true });
    }
  }

  async function discard() {
    if (!(await confirm(DISCARD))) return;
    await load(saved);
    edit.focus();
  }

  async function save(version = saved.version) {
    const { form: body, places } = form.body(version, side);
    edit.clear();
    bar.busy(true);
    try {
      shown.inert = true; // what is typed meanwhile would be lost
      const answer = await api.put(place, body).finally(() => (shown.inert = false));
      const at = scrollY;
      await load(answer);
      edit.focus();
      scrollTo(0, at);
      toast("Saved.");
    } catch (error) {
      if (error.code === "settings_changed") await settle(error);
      else bar.error(refused(error, places));
    } finally {
      bar.busy(false);
    }
  }

  // Each problem stands at its field; those that have none there are told in the bar.
  function refused(error, places) {
    if (!(error.errors?.length > 0)) return error;
    const elsewhere = edit.fail(error.errors, places);
    const number = error.errors.length - elsewhere.length;
    const things = number === 1 ? "One thing needs" : `${number} things need`;
    const told = number > 0 ? `${things} a change above.` : error.nextStep;
    return { message: error.message, nextStep: told, errors: elsewhere };
  }

  async function settle(error) {
    const whose = await askWhose(error);
    if (whose === null) return bar.error(error);
    try {
      const theirs = await api.get(place);
      if (whose === "mine") return await save(theirs.version);
      await load(theirs);
      edit.focus();
    } catch (failure) {
      bar.error(failure);
    }
  }
}
