"""Stop sending to HubSpot, and reading it, for everything or for one customer; and go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.pauses import FORMS, UnknownTargetError, target
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import DELETED, Campaign
from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.ports import CampaignStates

_WHY_LENGTH = 200
_SHOWN = 200  # connected campaigns that a terminal still takes


@dataclass(frozen=True, slots=True)
class Pause:
    """What is paused since when, and why, in the words of whoever did it."""

    target: str
    since: datetime
    why: str = ""


class PauseStore(Protocol):
    """The pauses; see `storage.pauses`."""

    def pauses(self) -> Sequence[Pause]:
        """All that hold now."""
        ...

    def begin(self, pause: Pause) -> None:
        """Add one; one that holds already stays as it is."""
        ...

    def end(self, name: str) -> bool:
        """Remove one by its target; False when there was none."""
        ...


class CampaignFinder(CampaignStates, Protocol):
    """Which campaigns there are; see `storage.campaigns`."""

    def campaigns(self, account_id: str) -> Sequence[Campaign]:
        """All campaigns of an account that the platform told of."""
        ...

    def routes(self, portal_id: int) -> Sequence[Route]:
        """Every campaign that is bound to the HubSpot account."""
        ...

    def every_route(self) -> Sequence[Route]:
        """Every campaign that is bound to a HubSpot account."""
        ...


class Sweeper(Protocol):
    """Starts a sweep; see `runtime.releaser`."""

    def sweep_now(self) -> None:
        """Have held people looked at now; a hint that may be lost."""
        ...


class Pausing:
    """Pauses and resumes; whoever is held meanwhile shows it, and is released by the next sweep."""

    def __init__(
        self, store: PauseStore, campaigns: CampaignFinder, sweeper: Sweeper, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._campaigns = campaigns
        self._sweeper = sweeper
        self._clock = clock

    def shown(self) -> list[str]:
        """What is paused, and what can be."""
        return [*self._paused(), *self._existing()]

    def pause(self, text: str, why: str) -> list[str]:
        """Pause a target.

        Raises:
            CommandRefusedError: there is no such target.
        """
        name = self._target(text, self._existing)
        if not self._exists(name):
            raise CommandRefusedError(f"There is no {name}, so nothing was paused.", *self._existing())
        self._store.begin(Pause(name, self._clock(), why.strip()[:_WHY_LENGTH]))
        return [
            "Leads are held from now on, and show it; what HubSpot tells by webhooks still counts.",
            *self._paused(),
        ]

    def resume(self, text: str) -> list[str]:
        """Go on with a target, and with those who were held for it at once.

        Raises:
            CommandRefusedError: it is not paused.
        """
        name = self._target(text, self._paused)
        if not self._store.end(name):
            raise CommandRefusedError(f"{name} is not paused, so nothing was changed.", *self._paused())
        self._sweeper.sweep_now()
        return [f"{name} goes on; a sweep was started and releases who was held.", *self._paused()]

    def _target(self, text: str, otherwise: Callable[[], list[str]]) -> str:
        try:
            return target(text)
        except UnknownTargetError:
            asked = f"{text!r} is no target" if text else "No TARGET was given"
            raise CommandRefusedError(
                f"{asked}, so nothing was changed. A target is one of {', '.join(FORMS)}.", *otherwise()
            ) from None

    def _exists(self, name: str) -> bool:
        kind, _, rest = name.partition(":")
        match kind:
            case "account":
                return any(campaign.state != DELETED for campaign in self._campaigns.campaigns(rest))
            case "portal":
                return bool(self._campaigns.routes(int(rest)))
            case "campaign":
                account_id, _, campaign_id = rest.partition("/")
                known = self._campaigns.load([(account_id, campaign_id)])[account_id, campaign_id].campaign
                return known is not None and known.state != DELETED
            case _:
                return True

    def _paused(self) -> list[str]:
        paused = sorted(self._store.pauses(), key=lambda pause: pause.target)
        if not paused:
            return ["Nothing is paused."]
        return ["Paused now:", *(f"  {told(pause)}" for pause in paused)]

    def _existing(self) -> list[str]:
        routes = sorted(self._campaigns.every_route(), key=lambda one: (one.account_id, one.campaign_id))
        if not routes:
            return ["No campaign is connected to HubSpot."]
        lines = [
            f"  account:{one.account_id}  portal:{one.portal_id}  campaign:{one.account_id}/{one.campaign_id}"
            for one in routes[:_SHOWN]
        ]
        more = [f"  and {len(routes) - _SHOWN} more"] if len(routes) > _SHOWN else []
        return ["Connected to HubSpot, each a target beside `all`:", *lines, *more]


def told(pause: Pause) -> str:
    """A pause in words."""
    why = f": {pause.why}" if pause.why else ""
    return f"{pause.target} since {pause.since:%Y-%m-%d %H:%M:%S}Z{why}"
