import { h, replace } from "../dom.js";
import { addReferrers } from "./referrers/add.js";
import { referrersTable } from "./referrers/people.js";
import { syncsAbove } from "./syncs/all.js";

export async function show(context, root) {
  const add = () =>
    h(
      "button",
      { type: "button", class: "button primary", "aria-haspopup": "dialog", disabled: !context.user.canWrite, onclick: () => addReferrers(context) },
      "Add Referrers",
    );
  const people = referrersTable(context, add);
  const syncs = syncsAbove(context, () => people.refresh());
  replace(root, h("div", { class: "row apart" }, h("h1", {}, "Referrers"), add()), syncs.node, people.node);
  await Promise.all([syncs.load(), people.load()]);
}
