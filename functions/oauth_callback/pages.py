"""The pages that an admin's browser sees on the way to HubSpot and back.

Nothing is fetched from anywhere, and nothing a stranger can write reaches a page unescaped.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from string import Template

from referral_hubspot.domain import scopes
from referral_hubspot.domain.connection import origin
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, OtherAccount, Outcome

from .words import EXPLANATIONS, STALE

_LAYOUT = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style nonce="$nonce">
body { margin: 0; background: #f5f7fa; color: #1f2a37; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 12vh auto; padding: 2rem; background: #fff; border-radius: .5rem; }
h1 { margin-top: 0; font-size: 1.4rem; }
.next { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
a, button { padding: .5rem 1rem; border: 1px solid #0b5cab; border-radius: .25rem; font: inherit; cursor: pointer; }
a { background: #fff; color: #0b5cab; text-decoration: none; }
button { background: #0b5cab; color: #fff; }
a:focus-visible, button:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$text
<div class="next">$next</div>
</main>
$script
</body>
</html>
""")

# The window that opened this one may be the platform's own, or our console; nobody else is told.
_TELL = Template("""<script nonce="$nonce">
if (window.opener) { window.opener.postMessage($message, $target); }
</script>""")


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page, with the one policy under which it works."""

    html: str
    policy: str
    status: int = 200


def page_of(outcome: Outcome, platform: str, base_url: str) -> Page:
    """What an attempt to connect came to; `base_url` is where this stack is reached."""
    match outcome:
        case Connected():
            return _connected(outcome, platform, base_url)
        case OtherAccount():
            return _other_account(outcome, platform, f"{base_url}/connect/switch")
        case NotConnected():
            status, title, text = EXPLANATIONS[outcome.obstacle]
            links = [_link("Try again", outcome.again_url), _way_back(outcome.return_url, platform)]
            return _page(title, [text], links, status=status)


def stale_page(return_url: str, platform: str) -> Page:
    """A ticket that opens nothing."""
    status, title, text = STALE
    return _page(title, [text], [_way_back(return_url, platform)], status=status)


def unknown_page() -> Page:
    """An address that is none of ours."""
    return _page("There is nothing here", ["The address may be mistyped."], [], status=404)


def _connected(outcome: Connected, platform: str, base_url: str) -> Page:
    """Our console names no way back: it hears, and closes this window."""
    text = [f"This campaign uses the HubSpot account {outcome.account_name}.", *_left_out(outcome.missing_scopes)]
    message = {"type": "hubspot.connected", "campaign_id": outcome.campaign_id}
    return _page(
        "HubSpot is connected",
        text,
        [_way_back(outcome.return_url, platform)],
        told=(message, origin(outcome.return_url or base_url)),
    )


def _left_out(missing: Sequence[str]) -> Iterator[str]:
    """What does not work because HubSpot's user did not allow it; optional things are nothing to worry about."""
    needed = [scope for scope in missing if scope not in scopes.OPTIONAL]
    if needed:
        yield f"Not everything was allowed that is needed: {scopes.doings(needed)}. Connect again and allow it."
    for feature, of in groupby((scope for scope in missing if scope in scopes.OPTIONAL), scopes.feature):
        doings = scopes.doings(of)
        yield f"{feature} stays off, because this was not allowed: {doings}. To use it, connect again and allow it."


def _other_account(outcome: OtherAccount, platform: str, switch_url: str) -> Page:
    switch = (
        f'<form method="post" action="{escape(switch_url)}">'
        f'<input type="hidden" name="switch" value="{escape(outcome.secret)}">'
        f"<button>Switch to {escape(outcome.chosen_name)}</button></form>"
    )
    return _page(
        "Switch to another HubSpot account?",
        [
            f"This campaign uses {outcome.former_name}; you chose {outcome.chosen_name}. Switch or try again.",
            "After a switch your settings stay, and what they name is looked up in the new account. "
            "People who were sent to the former account stay there as they are.",
        ],
        [switch, _link("Try again", outcome.again_url), _way_back(outcome.return_url, platform)],
    )


def _way_back(return_url: str, platform: str) -> str:
    if return_url:
        return _link(f"Back to {platform}", return_url)
    return f"<p>You can close this window and go on in {escape(platform)}.</p>"


def _link(label: str, url: str) -> str:
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(label)}</a>' if url else ""


def _page(
    title: str,
    paragraphs: list[str],
    links: list[str],
    *,
    status: int = 200,
    told: tuple[dict[str, str], str | None] | None = None,
) -> Page:
    nonce = secrets.token_urlsafe(16)
    script = ""
    if told is not None and told[1] is not None:
        script = _TELL.substitute(nonce=nonce, message=_literal(told[0]), target=_literal(told[1]))
    html = _LAYOUT.substitute(
        title=escape(title),
        nonce=nonce,
        text="\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs),
        next="".join(links),
        script=script,
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Page(html, policy, status)


def _literal(value: object) -> str:
    """A value inside a script; no text in it can end the script."""
    return json.dumps(value).replace("<", "\\u003c")
