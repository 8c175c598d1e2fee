// Integrations and API, CRM: the connection to HubSpot, and below it what happens there when somebody joins.

import { h, replace } from "../dom.js";
import { badge, banner, problem } from "../widgets/banner.js";
import { busy } from "../widgets/busy.js";
import { confirm } from "../widgets/dialog.js";
import { questions } from "../widgets/questions.js";
import { ask, createConnecting } from "./connecting.js";
import { check, facts, leftOut } from "./connection.js";
import { useElsewhere, usedElsewhere } from "./other_campaigns.js";
import { showSide } from "./side.js";
import { showTestLeads } from "./test_leads.js";

const SIDES = { leads: "Leads", referrers: "Referrers" };
const PEOPLE = { leads: "lead", referrers: "referrer" };
const BADGES = { connected: "good", not_connected: "quiet" };

// `part` is one of the form's that the address leads to, if it names one; its heading is the answer.
export async function show(context, root, [side, part]) {
  const { api, user, toast } = context;
  const heading = h("h2", { id: "hubspot", tabindex: "-1" }, "HubSpot");
  const card = h("section", { class: "card stack", "aria-labelledby": "hubspot" });
  const waiting = h("div", {});
  const settings = h("section", { class: "stack", "aria-label": `${SIDES[side]} settings` });
  const [note, tried] = [h("div", {}), h("section", { class: "card stack" })];
  const form = h("div", { class: "stack" });
  const connecting = createConnecting(context, waiting, (connected) => (connected ? arrived() : drawCard()));
  let elsewhere = []; // HubSpot accounts of the customer's other campaigns
  let shownFor = ""; // the connection that the settings were shown for
  let unsaved = null;
  let reread = null; // HubSpot for the settings that are shown

  // The settings tell here, too, whether something typed would be lost.
  const inside = Object.assign(Object.create(context), {
    guard(changed) {
      unsaved = changed;
      context.guard(changed);
    },
  });

  async function connect() {
    if (await ask(context, connecting.begin)) heading.focus();
  }

  async function arrived() {
    toast("HubSpot is connected.");
    await draw();
    heading.focus();
  }

  async function disconnect() {
    if (!(await confirm(leaving(context.connection.account, elsewhere, user)))) return;
    try {
      await api.remove("hubspot");
      await context.refreshConnection();
    } catch (error) {
      toast(`${error.message} ${error.nextStep ?? ""}`, { stays: true });
      return;
    }
    toast("HubSpot is disconnected.");
    drawCard();
    await draw();
    heading.focus();
  }

  async function draw() {
    elsewhere = await usedElsewhere(context);
    drawCard();
    await drawSettings();
  }

  function drawCard() {
    const { connection } = context;
    const { status } = connection;
    const held = card.contains(document.activeElement);
    const button = (label, kind, onclick) =>
      h("button", { type: "button", class: `button ${kind}`, disabled: !user.canWrite, onclick }, label);
    const waits = connecting.waits();
    const checking = status === "connected" && check(context);
    replace(card,
      h("div", { class: "row apart" },
        h("div", { class: "row" }, heading, status !== "reconnect_needed" && badge(connection.status_label, BADGES[status])),
        status === "not_connected" ? !waits && button("Connect", "primary", connect) : button("Disconnect", "danger", ({ currentTarget }) => busy(currentTarget, disconnect)),
      ),
      status === "reconnect_needed" && !waits && lost(connection, button("Reconnect", "primary", connecting.begin)),
      waiting,
      status === "not_connected" && !waits && [introduction(), useElsewhere(context, elsewhere, arrived)],
      status !== "not_connected" && facts(connection),
      status === "connected" && !waits && leftOut(connection, user.canWrite, connecting.begin),
      checking && [h("div", { class: "row" }, checking.button), checking.place],
    );
    if (held && !card.contains(document.activeElement)) heading.focus();
  }

  async function asked() {
    try {
      return await questions(context, PEOPLE[side], () => {});
    } catch (error) {
      const failed = problem(error, async () => failed.replaceWith(...(await asked())));
      return [failed];
    }
  }

  async function drawSettings() {
    const { status, account } = context.connection;
    if (!account && !unsaved?.() && !(await wereSaved(api))) {
      replace(settings, comesNext());
      return;
    }
    replace(note, !account && apart());
    tried.hidden = side !== "leads" || status !== "connected";
    if (!settings.contains(form)) {
      replace(settings, note, await asked(), tabs("HubSpot settings", SIDES, side), form, tried);
    }
    const known = `${account?.id} ${status}`;
    if (known === shownFor) return;
    try {
      if (unsaved?.()) await reread(); // what was typed stays
      else reread = await showSide(inside, form, side);
      shownFor = known;
    } catch (error) {
      replace(form, problem(error, drawSettings));
    }
    if (!tried.hidden) await showTestLeads(context, tried);
  }

  await context.refreshConnection();
  replace(root, h("h1", {}, "Integrations and API"), tabs("Integrations", { [side]: "CRM" }, side), card, settings);
  await draw();
  return part ? form.querySelector(`[data-part="${part}"] h2`) : null;
}

function tabs(name, labels, shown) {
  return h("nav", { class: "tabs", "aria-label": name }, Object.entries(labels).map(([side, label]) =>
    h("a", { href: `#/crm/hubspot/${side}`, "aria-current": side === shown ? "page" : null }, label),
  ));
}

function apart() {
  return banner("info", "HubSpot is not connected.",
    "Your settings are kept. New leads and referrers wait, and go out by themselves once you connect again.");
}

function introduction() {
  return h("p", {}, "Once it is connected, the leads and referrers of this campaign reach HubSpot by themselves, and a referral ",
    "qualifies as soon as something of your choice changes there.");
}

function lost({ account, next_step: next }, button) {
  return banner("problem", "Connection lost: reconnect",
    h("p", {}, `HubSpot no longer accepts the connection to ${account.name}. ${next}`),
    button,
  );
}

function comesNext() {
  return h("section", { class: "stack", "aria-label": "What comes next" },
    h("h2", {}, "What comes next"),
    h("ol", {},
      h("li", {}, "Connect HubSpot."),
      h("li", {}, "Choose what happens in HubSpot when a lead joins your campaign, and map your fields."),
      h("li", {}, "Choose how to handle people who are in HubSpot already, and when a referral qualifies."),
      h("li", {}, "Do the same for referrers."),
    ),
    h("p", { class: "muted" }, "Nothing is sent to HubSpot before you have saved that."),
  );
}

async function wereSaved(api) {
  const both = await Promise.all(Object.keys(SIDES).map((side) => api.get(`hubspot/${side}`)));
  return both.some(({ version }) => version > 0);
}

// What stops with the connection.
function leaving(account, elsewhere, { seesAll }) {
  const others = elsewhere.find((one) => one.id === account.id)?.campaigns ?? [];
  const emailed = "HubSpot will e-mail its admins that the app was removed.";
  return {
    title: "Disconnect HubSpot from this campaign?",
    text: h("ul", {},
      h("li", {}, "New leads and referrers are no longer sent to HubSpot. They wait until you connect again."),
      h("li", {}, "Changes in HubSpot no longer qualify referrals."),
      h("li", {}, "The syncs of this campaign stop."),
      h("li", {}, "Your settings stay, and nothing is deleted in HubSpot."),
      h("li", {}, others.length > 0
        ? `${account.name} stays connected to ${others.join(", ")}.`
        : seesAll
          ? `No other campaign uses ${account.name}, so ${emailed}`
          : `If no other campaign uses ${account.name}, ${emailed}`),
    ),
    confirm: "Disconnect",
    cancel: "Stay connected",
    kind: "danger",
  };
}
