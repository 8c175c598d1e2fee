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
:root { --line: #8888; --bad: #b3261e; --on-bad: #fff; --soft: #8882; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff9a92; --on-bad: #2a0a08; } }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; }
header { padding: .75rem 1rem; display: grid; gap: .75rem 2rem; grid-template-columns: 2fr 1fr; }
header > div { display: grid; gap: .5rem; align-content: start; min-width: 0; }
h1, h2, p, dl, dd, ol { margin: 0; }
h1 { font-size: 1.2rem; }
h2 { font-size: 1rem; }
section.pane h2 { padding: .25rem 1rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.grid { display: grid; gap: .4rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
button { min-height: 2.25rem; padding: .2rem .5rem; text-align: left; cursor: pointer; color: inherit;
  font: inherit; font-size: .9rem; line-height: 1.3;
  background: var(--soft); border: 1px solid var(--line); border-radius: .3rem; }
button small { display: block; }
button.bad { background: var(--bad); color: var(--on-bad); border-color: var(--bad); font-weight: 600; }
button[aria-disabled="true"] { cursor: default; border-style: dashed; background: none; color: inherit; }
:focus-visible { outline: 3px solid #3b82f6; outline-offset: 1px; }
dl div { padding: .1rem .75rem; border-radius: .3rem; background: var(--soft); display: flex; gap: .5rem; }
dd, time { white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; }
#said { min-height: 3em; }
ol { padding: 0; list-style: none; height: 9rem; overflow: auto; }
main { flex: 1; display: grid; gap: 1px; background: var(--line);
  grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
section.pane { display: flex; flex-direction: column; min-height: 32rem; background: Canvas; }
iframe { flex: 1; width: 100%; border: 0; border-top: 1px solid var(--line); }
@media (max-width: 60rem) { header { grid-template-columns: 1fr; } }
"""

# Who is sent, and what becomes of them.
PREPARED = {
    "new": ("Somebody new", "In HubSpot, not qualified yet"),
    "known": ("Somebody known to HubSpot", "Already in HubSpot"),
    "again": ("The same person again", "Already referred by someone else"),
    "unusable": ("Somebody without an e-mail", "No usable e-mail"),
    "refused": ("Somebody with a mistyped e-mail", "HubSpot refused it"),
    "closed": ("Somebody the platform closes", "Closed in Referral platform"),
    "erased": ("Somebody who asks to be forgotten", "Erased"),
    "held": ("Somebody while HubSpot is down", "Waiting: HubSpot does not answer"),
    "nothing": ("Somebody under Do nothing", "Not sent (your setting: Do nothing)"),
    "declined": ("Somebody who waited 8 days", "Not sent (you chose so)"),
    "expired": ("Somebody who waits 90 days", "Waited 90 days, not sent"),
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
    told = shown.model_dump() | {"api_url": console_url.removesuffix("/console")}
    return document(
        f"{campaign['name']}: from referral to reward",
        STYLE,
        console_pages.opener(console_url, shown.campaign_id, visitor),
        f'<script defer src="/demonstration.js" data-shown="{escape(json.dumps(told))}"></script>',
        "<header><div>",
        f"<h1>{escape(campaign['name'])}: from referral to reward</h1>",
        _leads(shown.value_label),
        _trouble(),
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


def _leads(qualifying: str) -> str:
    buttons = [_button(f'data-send="{kind}"', *told) for kind, told in PREPARED.items()]
    move = _button('data-move aria-disabled="true"', f"Move it to {qualifying} in HubSpot", "Qualified")
    return _group("Send a lead, and see what becomes of it", "grid", buttons[0], move, *buttons[1:])


def _trouble() -> str:
    buttons = [f'<button class="bad" data-trouble="{kind}">{escape(label)}</button>' for kind, label in TROUBLE.items()]
    return _group("Make trouble", "row", *buttons)


def _button(attributes: str, who: str, outcome: str) -> str:
    return f"<button {attributes}>{escape(who)} <small>{escape(outcome)}</small></button>"


def _group(title: str, look: str, *buttons: str) -> str:
    return f'<h2>{title}</h2><div class="{look}" role="group" aria-label="{title}">{"".join(buttons)}</div>'


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
