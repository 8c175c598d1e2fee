import { h } from "../../dom.js";
import { counted, number, titleOf } from "./words.js";

// How far the run of a sync came: while it reads, by contacts; after that, by answers.
export function progressOf(node, { sync, unanswered = 0 }) {
  const open = sync.run || sync.state === "running";
  node.hidden = !open;
  if (!open) return node.replaceChildren();
  const [text, value, most] = told(sync, unanswered);
  let bar = node.querySelector("progress");
  if (!bar) {
    bar = h("progress", { "aria-label": `Progress of ${titleOf(sync)}` });
    node.replaceChildren(bar, h("p"));
  }
  if (most) {
    bar.max = most;
    bar.value = value;
  } else bar.removeAttribute("value");
  node.querySelector("p").textContent = text;
}

function told({ run, people }, unanswered) {
  if (!run) return ["Starting …", 0, 0];
  if (run.kind !== "everybody") return [`Looking for newcomers: ${read(run)}${asked(run)}`, 0, 0];
  if (run.read < people) return [`${number(run.read)} of ${counted(people, "contact")} read${asked(run)}`, run.read, people];
  const answered = Math.max(0, run.asked - unanswered);
  return [`${read(run)} · ${number(answered)} of ${number(run.asked)} asked to join have answered`, answered, run.asked];
}

function read(run) {
  return `${counted(run.read, "contact")} read`;
}

function asked(run) {
  return run.asked > 0 ? ` · ${number(run.asked)} asked to join` : "";
}
