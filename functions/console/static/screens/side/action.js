// What happens in HubSpot when somebody joins.

import { h, replace, uid } from "../../dom.js";
import { select } from "../../widgets/choose.js";
import { field } from "../../widgets/field.js";
import { markWrong, unmark } from "./wrong.js";

// Answers {node, fail(place, text), focus()}.
export function action({ form, words, disabled, onAction }) {
  const means = h("div", { class: "hint", id: uid("means"), role: "status" });
  const wrong = h("p", { class: "error", id: uid("error"), hidden: true });
  const control = select({
    options: words.actions,
    value: form.action,
    placeholder: form.action ? "" : "Choose …",
    disabled,
    onChange(chosen) {
      fail("", "");
      tell(chosen);
      onAction(chosen);
    },
  });
  control.setAttribute("aria-describedby", means.id);
  const node = h("div", { class: "stack" }, field(words.joins, control), means, wrong);
  tell(form.action);

  // What the choice means; before there is one, what each of them would.
  function tell(chosen) {
    const known = words.actions.find((one) => one.value === chosen);
    if (known) replace(means, known.text);
    else replace(means, h("ul", {}, words.actions.map((one) => h("li", {}, h("strong", {}, one.label), ": ", one.text))));
  }

  function fail(_place, text) {
    wrong.textContent = text;
    wrong.hidden = !text;
    unmark(control);
    if (text) markWrong(control, wrong.id);
  }

  return { node, fail, focus: () => control.focus() };
}
