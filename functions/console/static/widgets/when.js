import { h } from "../dom.js";

const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// A moment in the reader's own time zone and manner.
export function when(moment) {
  return h("time", { datetime: moment }, LONG.format(new Date(moment)));
}

// The day only; the rest shows on hovering.
export function onDay(moment) {
  const at = new Date(moment);
  return h("time", { datetime: moment, title: LONG.format(at) }, DAY.format(at));
}

// For a table: short, but to the minute.
export function shortly(moment) {
  return h("time", { class: "short", datetime: moment }, SHORT.format(new Date(moment)));
}

// A day of the calendar, such as 2026-11-29; it has no time, so no time zone moves it.
export function onDate(date) {
  return DATE.format(new Date(`${date}T00:00:00Z`));
}

export const TIME_ZONE = LONG.resolvedOptions().timeZone;
