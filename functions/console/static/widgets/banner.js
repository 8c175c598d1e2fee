import { h } from "../dom.js";

const ROLES = { setup: "status", problem: "alert", info: "note", done: "status" };

// kind: "setup" (orange: something is missing), "problem", "info" or "done".
export function banner(kind, title, ...children) {
  return h("div", { class: `banner ${kind}`, role: ROLES[kind] }, h("strong", {}, title), h("div", {}, ...children));
}

// What went wrong, in words, with what to do next; `again` repeats what failed.
export function problem(error, again) {
  if (!("nextStep" in error)) {
    console.error(error);
    error = { message: "This page stopped working.", nextStep: "Reload it. If that does not help, tell support." };
  }
  return banner(
    "problem",
    error.message,
    h("p", {}, error.nextStep),
    error.errors?.length > 0 && h("ul", {}, error.errors.map((one) => h("li", {}, one.message, " ", one.next_step))),
    again && h("button", { type: "button", class: "button", onclick: again }, "Try again"),
  );
}

// kind: "required", "good", "bad", "quiet".
export function badge(text, kind = "quiet") {
  return h("span", { class: `badge ${kind}` }, text);
}

export function spinner(text) {
  return h("p", { class: "spinner", role: "status" }, h("span", { "aria-hidden": "true" }), text);
}
