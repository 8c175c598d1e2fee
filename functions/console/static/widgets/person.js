// How leads and referrers are shown wherever they appear.

import { h } from "../dom.js";
import { badge } from "./banner.js";

const KINDS = {
  held: "warn",
  expired: "warn",
  qualified: "good",
  rejected: "bad",
  not_sent: "ended",
  duplicate: "ended",
  already_referred: "ended",
  closed: "ended",
  erased: "ended",
};
const REFUSED = "HubSpot refused it: "; // HubSpot's own words follow, and they can be long

// An e-mail address that is too long for its place goes on in a new line behind the @.
export function inParts(email) {
  const at = email.lastIndexOf("@") + 1;
  return [email.slice(0, at), h("wbr"), email.slice(at)];
}

// Where a person stands, in the API's words.
export function stateBadge({ state, state_label: label }) {
  const long = label.startsWith(REFUSED);
  return [
    badge(long ? REFUSED.slice(0, -2) : label, KINDS[state] ?? "quiet"),
    long && h("p", { class: "hint break" }, label.slice(REFUSED.length)),
  ];
}

// The person's record in HubSpot; nothing if there is none.
export function recordLink(person, label, props = {}) {
  if (!/^https?:\/\//.test(person.record_link ?? "")) return null;
  return h(
    "a",
    { href: person.record_link, target: "_blank", rel: "noopener noreferrer", ...props },
    label,
    h("span", { class: "visually-hidden" }, " (opens in a new tab)"),
  );
}
