"""The page of the demonstration: platform, console and HubSpot side by side, with stopwatches."""

import json
from html import escape
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel

from simulators.platform import console_pages
from simulators.platform.console_pages import Visitor
from simulators.platform.document import document

STYLE = """
:root { --line: #8888; --bad: #b3261e; --on-bad: #fff; --soft: #8881; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff9a92; --on-bad: #2a0a08; } }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; }
header { padding: .5rem 1rem; display: grid; gap: .5rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
header > div { display: grid; gap: .5rem; align-content: start; }
h1, h2, p, dl, dd, ol { margin: 0; }
h1 { font-size: 1.2rem; }
h2 { font-size: 1rem; padding: .25rem 1rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
button { min-height: 2.25rem; padding: .25rem .75rem; font: inherit;
  border: 1px solid var(--line); border-radius: .3rem; }
button.bad { background: var(--bad); color: var(--on-bad); border-color: var(--bad); font-weight: 600; }
button:disabled { opacity: .6; }
dl div { padding: .1rem .75rem; border-radius: .3rem; background: var(--soft); display: flex; gap: .5rem; }
dd, time { font-weight: 600; font-variant-numeric: tabular-nums; }
ol { padding: 0; list-style: none; height: 8rem; overflow: auto; }
main { flex: 1; display: grid; gap: 1px; background: var(--line);
  grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
section.pane { display: flex; flex-direction: column; min-height: 32rem; background: Canvas; }
iframe { flex: 1; width: 100%; border: 0; border-top: 1px solid var(--line); }
"""

PREPARED = {
    "new": "Somebody new",
    "known": "Somebody known to HubSpot",
    "again": "The same person again",
    "unusable": "Somebody without an e-mail",
    "closed": "Somebody the platform closes",
}
TROUBLE = {"outage": "HubSpot down for 30 s", "revoke": "Take our access away", "double": "Double the webhooks"}
COUNTERS = {
    "sent": "Sent from here",
    "arrived": "In HubSpot",
    "qualified": "Qualified",
    "waiting": "Waiting",
    "aside": "Left out",
    "lost": "Lost",
    "doubled": "Doubled in HubSpot",
    "twice": "Rewarded twice",
}


class Shown(BaseModel):
    """Which campaign is shown, in which HubSpot account, and what makes its leads qualify."""

    account_id: str
    campaign_id: str
    portal: int
    property: str = "lifecyclestage"
    value: str = "customer"
    value_label: str = "Customer"


def page(shown: Shown, campaign: dict[str, Any], console_url: str, hubspot_url: str) -> str:
    visitor = Visitor(account_id=shown.account_id)
    console = console_pages.address_in_console(console_url, shown.campaign_id, "/leads")
    here = f"/campaigns/{shown.campaign_id}?{urlencode({'account_id': shown.account_id})}"
    return document(
        f"{campaign['name']}: from referral to reward",
        STYLE,
        console_pages.opener(console_url, shown.campaign_id, visitor),
        f'<script defer src="/demonstration.js" data-shown="{escape(json.dumps(shown.model_dump()))}"></script>',
        "<header><div>",
        f"<h1>{escape(campaign['name'])}: from referral to reward</h1>",
        _buttons("Send a lead", "send", PREPARED),
        f'<p class="row"><button id="move" disabled>Move it to {escape(shown.value_label)} in HubSpot</button></p>',
        _buttons("Make trouble", "trouble", TROUBLE, "bad"),
        "</div><div>",
        _counters(),
        '<p role="status" id="said">Send a lead, and see it go through.</p>',
        '<ol id="runs" aria-label="Stopwatches" tabindex="0"></ol>',
        "</div></header><main>",
        _pane("Referral platform", here, "platform"),
        _pane("Console", console, "console"),
        _pane("HubSpot", f"{hubspot_url}/?{urlencode({'portal': shown.portal})}", "hubspot"),
        "</main>",
    )


def _buttons(legend: str, kind: str, labels: dict[str, str], look: str = "") -> str:
    buttons = "".join(
        f'<button data-{kind}="{name}"{f" class={look}" if look else ""}>{escape(label)}</button>'
        for name, label in labels.items()
    )
    return f'<div class="row" role="group" aria-label="{legend}"><strong>{legend}</strong>{buttons}</div>'


def _counters() -> str:
    counters = "".join(
        f'<div><dt>{escape(label)}</dt><dd data-counter="{name}">0</dd></div>' for name, label in COUNTERS.items()
    )
    return f'<dl class="row">{counters}</dl>'


def _pane(title: str, address: str, name: str) -> str:
    return (
        f'<section class="pane" aria-label="{title}"><h2>{title}</h2>'
        f'<iframe id="{name}" title="{title}" allow="clipboard-write" src="{escape(address)}"></iframe></section>'
    )
