import { h, replace } from "../../dom.js";
import { problem, spinner } from "../../widgets/banner.js";
import { table } from "../../widgets/table.js";
import { when } from "../../widgets/when.js";
import { counted, number } from "./words.js";

const KINDS = { everybody: "Everybody", newcomers: "Newcomers", comparison: "Everybody, to find who was missed" };
const COLUMNS = [
  { label: "Run", cell: (run) => [when(run.started_at), h("div", { class: "hint" }, KINDS[run.kind])] },
  { label: "Contacts read", cell: (run) => number(run.read) },
  { label: "Without e-mail", cell: (run) => number(run.without_email) },
  { label: "Referrers already", cell: (run) => number(run.already_referrers) },
  { label: "Joined", cell: (run) => number(run.joined) },
  { label: "Declined", cell: (run) => number(run.declined) },
  { label: "No answer", cell: (run) => number(run.unanswered) },
  { label: "How it ended", cell: (run) => (run.message ? [run.message, h("div", { class: "hint" }, run.next_step)] : "Completed") },
];

// Runs that ended, to be opened below a sync; `load` reads them anew and gives them.
export function runHistory(context, syncId) {
  const inside = h("div");
  const node = h("details", {}, h("summary", {}, "History of runs"), inside);

  async function load() {
    if (inside.childElementCount === 0) replace(inside, spinner("Loading …"));
    try {
      const { runs } = await context.api.get(`syncs/${syncId}/runs`);
      replace(inside, table("History of runs", COLUMNS, runs, "No run has ended yet."));
      return runs;
    } catch (error) {
      replace(inside, problem(error, () => load().catch(() => {}))); // it is shown already
      throw error;
    }
  }

  return { node, load };
}

// The last run that ended, in one line.
export function lastRun([run], sync) {
  if (!run || sync.run) return null;
  const parts = [
    counted(run.joined, "person joined", "people joined"),
    `${counted(run.read, "contact")} read`,
    run.without_email > 0 && `${number(run.without_email)} without e-mail`,
    run.already_referrers > 0 && `${number(run.already_referrers)} referrers already`,
    run.declined > 0 && `${number(run.declined)} declined`,
    run.unanswered > 0 && `${number(run.unanswered)} without an answer`,
  ];
  return ["Last run, ", when(run.ended_at), ": ", parts.filter(Boolean).join(" · ")];
}
