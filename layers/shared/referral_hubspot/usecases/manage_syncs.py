"""What an admin does with syncs: look what one would take, start it, stop it for a while or for good."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import SystemRandom
from uuid import uuid4

from referral_hubspot.domain.crm import Contact, ContactList, ObjectType
from referral_hubspot.domain.errors import ContendedError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import normalised, usable
from referral_hubspot.domain.return_properties import LABELS
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.self_qualifying import MESSAGE_OF_RETURNS
from referral_hubspot.domain.settings import Binding, Campaign
from referral_hubspot.domain.shared_properties import beside_plan, waited_for
from referral_hubspot.domain.sync_fit import misfit
from referral_hubspot.domain.sync_refusals import PlanProblem, PlanRefusedError, SyncRefusedError, UnknownSyncError
from referral_hubspot.domain.sync_words import words
from referral_hubspot.domain.syncs import (
    ASKS_TO_CONFIRM,
    EMAIL,
    FIRST_NAME,
    OVER,
    Cause,
    Enrolment,
    EnrolmentState,
    ListGoneError,
    PastRun,
    Plan,
    Return,
    Status,
    Sync,
    SyncChangedError,
)
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.newcomers import CUSTOM, HUNDRED, newcomer, requests
from referral_hubspot.usecases.ports import Crm, CrmDirectory
from referral_hubspot.usecases.read_warnings import Neighbourhoods
from referral_hubspot.usecases.run_end import run_end
from referral_hubspot.usecases.sync_ports import Enrolments, Schedules, StartedSyncs, SyncQueue

MOST_ASKED_AGAIN = 500
_MEMBERS_PER_PAGE = 250
_SAMPLED_PAGES = 2  # of a list; whoever is not looked at is estimated by those who are
_ATTEMPTS = 16
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 0.4  # some 3 s together, 6 at the most: whoever clicked waits for it


@dataclass(frozen=True, slots=True)
class Preview:
    """What a sync will take.

    `estimated`: who is without an address, and who is a referrer already, was counted among the first members only.
    """

    people: int
    without_email: int
    already: int
    estimated: bool
    calls: int
    minutes: int
    warnings: tuple[str, ...] = ()

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the number of people has to be typed."""
        return self.people > ASKS_TO_CONFIRM


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync came: contacts that wait for the platform's answer, were declined, or that HubSpot refuses."""

    sync: Sync
    unanswered: int
    declined: int
    refused: int


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """How many were asked for again; `cursor` is where to go on, "" when all were."""

    asked: int
    cursor: str = field(default="")


class ManageSyncs:
    """The admin's side of syncs, for one campaign at a time."""

    def __init__(
        self,
        syncs: StartedSyncs,
        enrolments: Enrolments,
        neighbourhoods: Neighbourhoods,
        directory: CrmDirectory,
        queue: SyncQueue,
        schedules: Schedules,
        due_returns: DueReturns,
        clock: Callable[[], datetime],
        calls_per_second: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._syncs = syncs
        self._enrolments = enrolments
        self._neighbourhoods = neighbourhoods
        self._directory = directory
        self._queue = queue
        self._schedules = schedules
        self._due_returns = due_returns
        self._clock = clock
        self._calls_per_second = calls_per_second
        self._sleep = sleep

    def lists(self, binding: Binding, query: str) -> list[ContactList]:
        """Lists of contacts whose name holds the text.

        Raises:
            RetryableError, ScopeMissingError, ConnectionLostError: as `Crm`.
        """
        return self._open(binding).lists(query)

    def preview(self, campaign: Campaign, binding: Binding, plan: Plan) -> Preview:
        """What the plan would take, without starting anything.

        Raises:
            PlanRefusedError: it cannot be carried out.
            RetryableError, ScopeMissingError, ConnectionLostError: as `Crm`.
        """
        crm = self._open(binding)
        routes = self._routes_of(binding)
        plan = self._checked(crm, campaign, plan, routes)
        people, sample = self._sample(crm, plan)
        without, already = self._judged(campaign, binding, plan, sample)
        share = people / max(1, len(sample))
        without = round(without * share) if plan.list_id else people - crm.count_contacts(plan.fields[EMAIL])
        already = round(already * share)
        estimated = people > len(sample)
        reads = math.ceil(people / _MEMBERS_PER_PAGE) if plan.list_id else 0
        calls = reads + math.ceil(people / HUNDRED) + math.ceil((people - without) / HUNDRED) + 1
        minutes = math.ceil(calls / self._calls_per_second / 60)
        warnings = tuple(beside_plan(plan, campaign.campaign_id, routes))
        return Preview(people, without, already, estimated, calls, minutes, warnings)

    def start(self, campaign: Campaign, binding: Binding, plan: Plan, people: int | None, by: str) -> Sync:
        """Start a sync; the same request again finds the one that it started.

        Args:
            people: How many people the admin confirmed; asked for above `ASKS_TO_CONFIRM`.

        Raises:
            PlanRefusedError, SyncRefusedError, ContendedError: nothing was started.
            RetryableError, ScopeMissingError, ConnectionLostError: as `Crm`.
        """
        crm = self._open(binding)
        routes = self._routes_of(binding)
        plan = self._checked(crm, campaign, plan, routes)
        now_there = crm.contact_list(plan.list_id).size if plan.list_id else crm.count_contacts()
        fresh = Sync(
            campaign.account_id,
            campaign.campaign_id,
            uuid4().hex[:12],
            binding.portal_id,
            plan,
            by,
            self._clock(),
            people=now_there or 0,
        )
        sync = self._stored(fresh, people)
        self._schedules.put(sync)
        self._queue.go_on(sync, due=True)
        return sync

    def all(self, campaign: Campaign) -> list[Sync]:
        """The campaign's syncs, oldest first."""
        return self._syncs.of_campaign(campaign.account_id, campaign.campaign_id)

    def get(self, campaign: Campaign, sync_id: str) -> Sync:
        """One sync.

        Raises:
            UnknownSyncError: there is none.
        """
        sync = self._syncs.get(campaign.account_id, campaign.campaign_id, sync_id)
        if sync is None:
            raise UnknownSyncError(sync_id)
        return sync

    def progress(self, campaign: Campaign, sync_id: str) -> Progress:
        """How far a sync came.

        Raises:
            UnknownSyncError: there is none.
        """
        sync = self.get(campaign, sync_id)
        states = (EnrolmentState.ASKED, EnrolmentState.DECLINED, EnrolmentState.REFUSED)
        return Progress(sync, *(self._enrolments.count(sync, state) for state in states))

    def runs(self, campaign: Campaign, sync_id: str, limit: int) -> list[PastRun]:
        """Runs that ended, newest first; also of a sync that was removed."""
        return self._syncs.runs(campaign.account_id, campaign.campaign_id, sync_id, limit)

    def contacts(
        self, campaign: Campaign, sync_id: str, state: EnrolmentState, limit: int, cursor: str
    ) -> tuple[list[Enrolment], str]:
        """Contacts without an answer, declined, or refused by HubSpot; where the next page begins.

        Raises:
            UnknownSyncError: there is none.
        """
        return self._enrolments.listed(self.get(campaign, sync_id), state, limit, cursor)

    def pause(self, campaign: Campaign, sync_id: str) -> Sync:
        """Enrol nobody until it is resumed; return fields are kept current.

        Raises:
            UnknownSyncError, SyncRefusedError, ContendedError: nothing was changed.
        """
        paused = self._change(campaign, sync_id, lambda sync: replace(sync, status=Status.PAUSED))
        self._schedules.put(paused)
        return paused

    def resume(self, campaign: Campaign, sync_id: str) -> Sync:
        """Go on where it stopped, after a pause or a mend.

        Raises:
            UnknownSyncError, SyncRefusedError, ContendedError: nothing was changed.
        """
        going = self._change(campaign, sync_id, Sync.going)
        self._schedules.put(going)
        self._queue.go_on(going, due=going.run is not None or going.looked_at is None)
        self._due_returns.ask([going.campaign], timedelta(0))
        return going

    def stop(self, campaign: Campaign, sync_id: str) -> Sync:
        """Enrol nobody any more; return fields of who is enrolled are kept current. Again, it does no harm.

        Raises:
            UnknownSyncError, ContendedError: nothing was changed.
        """
        for _ in self._attempts():
            sync = self.get(campaign, sync_id)
            if sync.status in OVER:
                break
            stopped = replace(sync.free(), status=Status.STOPPED, cause=Cause.NONE, about="", run=None)
            ended = run_end(self._enrolments, sync, self._clock(), Cause.STOPPED) if sync.run else None
            try:
                sync = self._syncs.put(stopped, ended)
            except SyncChangedError:
                continue
            break
        else:
            raise ContendedError(campaign.account_id)
        self._schedules.remove(sync)
        return sync

    def change_rate(self, campaign: Campaign, sync_id: str, every_minutes: int) -> Sync:
        """Let an ongoing sync run more or less often.

        Raises:
            UnknownSyncError, SyncRefusedError, ContendedError: nothing was changed.
        """

        def changed(sync: Sync) -> Sync:
            if not sync.plan.ongoing:
                raise SyncRefusedError(
                    "one_time_sync", "This sync runs once.", "Start an ongoing sync of the same contacts instead."
                )
            return replace(sync, plan=replace(sync.plan, every_minutes=every_minutes))

        sync = self._change(campaign, sync_id, changed)
        self._schedules.put(sync)
        if sync.run is not None and sync.status is Status.ACTIVE:
            self._queue.go_on(sync)  # a worker that is at it lets go: its version is no longer the last
        return sync

    def remove(self, campaign: Campaign, sync_id: str) -> None:
        """Forget the sync; who is enrolled stays so, and HubSpot is told nothing more of them.

        Raises:
            UnknownSyncError: there is none.
        """
        sync = self.get(campaign, sync_id)
        self._schedules.remove(sync)
        self._syncs.remove(sync)

    def ask_again(
        self, campaign: Campaign, binding: Binding, sync_id: str, state: EnrolmentState, cursor: str
    ) -> AskedAgain:
        """Ask the platform again for contacts that it did not answer, or declined; some at a time.

        Raises:
            UnknownSyncError: there is none.
            SyncRefusedError: its contacts are in another HubSpot account than the connected one.
            RetryableError, ScopeMissingError, ConnectionLostError: as `Crm`.
        """
        sync, now = self.get(campaign, sync_id), self._clock()
        if binding.portal_id != sync.portal_id:
            said = words(Cause.OTHER_ACCOUNT, "", sync.plan)
            raise SyncRefusedError("other_account", said.message, said.next_step)
        crm = self._open(binding)
        found, following = self._enrolments.listed(sync, state, MOST_ASKED_AGAIN, cursor)
        asked = 0
        for start in range(0, len(found), HUNDRED):
            group = found[start : start + HUNDRED]
            contacts = crm.read_contacts([one.contact_id for one in group], sync.plan.read)
            emails = {one: _email(sync.plan, contact) for one, contact in contacts.items()}
            erased = self._enrolments.erased(campaign.account_id, {email for email in emails.values() if email})
            going = [one for one in group if emails.get(one.contact_id) and emails[one.contact_id] not in erased]
            for newcomers in requests(
                newcomer(sync.plan, one, contacts[one.contact_id], emails[one.contact_id]) for one in going
            ):
                self._enrolments.request(campaign.account_id, campaign.campaign_id, newcomers, now)
                asked += len(newcomers)
        return AskedAgain(asked, following)

    def _open(self, binding: Binding) -> Crm:
        return self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)

    def _stored(self, fresh: Sync, typed: int | None) -> Sync:
        """The sync as it is stored, or the same one that was stored before; of two at once the first."""
        for _ in self._attempts():
            over = self._syncs.started(*fresh.campaign)  # before the others are read: one more by then is seen here
            others = [one for one in self._syncs.of_campaign(*fresh.campaign) if one.status not in OVER]
            same = next((one for one in others if one.plan.list_id == fresh.plan.list_id), None)
            if same is not None:
                if replace(same.plan, list_name=fresh.plan.list_name) != fresh.plan:
                    raise SyncRefusedError(
                        "sync_exists",
                        "These contacts are synced already, with other fields.",
                        "Stop or remove that sync, then start this one.",
                    )
                return same
            _confirmed(fresh.people, typed)
            try:
                return self._syncs.start(fresh, over)
            except SyncChangedError:
                continue
        raise ContendedError(fresh.account_id)

    def _attempts(self) -> Iterator[None]:
        """Turns at a row that the worker of a run writes several times a second."""
        yield
        for _ in range(_ATTEMPTS - 1):
            # At random, so that it does not come in step with the worker, or with another admin.
            self._sleep(SystemRandom().uniform(_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S))
            yield

    def _change(self, campaign: Campaign, sync_id: str, change: Callable[[Sync], Sync]) -> Sync:
        for _ in self._attempts():
            sync = self.get(campaign, sync_id)
            if sync.status in OVER:
                raise SyncRefusedError(
                    "sync_over", "This sync has ended.", "Start another sync to enrol more contacts."
                )
            changed = change(sync)
            if changed == sync:
                return sync
            try:
                return self._syncs.put(replace(changed, held_until=None))
            except SyncChangedError:
                continue
        raise ContendedError(campaign.account_id)

    def _checked(self, crm: Crm, campaign: Campaign, plan: Plan, routes: Sequence[Route]) -> Plan:
        """The plan with the list's name of today.

        Raises:
            PlanRefusedError: it cannot be carried out.
        """
        problems = list(_plan_problems(campaign, plan))
        if not problems and (unfit := misfit(plan, crm.properties(ObjectType.CONTACT))):
            cause, name = unfit
            problems = [_unfit(plan, cause, name)]
        problems += [_waited_for(kind, plan, who) for kind, who in waited_for(plan, routes).items()]
        if problems:
            raise PlanRefusedError(problems)
        if not plan.list_id:
            return plan
        gone = PlanProblem("list_gone", "list_id", "HubSpot has no such list.", "Choose another list.")
        if not (plan.list_id.isascii() and plan.list_id.isdigit()):
            raise PlanRefusedError([gone])  # HubSpot would take it for the address of something else
        try:
            return replace(plan, list_name=crm.contact_list(plan.list_id).name)
        except ListGoneError:
            raise PlanRefusedError([gone]) from None

    def _sample(self, crm: Crm, plan: Plan) -> tuple[int, Mapping[str, Contact]]:
        """How many people there are, and some of them."""
        if not plan.list_id:
            return crm.count_contacts(), {one.record_id: one for one in crm.contacts("", plan.read).contacts}
        size = crm.contact_list(plan.list_id).size
        ids: list[str] = []
        after = ""
        for _ in range(_SAMPLED_PAGES):
            page = crm.members(plan.list_id, after, "id")
            ids += [member.record_id for member in page.members]
            after = page.after
            if not after:
                break
        found: dict[str, Contact] = {}
        for start in range(0, len(ids), HUNDRED):
            found |= crm.read_contacts(ids[start : start + HUNDRED], plan.read)
        return (max(size or 0, len(ids)) if after else len(ids)), found

    def _judged(
        self, campaign: Campaign, binding: Binding, plan: Plan, sample: Mapping[str, Contact]
    ) -> tuple[int, int]:
        """How many of the sample are without an address, and how many are referrers already."""
        emails = {one: _email(plan, contact) for one, contact in sample.items()}
        place = campaign.account_id, campaign.campaign_id
        enrolled = self._enrolments.load(*place, binding.portal_id, sample)
        referrers = self._enrolments.referrers(*place, {email for email in emails.values() if email})
        joined = {EnrolmentState.JOINED, EnrolmentState.REFUSED}
        already = sum(
            1
            for one, email in emails.items()
            if email in referrers or (one in enrolled and enrolled[one].state in joined)
        )
        return sum(1 for email in emails.values() if not email), already

    def _routes_of(self, binding: Binding) -> Sequence[Route]:
        return self._neighbourhoods.neighbourhood(binding.account_id, binding.portal_id).routes


def _plan_problems(campaign: Campaign, plan: Plan) -> Iterable[PlanProblem]:
    labels = {FIRST_NAME: "First Name", EMAIL: "Email"}
    for name, label in labels.items():
        if not plan.fields.get(name):
            step = f"Map HubSpot's {label} to {label}."
            yield PlanProblem("required_field", f"fields.{name}", f"{label} is required and not mapped.", step)
    known = {*labels, *(f"{CUSTOM}{one.key}" for one in campaign.custom_fields)}
    for name in sorted(plan.fields.keys() - known):
        step = "Choose First Name, Email or a field of the campaign's own form."
        yield PlanProblem("unknown_field", f"fields.{name}", "The platform has no such field.", step)
    if not plan.returns.get(Return.LINK):
        step = "Choose the HubSpot property that takes each referrer's link."
        yield PlanProblem("required_field", f"returns.{Return.LINK}", "Referral Link is required and not mapped.", step)
    if len(set(plan.returns.values())) < len(plan.returns):
        step = "Choose a property of its own for each."
        yield PlanProblem("same_property", "returns", "Two return fields are written to one property.", step)


def _unfit(plan: Plan, cause: Cause, name: str) -> PlanProblem:
    """What is wrong with a property of a plan that nobody has started yet."""
    kinds = [kind for kind, written in plan.returns.items() if written == name]
    fields = [f"returns.{kind}" for kind in kinds]
    fields += [f"fields.{field}" for field, read in plan.fields.items() if read == name]
    message = f"HubSpot has no contact property {name}."
    if cause is Cause.PROPERTY_CHANGED:
        message = f"The HubSpot property {name} does not take {LABELS[kinds[0]]}."
    return PlanProblem(str(cause), fields[0], message, "Choose another property.")


def _waited_for(kind: Return, plan: Plan, campaign_id: str) -> PlanProblem:
    step = f"Choose another property, or another rule than the one of campaign {campaign_id} on {plan.returns[kind]}."
    return PlanProblem("qualifies_by_itself", f"returns.{kind}", MESSAGE_OF_RETURNS, step)


def _confirmed(people: int, typed: int | None) -> None:
    """Check that somebody typed how many people there are; a few more or less since then do not matter."""
    if people <= ASKS_TO_CONFIRM:
        return
    if typed is None or abs(typed - people) > people / 10:
        raise SyncRefusedError(
            "confirm_people",
            f"{people} people will be enrolled.",
            f"Type the number, {people}, to confirm.",
        )


def _email(plan: Plan, contact: Contact) -> str:
    email = normalised(contact.properties.get(plan.fields[EMAIL], ""))
    return email if usable(email) else ""
