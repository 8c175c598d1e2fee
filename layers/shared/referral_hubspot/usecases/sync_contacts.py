"""Go on with a sync for a while: read a page, ask the platform to enrol who is new, remember how far it came.

Whatever is interrupted is done again from the last page that was remembered. That does no harm: a contact is
asked for under the same id each time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from http import HTTPStatus
from typing import Protocol

from referral_hubspot.domain.crm import Contact, ObjectType
from referral_hubspot.domain.errors import (
    PermanentError,
    RequestRefusedError,
    RetryableError,
)
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import PersonKey, normalised, usable
from referral_hubspot.domain.settings import CampaignState
from referral_hubspot.domain.sync_fit import misfit
from referral_hubspot.domain.syncs import (
    EMAIL,
    OVER,
    Bookmark,
    Cause,
    Counts,
    Enrolment,
    EnrolmentState,
    PastRun,
    Return,
    Run,
    RunKind,
    Status,
    Sync,
    SyncChangedError,
    attached,
)
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.newcomers import HUNDRED, newcomer, requests
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.ports import Crm, CrmDirectory
from referral_hubspot.usecases.sync_faults import cause_of, pause_after, unable
from referral_hubspot.usecases.sync_ports import Enrolments, Referrers, Schedules, SyncQueue, Syncs

OVERLAP = timedelta(minutes=10)
"""HubSpot's search index lags behind: what was modified shortly before a run is looked for again by the next."""

LEASE = timedelta(seconds=15)
"""A worker that dies is missed so long after its time was up."""

_AT_ONCE = 3
_SETTLING_PAUSE = timedelta(seconds=5)
_PAUSED = timedelta(minutes=1)
_ATTEMPTS = 5


class Campaigns(Protocol):
    """Campaigns and their connections; see `storage.campaigns`."""

    def load(self, campaigns: Iterable[tuple[str, str]]) -> dict[tuple[str, str], CampaignState]: ...


@dataclass(frozen=True, slots=True)
class _Page:
    """Contacts of a page; `contacts` is None where HubSpot only told their ids, and when they `joined` the list."""

    ids: tuple[str, ...]
    contacts: Mapping[str, Contact] | None
    after: str
    joined: tuple[datetime, ...] = ()


class SyncContacts:
    """Goes on with one sync at a time."""

    def __init__(
        self,
        syncs: Syncs,
        enrolments: Enrolments,
        people: Referrers,
        campaigns: Campaigns,
        directory: CrmDirectory,
        queue: SyncQueue,
        schedules: Schedules,
        due_returns: DueReturns,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
        slice_of: timedelta,
    ) -> None:
        self._syncs = syncs
        self._enrolments = enrolments
        self._people = people
        self._campaigns = campaigns
        self._directory = directory
        self._queue = queue
        self._schedules = schedules
        self._due_returns = due_returns
        self._clock = clock
        self._notice = notice
        self._slice = slice_of

    def __call__(self, account_id: str, campaign_id: str, sync_id: str, *, due: bool, again: bool = False) -> None:
        """Work for a slice of time; what is left is asked for in a message of its own.

        Args:
            due: It is time for the next run, if none is open. What keeps a sync from going on is looked at anew.
            again: The message was handed to a worker before, who may have died.
        """
        sync, now = self._syncs.get(account_id, campaign_id, sync_id), self._clock()
        if sync is None or sync.status in OVER or sync.status is Status.PAUSED:
            return
        if sync.held_until is not None and now < sync.held_until:
            # Whoever holds it has a message of its own, unless it died: then this is that message, and the only one.
            if again:
                self._queue.go_on(sync, sync.held_until - now, due=due)
            return
        if not due and (sync.run is None or sync.status is Status.BROKEN):
            return
        state = self._campaigns.load([sync.campaign])[sync.campaign]
        worker = _Worker(self, sync, sync.run is None or sync.status is Status.BROKEN)
        try:
            if cause := unable(sync.portal_id, state):
                worker.stop(cause)
            elif state.paused:
                self._queue.go_on(sync, _PAUSED)
            else:
                worker.sync = replace(sync.going().opened(now), held_until=now + self._slice + LEASE)
                worker.work(now + self._slice)
        except SyncChangedError:
            return  # an admin, or another worker: whoever changed it has it go on


class _Worker:
    """One worker's turn; `sync` is what it stored last."""

    def __init__(self, of: SyncContacts, sync: Sync, opening: bool) -> None:
        self._of = of
        self.sync = sync
        self._opening = opening

    def work(self, until: datetime) -> None:
        """Take the turn and use it."""
        of = self._of
        self._keep()
        try:
            crm = of._directory.open(self.sync.account_id, self.sync.portal_id, Lane.BULK)
            if self._opening and (unfit := misfit(self.sync.plan, crm.properties(ObjectType.CONTACT))):
                self.stop(*unfit)
                return
            while self._run.reading and of._clock() < until:
                self._page(crm)
            self._rest(timedelta(0) if self._run.reading else self._settled())
        except SyncChangedError:
            raise
        except RetryableError as fault:
            of._notice(fault)
            self._rest(pause_after(fault))
        except PermanentError as fault:
            of._notice(fault)
            self.stop(*cause_of(fault))

    def stop(self, cause: Cause, about: str = "") -> None:
        """Wait for somebody to mend what keeps the sync from going on; what was done stays done."""
        of, told = self._of, (self.sync.cause, self.sync.about) == (cause, about)
        if told and self.sync.status is Status.BROKEN and self.sync.held_until is None:
            return
        stopped = replace(self.sync.stopped_by(cause, about), held_until=None)
        if cause is Cause.CAMPAIGN_DELETED:
            of._schedules.remove(stopped)
            stopped = replace(stopped, status=Status.STOPPED)
        of._syncs.put(stopped, self._past(cause, about) if self.sync.run else None)

    @property
    def _run(self) -> Run:
        return _open(self.sync)

    def _keep(self, past: PastRun | None = None) -> None:
        self.sync = self._of._syncs.put(self.sync, past)

    def _rest(self, pause: timedelta | None) -> None:
        """End the turn; the next one comes after `pause`, or with the schedule."""
        self.sync = replace(self.sync, held_until=None)
        self._keep()
        if pause is not None:
            self._of._queue.go_on(self.sync, pause)

    def _page(self, crm: Crm) -> None:
        """Read a page, deal with everybody on it, and remember that."""
        sync, run, of = self.sync, self._run, self._of
        try:
            page = _read(crm, sync)
        except RequestRefusedError as refused:
            if refused.status != HTTPStatus.BAD_REQUEST or not run.after or not sync.plan.list_id:
                raise
            # HubSpot no longer knows the place where the run stood: begin again, who is known is passed over.
            self.sync = replace(sync, run=replace(run, after=""))
            self._keep()
            return
        known = of._enrolments.load(sync.account_id, sync.campaign_id, sync.portal_id, page.ids)
        pending = [one for one in page.ids if _unsettled(known.get(one), sync, run)]
        going, bookmark = _following(sync, page, met_new=bool(pending))
        counts = run.counts.plus(Counts(read=len(page.ids)))
        for one in known.values():  # done before, and forgotten
            if one.lost_by(run) and one.contact_id not in pending:
                counts = counts.plus(one.counted)
        others = [one for one in known.values() if one.sync_id != sync.sync_id]
        counts = counts.plus(Counts(already=self._adopt(others)))
        waiting = list(dict.fromkeys((*run.carried, *pending)))
        whole = page.contacts is not None or not going.reading
        full = len(waiting) if whole else len(waiting) // HUNDRED * HUNDRED
        groups = [waiting[start : start + HUNDRED] for start in range(0, full, HUNDRED)]
        for done in self._each(groups, page.contacts, crm):
            counts = counts.plus(done)
        asked_at = of._clock() if counts.asked > run.counts.asked else run.last_asked_at
        going = replace(going, carried=tuple(waiting[full:]), counts=counts, last_asked_at=asked_at)
        self.sync = replace(sync, bookmark=bookmark, run=going)
        self._keep()

    def _each(
        self, groups: Sequence[Sequence[str]], contacts: Mapping[str, Contact] | None, crm: Crm
    ) -> Iterator[Counts]:
        """Deal with groups of at most a hundred; their reads are in flight at once."""
        if contacts is not None or len(groups) < 2:
            yield from (self._enrol(group, contacts, crm) for group in groups)
            return
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield from pool.map(lambda group: self._enrol(group, None, crm), groups)

    def _enrol(self, group: Sequence[str], contacts: Mapping[str, Contact] | None, crm: Crm) -> Counts:
        """Ask the platform to enrol those of a group who have an address and are no referrers yet."""
        sync, run, of = self.sync, self._run, self._of
        found = contacts if contacts is not None else crm.read_contacts(group, sync.plan.read)
        here = {found[one].record_id: found[one] for one in group if one in found}
        texts = {one: normalised(contact.properties.get(sync.plan.fields[EMAIL], "")) for one, contact in here.items()}
        emails = {one: text for one, text in texts.items() if usable(text)}
        referrers = of._enrolments.referrers(sync.account_id, sync.campaign_id, set(emails.values()))
        erased = of._enrolments.erased(sync.account_id, set(emails.values()))
        now = of._clock()

        def enrolment(contact_id: str) -> Enrolment:
            blank = Enrolment(
                sync.account_id,
                sync.campaign_id,
                sync.portal_id,
                contact_id,
                sync.sync_id,
                run.run_id,
                run.step,
                EnrolmentState.ASKED,
                now,
            )
            email = emails.get(contact_id)
            if email is None:
                return replace(blank, state=EnrolmentState.WITHOUT_EMAIL)
            if email in erased:
                return replace(blank, state=EnrolmentState.DECLINED, reason="erased")
            if email in referrers:
                known = referrers[email].person_id
                return replace(blank, state=EnrolmentState.JOINED, referrer_id=known, already=True)
            return blank

        rows = [enrolment(contact_id) for contact_id in here]
        asked = [one for one in rows if one.state is EnrolmentState.ASKED]
        # The rows first: an answer finds what it answers. Asked for again is who is found so by the same run.
        of._enrolments.found(rows)
        for newcomers in requests(
            newcomer(sync.plan, one, here[one.contact_id], emails[one.contact_id]) for one in asked
        ):
            of._enrolments.request(sync.account_id, sync.campaign_id, newcomers, now)
        self._adopt([one for one in rows if one.already])
        return reduce(Counts.plus, (one.counted for one in rows), Counts())

    def _adopt(self, joined: Iterable[Enrolment]) -> int:
        """Give referrers the return fields of this sync too; how many did not have them."""
        of, sync = self._of, self.sync
        contact_of = {
            PersonKey(one.account_id, one.campaign_id, "referrer", one.referrer_id): one.contact_id
            for one in joined
            if one.state is EnrolmentState.JOINED and one.referrer_id
        }
        pending, now, adopted = set(contact_of), of._clock(), 0
        for _ in range(_ATTEMPTS):
            people = of._people.load(pending) if pending else {}
            changes = [
                Change(person, replace(after, version=person.version + 1))
                for key, person in people.items()
                if (after := attached(person, sync.sync_id, contact_of[key], now)) != person
            ]
            pending = set(of._people.apply(changes))
            adopted += len(changes) - len(pending)
            if changes or any(person.return_due_at for person in people.values()):
                of._due_returns.ask([sync.campaign])
            if not pending:
                break
        return adopted

    def _settled(self) -> timedelta | None:
        """End the run if everybody answered, and has what is returned; else when to look again."""
        of, sync, run, now = self._of, self.sync, self._run, self._of._clock()
        asked_at = run.last_asked_at
        if asked_at is not None and now - asked_at < _SETTLING_PAUSE:
            return _SETTLING_PAUSE
        unanswered = of._enrolments.count(sync, EnrolmentState.ASKED, run.run_id) if run.counts.asked else 0
        due = of._people.returns_due(*sync.campaign, now, 1) if not run.counts.nobody else []
        if (unanswered or due) and not run.waited_enough(now):
            return _SETTLING_PAUSE
        past = self._past() if run.kind is RunKind.EVERYBODY or not run.counts.nobody else None
        self.sync = replace(
            sync,
            run=None,
            status=Status.ACTIVE if sync.plan.ongoing else Status.FINISHED,
            looked_at=run.started_at,
            compared_at=sync.compared_at if run.kind is RunKind.NEWCOMERS else run.started_at,
        )
        self._keep(past)
        return None

    def _past(self, cause: Cause = Cause.NONE, about: str = "") -> PastRun:
        sync, run, enrolments = self.sync, self._run, self._of._enrolments
        asked = run.counts.asked
        unanswered = enrolments.count(sync, EnrolmentState.ASKED, run.run_id) if asked else 0
        declined = enrolments.count(sync, EnrolmentState.DECLINED, run.run_id) if asked else 0
        return PastRun(
            sync.account_id,
            sync.campaign_id,
            sync.sync_id,
            run.run_id,
            run.kind,
            run.started_at,
            self._of._clock(),
            run.counts,
            cause,
            about,
            max(0, asked - declined - unanswered),
            declined,
            unanswered,
        )


def _read(crm: Crm, sync: Sync) -> _Page:
    """The page where the run stands."""
    plan, run = sync.plan, _open(sync)
    if plan.list_id:
        listed = crm.members(plan.list_id, run.after, "id" if run.kind is RunKind.COMPARISON else "joining")
        ids = tuple(one.record_id for one in listed.members)
        return _Page(ids, None, listed.after, tuple(one.joined_at for one in listed.members))
    if run.kind is RunKind.EVERYBODY:
        found = crm.contacts(run.after, plan.read)
    else:
        since = (sync.bookmark.modified_since or sync.started_at) - OVERLAP
        found = crm.contacts_lacking(plan.returns[Return.LINK], plan.fields[EMAIL], since, run.after, plan.read)
    contacts = {one.record_id: one for one in found.contacts}
    return _Page(tuple(contacts), contacts, found.after)


def _following(sync: Sync, page: _Page, *, met_new: bool) -> tuple[Run, Bookmark]:
    """Where to go on from a page, and from where the next run for newcomers begins."""
    run, bookmark = _open(sync), sync.bookmark
    met_new = run.met_new or met_new
    going = replace(run, step=run.step + 1, after=page.after, met_new=met_new, reading=bool(page.after))
    if not sync.plan.list_id:
        return going, bookmark if page.after else replace(bookmark, modified_since=run.started_at)
    if run.kind is RunKind.COMPARISON or not page.joined:
        return going, bookmark
    if bookmark.newest is None and page.joined[0] <= page.joined[-1]:
        # The oldest stand first, or there is no telling: newcomers come behind the last page.
        return going, bookmark if page.after else Bookmark(tail=run.after)
    if bookmark.newest is None and bookmark.tail:
        return replace(going, after="", reading=True), Bookmark()  # there was no telling before
    going = replace(going, newest=max(page.joined if run.newest is None else [*page.joined, run.newest]))
    known_from_here = bookmark.newest is not None and min(page.joined) < bookmark.newest
    if page.after and not known_from_here:
        return going, bookmark
    # Who came meanwhile stands before the first page: it is read again until nobody new is met.
    return replace(going, after="", met_new=False, reading=met_new), Bookmark(newest=going.newest)


def _unsettled(known: Enrolment | None, sync: Sync, run: Run) -> bool:
    """Whether HubSpot has to be asked about a contact."""
    if known is None:
        return True
    if known.state is EnrolmentState.ASKED:
        abandoned = known.sync_id != sync.sync_id and run.kind is RunKind.EVERYBODY
        return known.lost_by(run) or abandoned  # the platform may not have been asked
    if known.state is EnrolmentState.WITHOUT_EMAIL:
        # A list says nothing of an address that comes late, but once a day; a search finds only who has one.
        looks = run.kind is not RunKind.NEWCOMERS or not sync.plan.list_id
        return known.lost_by(run) or (looks and known.run_id != run.run_id)
    return False


def _open(sync: Sync) -> Run:
    assert sync.run is not None, "a worker has a run"
    return sync.run
