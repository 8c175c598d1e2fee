"""The pages a person reads: campaigns, the product guide's menu, leads with their states, announcements."""

from collections import Counter
from html import escape
from typing import Any
from urllib.parse import urlencode

from simulators.platform import console_pages
from simulators.platform.console_pages import Visitor
from simulators.platform.document import document
from simulators.platform.service import Platform
from simulators.platform.world import matching

ROWS = 200

STYLE = """
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8886; vertical-align: top; }
.quiet { opacity: .7; }
"""

STATES = {
    None: "Published, no answer yet",
    "sending": "On its way",
    "held": "Waiting",
    "not_sent": "Not sent",
    "sent": "In HubSpot, not qualified yet",
    "qualified": "Qualified",
    "duplicate": "Already in HubSpot",
    "already_referred": "Already referred by someone else",
    "rejected": "Rejected",
    "expired": "Waited 90 days, not sent",
    "closed": "Closed",
    "erased": "Erased",
}


def home(platform: Platform) -> str:
    campaigns = platform.world.campaigns()
    rows = [
        [
            f'<a href="{escape(_address(campaign))}">{escape(campaign["name"])}</a>',
            escape(campaign["account_id"]),
            escape(campaign["state"]),
            str(len(_of(campaign, platform.world.leads()))),
            str(len(_of(campaign, platform.world.rewards()))),
        ]
        for campaign in campaigns
    ]
    return _page(
        "Referral platform (simulated)",
        "<h2>Campaigns</h2>",
        _table(["Campaign", "Account", "State", "Leads", "Rewards paid"], rows, "No campaign is registered yet."),
        "<h2>Announcements</h2>",
        _counts(platform.world.announcements()),
    )


def campaign(platform: Platform, of: dict[str, Any]) -> str:
    leads = _of(of, platform.world.leads())
    announcements = _of(of, platform.world.announcements())
    return _page(
        of["name"],
        f"<p class=quiet>Campaign {escape(of['campaign_id'])} of account {escape(of['account_id'])}, "
        f'{escape(of["state"])}. <a href="/">All campaigns</a></p>',
        _console(platform.stack.console_url, of),
        "<h2>Leads</h2>",
        _table(
            ["Lead", "First name", "State", "Reason", "HubSpot record"], [_lead(one) for one in reversed(leads[-ROWS:])]
        ),
        _rest(leads),
        "<h2>Announcements</h2>",
        _table(
            ["Received", "Type", "Lead", "State or reason"],
            [_announcement(one) for one in reversed(announcements[-ROWS:])],
        ),
        _rest(announcements),
    )


def unknown_campaign() -> str:
    return _page("No such campaign", '<p>It is not registered here. <a href="/">All campaigns</a></p>')


def nothing_to_open() -> str:
    return _page(
        "Nothing to open",
        "<p>The campaign is not registered here, or no stack has said yet where its console is. "
        '<a href="/">All campaigns</a></p>',
    )


def _console(console_url: str | None, of: dict[str, Any]) -> str:
    if not console_url:
        return "<p class=quiet>The settings open from here once a stack has said where its console is.</p>"
    campaign_id, visitor = of["campaign_id"], Visitor(account_id=of["account_id"])
    return (
        console_pages.opener(console_url, campaign_id, visitor)
        + console_pages.menu(campaign_id, visitor)
        + f"<p>{console_pages.tab_link(campaign_id, visitor)}</p>"
    )


def _lead(lead: dict[str, Any]) -> list[str]:
    link = lead["record_link"]
    return [
        escape(lead["lead_id"]),
        escape(lead["first_name"]),
        escape(STATES.get(lead["state"], str(lead["state"]))),
        escape(lead["reason"] or ""),
        f'<a href="{escape(link)}">Open</a>' if str(link or "").startswith(("http://", "https://")) else "",
    ]


def _announcement(one: dict[str, Any]) -> list[str]:
    data = one.get("data", {})
    said = data.get("state") or data.get("reason") or (data.get("rule") or {}).get("value") or ""
    return [escape(one["received_at"]), escape(one["type"]), escape(str(data.get("lead_id") or "")), escape(str(said))]


def _of(campaign: dict[str, Any], items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return matching(items, account_id=campaign["account_id"], campaign_id=campaign["campaign_id"])


def _address(campaign: dict[str, Any]) -> str:
    return f"/campaigns/{campaign['campaign_id']}?" + urlencode({"account_id": campaign["account_id"]})


def _counts(announcements: list[dict[str, Any]]) -> str:
    counts = Counter(one["type"] for one in announcements)
    return _table(["Type", "Received"], [[escape(kind), str(count)] for kind, count in sorted(counts.items())])


def _rest(items: list[Any]) -> str:
    return f"<p class=quiet>{ROWS} of {len(items)} shown.</p>" if len(items) > ROWS else ""


def _table(heads: list[str], rows: list[list[str]], empty: str = "None yet.") -> str:
    if not rows:
        return f"<p class=quiet>{escape(empty)}</p>"
    head = "".join(f"<th scope=col>{escape(title)}</th>" for title in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _page(title: str, *parts: str) -> str:
    return document(title, STYLE, f"<main><h1>{escape(title)}</h1>{''.join(parts)}</main>")
