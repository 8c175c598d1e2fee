"""Go on with a sync for a while: read a page, ask the platform to enrol who is new, remember how far it came.

What is remembered and what is asked are one transaction. So whatever is interrupted is done again from the last
page that was remembered, and nobody is asked for twice, or not at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from http import HTTPStatus

from referral_hubspot.domain.crm import Contact, ObjectType
from referral_hubspot.domain.errors import (
    PermanentError,
    RequestRefusedError,
    RetryableError,
)
from referral_hubspot.domain.join_order import following
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
    Newcomer,
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
from referral_hubspot.usecases.newcomers import HUNDRED, newcomer, packed
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.ports import CampaignStates, Crm, CrmDirectory
from referral_hubspot.usecases.run_end import run_end
from referral_hubspot.usecases.sync_faults import cause_of, pause_after, unable
from referral_hubspot.usecases.sync_ports import MOST_FOUND, Enrolments, Referrers, Schedules, SyncQueue, Syncs

OVERLAP = timedelta(minutes=10)
"""HubSpot's search index lags behind: what was modified shortly before a run is looked for again by the next."""

LEASE = timedelta(seconds=15)
"""A worker that dies is missed so long after its time was up."""

_AT_ONCE = 3
_FIRST_LOOK, _LATER_LOOKS = timedelta(seconds=5), timedelta(seconds=60)
"""Whoever does not answer at once mostly takes long: each look at a run that is read waits longer, up to a minute."""

_PAUSED = timedelta(minutes=1)
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Page:
    """Contacts of a page; `contacts` is None where HubSpot only told their ids, and when they `joined` the list."""

    ids: tuple[str, ...]
    contacts: Mapping[str, Contact] | None
    after: str
    joined: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What becomes of a contact; as a `newcomer` the platform is asked to enrol it."""

    enrolment: Enrolment
    newcomer: Newcomer | None

    @property
    def weight(self) -> int:
        return self.newcomer.weight if self.newcomer else 0


class _UnfitError(Exception):
    """A property of the plan is gone, or no longer fits."""

    def __init__(self, cause: Cause, about: str) -> None:
        super().__init__(f"{about}: {cause}")
        self.cause = cause
        self.about = about


class SyncContacts:
    """Goes on with one sync at a time."""

    def __init__(
        self,
        syncs: Syncs,
        enrolments: Enrolments,
        people: Referrers,
        campaigns: CampaignStates,
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

    def __call__(self, account_id: str, campaign_id: str, sync_id: str, *, due: bool) -> None:
        """Work for a slice of time; what is left is asked for in a message of its own.

        Args:
            due: It is time for the next run, if none is open. What keeps a sync from going on is looked at anew.
        """
        sync, now = self._syncs.get(account_id, campaign_id, sync_id), self._clock()
        if sync is None or sync.status in OVER or sync.status is Status.PAUSED or sync.expects(now):
            return
        if sync.held_until is not None and now < sync.held_until:
            # Whoever holds it may have died, and this be the message that brings the next one.
            self._queue.go_on(sync, sync.held_until - now)
            return
        if not due and (sync.run is None or sync.status is Status.BROKEN):
            return
        worker = _Worker(self, sync)
        try:
            worker.turn(self._campaigns.load([sync.campaign])[sync.campaign], due=due)
        except SyncChangedError:
            return  # an admin, or another worker: whoever changed it has it go on
        except Exception:
            worker.let_go()
            raise


class _Worker:
    """One worker's turn; `sync` is what is stored, `_found` what was before."""

    def __init__(self, of: SyncContacts, sync: Sync) -> None:
        self._of = of
        self._found = sync
        self._looked = False
        self.sync = sync

    def turn(self, state: CampaignState, *, due: bool) -> None:
        """Take the turn, if the campaign is fit for it, and use it."""
        sync, of, now = self.sync, self._of, self._of._clock()
        if cause := unable(sync.portal_id, state):
            self._stop(cause)
        elif state.paused:
            self._rest(_PAUSED, due=due)
        else:
            self.sync = replace(sync.free().going().opened(now), held_until=now + of._slice + LEASE)
            self._keep()
            self._work(now + of._slice)

    def let_go(self) -> None:
        """Leave the sync to the next worker: the message that broke this one comes again before the lease ends."""
        with suppress(SyncChangedError):
            self._of._syncs.put(self.sync.free())

    def _work(self, until: datetime) -> None:
        of = self._of
        try:
            crm = of._directory.open(self.sync.account_id, self.sync.portal_id, Lane.BULK)
            if self._found.status is Status.BROKEN:
                self._look_at_properties(crm)
            while self._run.reading and of._clock() < until:
                self._page(crm)
            if self._run.reading:
                self._rest(timedelta(0))
            else:
                self._settle()
        except _UnfitError as unfit:
            self._stop(unfit.cause, unfit.about)
        except SyncChangedError:
            raise
        except RetryableError as fault:
            of._notice(fault)
            self._rest(pause_after(fault))
        except PermanentError as fault:
            of._notice(fault)
            self._stop(*cause_of(fault))

    def _look_at_properties(self, crm: Crm) -> None:
        """Look, once a turn, whether HubSpot has every property of the plan; it is silent when one is read in vain.

        Raises:
            _UnfitError: it does not, or not as it was.
        """
        if self._looked:
            return
        self._looked = True
        if unfit := misfit(self.sync.plan, crm.properties(ObjectType.CONTACT)):
            raise _UnfitError(*unfit)

    def _stop(self, cause: Cause, about: str = "") -> None:
        """Wait for somebody to mend what keeps the sync from going on; what was done stays done."""
        of, found = self._of, self._found
        stopped = self.sync.stopped_by(cause, about)
        told = (found.status, found.cause, found.about) == (Status.BROKEN, cause, about) and found.run == self.sync.run
        if told and self.sync is found:
            return
        if cause is Cause.CAMPAIGN_DELETED:
            of._schedules.remove(stopped)
            stopped = replace(stopped, status=Status.STOPPED)
        end = run_end(of._enrolments, self.sync, of._clock(), cause, about) if self.sync.run and not told else None
        of._syncs.put(stopped, end)

    @property
    def _run(self) -> Run:
        return _open(self.sync)

    def _keep(self, past: PastRun | None = None) -> None:
        self.sync = self._of._syncs.put(self.sync, past)

    def _rest(self, pause: timedelta, *, due: bool = False) -> None:
        """End the turn; the next one comes after `pause`."""
        queue = self._of._queue
        if pause:
            # The message first: dead in between, a worker must not leave word of one that nobody sent.
            queue.go_on(self.sync, pause, due=due)
            self.sync = replace(self.sync.free(), expected_at=self._of._clock() + pause)
            self._keep()
        else:
            self.sync = self.sync.free()
            self._keep()
            queue.go_on(self.sync)

    def _page(self, crm: Crm) -> None:
        """Read a page, deal with everybody on it, and remember that."""
        sync, run = self.sync, self._run
        try:
            page = _read(crm, sync)
        except RequestRefusedError as refused:
            if refused.status != HTTPStatus.BAD_REQUEST or not run.after or not sync.plan.list_id or run.begun_again:
                raise
            # HubSpot no longer knows the place where the run stood. Who is known is passed over.
            anew = replace(run, after="", begun_again=True, newest=None)
            self.sync = replace(sync, run=anew, bookmark=Bookmark())
            self._keep()
            return
        known = self._known((*run.carried, *page.ids))
        pending = [one for one in dict.fromkeys((*run.carried, *page.ids)) if _unsettled(known.get(one), sync, run)]
        going, bookmark = _following(sync, page, anybody_new=not set(pending) <= set(run.carried))
        whole = page.contacts is not None or not going.reading
        full = len(pending) if whole else len(pending) // HUNDRED * HUNDRED
        if full:
            self._look_at_properties(crm)
        found = self._judged(pending[:full], page.contacts, known, crm)
        adopted = self._adopt(one for one in known.values() if one.sync_id != sync.sync_id)
        self._adopt(one.enrolment for one in found if one.enrolment.already)
        *groups, last = packed(found, MOST_FOUND, lambda one: one.weight) if found else [[]]
        for group in groups:
            self._find(group, self.sync)
        going = replace(
            going,
            begun_again=run.begun_again and not run.after,
            carried=tuple(pending[full:]),
            counts=self._run.counts.plus(Counts(read=len(page.ids), already=adopted)),
            last_asked_at=self._run.last_asked_at,
        )
        self._find(last, replace(self.sync, bookmark=bookmark, run=going))

    def _find(self, found: Sequence[_Found], onward: Sync) -> None:
        """Store what was found with the sync as it is by that, and ask the platform to enrol newcomers."""
        of, now = self._of, self._of._clock()
        rows = [one.enrolment for one in found]
        newcomers = [one.newcomer for one in found if one.newcomer is not None]
        run = _open(onward)
        counts = reduce(Counts.plus, (row.counted for row in rows), run.counts)
        run = replace(run, counts=counts, last_asked_at=now if newcomers else run.last_asked_at)
        step = replace(onward, run=run)
        taken = of._enrolments.find(step, rows, newcomers, now)
        if not taken:
            self.sync = replace(step, version=step.version + 1)
            return
        # Another sync asked for them a moment ago, and was answered.
        self._adopt(self._known(taken).values())
        self._find([one for one in found if one.enrolment.contact_id not in taken], onward)

    def _known(self, contacts: Iterable[str]) -> dict[str, Enrolment]:
        sync = self.sync
        return self._of._enrolments.load(sync.account_id, sync.campaign_id, sync.portal_id, contacts)

    def _judged(
        self,
        pending: Sequence[str],
        contacts: Mapping[str, Contact] | None,
        known: Mapping[str, Enrolment],
        crm: Crm,
    ) -> list[_Found]:
        """What becomes of contacts: who has an address and is no referrer yet is a newcomer."""
        sync, run, of, now = self.sync, self._run, self._of, self._of._clock()
        read = contacts if contacts is not None else _contacts(crm, pending, sync.plan.read)
        here = {read[one].record_id: read[one] for one in pending if one in read}
        if merged := here.keys() - set(pending):  # meanwhile, into contacts that may be settled
            known = {**known, **self._known(merged)}
            for one in merged:
                if not _unsettled(known.get(one), sync, run):
                    del here[one]
        texts = {one: normalised(contact.properties.get(sync.plan.fields[EMAIL], "")) for one, contact in here.items()}
        emails = {one: text for one, text in texts.items() if usable(text)}
        referrers = of._enrolments.referrers(sync.account_id, sync.campaign_id, set(emails.values()))
        erased = of._enrolments.erased(sync.account_id, set(emails.values()))

        def enrolment(contact_id: str) -> Enrolment:
            former = known.get(contact_id)
            others = tuple(one for one in former.syncs if one != sync.sync_id) if former else ()
            blank = Enrolment(
                sync.account_id,
                sync.campaign_id,
                sync.portal_id,
                contact_id,
                sync.sync_id,
                run.run_id,
                EnrolmentState.ASKED,
                now,
                others=others,
            )
            email = emails.get(contact_id)
            if email is None:
                return replace(blank, state=EnrolmentState.WITHOUT_EMAIL)
            if email in erased:
                return replace(blank, state=EnrolmentState.DECLINED, reason="erased")
            if email in referrers:
                person_id = referrers[email].person_id
                return replace(blank, state=EnrolmentState.JOINED, referrer_id=person_id, already=True)
            return blank

        def judged(row: Enrolment) -> _Found:
            asked = row.state is EnrolmentState.ASKED
            one = row.contact_id
            return _Found(row, newcomer(sync.plan, row, here[one], emails[one]) if asked else None)

        return [judged(enrolment(contact_id)) for contact_id in here]

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

    def _settle(self) -> None:
        """End the run if everybody answered, and has what is returned; otherwise look again soon."""
        of, sync, run, now = self._of, self.sync, self._run, self._of._clock()
        waited = now - (run.last_asked_at or run.started_at)
        if run.last_asked_at is not None and waited < _FIRST_LOOK:
            self._rest(_FIRST_LOOK)
            return
        unanswered = of._enrolments.count(sync, EnrolmentState.ASKED, run.run_id) if run.counts.asked else 0
        due = of._people.returns_due(*sync.campaign, now, 1) if not run.counts.nobody else []
        if due:  # whoever made them due may have died before it asked for a worker
            of._due_returns.ask([sync.campaign])
        if (unanswered or due) and not run.waited_enough(now):
            self._rest(min(max(waited, _FIRST_LOOK), _LATER_LOOKS))
            return
        tells = run.kind is RunKind.EVERYBODY or not run.counts.nobody
        self.sync = replace(
            sync.free(),
            run=None,
            status=Status.ACTIVE if sync.plan.ongoing else Status.FINISHED,
            looked_at=run.started_at,
            compared_at=sync.compared_at if run.kind is RunKind.NEWCOMERS else run.started_at,
        )
        self._keep(run_end(of._enrolments, sync, now) if tells else None)


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


def _contacts(crm: Crm, contacts: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
    """Contacts by the id asked for, a hundred a call, of which some are in flight at once."""
    groups = [contacts[start : start + HUNDRED] for start in range(0, len(contacts), HUNDRED)]
    if len(groups) < 2:
        return crm.read_contacts(contacts, properties)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda group: crm.read_contacts(group, properties), groups)
        return {asked: contact for group in found for asked, contact in group.items()}


def _following(sync: Sync, page: _Page, *, anybody_new: bool) -> tuple[Run, Bookmark]:
    """Where to go on from a page, and from where the next run for newcomers begins."""
    run, bookmark = _open(sync), sync.bookmark
    if sync.plan.list_id and run.kind is not RunKind.COMPARISON:
        return following(run, bookmark, page.after, page.joined, anybody_new=anybody_new)
    going = replace(run, after=page.after, reading=bool(page.after))
    ends = not sync.plan.list_id and not page.after
    return going, replace(bookmark, modified_since=run.started_at) if ends else bookmark


def _unsettled(known: Enrolment | None, sync: Sync, run: Run) -> bool:
    """Whether HubSpot has to be asked about a contact."""
    if known is None:
        return True
    if known.state is EnrolmentState.ASKED:  # by a sync that may have been removed
        return known.sync_id != sync.sync_id and run.kind is RunKind.EVERYBODY
    if known.state is EnrolmentState.WITHOUT_EMAIL:
        # A list says nothing of an address that comes late, but once a day; a search finds only who has one.
        looks = run.kind is not RunKind.NEWCOMERS or not sync.plan.list_id
        return looks and known.run_id != run.run_id
    return False


def _open(sync: Sync) -> Run:
    assert sync.run is not None, "a worker has a run"
    return sync.run
