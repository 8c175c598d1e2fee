// How syncs are spoken of, in the wizard as above the table.

export const ONCE = "once";
export const ONE_TIME = "One-Time Sync";
export const ONGOING = "Ongoing Sync";
export const RATES = [
  { value: "15m", label: "Every 15 minutes" },
  { value: "1h", label: "Every hour" },
  { value: "6h", label: "Every 6 hours" },
  { value: "24h", label: "Every day" },
];
export const RETURNS = {
  referral_link: "Referral Link",
  referrals_count: "Referrals Count",
  converted_referrals_count: "Converted Referrals Count",
};
export const ALL = "All Contacts";
// A sync that is over enrols nobody ever again.
export const OVER = ["stopped", "finished"];

const STATES = {
  running: { label: "Running", kind: "quiet" },
  waiting: { label: "Waiting for its next run", kind: "good" },
  paused: { label: "Paused", kind: "warn" },
  broken: { label: "Needs your attention", kind: "bad" },
  stopped: { label: "Stopped", kind: "quiet" },
  finished: { label: "Finished", kind: "good" },
};

export function stateOf(sync) {
  return STATES[sync.state];
}

export function titleOf(sync) {
  return sync.list_id ? sync.list_name : ALL;
}

export function typeOf(every) {
  const rate = RATES.find((one) => one.value === every);
  return rate ? `${ONGOING}, ${rate.label.toLowerCase()}` : ONE_TIME;
}

export function number(value) {
  return value.toLocaleString("en");
}

export function counted(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}
