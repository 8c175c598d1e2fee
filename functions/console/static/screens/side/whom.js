// Whom the preview is tried on: somebody who joined, or somebody made up.

import { choose } from "../../widgets/choose.js";
import { field } from "../../widgets/field.js";

const MOST = "100"; // that the API gives at once
const NEWEST = "";
const MADE_UP = " "; // that is nobody's id

// Answers {node, chosen()}: what the API is to be told of it. There is no choice before somebody has joined.
export function whom({ api, side, words }) {
  let id = NEWEST;
  const options = [
    { value: NEWEST, label: `Your newest ${words.one}` },
    { value: MADE_UP, label: `A made-up ${words.one}` },
  ];
  const chooser = choose({ options: () => options, value: NEWEST, onChange: take });
  const node = field("Try it on", chooser);
  node.classList.add("whom");
  node.hidden = true;

  function take(value) {
    id = value;
    chooser.set(value);
  }

  async function load() {
    const { [side]: people } = await api.get(side, { limit: MOST });
    const there = people.filter(({ email }) => email);
    options.push(...there.map((one) => ({ value: one[`${words.one}_id`], label: called(one) })));
    node.hidden = there.length === 0;
  }

  load().catch(() => {}); // the newest is tried then
  return { node, chosen: () => (id === MADE_UP ? { made_up: true } : { [`${words.one}_id`]: id }) };
}

function called({ first_name: name, email }) {
  return name ? `${name} (${email})` : email;
}
