// The frame: who is signed in, which campaign, which screen.

import { createApi } from "./api.js";
import { h, replace } from "./dom.js";
import { Session } from "./session.js";
import { banner, problem } from "./widgets/banner.js";
import { confirm } from "./widgets/dialog.js";
import { toast } from "./widgets/toast.js";

const HOME = "/crm/hubspot/leads";
const MENU = [
  { label: "Integrations and API", route: HOME, under: "/crm" },
  { label: "Referrers", route: "/referrers", under: "/referrers" },
  { label: "Leads", route: "/leads", under: "/leads" },
  { label: "Activity", route: "/activity", under: "/activity" },
];
const SCREENS = [
  [/^\/crm\/hubspot\/(leads|referrers)(?:\/([a-z]+))?$/, () => import("./screens/crm.js")],
  [/^\/referrers$/, () => import("./screens/referrers.js")],
  [/^\/referrers\/sync$/, () => import("./screens/sync.js")],
  [/^\/leads$/, () => import("./screens/leads.js")],
  [/^\/leads\/(.+)$/, () => import("./screens/lead.js")],
  [/^\/activity$/, () => import("./screens/activity.js")],
];
const UNSAVED = {
  title: "Leave without saving?",
  text: "What you changed on this page is not saved yet.",
  confirm: "Leave without saving",
  cancel: "Stay here",
};

const { platform, origins } = document.documentElement.dataset;
const top = document.querySelector("header.top");
const main = document.querySelector("main");

// Of the screen that is shown: its route, whether something typed would be lost, and what is to stop when it is left.
let visit = { route: "", unsaved: null, leaving: [] };

async function start() {
  const session = new Session(origins.split(" ").filter(Boolean));
  session.takeFromAddress();
  const campaign = new URLSearchParams(location.search).get("campaign");
  if (!campaign) return alone("This address names no campaign.", `Open it from ${platform}.`);
  if (!(await session.token())) return alone("You are not signed in here.", `Open this page from ${platform}.`);

  const { name = "", role = "viewer", campaign_ids: some } = session.claims();
  const api = createApi({ base: location.pathname.replace(/\/console$/, ""), campaign, session });
  const context = {
    api,
    campaign,
    platform,
    user: { name, role, canWrite: role === "admin", seesAll: some === undefined },
    connection: null,
    toast,
    go: (route) => (location.hash = route),
    async refreshConnection() {
      context.connection = await api.get("hubspot");
      return context.connection;
    },
  };

  addEventListener("hashchange", () => {
    session.takeFromAddress();
    follow(context);
  });
  addEventListener("beforeunload", (event) => visit.unsaved?.() && event.preventDefault());
  document.querySelector("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault(); // the address behind the # is a screen's
    main.focus();
  });
  await follow(context);
}

async function follow(context) {
  const route = location.hash.slice(1) || HOME;
  for (const open of document.querySelectorAll("dialog[open]")) open.close();
  if (route === visit.route) return;
  if (visit.unsaved?.()) {
    const leaves = await confirm(UNSAVED);
    history.replaceState(null, "", `#${leaves ? route : visit.route}`);
    if (!leaves) return;
  }
  for (const stop of visit.leaving) stop();
  const mine = (visit = { route, unsaved: null, leaving: [] });
  replace(top, menu(context, route));
  const inside = Object.assign(Object.create(context), {
    guard: (changed) => (mine.unsaved = changed),
    onLeave: (stop) => (mine === visit ? mine.leaving.push(stop) : stop()), // it may be left before all of it is loaded
  });
  await show(inside, mine);
}

async function show(context, mine) {
  const { route } = mine;
  const [pattern, load] = SCREENS.find(([known]) => known.test(route)) ?? [];
  if (!pattern) {
    alone("There is nothing at this address.", h("a", { href: `#${HOME}` }, "Go to the start"));
    return;
  }
  const root = h("section", { class: "stack" });
  const given = pattern.exec(route).slice(1).map((part) => part && decodeURIComponent(part));
  let wanted = null; // a heading further down that the address leads to
  replace(main, h("p", { class: "muted", role: "status" }, "Loading …"));
  try {
    const screen = await load();
    wanted = await screen.show(context, root, given);
  } catch (error) {
    replace(root, h("h1", {}, titleOf(route)), problem(error, () => show(context, mine)));
  }
  if (mine !== visit) return;
  replace(main, context.user.canWrite ? null : viewing(context), root);
  const heading = root.querySelector("h1");
  if (heading) document.title = `${heading.textContent} · ${platform}`;
  scrollTo(0, 0);
  begin(wanted?.checkVisibility() ? wanted : heading);
  performance.mark("usable");
}

// Of a screen that could not be shown.
function titleOf(route) {
  return MENU.find(({ under }) => route.startsWith(under)).label;
}

function begin(heading) {
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

// All there is to see.
function alone(what, step) {
  replace(main, h("h1", {}, "HubSpot settings"), banner("problem", what, step));
}

function menu(context, route) {
  const links = MENU.map(({ label, route: to, under }) =>
    h("a", { href: `#${to}`, "aria-current": route.startsWith(under) ? "page" : null }, label),
  );
  return h("nav", { "aria-label": "Campaign" }, links);
}

function viewing({ user }) {
  return banner("info", "You can look, but not change anything.", `${user.name || "You"} may only view this campaign.`);
}

start();
