import { h } from "../dom.js";

// columns: {label, cell(row), hidden?}; on a phone each cell shows its column's label.
export function table(caption, columns, rows, empty) {
  if (rows.length === 0) return h("div", { class: "empty" }, empty);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      { class: "table" },
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", {}, h("tr", {}, columns.map(({ label }) => h("th", { scope: "col" }, label)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map((column) => td(column, row))))),
    ),
  );
}

// What stands in a cell stays together when, on a phone, it stands beside its label.
function td({ label, cell }, row) {
  const content = cell(row);
  return h("td", { "data-label": label }, Array.isArray(content) ? h("div", {}, content) : content);
}
