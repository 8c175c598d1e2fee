import { h } from "../dom.js";

const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

// A moment in the reader's own time zone and manner.
export function when(moment) {
  return h("time", { datetime: moment }, LONG.format(new Date(moment)));
}
