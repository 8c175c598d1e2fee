import { h, replace } from "../dom.js";

// Looks again every few seconds while the page can be seen, until the screen is left. What is shown may be old
// while the API is away; the node that is returned says so then.
export function watch(context, seconds, look) {
  const note = h("div", { role: "status" });
  let timer = 0;
  let left = false;
  const run = async () => {
    try {
      if (!document.hidden) {
        await look();
        replace(note);
      }
    } catch (error) {
      const why = error.nextStep ? [error.message] : []; // what is no answer of the API's has no words for people
      const step = error.code === "signed_out" ? error.nextStep : "It is tried again by itself.";
      const text = ["This may be out of date:", ...why, step].join(" ");
      replace(note, h("p", { class: "muted" }, text));
    }
    wait();
  };
  const wait = () => {
    if (!left) timer = setTimeout(run, seconds * 1000);
  };
  context.onLeave(() => {
    left = true;
    clearTimeout(timer);
  });
  wait();
  return note;
}
