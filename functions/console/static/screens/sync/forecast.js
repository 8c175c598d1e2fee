import { h, replace } from "../../dom.js";
import { banner, problem, spinner } from "../../widgets/banner.js";
import { field } from "../../widgets/field.js";
import { counted, number } from "../syncs/words.js";
import { bodyOf, problemsOf } from "./plan.js";

// What the sync would take, counted by the API without starting anything; and the number that is typed to confirm.
export function forecast(context, wizard) {
  const node = h("div", { class: "stack" });
  let found = null;

  async function load() {
    replace(node, spinner("Counting people in HubSpot …"));
    try {
      found = await context.api.post("syncs/preview", bodyOf(wizard.plan));
      if (!node.isConnected) return; // somebody went back meanwhile
      replace(node, shown());
      node.querySelector("[aria-invalid]")?.focus();
      wizard.ready();
    } catch (error) {
      if (!node.isConnected) return;
      if (error.errors?.length > 0) wizard.refused(problemsOf(error));
      else replace(node, problem(error, load));
    }
  }

  function shown() {
    const { people, estimated, warnings, notice } = found;
    const about = estimated ? "about " : "";
    const figures = [
      [number(people), people === 1 ? "Person" : "People"],
      [`${about}${number(found.without_email)}`, "Without e-mail: left out"],
      [`${about}${number(found.already_referrers)}`, "Already referrers: get their link in HubSpot"],
      [`about ${counted(found.minutes, "minute")}`, `Until all are in: HubSpot is asked ${counted(found.hubspot_calls, "time")}`],
    ];
    return [
      h("ul", { class: "figures" }, figures.map(([value, text]) => h("li", {}, h("b", {}, value), h("span", { class: "hint" }, text)))),
      estimated && h("p", { class: "hint" }, "Some numbers are estimates: they were counted among the first contacts only."),
      warnings.length > 0 && banner("setup", "Please look at this first", warnings.map((text) => h("p", {}, text))),
      banner("info", notice),
      found.confirm && confirmation(people),
    ];
  }

  function confirmation(people) {
    const control = h("input", {
      class: "control number",
      type: "text",
      inputmode: "numeric",
      autocomplete: "off",
      value: wizard.typed,
      oninput: (event) => (wizard.typed = event.target.value.replace(/\D/g, "")),
    });
    const error = wizard.problems.people ?? "";
    return field(`Type ${number(people)} to confirm`, control, { hint: `${counted(people, "person", "people")} will be enrolled.`, error });
  }

  function check() {
    if (!found.confirm || Number(wizard.typed) === found.people) return {};
    return { people: `Type the number of people, ${number(found.people)}, to confirm.` };
  }

  // What is wrong, without counting everybody again.
  function tell() {
    replace(node, shown());
    node.querySelector("[aria-invalid]").focus();
  }

  return { node, load, check, tell };
}
