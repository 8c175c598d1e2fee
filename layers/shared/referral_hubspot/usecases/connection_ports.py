"""What connecting and disconnecting need of the outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from referral_hubspot.domain.connection import Arrival
from referral_hubspot.domain.routes import Neighbourhood
from referral_hubspot.domain.settings import Binding, CampaignState
from referral_hubspot.usecases.access import Grant
from referral_hubspot.usecases.ports import Crm


class SingleUse(Protocol):
    """Secrets that open something once; see `storage.once`."""

    def keep(
        self,
        purpose: Literal["TICKET", "STATE", "SWITCH"],
        secret: str,
        content: Mapping[str, Any],
        *,
        browser: str,
        expires_at: datetime,
    ) -> None: ...

    def take(
        self, purpose: Literal["TICKET", "STATE", "SWITCH"], secret: str, *, browser: str, now: datetime
    ) -> Mapping[str, Any]: ...


class ConsentAddress(Protocol):
    """Where HubSpot asks its user for consent."""

    def authorize_url(self, state: str) -> str: ...


class TokenEndpoint(Protocol):
    """Grants, from and back to HubSpot.

    Each raises CrmUnavailableError or AppMisconfiguredError; what HubSpot does not accept is a
    GrantRefusedError.
    """

    def exchange(self, code: str) -> Grant: ...

    def refresh(self, refresh_token: str) -> Grant: ...

    def revoke(self, refresh_token: str) -> None: ...


class ConsentEndpoint(ConsentAddress, TokenEndpoint, Protocol):
    """The whole of HubSpot's OAuth, as coming back needs it."""


class GrantOpener(Protocol):
    """Opens HubSpot with a grant that is stored nowhere."""

    def with_grant(self, grant: Grant) -> Crm: ...


class Releaser(Protocol):
    """Asks the sweep to look at a campaign's waiting people now.

    A hint only, for the sweep comes by anyway: it does not raise when the sweep cannot be reached.
    """

    def release(self, account_id: str, campaign_id: str) -> None: ...


class Connections(Protocol):
    """Bindings together with the grants they stand on; see `storage.connections`."""

    def state(self, account_id: str, campaign_id: str) -> CampaignState: ...

    def neighbourhood(self, account_id: str, portal_id: int) -> Neighbourhood:
        """The account's campaigns on a HubSpot account; each that connects or is saved there raises its version."""
        ...

    def connect(self, arrival: Arrival, grant: Grant, now: datetime) -> list[Binding]:
        """Store a binding and its grant, in one.

        Leaves another HubSpot account, cancels a clean-up of this one, and mends the account's other
        bindings to it.

        Returns:
            The binding, then those that were lost and work again.

        Raises:
            ConnectionChangedError: the campaign, or its neighbourhood, is not as it was seen any more;
                nothing was written.
            CleanUpRunningError: the last grant is being given back right now; nothing was written.
        """
        ...

    def disconnect(self, account_id: str, campaign_id: str, reason: str, now: datetime) -> Binding | None:
        """Remove a campaign's binding; the grant goes to the clean-up with the account's last one.

        Returns:
            What was removed; None when there was nothing.

        Raises:
            ConnectionChangedError: others changed the same connections all the while.
        """
        ...

    def park(self, account_id: str, grant: Grant, due: datetime, now: datetime) -> None:
        """Hand a grant that no campaign uses (yet) to the clean-up, to be given back at `due`.

        Raises:
            CleanUpRunningError: an earlier grant of this HubSpot account is being given back right now.
        """
        ...

    def parked(self, account_id: str, portal_id: int) -> str | None:
        """The refresh token of a parked grant; None if it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Leftover:
    """A grant to be given back to HubSpot.

    `version` tells it from the next one of the same account and HubSpot account, `attempts` counts
    how often it was put off since it was due.
    """

    account_id: str
    portal_id: int
    refresh_token: str = field(repr=False)
    fingerprint: str
    version: int
    attempts: int
    since: datetime


class Leftovers(Protocol):
    """Grants that wait to be given back; see `storage.cleanups`."""

    def due(self, now: datetime) -> Sequence[Leftover]: ...

    def take(self, leftover: Leftover, now: datetime, until: datetime) -> bool:
        """Work on it alone until then; False when another does, it is gone, or it is in use again."""
        ...

    def finish(self, leftover: Leftover) -> None: ...

    def put_off(self, leftover: Leftover, due: datetime) -> None: ...


class Neighbours(Protocol):
    """Who else lives on a HubSpot account."""

    def bound(self, portal_id: int) -> Collection[str]:
        """Every account with a campaign bound to it."""
        ...

    def fingerprints(self, portal_id: int, other_than: str) -> Collection[str]:
        """Of every grant on it that another account holds, one that waits in the clean-up too."""
        ...
