import { h, replace } from "../../dom.js";
import { problem } from "../../widgets/banner.js";
import { radios } from "../../widgets/choose.js";
import { field } from "../../widgets/field.js";
import { ALL, counted } from "../syncs/words.js";

const LIST = "Choose from List";
const TYPING_MS = 250;

export const holds = (name) => name === "list_id";

export async function show(context, { plan, problems }) {
  const lists = listChooser(context, plan, problems.list_id);
  const type = (value) => {
    plan.everyone = value === "all";
    lists.node.hidden = plan.everyone;
    if (!plan.everyone) lists.open();
  };
  const which = radios({
    legend: "Which contacts do you want to sync?",
    value: plan.everyone ? "all" : "list",
    onChange: type,
    options: [
      { value: "all", label: ALL, text: "Everybody who is a contact in your HubSpot account." },
      { value: "list", label: LIST, text: "The members of one list. In HubSpot, lists are also called segments." },
    ],
  });
  lists.node.hidden = plan.everyone;
  if (!plan.everyone) await lists.open();
  return {
    node: h("div", { class: "stack" }, which, lists.node),
    check: () => (plan.everyone || plan.list ? {} : { list_id: "Choose a list, or All Contacts." }),
  };
}

// Lists are searched in HubSpot, for an account may have thousands.
function listChooser(context, plan, wrong = "") {
  let asked = 0; // of two answers on their way only the later one counts
  let opened = false;
  let timer = 0;
  const search = h("input", { class: "control", type: "search", autocomplete: "off", spellcheck: "false", oninput: soon });
  const said = h("p", { class: "hint", role: "status" });
  const found = h("div", { class: "lists" });
  const node = h("div", { class: "stack inset" }, field("Search lists by name", search, { error: wrong }), said, found);

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(load, TYPING_MS);
  }

  async function open() {
    if (opened) return;
    opened = true;
    await load();
  }

  async function load() {
    const mine = (asked += 1);
    said.textContent = "Looking in HubSpot …";
    try {
      const { lists } = await context.api.get("hubspot/lists", { query: search.value.trim() });
      if (mine !== asked) return;
      said.textContent = lists.length === 0 ? "No list has this in its name." : told(lists.length);
      replace(found, offered(lists));
    } catch (error) {
      if (mine !== asked) return;
      said.textContent = "";
      replace(found, h("div", { class: "stack" }, problem(error, load), offered([])));
    }
  }

  // The list that was chosen stays in sight, whatever is searched for.
  function offered(lists) {
    const others = lists.filter((one) => one.list_id !== plan.list?.list_id);
    const all = plan.list ? [plan.list, ...others] : others;
    const pick = (id) => {
      plan.list = all.find((one) => one.list_id === id);
      search.removeAttribute("aria-invalid");
      node.querySelector(".error")?.remove();
    };
    return all.length > 0 && radios({ legend: "Lists in HubSpot", value: plan.list?.list_id, onChange: pick, options: all.map(option) });
  }

  return { node, open };
}

function option({ list_id: value, name, size, dynamic }) {
  return {
    value,
    label: name,
    text: [size === null ? "" : counted(size, "contact"), dynamic ? "HubSpot keeps its members up to date" : ""].filter(Boolean).join(" · "),
  };
}

function told(count) {
  return count < 100 ? counted(count, "list") : "The first 100 lists: type a part of the name to find others.";
}
