// What the campaign's admin is asked about leads or referrers, and the answers, in the API's words.

import { h, replace, uid } from "../dom.js";
import { problem, spinner } from "./banner.js";
import { toast } from "./toast.js";
import { watch } from "./watch.js";

const LATER = ["declined", "expired"]; // nothing waits for these answers: they take back what was decided
const PATIENCE_MS = 60_000; // an answer is carried out in seconds; later than that, it may be given again
const UNDO = "Undo: send them after all";
const REFUSALS = ["leave", "no"]; // the question ends, and can still be answered otherwise

// Two nodes that fill themselves, and are empty while nothing is asked. `onCarriedOut` is called when an answer was.
export async function questions(context, side, onCarriedOut) {
  const { api, user } = context;
  const heading = h("h2", { id: uid("asked"), tabindex: "-1" });
  const list = h("div", { class: "stack" });
  const failure = h("div");
  const named = { class: "card stack", "aria-labelledby": heading.id };
  const card = h("section", { ...named, hidden: true }, heading, list, failure);
  const given = new Map(); // the answers that are being carried out, by code
  let shown = "";

  async function look() {
    const asked = await asks();
    let ended = false;
    for (const [code, { until }] of given)
      if (until < Date.now() || !asked.some((one) => one.code === code)) ended = given.delete(code);
    if (ended) onCarriedOut();
    const now = JSON.stringify([asked, [...given]]);
    if (now === shown) return;
    shown = now;
    card.hidden = asked.length === 0;
    heading.textContent = asked.every(({ code }) => LATER.includes(code)) ? "Put aside" : "Waiting for your answer";
    replace(list, asked.map(row));
  }

  async function asks() {
    return (await api.get("hubspot/questions")).questions.filter((one) => one.side === side);
  }

  function row(question) {
    const answer = given.get(question.code);
    return h(
      "div",
      { class: "row apart" },
      h("p", { class: "grow" }, question.text),
      answer && spinner(`“${answer.label}” is being carried out …`),
      !answer && question.count === null && spinner("Counting …"),
      !answer && question.answers.map((one, index) => button(question, one, index === 0)),
    );
  }

  function button(question, answer, first) {
    const kind = first && !LATER.includes(question.code) ? "primary" : "";
    const onclick = ({ currentTarget: pressed }) => {
      for (const one of pressed.parentElement.querySelectorAll("button")) one.disabled = true; // one answer, once
      reply(question, answer);
    };
    return h("button", { type: "button", class: `button ${kind}`, disabled: !user.canWrite, onclick }, answer.label);
  }

  async function reply({ code, count, answers }, { answer, label }) {
    given.set(code, { label, until: Date.now() + PATIENCE_MS });
    heading.focus();
    await trying(async () => {
      await api.post(`hubspot/questions/${code}`, { answer, side });
      if (answer === "do_not_send")
        toast("They will not be sent.", { action: { label: UNDO, run: () => trying(() => undo(count)) } });
      if (REFUSALS.includes(answer)) {
        const other = answers.find((one) => one.answer !== answer);
        const run = () => reply({ code, count, answers }, other);
        toast("They stay as they are.", { action: { label: `${other.label} after all`, run } });
      }
    });
  }

  // Some may be put aside by now and others not yet. Those put aside before them are another decision.
  async function undo(count) {
    given.clear();
    const open = (await asks()).filter(({ code }) => code === "held" || code === "declined");
    const mine = open.filter((question) => question.code === "held" || question.count <= count);
    for (const { code } of mine) await api.post(`hubspot/questions/${code}`, { answer: "send", side });
    toast(mine.length > 0 ? "They are sent after all." : open[0]?.text ?? "There is nobody left to send.");
    onCarriedOut();
  }

  async function trying(act) {
    replace(failure);
    try {
      await act();
      await look();
    } catch (error) {
      given.clear();
      shown = "";
      card.hidden = false;
      replace(failure, problem(error));
      if (!card.isConnected) toast(`${error.message} ${error.nextStep ?? ""}`, { stays: true });
    }
  }

  await look();
  return [card, watch(context, 4, look)];
}
