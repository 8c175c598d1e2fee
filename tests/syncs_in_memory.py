"""Syncs of many contacts in one process: real use cases and HubSpot client, stores in memory, a platform that answers
at once, and time that passes when it is waited for.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice

from functions.list_sync import app as list_sync
from referral_hubspot.domain.errors import PermanentError, RetryableError
from referral_hubspot.domain.people import Person, PersonKey
from referral_hubspot.domain.settings import CampaignState, Side, SideSettings
from referral_hubspot.domain.syncs import Enrolment, EnrolmentState, Newcomer, PastRun, Plan, Sync, SyncChangedError
from referral_hubspot.usecases.answers import TakeAnswers
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.people import Change, Due, Intake, Refusal
from referral_hubspot.usecases.receive import Join
from referral_hubspot.usecases.return_fields import ReturnFields
from referral_hubspot.usecases.sync_contacts import SyncContacts
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World

_SLICE = timedelta(seconds=20)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class SyncsInMemory:
    """The port `Syncs`."""

    def __init__(self) -> None:
        self._syncs: dict[str, Sync] = {}
        self.past: list[PastRun] = []

    def get(self, account_id: str, campaign_id: str, sync_id: str) -> Sync | None:
        return self._syncs.get(sync_id)

    def of_campaign(self, account_id: str, campaign_id: str) -> list[Sync]:
        return list(self._syncs.values())

    def put(self, sync: Sync, past: PastRun | None = None) -> Sync:
        stored = self._syncs.get(sync.sync_id)
        if (stored.version if stored else 0) != sync.version:
            raise SyncChangedError(sync.sync_id)
        self._syncs[sync.sync_id] = replace(sync, version=sync.version + 1)
        self.past += [past] if past else []
        return self._syncs[sync.sync_id]

    def remove(self, sync: Sync) -> None:
        self._syncs.pop(sync.sync_id, None)

    def runs(self, account_id: str, campaign_id: str, sync_id: str, limit: int) -> list[PastRun]:
        return self.past[::-1][:limit]


class EnrolmentsInMemory:
    """The port `Enrolments`, for contacts of whom nobody joined by itself or was forgotten."""

    def __init__(self, syncs: SyncsInMemory, requested: Callable[[Sequence[Newcomer]], None]) -> None:
        self._syncs = syncs
        self._rows: dict[str, Enrolment] = {}
        self._requested = requested

    def load(self, account_id: str, campaign_id: str, portal_id: int, contacts: Iterable[str]) -> dict[str, Enrolment]:
        return {one: self._rows[one] for one in contacts if one in self._rows}

    def referrers(self, account_id: str, campaign_id: str, emails: Collection[str]) -> dict[str, PersonKey]:
        return {}

    def erased(self, account_id: str, emails: Collection[str]) -> frozenset[str]:
        return frozenset()

    def find(
        self, sync: Sync, found: Sequence[Enrolment], newcomers: Sequence[Newcomer], now: datetime
    ) -> Collection[str]:
        self._syncs.put(sync)
        self._put(found, (None, EnrolmentState.ASKED, EnrolmentState.WITHOUT_EMAIL))
        if newcomers:
            self._requested(newcomers)
        return ()

    def answered(self, enrolments: Sequence[Enrolment]) -> Collection[str]:
        unanswered = (EnrolmentState.ASKED, EnrolmentState.WITHOUT_EMAIL, EnrolmentState.DECLINED)
        self._put(enrolments, (None, *unanswered))
        return ()

    def returned(self, enrolments: Sequence[Enrolment]) -> None:
        self._put(enrolments, (EnrolmentState.JOINED, EnrolmentState.REFUSED))

    def _put(self, enrolments: Sequence[Enrolment], over: Sequence[EnrolmentState | None]) -> None:
        for one in enrolments:
            stored = self._rows.get(one.contact_id)
            if (stored.state if stored else None) in over:
                self._rows[one.contact_id] = one

    def request(self, account_id: str, campaign_id: str, newcomers: Sequence[Newcomer], now: datetime) -> None:
        self._requested(newcomers)

    def count(self, sync: Sync, state: EnrolmentState, run_id: str = "") -> int:
        return sum(one.state is state and run_id in ("", one.run_id) for one in self._rows.values())

    def listed(self, sync: Sync, state: EnrolmentState, limit: int, after: str = "") -> tuple[list[Enrolment], str]:
        return [one for one in self._rows.values() if one.state is state][:limit], ""


class ReferrersInMemory:
    """The ports `Referrers` and `Register`, for referrers who claim no address."""

    def __init__(self, campaigns: Callable[[], CampaignState]) -> None:
        self.rows: dict[PersonKey, Person] = {}
        self._due: OrderedDict[PersonKey, datetime] = OrderedDict()
        """Who fell due first stands first: nobody here falls due later than the next one."""
        self._campaigns = campaigns

    def load(self, people: Iterable[PersonKey]) -> dict[PersonKey, Person]:
        return {key: self.rows[key] for key in people if key in self.rows}

    def apply(self, changes: Sequence[Change]) -> dict[PersonKey, Refusal]:
        refused: dict[PersonKey, Refusal] = {}
        for change in changes:
            key, stored = change.after.key, self.rows.get(change.after.key)
            if (stored.version if stored else 0) != change.before.version:
                refused[key] = Refusal(stored, "")
                continue
            self.rows[key] = change.after
            self._due.pop(key, None)
            if change.after.return_due_at is not None:
                self._due[key] = change.after.return_due_at
        return refused

    def returns_due(self, account_id: str, campaign_id: str, before: datetime, limit: int) -> list[Due]:
        return [Due(key, at) for key, at in islice(self._due.items(), limit) if at < before]

    def read(self, people: Sequence[Person]) -> Intake:
        return Intake({(ACCOUNT, CAMPAIGN): self._campaigns()}, self.load(one.key for one in people), frozenset())

    def settings_version(self, campaign: tuple[str, str], side: Side, version: int) -> SideSettings:
        return SideSettings()


class TurnsInMemory:
    """The port `Turns`, of one campaign."""

    def __init__(self) -> None:
        self._taken = _LONG_AGO
        self._comes_at = _LONG_AGO

    def ask(self, account_id: str, campaign_id: str, comes_at: datetime, now: datetime) -> bool:
        on_its_way = now <= self._comes_at <= comes_at
        self._comes_at = self._comes_at if on_its_way else comes_at
        return not on_its_way

    def expect(self, account_id: str, campaign_id: str, comes_at: datetime) -> None:
        self._comes_at = comes_at

    def take(self, account_id: str, campaign_id: str, now: datetime, until: datetime) -> bool:
        free = self._taken < now
        if free:
            self._taken, self._comes_at = until, _LONG_AGO
        return free

    def give_back(self, account_id: str, campaign_id: str) -> None:
        self._taken = _LONG_AGO


class ManyContacts:
    """One campaign's sync; the rate budget and the grant are in the world's tables."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.later = timedelta(0)
        self.faults: list[RetryableError | PermanentError] = []
        self.syncs = SyncsInMemory()
        self.enrolments = EnrolmentsInMemory(self.syncs, self._requested)
        wiring = list_sync.wiring()
        state = wiring.campaigns.load([(ACCOUNT, CAMPAIGN)])[ACCOUNT, CAMPAIGN]
        self.referrers = ReferrersInMemory(lambda: state)
        self._jobs: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = count()
        self._owed: list[Newcomer] = []
        turns = TurnsInMemory()
        due_returns = DueReturns(turns, self, self.now)
        self._sync_contacts = SyncContacts(
            self.syncs,
            self.enrolments,
            self.referrers,
            wiring.campaigns,
            wiring.directory,
            self,
            wiring.schedules,
            due_returns,
            self.now,
            self.faults.append,
            _SLICE,
        )
        self._return_fields = ReturnFields(
            self.syncs,
            self.enrolments,
            self.referrers,
            wiring.campaigns,
            wiring.directory,
            turns,
            due_returns,
            self.now,
            self.faults.append,
            _SLICE,
        )
        self._answers = TakeAnswers(self.enrolments, self.referrers, self.referrers, due_returns, self.now)

    def now(self) -> datetime:
        """What the clock of the use cases says."""
        return datetime.now(UTC) + self.later

    def go_on(self, sync: Sync, after: timedelta = timedelta(0), *, due: bool = False) -> None:
        """The port `SyncQueue`."""
        self._put(after, partial(self._sync_contacts, sync.account_id, sync.campaign_id, sync.sync_id, due=due))

    def write_returns(self, account_id: str, campaign_id: str, after: timedelta) -> None:
        """The port `SyncQueue`."""
        self._put(after, partial(self._return_fields, account_id, campaign_id))

    def start(self, plan: Plan) -> Sync:
        """Start a sync, and work until nothing is left to do; the sync as it was started."""
        started = self.syncs.put(Sync(ACCOUNT, CAMPAIGN, "s1", PORTAL, plan, "Ana", self.now()))
        self.go_on(started, due=True)
        self._settle()
        return started

    def tick(self, sync: Sync) -> None:
        """What the schedule does, and work until nothing is left to do."""
        self.go_on(sync, due=True)
        self._settle()

    def _put(self, after: timedelta, job: Callable[[], None]) -> None:
        self._jobs.append((self.now() + after, next(self._numbers), job))

    def _settle(self) -> None:
        while self._jobs:
            self._jobs.sort()
            at, _, job = self._jobs.pop(0)
            self.later += max(at - self.now(), timedelta(0))
            job()
            self._answer()

    def _requested(self, newcomers: Sequence[Newcomer]) -> None:
        self._owed += newcomers

    def _answer(self) -> None:
        owed, self._owed = self._owed, []
        for start in range(0, len(owed), 100):
            joins = [self._joins(newcomer) for newcomer in owed[start : start + 100]]
            assert not self._answers.take(joins, [])

    def _joins(self, newcomer: Newcomer) -> Join:
        contact_id = newcomer.enrolment_id.rpartition(":")[2]
        details = {
            "first_name": newcomer.first_name,
            "email": newcomer.email,
            "referral_link": f"https://refer.example.com/{contact_id}",
            "referrals_count": "0",
            "converted_referrals_count": "0",
        }
        key, now = PersonKey(ACCOUNT, CAMPAIGN, "referrer", f"r-{contact_id}"), self.now()
        return Join(Person(key, now, now, newcomer.email, details, revision=1), newcomer.enrolment_id)
