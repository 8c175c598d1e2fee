import { h } from "../dom.js";

const SVG = "http://www.w3.org/2000/svg";
const [HEIGHT, SLOT, BAR] = [100, 10, 7];

// Stacked bars, one of each row. series: {key, label}, from the bottom up; the class `bar <key>` gives the colour.
// Holds no text, so that it can be stretched to any width; `summary` is what is read out instead of it.
export function bars({ rows, series, name, summary }) {
  const most = Math.max(1, ...rows.map((row) => series.reduce((sum, { key }) => sum + row[key], 0)));
  const chart = s("svg", {
    class: "chart",
    viewBox: `0 0 ${rows.length * SLOT} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": summary,
  });
  rows.forEach((row, index) => chart.append(bar(row, index)));
  return h("div", { class: "plot" }, h("div", { class: "hint", "aria-hidden": "true" }, String(most)), chart);

  function bar(row, index) {
    const told = series.filter(({ key }) => row[key] > 0).map(({ key, label }) => `${row[key]} ${label}`);
    const title = s("title");
    title.textContent = `${name(row)}: ${told.join(", ") || "nothing"}`;
    const group = s("g", {}, title, s("rect", { class: "ground", x: index * SLOT, y: 0, width: SLOT, height: HEIGHT }));
    let top = HEIGHT;
    for (const { key } of series) {
      const height = (row[key] / most) * HEIGHT;
      top -= height;
      const place = { x: index * SLOT + (SLOT - BAR) / 2, y: top, width: BAR, height };
      if (height > 0) group.append(s("rect", { class: `bar ${key}`, ...place }));
    }
    return group;
  }
}

function s(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
