"""What a call to HubSpot needs beside HubSpot, reduced to what a test decides."""

from dataclasses import dataclass, field

from referral_hubspot.domain.errors import NoSlotError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.hubspot.oauth import HubSpotApp

APP = HubSpotApp(
    client_id="client",
    client_secrets=lambda: ["hush"],
    redirect_url="https://us.example.test/callback",
    authorize_url="https://app.example.test/oauth/authorize",
    scopes=("oauth", "crm.objects.contacts.read"),
)
PORTAL = 42


@dataclass(frozen=True)
class Slot:
    date: float
    until: float


@dataclass
class OpenBudget:
    """Has always a slot, unless `full`; notes what is done to it."""

    reserved: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    stopped: list[tuple[str, float]] = field(default_factory=list)
    full: bool = False

    def reserve(
        self, portal_id: int, kind: str, lane: Lane, count: int, *, now: float, max_wait_s: float
    ) -> list[Slot]:
        if self.full:
            raise NoSlotError(portal_id, 9.0)
        self.reserved.append(count)
        self.kinds.append(kind)
        return [Slot(now, now + 0.5)] * count

    def penalise(self, portal_id: int, kind: str, seconds: float, *, now: float) -> None:
        self.stopped.append((kind, seconds))

    def pause(self, portal_id: int, seconds: float, *, now: float) -> None:
        self.stopped.append(("all", seconds))


class Tokens:
    """Hands out token-1, then what `renewals` holds; `since` is one that was stored since."""

    def __init__(self, *renewals: str | Exception, since: str | None = None) -> None:
        self.renewals = list(renewals)
        self.token = "token-1"
        self.since = since

    def bearer(self) -> str:
        return self.token

    def newer(self, used: str) -> str | None:
        if self.since is not None:
            self.token = self.since
        return self.since

    def renewed(self, refused: str) -> str:
        assert refused == self.token
        following = self.renewals.pop(0)
        if isinstance(following, Exception):
            raise following
        self.token = following
        return following
