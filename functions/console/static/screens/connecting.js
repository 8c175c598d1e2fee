// The way to HubSpot's consent page, in a window of its own, and waiting for what comes of it.

import { h, replace } from "../dom.js";
import { problem, spinner } from "../widgets/banner.js";
import { openDialog } from "../widgets/dialog.js";

const LOOK_MS = 2_000;
const PATIENCE_MS = 11 * 60_000; // HubSpot's answer is taken for ten minutes after its page was opened
const WINDOW = "popup,width=760,height=860";

// What is shown before the first time; `begin` runs in the click, because browsers open windows only then.
export function ask({ platform }, begin) {
  return openDialog({
    title: "Connect this campaign to HubSpot?",
    body: [
      h("p", {}, "HubSpot’s own page opens: sign in there, choose the account and approve the access. ",
        "It takes somebody with admin access to that HubSpot account."),
      h("h3", {}, "What is shared"),
      h("ul", {},
        h("li", {}, `From ${platform} to HubSpot: your leads and referrers, with the fields that you map.`),
        h("li", {}, `From HubSpot to ${platform}: which properties, pipelines and lists there are, the changes that `,
          "qualify your referrals, and the contacts that you choose to sync."),
      ),
      h("p", {}, `Your HubSpot password is never shared with ${platform}.`),
    ],
    actions: [
      { label: "Cancel", value: false },
      { label: "Connect HubSpot", kind: "primary", value: true, run: begin },
    ],
  });
}

// Shows in `place` how an attempt stands. `onChange` hears of each that begins or ends; true is the one that connected.
export function createConnecting(context, place, onChange) {
  let attempt = null;

  // To be called in a click.
  async function begin() {
    attempt?.window?.close();
    clearTimeout(attempt?.timer);
    const mine = { window: openWindow(), before: context.connection?.connected_at, until: Date.now() + PATIENCE_MS };
    attempt = mine;
    const held = place.contains(document.activeElement);
    const again = waiting(mine);
    onChange(false);
    if (held) again.focus();
    try {
      const { connect_url: address } = await context.api.post("hubspot/connect", {});
      if (attempt !== mine) return mine.window?.close();
      if (mine.window) mine.window.location.replace(address);
      else replace(mine.told, blocked(address));
      mine.timer = setTimeout(look, LOOK_MS);
    } catch (error) {
      if (attempt === mine) end(false, problem(error, begin));
      mine.window?.close();
    }
  }

  async function look() {
    const mine = attempt;
    if (!mine) return;
    clearTimeout(mine.timer);
    let connection = null;
    try {
      connection = await context.refreshConnection();
      mine.trouble.textContent = "";
    } catch (error) {
      mine.trouble.textContent = `${error.message} Trying again …`;
    }
    if (attempt !== mine) return;
    if (connection?.status === "connected" && connection.connected_at !== mine.before) {
      mine.window?.close();
      end(true);
    } else if (Date.now() > mine.until) {
      end(false, h("p", {}, "Nothing came back from HubSpot, and nothing has changed. Connect again when you like."));
    } else {
      clearTimeout(mine.timer);
      mine.timer = setTimeout(look, LOOK_MS);
    }
  }

  function end(connected, ...said) {
    clearTimeout(attempt.timer);
    attempt = null;
    replace(place, ...said);
    onChange(connected);
  }

  // Whoever went on in the window would connect, and not see it here.
  function giveUp() {
    attempt.window?.close();
    end(false);
  }

  function waiting(mine) {
    mine.told = h("div", { class: "stack" });
    mine.trouble = h("p", { class: "error", role: "status" });
    const again = h("button", { type: "button", class: "button", onclick: begin }, "Start again");
    const stop = h("button", { type: "button", class: "button quiet", onclick: giveUp }, "Stop waiting");
    replace(
      place,
      h("div", { class: "stack" },
        h("div", { class: "row" }, spinner("Waiting for HubSpot …"), again, stop),
        h("p", { class: "hint" }, "Go on in the window that opened. If you closed it, or cancelled there, start again."),
        mine.told,
        mine.trouble,
      ),
    );
    return again;
  }

  const heard = ({ origin, data }) => {
    const ours = origin === location.origin && data?.type === "hubspot.connected";
    if (ours && data.campaign_id === context.campaign) look();
  };
  addEventListener("message", heard);
  context.onLeave(() => {
    removeEventListener("message", heard);
    clearTimeout(attempt?.timer);
    attempt = null;
  });

  return { begin, waits: () => attempt !== null };
}

function openWindow() {
  const opened = window.open("", "_blank", WINDOW);
  if (opened) opened.document.body.textContent = "HubSpot opens here …"; // until its address is known
  return opened;
}

function blocked(address) {
  return [
    h("p", {}, "Your browser did not open the window. The link works once, within a minute:"),
    h("p", {}, h("a", { class: "button", href: address, target: "_blank", rel: "opener" }, "Open HubSpot")),
  ];
}
