"""What tests of connecting need: customers in numbers, time that has passed, how a connection was announced."""

import hashlib
from collections import deque
from functools import partial
from itertools import chain
from typing import Any, ClassVar, Literal

from referral_hubspot.storage import keys
from simulators.local import Stack
from tests.stack.driver import Driver
from tests.stack.hubspot_account import HubSpotAccount
from tests.stack.waiting import wait_for_value, wait_until

_ALONE_AT_ONCE, _PAIRS_AT_ONCE = 10, 2
CITY = {"key": "city", "label": "City", "type": "text"}
_LONG_AGO = "2020-01-01T00:00:00.000000Z"


def make_old(stack: Stack, purpose: Literal["TICKET", "STATE", "SWITCH"], secret: str) -> None:
    """Let a ticket, state or switch be past its time."""
    stack.tables.Table(stack.resource("CampaignTable")).update_item(
        Key=keys.once(purpose, hashlib.sha256(secret.encode()).hexdigest()).item(),
        UpdateExpression="SET expires_at = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":past": 1},
    )


def make_clean_up_due(campaign: Driver) -> None:
    """Let the pause after a failed clean-up be over."""
    campaign.stack.tables.Table(campaign.stack.resource("CredentialTable")).update_item(
        Key=keys.cleanup(campaign.account, campaign.hubspot.id).item(),
        UpdateExpression="SET due_at = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":past": _LONG_AGO},
    )


def sweep(stack: Stack) -> None:
    """Let the sweep come by for everyone."""
    stack.invoke("SweepFunction", {})


def in_hubspot(account: HubSpotAccount) -> dict[str, Any]:
    """How HubSpot stands to our app in an account: {installed, refresh_tokens, access_tokens, …}."""
    (found,) = (portal for portal in account.control("state")["portals"] if portal["id"] == account.id)
    return dict(found)


def told_of_connection(campaign: Driver) -> list[tuple[str, int, str]]:
    """What the platform was told of the campaign's connection: (step, HubSpot account, reason), in no order."""
    return sorted(
        (step, event["data"]["hubspot_account_id"], event["data"]["reason"])
        for step in ("established", "lost", "removed")
        for event in campaign.announcements(f"connection.{step}.v1")
    )


def wait_for_connection_told(campaign: Driver, *steps: tuple[str, HubSpotAccount, str]) -> None:
    """Wait until the platform was told exactly these steps, each once."""
    wanted = sorted((step, account.id, reason) for step, account, reason in steps)
    wait_for_value("what is told of the connection", lambda: told_of_connection(campaign), wanted)


class Customers:
    """Registered campaigns, each given to one test.

    Many are registered at once, because one alone takes the stack as long as a dozen.
    """

    _shared: ClassVar[dict[str, "Customers"]] = {}

    @classmethod
    def of(cls, stack: Stack) -> "Customers":
        """The same for all tests on a stack."""
        return cls._shared.setdefault(stack.name, cls(stack))

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._alone: deque[Driver] = deque()
        self._pairs: deque[tuple[Driver, Driver]] = deque()

    def campaign(self, hubspot: HubSpotAccount | None = None) -> Driver:
        """A campaign of an account that nobody else uses, not connected; on a HubSpot account of others if given."""
        if not self._alone:
            self._register()
        campaign = self._alone.popleft()
        campaign.hubspot = hubspot or campaign.hubspot
        return campaign

    def two_campaigns(self) -> tuple[Driver, Driver]:
        """Two campaigns of an account that nobody else uses, not connected, on one HubSpot account."""
        if not self._pairs:
            self._register()
        return self._pairs.popleft()

    def connected(self, hubspot: HubSpotAccount | None = None, **settings: Any) -> Driver:
        """A campaign of an account of its own, connected and completely set up."""
        return set_up(self.campaign(hubspot), **settings)

    def _register(self) -> None:
        firsts = [Driver.new(self._stack) for _ in range(_PAIRS_AT_ONCE)]
        pairs = [(one, Driver.new(self._stack, hubspot=one.hubspot, account=one.account)) for one in firsts]
        alone = [Driver.new(self._stack) for _ in range(_ALONE_AT_ONCE)]
        campaigns = [*alone, *chain.from_iterable(pairs)]
        for campaign in campaigns:
            ids = {"account_id": campaign.account, "campaign_id": campaign.campaign}
            campaign.platform("campaigns", {**ids, "name": "Spring", "state": "live", "custom_fields": [CITY]})
        for campaign in reversed(campaigns):
            wait_until("the campaign in the API", partial(_is_known, campaign))
        self._alone.extend(alone)
        self._pairs.extend(pairs)


def set_up(campaign: Driver, **settings: Any) -> Driver:
    """Connect a campaign and save complete settings."""
    campaign.connect()
    assert not campaign.save(**settings)["setup_required"]
    return campaign


def _is_known(campaign: Driver) -> bool:
    return campaign.ask("GET", "hubspot").status_code == 200
