"""Send checked people to one HubSpot account: recognise, decide and write ahead, deliver, record."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from referral_hubspot.domain.crm import Contact
from referral_hubspot.domain.errors import (
    ConnectionLostError,
    CrmUnavailableError,
    NotConnectedError,
    PermanentError,
    RetryableError,
    ScopeMissingError,
)
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.mapping import contact_properties
from referral_hubspot.domain.people import OPEN, Decision, Entry, Happening, Person, PersonKey, Reason, State, Verdict
from referral_hubspot.domain.settings import Binding, CampaignState, Duplicates, SideSettings
from referral_hubspot.domain.verdict import verdict
from referral_hubspot.usecases.deliver import Parcel, deliver
from referral_hubspot.usecases.links import Links, Record
from referral_hubspot.usecases.outcome import happened
from referral_hubspot.usecases.people import Change, People, Register
from referral_hubspot.usecases.ports import Crm, CrmDirectory
from referral_hubspot.usecases.qualify import Qualify
from referral_hubspot.usecases.recognise import recognised
from referral_hubspot.usecases.store_people import store


@dataclass(frozen=True, slots=True)
class Patience:
    """How long work waits for HubSpot: in its message, then *held* with the message, then without it."""

    hold_after: timedelta = timedelta(seconds=60)
    release_message_after: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a person stands after a batch. `state` None: nobody asked this stack to serve the campaign.

    `retry`: the message must come back, because nothing else would take the work up again.
    `stopped`: by a fault that stops everybody who goes the same way now.
    """

    key: PersonKey
    state: State | None
    reason: Reason = Reason.NONE
    retry: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A person whose gate is open, with the campaign as it was read for that."""

    person: Person
    campaign: CampaignState
    binding: Binding


class SendToPortal:
    """The part of sending that talks to HubSpot; one run is one account's people for one portal."""

    def __init__(
        self,
        directory: CrmDirectory,
        register: Register,
        people: People,
        links: Links,
        qualify: Qualify,
        patience: Patience,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
    ) -> None:
        self._directory = directory
        self._register = register
        self._people = people
        self._links = links
        self._qualify = qualify
        self._patience = patience
        self._clock = clock
        self._notice = notice

    def send(self, people: Sequence[Checked]) -> list[Outcome]:
        """Take people of one account and portal as far as HubSpot lets them go now."""
        binding = people[0].binding
        try:
            crm = self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)
            contacts = self._recognised(crm, people)
        except (RetryableError, PermanentError) as fault:
            return self._postponed([checked.person for checked in people], fault)
        admitted, settled = self._admitted(people, contacts)
        return settled + self._delivered(crm, admitted, contacts)

    def postpone(self, people: Sequence[Checked]) -> list[Outcome]:
        """Let people wait without asking HubSpot."""
        return self._postponed([checked.person for checked in people], CrmUnavailableError(status=None))

    def claim(self, people: Iterable[Person], campaigns: Mapping[tuple[str, str], CampaignState]) -> None:
        """Let sent people have the changes that came before their record was linked."""
        sent = [person for person in people if person.state is State.SENT]
        self._qualify.linked(sent, {key: campaign.leads.rule for key, campaign in campaigns.items()})

    def _recognised(self, crm: Crm, people: Sequence[Checked]) -> dict[str, Contact]:
        """Whom HubSpot knows already, by address: asked only where *Do nothing* makes it matter."""
        asked = [checked for checked in people if _undecided_skip(checked)]
        emails = list(dict.fromkeys(checked.person.email for checked in asked))
        watched = {checked.campaign.leads.rule.property for checked in asked} - {""}
        return recognised(crm, emails, sorted(watched))

    def _admitted(
        self, people: Sequence[Checked], contacts: Mapping[str, Contact]
    ) -> tuple[list[Checked], list[Outcome]]:
        """Decide and write ahead; who is already decided passes, known people under *Do nothing* stop here."""
        by_key = {checked.person.key: checked for checked in people}
        decided = [checked.person for checked in people if _is_decided(checked)]
        changes = [self._decide(checked, contacts) for checked in people if not _is_decided(checked)]
        stored = store(self._people, changes, self._clock())
        standing = [*decided, *stored.people.values(), *stored.overtaken.values()]
        admitted = [
            checked
            for person in standing
            if _is_decided(checked := replace(by_key[person.key], person=person)) and person.state in OPEN
        ]
        passed = {checked.person.key for checked in admitted}
        settled = [_standing(person) for person in standing if person.key not in passed]
        missing = by_key.keys() - {person.key for person in standing}
        return admitted, settled + [Outcome(key, State.NEW, retry=True) for key in missing]

    def _decide(self, checked: Checked, contacts: Mapping[str, Contact]) -> Change:
        person, settings = checked.person, checked.campaign.leads
        assert settings.action is not None, "the gate lets nobody through without an action"
        contact = contacts.get(person.email)
        decision = Decision(checked.binding.portal_id, settings.action, settings.duplicates, settings.version)
        after = replace(person, decision=decision)
        entry = Entry(self._clock(), Happening.SENDING)
        if settings.duplicates is Duplicates.SKIP:
            judged = verdict(contact.created_at, person.joined_at) if contact else Verdict.NEW
            after = replace(after, decision=replace(decision, verdict=judged))
            if contact is not None and judged is Verdict.KNOWN:
                known = _at_record(after, checked.binding, contact.record_id)
                entry = Entry(self._clock(), Happening.KNOWN)
                duplicate = known.became(State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT, entry)
                return Change(person, duplicate, claims=person.state is State.NEW)
        return Change(person, after.became(State.SENDING, Reason.NONE, entry), claims=person.state is State.NEW)

    def _delivered(self, crm: Crm, admitted: Sequence[Checked], contacts: Mapping[str, Contact]) -> list[Outcome]:
        # A batch shares a few versions of a few campaigns: each is read once.
        former = cache(self._register.settings_version)
        parcels = {checked.person.key: self._parcel(checked, contacts, former) for checked in admitted}
        delivery = deliver(crm, [parcel for parcel, _ in parcels.values()])
        changes: list[Change] = []
        links: list[tuple[Record, PersonKey]] = []
        for checked in admitted:
            person = checked.person
            if (result := delivery.results.get(person.key)) is None:
                continue
            parcel, settings = parcels[person.key]
            after = happened(person, parcel, settings, result, self._clock())
            if after.record_id:
                after = _at_record(after, checked.binding, after.record_id)
            if after.state is State.SENT:
                links.append((Record(person.key.account_id, after.portal_id, after.record_id), person.key))
            changes.append(Change(person, after))
        self._links.add(links)
        stored = store(self._people, changes, self._clock())
        self.claim(stored.people.values(), {c.person.key.campaign: c.campaign for c in admitted})
        outcomes = [_standing(person) for person in (*stored.people.values(), *stored.overtaken.values())]
        answered = {outcome.key for outcome in outcomes}
        unanswered = [checked.person for checked in admitted if checked.person.key not in answered]
        return outcomes + self._postponed(unanswered, delivery.fault)

    @staticmethod
    def _parcel(
        checked: Checked, contacts: Mapping[str, Contact], former: Callable[..., SideSettings]
    ) -> tuple[Parcel, SideSettings]:
        person, campaign = checked.person, checked.campaign
        assert person.decision is not None, "only decided people are delivered"
        settings = campaign.leads
        if settings.version != person.decision.settings_version:
            settings = former(person.key.campaign, person.key.side, person.decision.settings_version)
        time_zone = campaign.campaign.time_zone if campaign.campaign else "UTC"
        mapped = contact_properties(person, settings.mapping, time_zone)
        contact = contacts.get(person.email) if person.decision.duplicates is Duplicates.SKIP else None
        return Parcel(person, person.decision.duplicates, mapped, contact), settings

    def _postponed(self, people: Sequence[Person], fault: RetryableError | PermanentError | None) -> list[Outcome]:
        """Let people wait: in their message at first, then held, with the reason that a person can act on."""
        if not people:
            return []
        if fault is not None:
            self._notice(fault)
        if fault is not None and not isinstance(fault, _OTHERS_MEND):
            # Ours to mend: nobody is told of a reason that nobody outside can do anything about, and the
            # message goes to the dead letters in the end.
            return [replace(_standing(person), retry=True, stopped=True) for person in people]
        reason, heals = _waiting_reason(fault)
        now = self._clock()
        changes = [
            Change(
                person,
                person.became(State.HELD, reason, Entry(now, Happening.HELD, {"reason": reason})),
                claims=person.state is State.NEW,
            )
            for person in people
            if person.reason is not reason and (not heals or now - person.received_at >= self._patience.hold_after)
        ]
        stored = store(self._people, changes, now)
        standing = {person.key: person for person in people} | stored.people | stored.overtaken
        return [
            replace(
                _standing(person),
                stopped=fault is not None,
                retry=person.state in OPEN
                and not (
                    person.state is State.HELD
                    and (not heals or now - person.received_at >= self._patience.release_message_after)
                ),
            )
            for person in standing.values()
        ]


_OTHERS_MEND = (RetryableError, ConnectionLostError, ScopeMissingError, NotConnectedError)


def _waiting_reason(fault: RetryableError | PermanentError | None) -> tuple[Reason, bool]:
    """What a fault means for those who wait, and whether it heals by itself."""
    match fault:
        case None | RetryableError():
            return Reason.HUBSPOT_AWAY, True
        case NotConnectedError():
            return Reason.NOT_CONNECTED, False
        case _:
            return Reason.RECONNECT, False


def _is_decided(checked: Checked) -> bool:
    """The decision stands in the table, and for the HubSpot account that the campaign uses now."""
    decision = checked.person.decision
    return decision is not None and decision.portal_id == checked.binding.portal_id


def _undecided_skip(checked: Checked) -> bool:
    return not _is_decided(checked) and checked.campaign.leads.duplicates is Duplicates.SKIP


def _at_record(person: Person, binding: Binding, record_id: str) -> Person:
    link = f"https://{binding.ui_domain}/contacts/{binding.portal_id}/record/0-1/{record_id}"
    return replace(person, portal_id=binding.portal_id, record_id=record_id, record_link=link)


def _standing(person: Person) -> Outcome:
    return Outcome(person.key, person.state, person.reason, retry=person.state in OPEN)
