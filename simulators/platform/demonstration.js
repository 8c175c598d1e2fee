// Sends prepared leads, follows each one's way with a stopwatch, and makes trouble for HubSpot.

const shown = JSON.parse(document.currentScript.dataset.shown);
const ids = { account_id: shown.account_id, campaign_id: shown.campaign_id };
const LOOK_MS = 400;
const OUTAGE_S = 30;
const PATIENCE_MS = 120_000; // a lead that nobody has answered for by then is lost
// By state, or by state and reason.
const OUTCOMES = {
  sending: "On its way",
  held: "Waiting",
  "held setup": "Waiting: the setup is not complete",
  "held not_connected": "Waiting: HubSpot is not connected",
  "held reconnect": "Waiting: connection lost, reconnect",
  "held hubspot_away": "Waiting: HubSpot does not answer",
  "held paused": "Waiting: sending to HubSpot is paused",
  "held asks_first": "Waiting: it waited long, so you are asked first",
  "not_sent do_nothing": "Not sent (your setting: Do nothing)",
  "not_sent declined": "Not sent (you chose so)",
  sent: "In HubSpot, not qualified yet",
  qualified: "Qualified",
  duplicate: "Already in HubSpot",
  already_referred: "Already referred by someone else",
  "rejected no_usable_email": "No usable e-mail",
  "rejected refused": "HubSpot refused it",
  "rejected erased": "Erased",
  expired: "Waited 90 days, not sent",
  closed: "Closed in Referral platform",
  erased: "Erased",
};
const ARRIVED = ["sent", "qualified"];
const UNDER_WAY = [undefined, "sending", "held"];

// Newest first: {lead, email, title, begun, state, reason, link, contacts, answeredAfter, contactAfter, movedAt,
// qualifiedAfter}; times in ms.
const runs = [];
let down = null; // done when HubSpot answers again
let doubling = false;

const PREPARED = {
  new: (title) => join(title),
  async known(title) {
    const email = newAddress();
    const contact = { properties: { email, firstname: "Typed by sales" }, createdate: "2020-01-01T00:00:00Z" };
    await hubspot("seed", { portal: shown.portal, contacts: [contact] });
    await join(title, email);
  },
  async again(title) {
    const first = runs.find((run) => ARRIVED.includes(run.state)) ?? (await join("Somebody new"));
    await become(first, ...ARRIVED);
    await join(title, first.email);
  },
  unusable: (title) => join(title, "not an address"),
  refused: (title) => join(title, `${unused()}@example.c`), // may be an address, says everybody but HubSpot
  async closed(title) {
    const { lead } = await join(title);
    await publish("lead.closed.v1", { ...ids, lead_id: lead, reason: "rejected" });
  },
  async erased(title) {
    const run = await join(title);
    await become(run, ...ARRIVED);
    await publish("person.erased.v1", { account_id: ids.account_id, email: run.email });
  },
  async held(title) {
    await goDown();
    await join(title);
  },
  async nothing(title) {
    const { version, action, mapping, duplicates, with_contact, contact_mapping, rule } = await api("GET", "hubspot/leads");
    const form = { action, mapping, duplicates, with_contact, contact_mapping, rule };
    const changed = await api("PUT", "hubspot/leads", { ...form, version, action: "none" });
    say("The settings say Do nothing until this lead is answered.");
    try {
      await become(await join(title), "not_sent");
    } finally {
      await api("PUT", "hubspot/leads", { ...form, version: changed.version });
    }
    say("The settings are as they were.");
  },
  async declined(title) {
    const run = await waited(title, 8);
    await become(run, "held asks_first");
    await api("POST", "hubspot/questions/held", { answer: "do_not_send" });
    say("The settings asked, and were told not to send it.");
  },
  expired: (title) => waited(title, 91),
};

const TROUBLE = {
  async outage() {
    await goDown();
    say(`HubSpot answers nobody for ${OUTAGE_S} s. Send leads meanwhile: they wait, and go out by themselves.`);
    await down;
    say("HubSpot answers again: who waited goes out by itself.");
  },
  async revoke() {
    const since = new Date().toISOString();
    await hubspot("revoke", { portal: shown.portal });
    say("HubSpot no longer lets us in. Send a lead, then reconnect in the console.");
    const query = new URLSearchParams({ ...ids, type: "connection.established.v1", since });
    while ((await get(`/_sim/announcements?${query}`)).announcements.length === 0) await pause(1000);
    say("HubSpot lets us in again: who waited goes out by itself.");
  },
  async double(button) {
    doubling = !doubling;
    await hubspot("webhooks", { duplicate: doubling ? 1 : 0 });
    button.textContent = doubling ? "Double the webhooks no more" : "Double the webhooks";
    say(doubling ? "HubSpot tells of every change twice, until you end it." : "HubSpot tells of every change once.");
  },
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  const { send, trouble } = button.dataset;
  if (send) once(button, () => PREPARED[send](button.firstChild.textContent.trim()));
  else if (trouble) once(button, () => TROUBLE[trouble](button));
  else move().catch(failed);
});
look();

// One that is at work is not pressed again; it keeps the focus, which a disabled one would lose.
async function once(button, work) {
  button.setAttribute("aria-disabled", "true");
  await work().catch(failed);
  button.removeAttribute("aria-disabled");
}

function failed(error) {
  say(`That did not work: ${error.message}`);
}

async function join(who, email = newAddress()) {
  const begun = performance.now();
  const made = await post("/_sim/leads", { ...ids, seed: unused(), emails: [email] });
  const [{ lead_id: lead, first_name: name }] = made.leads;
  const run = { lead, email, title: `${name}, ${who[0].toLowerCase()}${who.slice(1)}`, begun, contacts: 0 };
  runs.unshift(run);
  draw();
  return run;
}

// A lead that waits since HubSpot is down, and for which days pass meanwhile.
async function waited(title, days) {
  await goDown();
  const run = await join(title);
  say(`HubSpot is down for ${OUTAGE_S} s, so that the lead waits. Then ${days} days pass at once.`);
  await become(run, "held hubspot_away");
  await post("/demonstration/wait", { ...ids, lead_id: run.lead, days });
  say(`${days} days have passed for this lead.`);
  return run;
}

// HubSpot answers nobody of this account; it comes back by itself, also when this page is closed meanwhile.
async function goDown() {
  if (down) return;
  await hubspot("faults", { portal: shown.portal, status: 503, times: null, for_s: OUTAGE_S });
  const button = document.querySelector("[data-trouble=outage]");
  const before = button.textContent;
  const count = async () => {
    for (let left = OUTAGE_S; left > 0; left -= 1) {
      button.textContent = `HubSpot is down: ${left} s`;
      await pause(1000);
    }
    [button.textContent, down] = [before, null];
  };
  down = count();
}

// Waits until the lead is in one of these states, or in one for a reason.
async function become(run, ...states) {
  const begun = performance.now();
  while (!states.includes(run.state) && !states.includes(`${run.state} ${run.reason}`)) {
    if (performance.now() - begun > PATIENCE_MS) throw new Error(`${run.title} is still ${outcome(run)}.`);
    await pause(100);
  }
}

// As a salesperson does, with the record of the newest lead that is there.
async function move() {
  const run = movable();
  const [, type, id] = /record\/(0-\d)\/(\d+)/.exec(run.link);
  run.movedAt = performance.now();
  draw();
  const properties = { [shown.property]: shown.value };
  await hubspot(`portals/${shown.portal}/${type === "0-1" ? "contacts" : "deals"}/${id}`, { properties });
  reload("hubspot");
}

function movable() {
  return runs.find((run) => run.state === "sent" && run.link && !run.movedAt);
}

async function look() {
  try {
    const news = await Promise.all(runs.slice(0, 20).map(follow));
    if (news.includes(true)) for (const pane of ["platform", "hubspot"]) reload(pane);
    await count();
  } catch (error) {
    failed(error);
  }
  draw();
  setTimeout(look, LOOK_MS);
}

// Whether something happened to this lead.
async function follow(run) {
  const before = `${run.state} ${run.reason} ${run.contacts}`;
  const { leads } = await get(`/_sim/leads?${new URLSearchParams({ ...ids, lead_id: run.lead })}`);
  if (leads.length > 0) [run.state, run.reason, run.link] = [leads[0].state ?? undefined, leads[0].reason, leads[0].record_link];
  if (run.email.includes("@")) {
    const query = new URLSearchParams({ email: run.email });
    run.contacts = (await get(`/demonstration/hubspot/portals/${shown.portal}/contacts?${query}`)).contacts.length;
  }
  const now = performance.now();
  if (!UNDER_WAY.includes(run.state)) run.answeredAfter ??= now - run.begun;
  if (ARRIVED.includes(run.state)) run.contactAfter ??= now - run.begun;
  if (run.state === "qualified" && run.movedAt) run.qualifiedAfter ??= now - run.movedAt;
  return before !== `${run.state} ${run.reason} ${run.contacts}`;
}

async function count() {
  const { rewards } = await get(`/_sim/rewards?${new URLSearchParams(ids)}`);
  const paid = rewards.map((reward) => reward.lead_id);
  const late = (run) => !run.state && performance.now() - run.begun > PATIENCE_MS;
  const numbers = {
    sent: runs.length,
    arrived: runs.filter((run) => ARRIVED.includes(run.state)).length,
    qualified: runs.filter((run) => run.state === "qualified").length,
    waiting: runs.filter((run) => run.state === "held").length,
    aside: runs.filter((run) => ![...ARRIVED, ...UNDER_WAY].includes(run.state)).length,
    lost: runs.filter(late).length,
    doubled: runs.filter((run) => run.contacts > 1).length,
    twice: paid.length - new Set(paid).size,
  };
  for (const [name, number] of Object.entries(numbers))
    document.querySelector(`[data-counter="${name}"]`).textContent = number;
}

function draw() {
  document.getElementById("runs").replaceChildren(...runs.map(line));
  document.querySelector("[data-move]").setAttribute("aria-disabled", String(!movable()));
}

function outcome({ state, reason }) {
  return OUTCOMES[`${state} ${reason}`] ?? OUTCOMES[state] ?? "Sent to us";
}

function line(run) {
  const node = document.createElement("li");
  const now = performance.now();
  node.append(`${run.title}: ${outcome(run)}`);
  if (run.contactAfter) node.append(", in HubSpot after ", seconds(run.contactAfter));
  else node.append(run.answeredAfter ? " after " : ", ", seconds(run.answeredAfter ?? now - run.begun));
  if (run.qualifiedAfter) node.append(", qualified after ", seconds(run.qualifiedAfter));
  else if (run.movedAt) node.append(", moved ", seconds(now - run.movedAt), " ago");
  return node;
}

function seconds(ms) {
  const node = document.createElement("time");
  node.textContent = `${(ms / 1000).toFixed(1)} s`;
  return node;
}

function say(text) {
  document.getElementById("said").textContent = text;
}

function reload(pane) {
  const frame = document.getElementById(pane);
  frame.src = frame.getAttribute("src"); // another origin's page cannot be told to reload
}

function newAddress() {
  return `${unused()}@example.com`;
}

function unused() {
  return crypto.randomUUID().slice(0, 8);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function publish(type, data) {
  return post("/_sim/publish", { events: [{ type, data, group: ids.account_id }] });
}

function hubspot(path, body) {
  return post(`/demonstration/hubspot/${path}`, body);
}

// As the campaign's admin.
async function api(method, path, body) {
  const { token } = await post("/_sim/token", { account_id: ids.account_id });
  return ask(method, `${shown.api_url}/v1/campaigns/${ids.campaign_id}/${path}`, body, { Authorization: `Bearer ${token}` });
}

function get(path) {
  return ask("GET", path);
}

function post(path, body) {
  return ask("POST", path, body);
}

async function ask(method, path, body, headers = {}) {
  const sent = body && { body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } };
  const answer = await fetch(path, { method, headers, ...sent });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}
