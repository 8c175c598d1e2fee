// The rows that say which field goes to which HubSpot property, of one object.

import { h, replace, uid } from "../../dom.js";
import { problem } from "../../widgets/banner.js";
import { busy } from "../../widgets/busy.js";
import { newRow } from "./form.js";
import { notesOf } from "./notes.js";
import { mappingRow } from "./row.js";

// `around`: {form, saved, catalogue, platform, disabled, onChange, refreshed(object)}; `part` is one of the form's.
// Answers {node, part, add(given), refill(), row(row)}: `refill` when HubSpot was read, `row` finds what shows a row.
export function mapping({ title, part, around }) {
  const { catalogue, platform, disabled, onChange } = around;
  const heading = uid("mapping");
  const list = h("div", { class: "mapping" });
  const trouble = h("div", { hidden: true });
  const more = h("button", { type: "button", class: "button", onclick: () => add().focus() }, "+ Add More Fields");
  const again = h("button", { type: "button", class: "button quiet", onclick: () => busy(again, refresh) }, "Refresh");
  const said = h("p", { class: "hint", role: "status" });
  const shared = { catalogue, platform, disabled, changed, notes: (shown) => notesOf(shown, around) };

  const heads = ["Data Type", `From ${platform}`, "To (HubSpot)"].map((text) => h("span", {}, text));
  const node = h(
    "section",
    { class: "card stack", "aria-labelledby": heading, "data-part": "mapping" },
    h("div", { class: "row apart" }, h("h2", { id: heading }, title), h("div", { class: "row" }, said, !disabled && again)),
    trouble,
    h("div", { class: "mapping" }, h("div", { class: "line heads", "aria-hidden": "true" }, heads), list),
    !disabled && h("div", {}, more),
  );
  let rows = part.rows.map(made);
  replace(list, rows.map((one) => one.node));
  number();
  showTrouble();

  function made(row) {
    return mappingRow({ row, part, around: shared, onRemove: () => remove(row) });
  }

  function number() {
    rows.forEach((one, index) => one.number(index + 1));
  }

  function add(given = {}) {
    const row = newRow(given);
    part.rows.push(row);
    const shown = made(row);
    rows.push(shown);
    list.append(shown.node);
    number();
    onChange();
    return shown;
  }

  // The focus goes on to the row that takes the place, or to the one before it.
  function remove(row) {
    const at = rows.findIndex((one) => one.row === row);
    part.rows.splice(part.rows.indexOf(row), 1);
    rows[at].node.remove();
    rows = rows.filter((one) => one.row !== row);
    number();
    const next = rows[at] ?? rows[at - 1];
    if (next) next.focus("");
    else more.focus();
    onChange();
  }

  function changed(row) {
    if (part.object === "deal" && row.property === "pipeline") {
      const stage = rows.find((one) => one.row.property === "dealstage");
      if (!catalogue.stages(row.value).some((one) => one.value === stage.row.value)) stage.row.value = "";
      stage.refill();
    }
    for (const one of rows) one.tell();
    onChange();
  }

  async function refresh() {
    replace(said, "Reading HubSpot's properties …");
    await catalogue.load(part.object, true);
    replace(said, catalogue.problems[part.object] ? "" : "HubSpot's properties are up to date.");
    around.refreshed(part.object);
  }

  function showTrouble() {
    const error = catalogue.problems[part.object];
    trouble.hidden = !error;
    replace(trouble, error && problem(error));
  }

  return {
    node,
    part,
    add,
    refill() {
      showTrouble();
      for (const one of rows) one.refill();
    },
    row: (row) => rows.find((one) => one.row === row),
  };
}
