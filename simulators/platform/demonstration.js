// Sends prepared leads, follows each one's way with a stopwatch, and makes trouble for HubSpot.

const shown = JSON.parse(document.currentScript.dataset.shown);
const ids = { account_id: shown.account_id, campaign_id: shown.campaign_id };
const LOOK_MS = 400;
const PATIENCE_MS = 120_000; // a lead that nobody has answered for by then is lost
const STATES = {
  sending: "on its way",
  held: "waiting",
  sent: "in HubSpot",
  qualified: "qualified",
  duplicate: "left out: was in HubSpot before",
  already_referred: "left out: referred before",
  rejected: "no usable e-mail",
  closed: "closed by the platform",
};
const ARRIVED = ["sent", "qualified"];
const ASIDE = ["duplicate", "already_referred", "rejected", "closed"];

const runs = []; // newest first: {lead, email, title, begun, state, row, contactAfter, movedAt, qualifiedAfter, contacts}
let doubling = false;

document.addEventListener("click", ({ target }) => {
  if (target.dataset.send) send(target.dataset.send, target.textContent);
  if (target.dataset.trouble) trouble(target.dataset.trouble, target);
  if (target.id === "move") move();
});
look();

async function send(kind, title) {
  const email = addressFor(kind);
  if (kind === "known") {
    const contact = { properties: { email, firstname: "Typed by sales" }, createdate: "2020-01-01T00:00:00Z" };
    await hubspot("seed", { portal: shown.portal, contacts: [contact] });
  }
  const begun = performance.now();
  const made = await post("/_sim/leads", { ...ids, seed: unused(), emails: [email] });
  const [{ lead_id: lead, first_name: name }] = made.leads;
  runs.unshift({ lead, email, title: `${name}, ${title[0].toLowerCase()}${title.slice(1)}`, begun, contacts: 0 });
  if (kind === "closed") await close(lead);
  draw();
}

function addressFor(kind) {
  if (kind === "again" && runs.length > 0) return runs[0].email;
  if (kind === "unusable") return "not an address";
  return `${unused()}@example.com`;
}

function unused() {
  return crypto.randomUUID().slice(0, 8);
}

function close(lead) {
  const data = { ...ids, lead_id: lead, reason: "rejected" };
  return post("/_sim/publish", { events: [{ type: "lead.closed.v1", data, group: ids.account_id }] });
}

// As a salesperson does, with the record of the newest lead that is there.
async function move() {
  const run = movable();
  const [, type, id] = /record\/(0-\d)\/(\d+)/.exec(run.row.record_link);
  run.movedAt = performance.now();
  const properties = { [shown.property]: shown.value };
  await hubspot(`portals/${shown.portal}/${type === "0-1" ? "contacts" : "deals"}/${id}`, { properties });
  reload("hubspot");
}

function movable() {
  return runs.find((run) => run.state === "sent" && run.row.record_link && !run.movedAt);
}

async function trouble(kind, button) {
  if (kind === "outage") {
    await post("/demonstration/outage", { portal: shown.portal });
    button.disabled = true;
    setTimeout(() => (button.disabled = false), 30_000);
    say("HubSpot answers nobody for 30 s. Send leads meanwhile: they wait, and go out by themselves.");
  } else if (kind === "revoke") {
    await hubspot("revoke", { portal: shown.portal });
    say("HubSpot no longer lets us in. Send a lead, then reconnect in the console.");
  } else {
    doubling = !doubling;
    await hubspot("webhooks", { duplicate: doubling ? 1 : 0 });
    button.textContent = doubling ? "Double the webhooks no more" : "Double the webhooks";
    say(doubling ? "HubSpot tells of every change twice." : "HubSpot tells of every change once.");
  }
}

async function look() {
  try {
    const news = await Promise.all(runs.slice(0, 20).map(follow));
    if (news.includes(true)) for (const pane of ["platform", "hubspot"]) reload(pane);
    await count();
  } catch (error) {
    say(`The demonstration could not look: ${error.message}`);
  }
  draw();
  setTimeout(look, LOOK_MS);
}

// Whether something happened to this lead.
async function follow(run) {
  const before = `${run.state} ${run.contacts}`;
  const { leads } = await get(`/_sim/leads?${new URLSearchParams({ ...ids, lead_id: run.lead })}`);
  run.row = leads[0];
  run.state = leads[0]?.state;
  if (run.email.includes("@")) {
    const query = new URLSearchParams({ email: run.email });
    run.contacts = (await get(`/demonstration/hubspot/portals/${shown.portal}/contacts?${query}`)).contacts.length;
  }
  if (run.state === "sent" || run.state === "qualified") run.contactAfter ??= performance.now() - run.begun;
  if (run.state === "qualified" && run.movedAt) run.qualifiedAfter ??= performance.now() - run.movedAt;
  return before !== `${run.state} ${run.contacts}`;
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
    aside: runs.filter((run) => ASIDE.includes(run.state)).length,
    lost: runs.filter(late).length,
    doubled: runs.filter((run) => run.contacts > 1).length,
    twice: paid.length - new Set(paid).size,
  };
  for (const [name, number] of Object.entries(numbers))
    document.querySelector(`[data-counter="${name}"]`).textContent = number;
}

function draw() {
  document.getElementById("runs").replaceChildren(...runs.map(line));
  document.getElementById("move").disabled = !movable();
}

function line(run) {
  const node = document.createElement("li");
  const now = performance.now();
  node.append(`${run.title}: ${STATES[run.state] ?? "sent to us"}`);
  if (run.contactAfter) node.append(run.state === "sent" ? " after " : ", in HubSpot after ", seconds(run.contactAfter));
  else if (!ASIDE.includes(run.state)) node.append(", ", seconds(now - run.begun));
  if (run.movedAt && run.state !== "qualified") node.append(", moved ", seconds(now - run.movedAt), " ago");
  if (run.qualifiedAfter) node.append(", qualified after ", seconds(run.qualifiedAfter));
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

function hubspot(path, body) {
  return post(`/demonstration/hubspot/${path}`, body);
}

async function get(path) {
  return (await fetch(path)).json();
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}
