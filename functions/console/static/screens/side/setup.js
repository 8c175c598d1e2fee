// The orange banner: what is missing before anything is sent, and how many wait for it.

import { h, replace } from "../../dom.js";
import { badge } from "../../widgets/banner.js";
import { NOTHING, counted } from "./words.js";

const JUDGED_HERE = ["no_action", "required_mapping"]; // the form knows these before it is saved

// Answers {node, tell()}: `tell` says it anew, if it is something else than before.
export function setup({ form, saved, words, changed }) {
  const lines = h("ul", {});
  const node = h(
    "div",
    { class: "banner setup", role: "status" },
    h("strong", {}, "Setup Required"),
    h("div", {}, lines, saved.waiting > 0 && h("p", {}, waiting())),
  );
  let told = "";
  tell();

  function tell() {
    const missing = open();
    if (missing.length === 0 && saved.setup_required && form.action !== NOTHING && changed())
      missing.push("Everything required is there. Click Save Changes to finish.");
    node.hidden = missing.length === 0;
    if (told === missing.join("\n")) return;
    told = missing.join("\n");
    replace(lines, missing.map((text) => h("li", {}, text)));
  }

  function open() {
    if (form.action === "") return [`Choose what happens when a ${words.one} joins.`];
    if (form.action === NOTHING) return [];
    const called = ({ label, beside }) => (beside ? `${label} of the contact` : label);
    const mapped = form.missing().map((one) => `${called(one)} is required and not mapped.`);
    const others = saved.gaps.filter((gap) => !JUDGED_HERE.includes(gap.code) && stands(gap));
    return [...mapped, ...others.map((gap) => `${gap.message} ${gap.next_step}`)];
  }

  // Whether what was missing when it was saved is still chosen so.
  function stands({ field, code }) {
    if ((saved.action ?? "") !== form.action) return code === "not_connected";
    const part = form.parts.find(({ name }) => field.startsWith(`${name}.`));
    return !part || part.rows.some((row) => row.at && field === `${part.name}.${row.property}`);
  }

  function waiting() {
    const verb = saved.waiting === 1 ? "waits" : "wait";
    return [badge(counted(saved.waiting, words.one, words.many), "warn"), ` ${verb} until this is done.`];
  }

  return { node, tell };
}
