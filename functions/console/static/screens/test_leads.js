// A made-up lead through the saved settings, and what came of it.

import { h, replace } from "../dom.js";
import { badge, problem, spinner } from "../widgets/banner.js";
import { busy } from "../widgets/busy.js";
import { recordLink } from "../widgets/person.js";
import { when } from "../widgets/when.js";

const KINDS = { sent: "good", rejected: "bad", closed: "bad", held: "warn", sending: "warn" };

export async function showTestLeads({ api, user, toast }, place) {
  const said = h("div", { role: "status" });
  const list = h("div", {});
  const button = h("button",
    { type: "button", class: "button", disabled: !user.canWrite, onclick: () => busy(button, send) },
    "Send a test lead",
  );
  replace(place,
    h("h2", {}, "Try it"),
    h("p", {}, "A made-up lead goes to HubSpot with the settings as they are saved, so that you see there what arrives. ",
      "It counts for nothing, and you can delete it again."),
    h("div", { class: "row" }, button),
    said,
    list,
  );

  async function send() {
    replace(said, spinner("Sending a test lead …"));
    try {
      const { state_label: label } = await api.post("hubspot/test-lead");
      replace(said, h("p", { class: "visually-hidden" }, `The test lead: ${label}.`));
      await draw();
    } catch (error) {
      replace(said, problem(error));
    }
  }

  async function remove(lead, pressed) {
    pressed.disabled = true;
    replace(said, spinner("Deleting the test lead …"));
    try {
      await api.remove(`hubspot/test-lead/${encodeURIComponent(lead.lead_id)}`);
      replace(said);
      toast("The test lead is deleted, here and in HubSpot.");
      await draw();
      button.focus();
    } catch (error) {
      pressed.disabled = false;
      replace(said, problem(error));
    }
  }

  async function draw() {
    const { test_leads: leads } = await api.get("hubspot/test-lead");
    replace(list, leads.length > 0 && h("ul", { class: "stack plain" }, leads.map((lead) => tried(lead, user.canWrite, remove))));
  }

  try {
    await draw();
  } catch (error) {
    replace(said, problem(error));
  }
}

// Test leads are in no list of leads; names them with the way to each, for a day. Empty if there are none.
export async function recentTestLeads({ api }) {
  const { test_leads: leads } = await api.get("hubspot/test-lead");
  if (leads.length === 0) return [];
  const links = leads.map((lead) => h("li", {}, h("a", { href: address(lead) }, lead.email), `: ${lead.state_label}`));
  return [h("h2", {}, "Test leads of the last day"), h("ul", {}, links)];
}

function address({ lead_id: id }) {
  return `#/leads/${encodeURIComponent(id)}`;
}

function tried(lead, canWrite, remove) {
  const label = `Delete the test lead ${lead.email}`;
  const pressed = h("button",
    { type: "button", class: "button", disabled: !canWrite, "aria-label": label, onclick: () => remove(lead, pressed) },
    "Delete",
  );
  return h("li", { class: "card stack" },
    h("div", { class: "row apart" },
      h("div", { class: "row grow" }, badge(lead.state_label, KINDS[lead.state]), h("span", { class: "break" }, lead.email)),
      pressed,
    ),
    h("p", { class: "row" }, h("span", { class: "hint" }, "Sent ", when(lead.sent_at)), lead.records.map(record), h("a", { href: address(lead) }, "What happened")),
    lead.problems.length > 0 &&
      h("ul", { "aria-label": "Problems" }, lead.problems.map((one) =>
        h("li", {}, one.message, " ", h("span", { class: "muted" }, row(one))),
      )),
    lead.next_step && h("p", {}, lead.next_step),
  );
}

function record({ object, id, link }) {
  const name = object === "deal" ? "Deal" : "Contact";
  return link
    ? recordLink({ record_link: link }, `${name} in HubSpot`)
    : h("span", { class: "muted" }, `${name} ${id}, in a HubSpot account that this campaign no longer uses`);
}

// Where a value stands in the form: `mapping.2` is the third row.
function row({ field }) {
  const [part, index] = field.split(".");
  if (!index) return "";
  return `(row ${Number(index) + 1} of ${part === "mapping" ? "Map your fields" : "Map Contact Fields"})`;
}
