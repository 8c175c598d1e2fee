// What the campaign's admins are asked, in the API's own words.

import { h, replace, uid } from "../dom.js";
import { problem, spinner } from "../widgets/banner.js";

const LOOK_MS = 6_000; // a save or a colleague may bring a question, or take one away
const COUNTING_MS = 2_000;

export function showQuestions(context, place) {
  let timer = 0;
  let gone = false;
  let seen = "";
  place.tabIndex = -1; // for the focus of whoever answered
  context.onLeave(() => {
    gone = true;
    clearTimeout(timer);
  });

  async function look() {
    clearTimeout(timer);
    let pause = LOOK_MS;
    if (!document.hidden) {
      try {
        const { questions } = await context.api.get("hubspot/questions");
        if (questions.some((one) => one.count === null)) pause = COUNTING_MS;
        draw(questions);
      } catch {
        // Nobody asked for this look: whatever is shown stays, and the next look is soon.
      }
    }
    clearTimeout(timer);
    if (!gone) timer = setTimeout(look, pause);
  }

  // Only when something changed: whoever is about to press a button keeps it, and its focus.
  function draw(questions) {
    const now = JSON.stringify(questions);
    if (now === seen) return;
    seen = now;
    replace(place, questions.length > 0 && h("ul", { class: "stack plain" }, questions.map(question)));
  }

  function question(one) {
    const id = uid("question");
    if (one.count === null) return h("li", { class: "banner info" }, spinner(one.text));
    const said = h("div", { class: "stack" });
    const buttons = one.answers.map((reply) =>
      h("button",
        {
          type: "button",
          class: "button",
          disabled: !context.user.canWrite,
          "aria-describedby": id,
          onclick: () => answer(one, reply, buttons, said),
        },
        reply.label,
      ),
    );
    return h("li", { class: "banner info" }, h("strong", { id }, one.text), h("div", {}, h("div", { class: "row" }, buttons), said));
  }

  async function answer(one, reply, buttons, said) {
    for (const button of buttons) button.disabled = true;
    try {
      await send(one, reply);
    } catch (error) {
      for (const button of buttons) button.disabled = false;
      replace(said, problem(error));
      return;
    }
    const other = one.answers.find((another) => another !== reply);
    place.focus();
    context.toast(`Answered: ${reply.label}.`, { action: other && { label: `Undo: ${other.label}`, run: () => change(one, other) } });
    await look();
  }

  // The API takes another answer as long as somebody is left whom it is about.
  async function change(one, reply) {
    try {
      await send(one, reply);
      context.toast(`Answered: ${reply.label}.`);
    } catch (error) {
      context.toast(`${error.message} ${error.nextStep ?? ""}`);
    }
    await look();
  }

  const send = ({ code, side }, { answer: given }) => context.api.post(`hubspot/questions/${code}`, { answer: given, side });

  look();
}
