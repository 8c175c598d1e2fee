import { h } from "../dom.js";

const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

// A moment in the reader's own time zone and manner.
export function when(moment) {
  return h("time", { datetime: moment }, LONG.format(new Date(moment)));
}

// The day only; the rest shows on hovering.
export function onDay(moment) {
  const at = new Date(moment);
  return h("time", { datetime: moment, title: LONG.format(at) }, DAY.format(at));
}
