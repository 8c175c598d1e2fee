import { h, replace } from "../../dom.js";
import { problem, spinner } from "../../widgets/banner.js";
import { copyButton } from "../../widgets/copy.js";
import { openDialog } from "../../widgets/dialog.js";
import { onDay, when } from "../../widgets/when.js";
import { contactCell } from "./contact.js";

// Everything that happened to a referrer, in a dialog over the table.
export function tellStory(context, { referrer_id: id, first_name: name, email }) {
  const body = h("div", { class: "stack" });
  const load = async () => {
    replace(body, spinner("Loading …"));
    try {
      replace(body, story(await context.api.get(`referrers/${encodeURIComponent(id)}`)));
    } catch (error) {
      replace(body, problem(error, load));
    }
  };
  load();
  return openDialog({ title: name || email || "Referrer", body, actions: [{ label: "Close", value: null }] });
}

function story(person) {
  const facts = [
    ["State", person.state_label],
    ["What next", person.next_step],
    ["E-mail", person.email],
    ["Joined", onDay(person.joined_at)],
    ["Referral link", person.referral_link && [person.referral_link, " ", copyButton(person.referral_link, "Copy the referral link")]],
    ["Referrals", person.referrals_count],
    ["Converted", person.converted_referrals_count],
    ["In HubSpot", contactCell(person)],
  ];
  return [
    h("dl", { class: "facts" }, facts.filter(([, value]) => value !== "" && value !== null).map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])),
    h("h3", {}, "What happened"),
    person.timeline.length === 0 && h("p", { class: "muted" }, "Nothing is noted yet."),
    h("ol", { class: "timeline" }, person.timeline.map((line) => h("li", {}, h("div", { class: "hint" }, when(line.at)), line.text))),
  ];
}
