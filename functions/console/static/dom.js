// Builds nodes. Whatever is given as text becomes text, never markup: people type names, and names reach this page.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  const { value, ...others } = props;
  for (const [name, given] of Object.entries(others)) {
    if (given === undefined || given === null || given === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), given);
    else if (name === "checked" || name === "disabled" || name === "hidden") node[name] = given;
    else node.setAttribute(name === "class" ? "class" : name, given === true ? "" : String(given));
  }
  node.append(...nodes(children));
  if (value !== undefined && value !== null) node.value = value; // a select has its options only now
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren(...nodes(children));
  return node;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== true);
}

let made = 0;

export function uid(prefix) {
  made += 1;
  return `${prefix}-${made}`;
}
