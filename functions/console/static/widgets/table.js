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
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(({ label, cell }) => h("td", { "data-label": label }, cell(row)))))),
    ),
  );
}
