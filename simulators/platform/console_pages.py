"""How the platform opens the integration's console for a campaign: its menu, a page with the console, a tab."""

import json
from html import escape
from typing import Any, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from simulators.platform.document import document
from simulators.platform.identity import TokenRequest

START = "/crm/hubspot/leads"
# The console's screens as the product guide's menu names them.
SCREENS = {"CRM": START, "Referrers": "/referrers", "Leads": "/leads"}

STYLE = """
body { margin: 0; height: 100vh; display: flex; flex-direction: column; }
header { padding: .5rem 1rem; display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: baseline; }
h1 { font-size: 1rem; margin: 0; }
main { flex: 1; display: flex; }
iframe { flex: 1; border: 0; }
"""


class Visitor(BaseModel):
    """Who opens the console of which account's campaign, and where in it.

    Their tokens are for this campaign and no other, if not for `every_campaign` of the account. Tests have viewers by
    `role`, and tokens that end soon by `expires_in`.
    """

    account_id: str
    to: str = START
    name: str = "Ada Admin"
    role: Literal["admin", "viewer"] = "admin"
    expires_in: int = 600
    every_campaign: bool = False

    def token_request(self, campaign_id: str) -> TokenRequest:
        """What a token for the console says of the visitor."""
        return TokenRequest(
            account_id=self.account_id,
            name=self.name,
            role=self.role,
            campaign_ids=None if self.every_campaign else [campaign_id],
            expires_in=self.expires_in,
        )


def menu(campaign_id: str, visitor: Visitor) -> str:
    """The product guide's way to the console, as links."""
    links = "".join(
        f'<li><a href="{escape(_address(campaign_id, visitor, to))}">{escape(name)}</a></li>'
        for name, to in SCREENS.items()
    )
    way = "<span>Campaign Settings</span><span>Integrations and API</span>"
    return f'<nav aria-label="Campaign">{way}<ol>{links}</ol></nav>'


def tab_link(campaign_id: str, visitor: Visitor) -> str:
    """Opens the console beside this page, which stays its opener: whom it asks for its next token."""
    address = _address(campaign_id, visitor, visitor.to, "/tab")
    return f'<a href="{escape(address)}" target="_blank" rel="opener">Open in a tab</a>'


def opener(console_url: str, campaign_id: str, visitor: Visitor) -> str:
    """The script that answers the console; it must stand before the console's frame."""
    claims = json.dumps(visitor.token_request(campaign_id).model_dump(exclude_defaults=True))
    return f'<script src="/opener.js" data-console="{escape(console_url)}" data-claims="{escape(claims)}"></script>'


def page(console_url: str, campaign: dict[str, Any], visitor: Visitor) -> str:
    """The console in a frame that fills the page."""
    campaign_id, name = campaign["campaign_id"], campaign["name"]
    return document(
        name,
        STYLE,
        opener(console_url, campaign_id, visitor),
        f"<header><h1>{escape(name)}</h1>{menu(campaign_id, visitor)}{tab_link(campaign_id, visitor)}</header>",
        '<main><iframe title="HubSpot settings" allow="clipboard-write" '
        f'src="{escape(address_in_console(console_url, campaign_id, visitor.to))}"></iframe></main>',
    )


def address_in_console(console_url: str, campaign_id: str, to: str, token: str = "") -> str:
    """A screen's address; with a token in the fragment, which no server and no log sees."""
    fragment = urlencode({"token": token, "to": to}, safe="/") if token else to
    return f"{console_url}?{urlencode({'campaign': campaign_id})}#{fragment}"


def _address(campaign_id: str, visitor: Visitor, to: str, kind: str = "") -> str:
    given = visitor.model_dump(exclude_defaults=True) | {"to": to}
    return f"/campaigns/{quote(campaign_id, safe='')}/console{kind}?{urlencode(given, safe='/')}"
