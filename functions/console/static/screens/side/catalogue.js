// What can be chosen: the platform's fields, and the properties, pipelines and stages of the connected HubSpot account.

import { hintOf } from "./words.js";

// Properties that people name otherwise than the field that belongs in them.
const ALSO_CALLED = {
  "referrer.first_name": ["Referred by"],
  source: ["Referral source", "Lead source"],
  campaign_name: ["Referral campaign"],
};
const NOT_CONNECTED = {
  message: "HubSpot is not connected.",
  nextStep: "Connect it to choose from its properties. What was chosen before is kept.",
};
const OF_THE_ACCOUNT = ["pipeline", "dealstage"];

export class Catalogue {
  #api;
  #groups;
  #isConnected;
  #loading = {};

  // `groups` are the platform's fields as the API groups them; `isConnected` says whether HubSpot can be asked at all.
  constructor(api, groups, isConnected) {
    this.#api = api;
    this.#groups = groups;
    this.#isConnected = isConnected;
    this.properties = { contact: new Map(), deal: new Map() };
    this.pipelines = [];
    this.stageSpeed = "";
    this.problems = {}; // object → why HubSpot's could not be read
  }

  // Reads an object's properties, and of deals the pipelines; once, or anew on request.
  load(object, refresh = false) {
    if (refresh || !this.#loading[object]) this.#loading[object] = this.#read(object, refresh);
    return this.#loading[object];
  }

  async #read(object, refresh) {
    if (!this.#isConnected()) {
      this.problems[object] = NOT_CONNECTED;
      delete this.#loading[object];
      return;
    }
    const query = refresh ? { refresh: "true" } : {};
    try {
      const [found, pipelines] = await Promise.all([
        this.#api.get(`hubspot/properties/${object}s`, query),
        object === "deal" ? this.#api.get("hubspot/pipelines", query) : null,
      ]);
      this.properties[object] = new Map(found.properties.map((one) => [one.name, one]));
      if (pipelines) [this.pipelines, this.stageSpeed] = [pipelines.pipelines, pipelines.rule_speed.label];
      delete this.problems[object];
    } catch (error) {
      this.problems[object] = error;
      delete this.#loading[object];
    }
  }

  source(name) {
    return this.#groups.flatMap((group) => group.fields).find((one) => one.source === name);
  }

  sourceLabel(name) {
    return this.source(name)?.label ?? name;
  }

  property(object, name) {
    return this.properties[object].get(name);
  }

  propertyLabel(object, name) {
    return this.property(object, name)?.label ?? name;
  }

  stages(pipeline = "") {
    const of = this.pipelines.filter((one) => !pipeline || one.id === pipeline);
    return of.flatMap(({ label: group, stages }) => stages.map(({ id, label }) => ({ value: id, label, group })));
  }

  // The fields in the guide's groups; for a property that has to stay, only those that fit it.
  sourceOptions(object, property) {
    return this.#groups.flatMap(({ label: group, fields }) =>
      fields
        .filter((one) => !property || this.fits(object, property, one.source))
        .map((one) => ({ value: one.source, label: one.label, group })),
    );
  }

  // Properties that a row can write, `source` being what it is filled from, if that is chosen. `taken` are other rows'.
  propertyOptions(object, source, taken, chosen) {
    const all = [...this.properties[object].values()];
    return all
      .filter((one) => one.name === chosen || (one.writable && (!source || this.fits(object, one.name, source))))
      .filter((one) => one.name === chosen || !(object === "deal" && OF_THE_ACCOUNT.includes(one.name)))
      .sort((one, other) => one.label.localeCompare(other.label))
      .map((one) => ({
        value: one.name,
        label: one.label,
        hint: taken.has(one.name) ? "mapped in another row" : hintOf(one, all),
        disabled: taken.has(one.name),
      }));
  }

  // Any property can qualify, also one that only HubSpot writes.
  ruleOptions() {
    const all = [...this.properties.contact.values()];
    return all
      .toSorted((one, other) => one.label.localeCompare(other.label))
      .map((one) => ({ value: one.name, label: one.label, hint: hintOf(one, all) }));
  }

  // Whether every value of the field can be stored in the property.
  fits(object, property, source) {
    const [known, field] = [this.property(object, property), this.source(source)];
    if (object === "contact" && property === "email") return source === "email"; // it is who the contact is
    return !known || !field || field.property_types.includes(known.type);
  }

  // The property that is called like the field, if there is one that no other row writes.
  suggested(object, source, taken) {
    const field = this.source(source);
    const names = [field?.label ?? "", source, ...(ALSO_CALLED[source] ?? [])].map(plain).filter(Boolean);
    const free = [...this.properties[object].values()].filter(
      (one) => one.writable && !taken.has(one.name) && this.fits(object, one.name, source),
    );
    for (const name of names) {
      const found = free.find((one) => plain(one.label) === name || plain(one.name) === name);
      if (found) return found.name;
    }
    return "";
  }
}

function plain(name) {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}
