"""What syncs need of the outside: their rows, the enrolments they asked for, and their own queue."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain.people import PersonKey
from referral_hubspot.domain.syncs import Enrolment, EnrolmentState, Newcomer, PastRun, Sync
from referral_hubspot.usecases.people import Due, People

MOST_FOUND = 98
"""Contacts that are stored at once, with the sync and the request: a transaction takes 100 rows."""


class Syncs(Protocol):
    """Rows of syncs and their runs; see `storage.syncs`."""

    def get(self, account_id: str, campaign_id: str, sync_id: str) -> Sync | None:
        """One sync, strongly consistent."""
        ...

    def of_campaign(self, account_id: str, campaign_id: str) -> list[Sync]:
        """All syncs of a campaign, oldest first, strongly consistent."""
        ...

    def put(self, sync: Sync, past: PastRun | None = None) -> Sync:
        """Store the next version, with a run that ended by it.

        Returns:
            The sync under its new version.

        Raises:
            SyncChangedError: another version stands there.
        """
        ...

    def remove(self, sync: Sync) -> None:
        """Take the sync away; that it is gone already is success."""
        ...

    def runs(self, account_id: str, campaign_id: str, sync_id: str, limit: int) -> list[PastRun]:
        """Runs that ended, newest first."""
        ...


class StartedSyncs(Syncs, Protocol):
    """The same for whoever starts them: of two at once the second is told."""

    def started(self, account_id: str, campaign_id: str) -> int:
        """How many syncs were ever started, strongly consistent."""
        ...

    def start(self, sync: Sync, over: int) -> Sync:
        """Store a new sync, if none was started since `over` were.

        Raises:
            SyncChangedError: one was.
        """
        ...


class Enrolments(Protocol):
    """Contacts that syncs found; see `storage.enrolments`."""

    def load(self, account_id: str, campaign_id: str, portal_id: int, contacts: Iterable[str]) -> dict[str, Enrolment]:
        """What became of contacts, strongly consistent; who was never found is left out."""
        ...

    def referrers(self, account_id: str, campaign_id: str, emails: Collection[str]) -> dict[str, PersonKey]:
        """Referrers of a campaign by address, of those who joined by themselves; strongly consistent."""
        ...

    def erased(self, account_id: str, emails: Collection[str]) -> frozenset[str]:
        """Those addresses whose owner asked to be forgotten."""
        ...

    def find(
        self, sync: Sync, found: Sequence[Enrolment], newcomers: Sequence[Newcomer], now: datetime
    ) -> Collection[str]:
        """Store the next version of a sync with contacts that it found, and ask the platform: all of it, or nothing.

        At most `MOST_FOUND` contacts, of whom `newcomers` are asked for in one request.

        Returns:
            Contacts that were answered meanwhile, or found by the same run; then nothing was stored.

        Raises:
            SyncChangedError: another version of the sync stands there; nothing was stored.
        """
        ...

    def answered(self, enrolments: Sequence[Enrolment]) -> Collection[str]:
        """Store the platform's answers; one that has joined stays so.

        Returns:
            Contacts of whom the row is another one by now.
        """
        ...

    def returned(self, enrolments: Sequence[Enrolment]) -> None:
        """Store of referrers whether HubSpot took their return fields."""
        ...

    def request(self, account_id: str, campaign_id: str, newcomers: Sequence[Newcomer], now: datetime) -> None:
        """Ask the platform to enrol contacts: at most 100, whose texts take at most 200 kB."""
        ...

    def count(self, sync: Sync, state: EnrolmentState, run_id: str = "") -> int:
        """How many contacts of a sync are without an answer, declined, or refused; the index lags."""
        ...

    def listed(self, sync: Sync, state: EnrolmentState, limit: int, after: str = "") -> tuple[list[Enrolment], str]:
        """Contacts of a sync without an answer, declined, or refused; where the next page begins."""
        ...


class Referrers(People, Protocol):
    """Rows of people, with those whose return fields are due; see `storage.people`."""

    def returns_due(self, account_id: str, campaign_id: str, before: datetime, limit: int) -> list[Due]:
        """Referrers whose return fields are due, the longest due first; the index lags."""
        ...


class Turns(Protocol):
    """Who writes a campaign's return fields; see `storage.turns`."""

    def ask(self, account_id: str, campaign_id: str, comes_at: datetime, now: datetime) -> bool:
        """Whether a message that comes then has to be sent: False while one is on its way that comes no later."""
        ...

    def expect(self, account_id: str, campaign_id: str, comes_at: datetime) -> None:
        """A message is sent that comes then, whatever else is on its way."""
        ...

    def take(self, account_id: str, campaign_id: str, now: datetime, until: datetime) -> bool:
        """Take the turn; False while another worker has it."""
        ...

    def give_back(self, account_id: str, campaign_id: str) -> None:
        """End the turn."""
        ...


class SyncQueue(Protocol):
    """Messages to the workers of syncs; see `runtime.sync_queue`."""

    def go_on(self, sync: Sync, after: timedelta = timedelta(0), *, due: bool = False) -> None:
        """Have a worker go on with a sync; `due` begins its next run, if none is open."""
        ...

    def write_returns(self, account_id: str, campaign_id: str, after: timedelta) -> None:
        """Have a worker write a campaign's return fields."""
        ...


class Schedules(Protocol):
    """The clock of ongoing syncs; see `runtime.schedules`."""

    def put(self, sync: Sync) -> None:
        """Have the sync's next run begin at its rate; for one that does not run, nothing begins."""
        ...

    def remove(self, sync: Sync) -> None:
        """End the sync's schedule; that there is none is success."""
        ...
