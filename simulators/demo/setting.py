"""What there is before anybody joins: connected campaigns, and people whom HubSpot knows."""

from datetime import UTC, datetime, timedelta

from simulators.demo.admin_side import ApiRefusedError
from simulators.demo.cast import Cast
from simulators.demo.consent import consent
from simulators.demo.plans import CampaignPlan
from simulators.demo.waiting import wait_until

KNOWN_SINCE = timedelta(days=400)


class NotReadyError(Exception):
    """A campaign cannot be played, for connecting it or saving its settings did not do what it should."""


def set_the_scene(cast: Cast) -> None:
    """Connect the campaigns, and let HubSpot know some of the people."""
    cast.narrator.act("Campaigns are connected, each through HubSpot's consent page")
    for plan in cast.scenario.campaigns:
        _connect(cast, plan)
    _seed(cast)


def _connect(cast: Cast, plan: CampaignPlan) -> None:
    """Register the campaign, connect it, save its settings."""
    account, campaign = cast.scenario.account_id, plan.campaign_id
    cast.platform.register(account, plan)
    wait_until(
        f"campaign {campaign} in the integration",
        lambda: _knows(cast, campaign),
        seconds=60,
        look_at="the log of lead_joined, which takes campaign.updated.v1 from the lead queue",
    )
    consent(cast.admin.connect(campaign, cast.platform.page(account, campaign)), plan.portal_id)
    connection = cast.admin.connection(campaign)
    if connection["status"] != "connected":
        raise NotReadyError(f"after consent, campaign {campaign} is {connection['status']}, must be connected")
    saved = cast.admin.save_settings(plan)
    objects = "deals, a contact beside each," if plan.makes_deals else "contacts"
    known = "is updated and counts" if plan.duplicates == "update" else "is left alone and does not count"
    cast.narrator.say(
        f"  {plan.name}: {objects} in {connection['account']['name']}; who is known there {known}; "
        f"qualifies when {plan.rule_in_words}"
    )
    if saved["setup_required"]:
        raise NotReadyError(f"campaign {campaign} is not set up after saving: {saved['gaps']}")


def _knows(cast: Cast, campaign_id: str) -> tuple[bool, str]:
    try:
        return True, str(cast.admin.connection(campaign_id)["status"])
    except ApiRefusedError as error:
        if error.status != 404:
            raise
        return False, str(error)


def _seed(cast: Cast) -> None:
    since = (datetime.now(UTC) - KNOWN_SINCE).isoformat(timespec="milliseconds")
    known = list(cast.scenario.known_people())
    for plan in cast.scenario.campaigns:
        cast.hubspot.seed(plan.portal_id, [lead for lead in known if lead.campaign is plan], since)
    cast.narrator.say(f"  {len(known)} of the people who will join have been in HubSpot for over a year")
