// Somebody else has saved the same settings meanwhile.

import { openDialog } from "../../widgets/dialog.js";
import { h } from "../../dom.js";
import { ago } from "./words.js";

// Answers "theirs", "mine" or null for neither yet.
export function askWhose({ savedBy, savedAt }) {
  const when = savedAt ? ` ${ago(savedAt)}` : " meanwhile";
  return openDialog({
    title: `${savedBy || "Somebody else"} saved this page${when}`,
    body: [
      h("p", {}, "What you changed is not saved. Only one of the two can stand:"),
      h(
        "ul",
        {},
        h("li", {}, h("strong", {}, "Load theirs"), " shows what was saved, and drops your changes."),
        h("li", {}, h("strong", {}, "Keep mine"), " saves your page over theirs."),
      ),
    ],
    actions: [
      { label: "Cancel", value: null },
      { label: "Load theirs", value: "theirs" },
      { label: "Keep mine", value: "mine", kind: "primary" },
    ],
  });
}
