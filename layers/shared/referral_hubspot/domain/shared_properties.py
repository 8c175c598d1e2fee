"""Who else writes a property that somebody's link or count goes to.

What every campaign writes by its mapping, as a first name, is nothing to warn of.
"""

from collections.abc import Iterable, Iterator, Mapping

from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import RuleKind, SideSettings
from referral_hubspot.domain.syncs import Plan, Return

_EACH_REPLACES = "each replaces what the other wrote."
_OF_A_REFERRER = {*Return, "referrer.referral_link", "referrer.referrals_count"}  # a lead's rows name its referrer's


def beside_plan(plan: Plan, campaign_id: str, routes: Iterable[Route]) -> Iterator[str]:
    """Settings of the account's campaigns, and other campaigns' syncs, that write what the plan's syncs would."""
    written = set(plan.returns.values())
    for route in _in_order(routes):
        own = route.campaign_id == campaign_id
        who = "This campaign's settings write" if own else f"Campaign {route.campaign_id} writes"
        for name in sorted(written & (route.writes.keys() | (set() if own else route.returns))):
            yield f"{who} the HubSpot property {name} too: {_EACH_REPLACES}"


def beside_settings(settings: SideSettings, campaign_id: str, routes: Iterable[Route]) -> Iterator[str]:
    """Syncs that write what these settings write, and other campaigns' settings that write a link or a count of these.

    A route does not say what the other campaign's value is made of; it replaces the link or the count in any case.
    """
    written = {row.property for row in settings.contact_rows}
    links_and_counts = {row.property for row in settings.contact_rows if row.source in _OF_A_REFERRER}
    for route in _in_order(routes):
        own = route.campaign_id == campaign_id
        whose = "this campaign" if own else f"campaign {route.campaign_id}"
        for name in sorted(written & route.returns):
            yield f"A sync of {whose} writes the HubSpot property {name} too: {_EACH_REPLACES}"
        for name in sorted(set() if own else links_and_counts & route.writes.keys()):
            yield f"The settings of {whose} write the HubSpot property {name} too: {_EACH_REPLACES}"


def waited_for(plan: Plan, routes: Iterable[Route]) -> Mapping[Return, str]:
    """Return fields whose property a rule waits for, with the campaign that has the rule."""
    waits = {
        rule.property: route.campaign_id
        for route in _in_order(routes)
        for rule in route.rules
        if rule.kind is RuleKind.CONTACT_PROPERTY
    }
    return {kind: waits[name] for kind, name in plan.returns.items() if name in waits}


def _in_order(routes: Iterable[Route]) -> list[Route]:
    return sorted(routes, key=lambda route: route.campaign_id)
