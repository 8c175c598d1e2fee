import { h, replace } from "../../dom.js";
import { problem, spinner } from "../../widgets/banner.js";
import { syncCard } from "./card.js";
import { OVER } from "./words.js";

// How long until a sync is looked at again: by its state, or for the answers that are still to come.
const PAUSES_MS = { running: 2_000, waiting: 30_000 };
const ANSWERS_MS = 10_000;
const AWAY_MS = 10_000;

// The campaign's syncs, newest first, each with the progress of its run. `came` is called when referrers may have come.
export function syncsAbove(context, came) {
  const node = h("div", { class: "stack" });

  async function load() {
    replace(node, spinner("Loading the syncs …"));
    try {
      const { syncs } = await context.api.get("syncs");
      const [shown, older] = split(syncs.toReversed());
      replace(node, shown.map(watched), older.length > 0 && earlier(older));
    } catch (error) {
      replace(node, problem(error, load));
    }
  }

  function earlier(older) {
    const inside = h("div", { class: "stack" });
    const fill = () => inside.childElementCount === 0 && inside.append(...older.map(watched));
    return h("details", { class: "earlier", ontoggle: fill }, h("summary", {}, `Earlier syncs (${older.length})`), inside);
  }

  function watched(sync) {
    let timer = 0;
    let left = false;
    let seen = null;

    async function look() {
      clearTimeout(timer);
      try {
        const progress = await context.api.get(`syncs/${sync.sync_id}`);
        card.show(progress);
        if (seen !== null && told(progress) !== seen) came();
        seen = told(progress);
        again(PAUSES_MS[progress.sync.state] ?? (progress.unanswered > 0 ? ANSWERS_MS : 0));
      } catch (error) {
        if (error.code === "unknown_sync") card.node.remove(); // somebody else removed it
        else {
          card.away(error);
          again(AWAY_MS);
        }
      }
    }

    function again(pause) {
      if (!left && pause) timer = setTimeout(look, pause);
    }

    function stop() {
      left = true;
      clearTimeout(timer);
    }

    const card = syncCard(context, sync, look, stop);
    context.onLeave(stop);
    card.show({ sync, unanswered: 0, declined: 0, refused: 0 });
    look();
    return card.node;
  }

  return { node, load };
}

// What changes when referrers came.
function told({ sync, unanswered, declined }) {
  return [sync.state, sync.looked_at, sync.run?.asked, unanswered, declined].join();
}

// What is worth seeing at once: every sync that goes on, and the last one even if it is over.
function split(syncs) {
  const shown = syncs.filter((sync, index) => index === 0 || !OVER.includes(sync.state));
  return [shown, syncs.filter((sync) => !shown.includes(sync))];
}
