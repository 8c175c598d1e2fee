// Whom the preview is tried on: somebody who joined, or else somebody made up.

import { choose } from "../../widgets/choose.js";
import { field } from "../../widgets/field.js";

const MOST = "100"; // that the API gives at once
const NEWEST = "";

// Answers {node, id()}: `id` is blank for the newest. Nobody is to be chosen before somebody has joined.
export function whom({ api, side, words }) {
  let chosen = NEWEST;
  const options = [{ value: NEWEST, label: `Your newest ${words.one}` }];
  const chooser = choose({ options: () => options, value: NEWEST, onChange: take });
  const node = field("Try it on", chooser);
  node.classList.add("whom");
  node.hidden = true;

  function take(id) {
    chosen = id;
    chooser.set(id);
  }

  async function load() {
    const { [side]: people } = await api.get(side, { limit: MOST });
    const there = people.filter(({ email }) => email);
    options.push(...there.map((one) => ({ value: one[`${words.one}_id`], label: called(one) })));
    node.hidden = there.length === 0;
  }

  load().catch(() => {}); // the newest is tried then
  return { node, id: () => chosen };
}

function called({ first_name: name, email }) {
  return name ? `${name} (${email})` : email;
}
