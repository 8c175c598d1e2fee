"""Connect a campaign to the HubSpot account that its admin chose."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from referral_hubspot.domain import scopes
from referral_hubspot.domain.connection import (
    Arrival,
    CampaignDeletedError,
    ConnectionChangedError,
    ConnectRequest,
    SecretRefusedError,
    told_apart,
)
from referral_hubspot.domain.crm import HubSpotAccount
from referral_hubspot.domain.errors import ReferralHubSpotError
from referral_hubspot.domain.settings import Binding
from referral_hubspot.usecases.access import Grant
from referral_hubspot.usecases.ask_consent import STATE_LIFE, new_secret
from referral_hubspot.usecases.broken_there import BrokenThere
from referral_hubspot.usecases.connect_outcomes import (
    AGAIN,
    Connected,
    NotConnected,
    Obstacle,
    OtherAccount,
    Outcome,
    obstacle,
)
from referral_hubspot.usecases.connection_ports import Connections, ConsentEndpoint, GrantOpener, Releaser, SingleUse
from referral_hubspot.usecases.read_portal import PortalCache, ReadPortal

SWITCH_LIFE = timedelta(minutes=10)
_ATTEMPTS = 3


class Connect:
    """What happens when the browser comes back from HubSpot."""

    def __init__(
        self,
        *,
        once: SingleUse,
        tokens: ConsentEndpoint,
        hubspot: GrantOpener,
        connections: Connections,
        kept: PortalCache,
        releaser: Releaser,
        clock: Callable[[], datetime],
        new_secret: Callable[[], str] = new_secret,
    ) -> None:
        self._once = once
        self._tokens = tokens
        self._hubspot = hubspot
        self._connections = connections
        self._kept = kept
        self._releaser = releaser
        self._clock = clock
        self._new_secret = new_secret

    def finish(self, *, state: str, browser: str, code: str, error: str = "") -> Outcome:
        """Connect, once the state proves that this browser asked for it; no token is asked for before.

        Args:
            browser: The value of the browser's cookie.
            error: What HubSpot says instead of a code, if it says anything.
        """
        try:
            request = ConnectRequest(**self._once.take("STATE", state, browser=browser, now=self._clock()))
        except SecretRefusedError as refused:
            return NotConnected(Obstacle.LINK_REFUSED, refused.return_url, refused.reason)
        if error or not code:
            return self._not_connected(request, browser, Obstacle.DECLINED, _word(error))
        return self._explained(request, browser, lambda: self._arrive(request, browser, self._tokens.exchange(code)))

    def switch(self, *, secret: str, browser: str) -> Outcome:
        """Go on with the HubSpot account that was chosen, leaving the one that the campaign used."""
        try:
            content = dict(self._once.take("SWITCH", secret, browser=browser, now=self._clock()))
        except SecretRefusedError as refused:
            return NotConnected(Obstacle.LINK_REFUSED, refused.return_url, refused.reason)
        leaving, chosen = content.pop("leaving"), content.pop("chosen")
        request = ConnectRequest(**content)
        refresh_token = self._connections.parked(request.account_id, chosen)
        if refresh_token is None:
            return self._not_connected(request, browser, Obstacle.CHOICE_GONE)

        def move() -> Outcome:
            # HubSpot need not repeat in a refresh whose grant it is.
            grant = replace(self._tokens.refresh(refresh_token), portal_id=chosen)
            return self._arrive(request, browser, grant, leaving)

        return self._explained(request, browser, move)

    def _arrive(self, request: ConnectRequest, browser: str, grant: Grant, leaving: int | None = None) -> Outcome:
        """Connect with a grant; `leaving` is the other HubSpot account that may be left for it."""
        crm = self._hubspot.with_grant(grant)
        account = crm.account()
        binding = _binding(request, grant, account, self._clock())
        broken_there = BrokenThere(ReadPortal(lambda: crm, binding, self._kept, self._clock), binding)
        for _ in range(_ATTEMPTS):
            around = self._connections.neighbourhood(request.account_id, grant.portal_id)
            seen = self._connections.state(request.account_id, request.campaign_id)
            if seen.campaign is not None and seen.campaign.state == "deleted":
                self._give_back(request, grant)
                raise CampaignDeletedError(request.account_id, request.campaign_id)
            if seen.binding is not None and seen.binding.portal_id not in (grant.portal_id, leaving):
                return self._ask(request, browser, grant, account, seen.binding)
            arrival = Arrival(binding, seen, broken_there(seen, around), around.version)
            try:
                bound = self._connections.connect(arrival, grant, self._clock())
            except ConnectionChangedError:
                continue
            for other in bound:
                self._releaser.release(other.account_id, other.campaign_id)
            absent = scopes.missing((*scopes.REQUIRED, *scopes.OPTIONAL), grant.scopes)
            return Connected(request.campaign_id, account.name, request.return_url, absent)
        self._give_back(request, grant)
        raise ConnectionChangedError(request.account_id, request.campaign_id)

    def _ask(
        self, request: ConnectRequest, browser: str, grant: Grant, account: HubSpotAccount, former: Binding
    ) -> OtherAccount:
        now = self._clock()
        secret, until = self._new_secret(), now + SWITCH_LIFE
        self._connections.park(request.account_id, grant, until, now)
        content = asdict(request) | {"leaving": former.portal_id, "chosen": grant.portal_id}
        self._once.keep("SWITCH", secret, content, browser=browser, expires_at=until)
        names = told_apart(former.portal_name, former.portal_id, account.name, grant.portal_id)
        return OtherAccount(*names, secret, request.return_url, self._again(request, browser))

    def _again(self, request: ConnectRequest, browser: str) -> str:
        state = self._new_secret()
        self._once.keep("STATE", state, asdict(request), browser=browser, expires_at=self._clock() + STATE_LIFE)
        return self._tokens.authorize_url(state)

    def _not_connected(self, request: ConnectRequest, browser: str, why: Obstacle, detail: str = "") -> NotConnected:
        again = self._again(request, browser) if why in AGAIN else ""
        return NotConnected(why, request.return_url, detail, again)

    def _give_back(self, request: ConnectRequest, grant: Grant) -> None:
        now = self._clock()
        self._connections.park(request.account_id, grant, now, now)

    def _explained(self, request: ConnectRequest, browser: str, connect: Callable[[], Outcome]) -> Outcome:
        try:
            return connect()
        except ReferralHubSpotError as error:
            return self._not_connected(request, browser, obstacle(error), str(error))


def _word(text: str) -> str:
    """An error code from an address, which anybody may write, as far as it is one."""
    return text if text.isidentifier() and len(text) <= 40 else "unreadable" if text else ""


def _binding(request: ConnectRequest, grant: Grant, account: HubSpotAccount, now: datetime) -> Binding:
    return Binding(
        account_id=request.account_id,
        campaign_id=request.campaign_id,
        portal_id=grant.portal_id,
        portal_name=account.name,
        ui_domain=account.ui_domain,
        connected_by=request.connected_by,
        connected_at=now,
        scopes=tuple(grant.scopes),
    )
