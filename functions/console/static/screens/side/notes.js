// What is to be said of a mapping row, apart from what a refused save says.

import { h } from "../../dom.js";
import { DYNAMIC, typeOf } from "./words.js";

const OF_ROWS = ["unknown_property", "unknown_option"];

// `saved` is what is saved: with what HubSpot refused last of each row, and what is missing there by now.
export function notesOf(shown, { saved, catalogue, platform, disabled }) {
  const { row, part, required } = shown;
  const told = [];
  const say = (kind, ...words) => told.push(h("p", { class: kind }, ...words));

  for (const gap of row.at ? saved.gaps : [])
    if (OF_ROWS.includes(gap.code) && gap.field === `${part.name}.${row.property}`)
      say("error", `${gap.message} ${gap.next_step}`);
  for (const refused of saved.refusals.filter((one) => one.field === row.at))
    say("error", `HubSpot refused the last value: ${refused.message} ${refused.next_step} `, who(refused));

  const source = row.kind === DYNAMIC && row.source ? catalogue.source(row.source) : null;
  const property = catalogue.property(part.object, row.property);
  if (row.kind === DYNAMIC && row.source && !source) say("error", "This campaign has no such field. Choose another one.");
  else if (source && property && !catalogue.fits(part.object, property.name, row.source))
    say("hint", `What does not fit ${property.label} (${typeOf(property)}) is left out.`);
  if (property?.next_step && row.kind !== DYNAMIC) say("hint", property.next_step);

  if (required?.source && row.kind === DYNAMIC && !row.source && !disabled)
    told.push(suggestion(shown, catalogue.sourceLabel(required.source), platform));
  return told;
}

function who({ lead_id: lead }) {
  return lead && h("a", { href: `#/leads/${encodeURIComponent(lead)}` }, "See this lead");
}

function suggestion({ required, useSource, focus }, label, platform) {
  const use = () => {
    useSource(required.source);
    focus("source");
  };
  return h("button", { type: "button", class: "button quiet", onclick: use }, `Use ${platform}'s ${label}`);
}
