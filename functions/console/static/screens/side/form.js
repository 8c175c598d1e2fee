// What is chosen in the form, apart from how it is shown.

import { CONTACT, DEAL, DYNAMIC, FIXED } from "./words.js";

// What a record of each object is of no use without; `source` is what it is usually filled from.
const REQUIRED = {
  contact: [
    { property: "email", label: "Email", source: "email" },
    { property: "firstname", label: "First Name", source: "first_name" },
  ],
  deal: [
    { property: "pipeline", label: "Pipeline", source: "", fixed: true },
    { property: "dealstage", label: "Deal Stage", source: "", fixed: true },
    { property: "dealname", label: "Deal Name", source: "email" },
  ],
};

let made = 0;

// `at` is where the row stands in what is saved, as long as it is unchanged; `suggested`: nobody has chosen it yet.
export function newRow(given = {}) {
  made += 1;
  return { id: made, kind: DYNAMIC, source: "", value: "", property: "", at: "", suggested: false, ...given };
}

export function requirement(object, property) {
  return REQUIRED[object].find((one) => one.property === property);
}

function isFilled(row) {
  return Boolean(row.kind === FIXED ? row.value : row.source);
}

export class Form {
  // `answer` is what is saved.
  constructor(answer) {
    this.action = answer.action ?? "";
    this.duplicates = answer.duplicates;
    this.withContact = answer.with_contact;
    this.rule = { kind: "none", property: "", value: "", ...answer.rule };
    this.rows = { contact: [], deal: [], beside: rowsOf(answer, "contact_mapping") };
    const deals = answer.mapping.some((row) => requirement("deal", row.property));
    this.written = answer.action === DEAL || (answer.action !== CONTACT && deals) ? "deal" : "contact";
    this.rows[this.written] = rowsOf(answer, "mapping");
    this.#complete({ suggest: false });
  }

  // The same choices, taken over from another campaign.
  static copy(answer) {
    const form = new Form(answer);
    for (const rows of Object.values(form.rows)) for (const row of rows) row.at = "";
    return form;
  }

  // The parts of the mapping that something is written by: name in the API, object in HubSpot, rows.
  get parts() {
    if (this.action === CONTACT) return [{ name: "mapping", object: "contact", rows: this.rows.contact }];
    if (this.action !== DEAL) return [];
    const deals = { name: "mapping", object: "deal", rows: this.rows.deal };
    const beside = { name: "contact_mapping", object: "contact", rows: this.rows.beside };
    return this.withContact ? [deals, beside] : [deals];
  }

  // What has to be known of HubSpot to show the form.
  get objects() {
    const named = this.parts.map((part) => part.object);
    if (this.rule.kind === "contact_property") named.push("contact");
    if (this.rule.kind === "deal_stage") named.push("deal");
    return [...new Set(named)];
  }

  // The rows that a contact is written by.
  get contactPart() {
    return this.parts.find((part) => part.object === "contact");
  }

  chooseAction(action) {
    this.action = action;
    if (action === CONTACT || action === DEAL) this.written = action === CONTACT ? "contact" : "deal";
    const { contact, beside } = this.rows;
    if (action === CONTACT && contact.length === 0) this.rows.contact = beside.map(copied);
    this.#complete({ suggest: true });
  }

  chooseContact(wanted) {
    this.withContact = wanted;
    const { contact, beside } = this.rows;
    if (wanted && beside.length === 0) this.rows.beside = contact.map(copied);
    this.#complete({ suggest: true });
  }

  // Where HubSpot has one pipeline only, there is nothing to choose.
  suggestPipeline(pipelines) {
    const row = this.action === DEAL && this.rows.deal.find((one) => one.property === "pipeline");
    if (row && !row.value && pipelines.length === 1) Object.assign(row, { value: pipelines[0].id, suggested: true });
  }

  // Whether the rule goes with what people are sent as.
  ruleFits(kind = this.rule.kind) {
    if (kind === "contact_property") return this.action !== DEAL;
    return kind !== "deal_stage" || this.action !== CONTACT;
  }

  // What is required and not chosen yet, as it stands in the form.
  missing() {
    return this.parts.flatMap(({ name, object, rows }) =>
      REQUIRED[object]
        .filter(({ property }) => !rows.some((row) => row.property === property && isFilled(row)))
        .map(({ label }) => ({ label, beside: name !== "mapping" })),
    );
  }

  // What is sent to be saved. `places` tells which row stands at which place of it.
  body(version, side) {
    const hidden = (rows) => rows.filter((row) => row.property);
    const shown = (rows) => rows.filter((row) => row.property || isFilled(row));
    const uses = this.parts.map((part) => part.rows);
    const sent = (rows) => (uses.includes(rows) ? shown(rows) : hidden(rows));
    const [mapping, beside] = [sent(this.rows[this.written]), sent(this.rows.beside)];
    const form = {
      version,
      action: this.action || null,
      mapping: mapping.map(asSent),
      duplicates: this.duplicates,
      with_contact: this.withContact,
      contact_mapping: beside.map(asSent),
    };
    if (side === "leads") form.rule = this.#ruleAsSent();
    return { form, places: { mapping, contact_mapping: beside } };
  }

  // Two forms with the same choices have the same text.
  text(side) {
    return JSON.stringify(this.body(0, side).form);
  }

  #ruleAsSent() {
    const { kind, property, value } = this.rule;
    if (kind === "none") return { kind };
    return kind === "deal_stage" ? { kind, property: "dealstage", value } : { kind, property, value: value.trim() };
  }

  // Required rows stand first and are always there. A new one is filled as it usually is.
  #complete({ suggest }) {
    for (const [key, object] of [["contact", "contact"], ["deal", "deal"], ["beside", "contact"]]) {
      const used = this.parts.some((part) => part.rows === this.rows[key]);
      if (used) putRequiredFirst(this.rows[key], object, suggest);
    }
  }
}

function putRequiredFirst(rows, object, suggest) {
  const first = REQUIRED[object].map(({ property, source, fixed }) => {
    const row = rows.find((one) => one.property === property);
    if (row) return fixed ? Object.assign(row, { kind: FIXED }) : row;
    const given = suggest ? source : "";
    return newRow({ property, kind: fixed ? FIXED : DYNAMIC, source: given, suggested: Boolean(given) });
  });
  const others = rows.filter((row) => !first.includes(row));
  rows.splice(0, rows.length, ...first, ...others);
}

function rowsOf(answer, part) {
  return answer[part].map((row, index) => newRow({ ...row, at: `${part}.${index}` }));
}

function copied({ kind, source, value, property }) {
  return newRow({ kind, source, value, property });
}

function asSent(row) {
  const { kind, source, property } = row;
  const value = row.value.trim();
  if (kind === FIXED && value) return { kind, property, source: "", value };
  return { kind: DYNAMIC, property, source: kind === DYNAMIC ? source : "", value: "" };
}
