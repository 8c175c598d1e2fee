// When a referral qualifies.

import { h, replace, uid } from "../../dom.js";
import { choose, radios } from "../../widgets/choose.js";
import { field } from "../../widgets/field.js";
import { valueControl } from "./value.js";
import { CONTACT, NOTHING } from "./words.js";
import { markWrong, unmark } from "./wrong.js";

const UNFIT = {
  contact_property:
    "Off, because you create Deals. To go by a contact property, let a workflow in HubSpot move the deal to a stage when " +
    "the property changes, and choose that stage here.",
  deal_stage:
    "Off, because you create Contacts. Choose Create new Deals in HubSpot above, or let a workflow in HubSpot set a contact " +
    "property when the deal reaches the stage, and choose that property here.",
};
const KINDS = [
  {
    value: "contact_property",
    label: "Contact property would change",
    text: "A referral qualifies when a property of its contact changes to a value, for example Lifecycle Stage to Customer.",
  },
  {
    value: "deal_stage",
    label: "Deal stage would change",
    text: "A referral qualifies when its deal reaches a stage, for example Closed Won.",
  },
  { value: "none", label: "Do not qualify my referrals", text: "You qualify referrals yourself." },
];
const OBJECTS = { contact_property: "contact", deal_stage: "deal" };

// Answers {node, tell(), refill(), fail(place, text), focus(place)}; `tell` after another action was chosen.
export function rule(around) {
  const { form, saved, catalogue, disabled, onChange } = around;
  const heading = uid("rule");
  const kinds = h("div", {});
  const more = h("div", { class: "stack", hidden: true });
  const wrong = h("p", { class: "error", id: uid("error"), hidden: true });
  const node = h(
    "section",
    { class: "card stack", "aria-labelledby": heading, "data-part": "rule" },
    h("h2", { id: heading }, "Qualification rules"),
    h("p", { class: "muted" }, "Optional. Referrals qualify by themselves when something changes in HubSpot."),
    kinds,
    wrong,
    more,
    saved.kept_rule && h("p", { class: "hint" }, saved.kept_rule.text),
  );
  let controls = {};
  const given = {}; // what was chosen of each kind, for when it is chosen again
  tell();

  // Shows the choices for the action, and hides all where nothing can qualify.
  function tell() {
    node.hidden = form.action === "" || (form.action === NOTHING && form.rule.kind === "none" && !saved.kept_rule);
    const options = KINDS.map((one) =>
      form.ruleFits(one.value) ? one : { ...one, text: UNFIT[one.value], disabled: true },
    );
    const value = form.ruleFits() ? form.rule.kind : "";
    replace(kinds, radios({ legend: "When does a referral qualify?", options, value, onChange: chooseKind, disabled }));
    fail("", value ? "" : `Choose how ${form.action === CONTACT ? "contacts" : "deals"} qualify.`);
    refill();
  }

  function chooseKind(kind) {
    given[form.rule.kind] = form.rule;
    form.rule = given[kind] ?? { kind, property: kind === "deal_stage" ? "dealstage" : "", value: "" };
    edited();
    refill();
    load();
  }

  async function load() {
    const object = OBJECTS[form.rule.kind];
    if (!object) return;
    await catalogue.load(object);
    refill();
  }

  function edited(changes = {}) {
    Object.assign(form.rule, changes);
    fail("", "");
    onChange();
  }

  // Shows what belongs to the chosen kind.
  function refill() {
    controls = {};
    const { kind } = form.rule;
    more.hidden = !form.ruleFits() || kind === "none";
    replace(more, !more.hidden && [h("div", { class: "halves" }, kind === "deal_stage" ? ofStage() : ofProperty()), since()]);
  }

  function ofStage() {
    const stages = valueControl({
      choices: catalogue.stages(),
      value: form.rule.value,
      disabled,
      onChange: (value) => edited({ value }),
    });
    controls.value = stages.control;
    return field("Deal stage", stages.node, { hint: speed(catalogue.stageSpeed) });
  }

  function ofProperty() {
    const { property, value } = form.rule;
    const known = catalogue.property("contact", property);
    const properties = choose({
      options: () => catalogue.ruleOptions(),
      value: property,
      placeholder: "Choose a property …",
      disabled,
      onChange(chosen) {
        if (chosen !== form.rule.property) edited({ property: chosen, value: "" });
        refill();
        controls.property.focus();
      },
    });
    controls.property = properties.control;
    const shown = [field("Contact property", properties, { hint: speed(known?.rule_speed.label) })];
    if (!property) return shown;
    const take = (chosen) => edited({ value: chosen });
    const values = valueControl({ property: known, value, disabled, single: true, onChange: take });
    controls.value = values.control;
    const exactly = known && known.options.length === 0 && known.type === "string";
    return [...shown, field("Changes to", values.node, { hint: exactly ? "Exactly as it is written in HubSpot." : "" })];
  }

  function since() {
    const same = ["kind", "property", "value"].every((name) => saved.rule[name] === form.rule[name]);
    if (!saved.rule_since || !same) return null;
    const from = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    return h("p", { class: "hint" }, `Only changes in HubSpot since ${from.format(new Date(saved.rule_since))} count.`);
  }

  function fail(place, text) {
    wrong.textContent = text;
    wrong.hidden = !text;
    for (const control of Object.values(controls)) unmark(control);
    if (text && controls[place]) markWrong(controls[place], wrong.id);
  }

  function focus(place) {
    (controls[place] ?? node.querySelector("input:checked:enabled, input:enabled"))?.focus();
  }

  return { node, tell, refill, fail, focus };
}

function speed(label) {
  return label ? `After the change in HubSpot: ${label}.` : "";
}
