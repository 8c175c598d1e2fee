import { h } from "../../dom.js";
import { copy } from "../../widgets/copy.js";
import { recordLink } from "../../widgets/person.js";

const SVG = "http://www.w3.org/2000/svg";
const SPOKES = [
  [12, 4],
  [4.5, 17],
  [19.5, 17],
];

// The icon of a contact in HubSpot. Its id is shown on hovering and on focus, and copied by pressing.
export function contactCell(person) {
  const { contact_id: id, first_name: name, email } = person;
  if (!id) return h("span", { class: "muted" }, "Not in HubSpot");
  const whose = name || email || "this referrer";
  const tip = h("span", { class: "tip", "aria-hidden": "true" }, h("span", { class: "hint" }, "HubSpot Contact ID "), h("b", {}, id), " · press to copy");
  const icon = h(
    "button",
    { type: "button", class: "button quiet icon", "aria-label": `HubSpot: copy Contact ID ${id} of ${whose}`, onclick: () => copy(id) },
    drawing(),
  );
  const hide = (hidden) => () => (tip.hidden = hidden);
  const node = h(
    "span",
    {
      class: "tipped",
      onmouseenter: hide(false),
      onfocusin: hide(false),
      onkeydown: (event) => event.key === "Escape" && hide(true)(), // it may cover what somebody wants to read
    },
    icon,
    tip,
  );
  return h("span", { class: "row near" }, node, opened(person, whose));
}

// Leads to a contact's page in HubSpot.
export function opened(row, whose) {
  return recordLink(row, ["Open", h("span", { class: "visually-hidden" }, ` ${whose} in HubSpot`)]);
}

// A hub with three spokes.
function drawing() {
  const svg = shape("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true", class: "hub" });
  svg.append(
    ...SPOKES.map(([x, y]) => shape("line", { x1: 12, y1: 12.5, x2: x, y2: y, stroke: "currentColor", "stroke-width": 2 })),
    ...SPOKES.map(([cx, cy]) => shape("circle", { cx, cy, r: 2.5, fill: "currentColor" })),
    shape("circle", { cx: 12, cy: 12.5, r: 4.5, fill: "currentColor" }),
  );
  return svg;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
