import { ONCE } from "../syncs/words.js";

// What somebody chooses in the wizard's steps; `everyone` until a list is wanted, `list` once one is chosen.
export function newPlan() {
  return {
    everyone: true,
    list: null,
    fields: { first_name: "firstname", email: "email" },
    returns: {},
    every: ONCE,
  };
}

// The plan as the API takes it.
export function bodyOf({ everyone, list, fields, returns, every }) {
  return {
    list_id: everyone ? "" : list.list_id,
    fields: Object.fromEntries(Object.entries(fields).filter(([, property]) => property)),
    returns: { referral_link: "", ...returns },
    every,
  };
}

// The problems of the API's answer, by field.
export function problemsOf(error) {
  return Object.fromEntries(error.errors.map((one) => [one.field, `${one.message} ${one.next_step}`]));
}
