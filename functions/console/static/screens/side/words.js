// What the two sides' settings are called, in the guide's words.

export const CONTACT = "create_contact";
export const DEAL = "create_deal";
export const NOTHING = "none";

export const DYNAMIC = "dynamic";
export const FIXED = "fixed";

const PEOPLE = {
  leads: { one: "lead", many: "leads", joins: "When lead joins campaign" },
  referrers: { one: "referrer", many: "referrers", joins: "When referrer joins campaign" },
};

export function wordsOf(side) {
  const { one, many, joins } = PEOPLE[side];
  return {
    one,
    many,
    joins,
    actions: [
      {
        value: CONTACT,
        label: "Create new Contact in HubSpot",
        text: `Each ${one} is sent to HubSpot as a new Contact. This is the most common choice.`,
      },
      {
        value: DEAL,
        label: "Create new Deals in HubSpot",
        text: `Each ${one} becomes a new Deal in HubSpot, with a Contact beside it if you like. Better if you sell by deals.`,
      },
      {
        value: NOTHING,
        label: "Do nothing",
        text: `Your ${many} are not sent to HubSpot at all. Not recommended, unless you export them another way.`,
      },
    ],
  };
}

const TYPES = {
  string: "text",
  phone_number: "phone number",
  enumeration: "choice",
  number: "number",
  bool: "yes or no",
  date: "date",
  datetime: "date and time",
};

// What a HubSpot property holds.
export function typeOf(property) {
  if (property.field_type === "checkbox" && property.type === "enumeration") return "several choices";
  return TYPES[property.type] ?? property.type;
}

// What tells a property in a list: its type and, where `all` hold another of the same label, its name in HubSpot.
export function hintOf(property, all) {
  const alone = all.every((one) => one === property || one.label !== property.label);
  return alone ? typeOf(property) : `${property.name} · ${typeOf(property)}`;
}

export function counted(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

export function inWords(parts) {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
];

export function ago(iso) {
  const seconds = (Date.now() - new Date(iso).getTime()) / 1000;
  const [length, unit] = UNITS.find(([least]) => seconds >= least) ?? [];
  return unit ? `${counted(Math.floor(seconds / length), unit)} ago` : "just now";
}
