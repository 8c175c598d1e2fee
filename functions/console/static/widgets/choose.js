import { h, replace, uid } from "../dom.js";

const SHOWN = 100;

// A list to choose from that can be searched by typing. options: {value, label, hint?, group?, disabled?}, or a function
// that gives them when the list opens. `onChange` gets the value that was chosen. Give the control of it (`.control`) to
// a label; `.set(value)` chooses without telling `onChange`.
export function choose({ options, value = "", onChange, placeholder = "Choose …", disabled = false, name = "" }) {
  const listId = uid("options");
  let chosen = value;
  let listed = [];
  let active = -1;

  const control = h("input", {
    id: uid("choose"),
    class: "control",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder,
    disabled,
    "aria-label": name || null,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
    value: labelOf(chosen),
    onclick: open,
    oninput: () => open(true),
    onkeydown: key,
    onblur: close,
  });
  // Pressing must not take the focus from the control, or the list is gone before it is chosen from.
  const list = h("div", { id: listId, class: "options", role: "listbox", hidden: true, onmousedown: (e) => e.preventDefault() });
  const node = h("div", { class: "choose" }, control, list);

  function labelOf(wanted) {
    return offered().find((one) => one.value === wanted)?.label ?? wanted;
  }

  function offered() {
    return typeof options === "function" ? options() : options;
  }

  function open(typed = false) {
    if (disabled) return;
    const words = typed === true ? control.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
    const found = offered().filter((one) => {
      const text = `${one.label} ${one.hint ?? ""} ${one.value}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    listed = found.slice(0, SHOWN);
    replace(list, groups(), rest(found.length));
    list.hidden = false;
    control.setAttribute("aria-expanded", "true");
    list.scrollIntoView({ block: "nearest" });
    move(words.length > 0 ? 0 : listed.findIndex((one) => one.value === chosen), 1);
    if (typed !== true) control.select();
  }

  function groups() {
    const parts = [];
    let part = null;
    listed.forEach((one, index) => {
      if (!part || part.name !== (one.group ?? "")) parts.push((part = { name: one.group ?? "", nodes: [] }));
      part.nodes.push(option(one, index));
    });
    return parts.map(({ name: group, nodes }) =>
      group
        ? h("div", { role: "group", "aria-label": group }, h("div", { class: "group", "aria-hidden": "true" }, group), nodes)
        : nodes,
    );
  }

  function option(one, index) {
    return h(
      "div",
      {
        id: `${listId}-${index}`,
        class: "option",
        role: "option",
        "aria-selected": String(one.value === chosen),
        "aria-disabled": one.disabled ? "true" : null,
        onclick: () => pick(index),
      },
      h("span", {}, one.label),
      one.hint && h("span", { class: "muted" }, one.hint),
    );
  }

  function rest(found) {
    if (found === 0) return h("div", { class: "group" }, "Nothing has this name.");
    return found > SHOWN && h("div", { class: "group" }, `${found - SHOWN} more: type a part of the name.`);
  }

  function move(to, step) {
    list.querySelector(".active")?.classList.remove("active");
    active = to;
    while (listed[active]?.disabled) active += step;
    const node = list.querySelector(`#${listId}-${active}`);
    node?.classList.add("active");
    node?.scrollIntoView({ block: "nearest" });
    if (node) control.setAttribute("aria-activedescendant", node.id);
    else control.removeAttribute("aria-activedescendant");
  }

  function pick(index) {
    const one = listed[index];
    if (!one || one.disabled) return;
    chosen = one.value;
    close();
    onChange(chosen);
  }

  function close() {
    list.hidden = true;
    control.setAttribute("aria-expanded", "false");
    control.removeAttribute("aria-activedescendant");
    control.value = labelOf(chosen);
  }

  function key(event) {
    const opened = !list.hidden;
    if (event.key === "ArrowDown") opened ? move(Math.min(active + 1, listed.length - 1), 1) : open();
    else if (event.key === "ArrowUp" && opened) move(Math.max(active - 1, 0), -1);
    else if (event.key === "Enter" && opened) pick(active);
    else if (event.key === "Escape" && opened) close();
    else return;
    event.preventDefault();
  }

  function set(wanted) {
    chosen = wanted;
    control.value = labelOf(chosen);
  }

  return Object.assign(node, { control, set });
}

// A short list to choose from: the browser's own. options as for `choose`.
export function select({ options, value = "", onChange, placeholder = "", disabled = false, name = "" }) {
  const made = [];
  let group = null;
  for (const one of options) {
    const node = h("option", { value: one.value, disabled: one.disabled }, one.label);
    if (!one.group) made.push(node);
    else if (group?.label === one.group) group.append(node);
    else made.push((group = h("optgroup", { label: one.group }, node)));
  }
  const blank = placeholder && h("option", { value: "" }, placeholder);
  return h(
    "select",
    { id: uid("select"), class: "control", disabled, "aria-label": name || null, value, onchange: (event) => onChange(event.target.value) },
    blank,
    made,
  );
}

// One of a few, each with what it means. options: {value, label, text?, disabled?, badge?}.
export function radios({ legend, options, value, onChange, disabled = false }) {
  const name = uid("radio");
  return h(
    "fieldset",
    { class: "radios" },
    h("legend", {}, legend),
    options.map((one) => {
      const id = uid("option");
      return h(
        "div",
        { class: "radio" },
        h("input", {
          type: "radio",
          id,
          name,
          value: one.value,
          checked: one.value === value,
          disabled: disabled || Boolean(one.disabled),
          "aria-describedby": one.text ? `${id}-text` : null,
          onchange: () => onChange(one.value),
        }),
        h("label", { for: id }, one.label, one.badge && [" ", one.badge]),
        one.text && h("p", { class: "hint", id: `${id}-text` }, one.text),
      );
    }),
  );
}
