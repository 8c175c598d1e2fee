import { h, replace } from "../../dom.js";
import { problem, spinner } from "../../widgets/banner.js";
import { copyButton } from "../../widgets/copy.js";
import { openDialog } from "../../widgets/dialog.js";
import { table } from "../../widgets/table.js";
import { when } from "../../widgets/when.js";
import { opened } from "../referrers/contact.js";
import { counted, number } from "./words.js";

const KINDS = {
  unanswered: {
    title: "Contacts without an answer",
    text: (platform) => `${platform} was asked to make these contacts referrers, and has not answered yet.`,
    again: true,
  },
  declined: {
    title: "Declined contacts",
    text: (platform) => `${platform} did not make these contacts referrers.`,
    again: true,
  },
  refused: {
    title: "Contacts that HubSpot refuses",
    text: () =>
      "These people are referrers, but HubSpot refuses what is written to their contact. Mend it there: it is written " +
      "again when their counts change.",
    again: false,
  },
};

// Buttons that lead to contacts of a sync for which something did not work. While it runs, answers are on their way.
export function attention(context, { sync, unanswered = 0, declined = 0, refused = 0 }, look) {
  const open = (state, total) => () => contactsOf(context, sync, state, total).then(look);
  const button = (state, count, text) =>
    count > 0 && h("button", { type: "button", class: "button", "aria-haspopup": "dialog", onclick: open(state, count) }, text);
  return [
    sync.state !== "running" && button("unanswered", unanswered, `${counted(unanswered, "contact")} without an answer`),
    button("declined", declined, `${counted(declined, "contact")} declined`),
    button("refused", refused, `${counted(refused, "contact")} refused by HubSpot`),
  ];
}

function contactsOf(context, sync, state, total) {
  const kind = KINDS[state];
  const place = `syncs/${sync.sync_id}`;
  let rows = [];
  let cursor = "";
  const list = h("div", { class: "stack" });
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => load() }, "Load more");
  const again = h("button", { type: "button", class: "button primary", disabled: !context.user.canWrite, onclick: askAgain }, "Ask again");
  const said = h("p", { role: "status" });

  async function load() {
    if (rows.length === 0) replace(list, spinner("Loading …"));
    more.disabled = true;
    try {
      const page = await context.api.get(`${place}/contacts`, { state, cursor });
      rows = [...rows, ...page.contacts];
      cursor = page.cursor;
      more.hidden = !cursor;
      replace(list, table(kind.title, columns(state), rows, "Nobody is left here."));
    } catch (error) {
      if (rows.length === 0) replace(list, problem(error, load));
      else replace(said, problem(error));
    } finally {
      more.disabled = false;
    }
  }

  async function askAgain() {
    again.disabled = true;
    let asked = 0;
    let from = "";
    try {
      do {
        said.textContent = asked > 0 ? `Asking again: ${counted(asked, "contact")} so far …` : "Asking again …";
        const answer = await context.api.post(`${place}/ask-again`, { state, cursor: from });
        asked += answer.asked;
        from = answer.cursor;
      } while (from);
      said.textContent = `Asked again for ${counted(asked, "contact")}. Answers usually come within a minute.`;
    } catch (error) {
      replace(said, problem(error));
      again.disabled = false;
    }
  }

  load();
  const body = [
    h("p", {}, kind.text(context.platform)),
    kind.again && h("div", { class: "row" }, again, h("span", { class: "hint" }, `Asks for ${total === 1 ? "this one" : `all ${number(total)}`}.`)),
    said,
    list,
    more,
  ];
  return openDialog({ title: kind.title, body, actions: [{ label: "Close", value: null }] });
}

// A platform's reasons are names such as not_accepted; HubSpot's are sentences, and name properties.
const columns = (state) => [
  {
    label: "Contact ID",
    cell: (one) =>
      h(
        "span",
        { class: "row near" },
        one.contact_id,
        copyButton(one.contact_id, `Copy Contact ID ${one.contact_id}`),
        opened(one, `contact ${one.contact_id}`),
      ),
  },
  { label: "Since", cell: (one) => when(one.since) },
  { label: "Why", cell: ({ reason }) => (state === "declined" ? reason.replaceAll("_", " ") : reason) || "No reason given" },
];
