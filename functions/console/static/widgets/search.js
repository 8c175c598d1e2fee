import { h } from "../dom.js";
import { field } from "./field.js";

// Finds people by their whole address: `find(email)` is asked for one, or for everybody by "". `everybody` is what the
// button is called that ends a search.
export function emailSearch({ email = "", everybody, find }) {
  const cleared = () => input.value === "" && !all.hidden && search();
  const input = h("input", { class: "control", type: "search", autocomplete: "off", spellcheck: "false", value: email, oninput: cleared });
  const all = h("button", { type: "button", class: "button quiet", hidden: !email, onclick: clear }, everybody);

  function search(event) {
    event?.preventDefault();
    const wanted = input.value.trim();
    all.hidden = !wanted;
    find(wanted);
  }

  function clear() {
    input.value = "";
    search();
    input.focus();
  }

  return h(
    "form",
    { role: "search", class: "row search", onsubmit: search },
    h("div", { class: "grow" }, field("Search by e-mail address", input, { hint: "Type the whole address." })),
    h("button", { class: "button" }, "Search"),
    all,
  );
}
