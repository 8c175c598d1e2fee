// What support needs to find a lead and to see what became of it. No texts: HubSpot's may quote what a person typed.

export function supportDetails(lead, campaign) {
  const lines = [
    ["Campaign", campaign],
    ["Lead", lead.lead_id],
    ["State", lead.state],
    ["Reason", lead.reason],
    ["Change number", lead.version],
    ["Joined", lead.joined_at],
    ["HubSpot contact", lead.contact_id],
    ["HubSpot record", lead.record_link],
  ];
  return [
    ...lines.filter(([, value]) => value).map(([label, value]) => `${label}: ${value}`),
    "What happened:",
    ...lead.timeline.map(({ at, event }) => `${at} ${event}`),
  ].join("\n");
}
