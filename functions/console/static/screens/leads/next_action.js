// The button that does a lead's next step, if it is one that a page can do.

const SETTINGS = "/crm/hubspot/leads";
const WAITING = {
  setup: "Complete the Leads settings",
  not_connected: "Connect HubSpot",
  reconnect: "Reconnect HubSpot",
};
// The question that those are asked about who stand so.
const QUESTIONS = { held: "held", not_sent: "declined", expired: "expired", duplicate: "duplicates" };

// {label, route}, {label} for the record in HubSpot, or null; of a lead, or of all that stand like it.
export async function nextAction(api, lead) {
  const { state, reason } = lead;
  if (state === "held" && WAITING[reason]) return { label: WAITING[reason], route: SETTINGS };
  if (state === "not_sent" && reason === "do_nothing") return { label: "Change the Leads settings", route: `${SETTINGS}/action` };
  if (state === "rejected" && reason === "refused") return { label: "See the mapping", route: `${SETTINGS}/mapping` };
  if ((state !== "held" || reason === "asks_first") && (await isAsked(api, QUESTIONS[state])))
    return { label: "Answer the question", route: "/leads" };
  if (state === "duplicate") return { label: "Change what happens to duplicates", route: `${SETTINGS}/duplicates` };
  if (state === "sent" && (await hasNoRule(api))) return { label: "Choose a rule", route: `${SETTINGS}/rule` };
  return lead.record_link ? { label: "Open in HubSpot" } : null;
}

async function isAsked(api, code) {
  if (!code) return false;
  const { questions } = await api.get("hubspot/questions");
  return questions.some((one) => one.side === "lead" && one.code === code);
}

async function hasNoRule(api) {
  const { rule, kept_rule: kept } = await api.get("hubspot/leads");
  return rule.kind === "none" && !kept;
}
