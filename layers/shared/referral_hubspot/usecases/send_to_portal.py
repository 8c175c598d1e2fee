"""Send checked people to one HubSpot account: recognise, decide and write ahead, deliver, record."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from referral_hubspot.domain.crm import Contact, ObjectType, record_link
from referral_hubspot.domain.deals import deal_key
from referral_hubspot.domain.errors import CrmUnavailableError, PermanentError, RetryableError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.mapping import record_properties
from referral_hubspot.domain.people import OPEN, Decision, Entry, Happening, Person, PersonKey, Reason, State, Verdict
from referral_hubspot.domain.settings import Action, Binding, CampaignState, Duplicates, SideSettings
from referral_hubspot.domain.verdict import verdict
from referral_hubspot.usecases.deliver import deliver
from referral_hubspot.usecases.links import Links, Record
from referral_hubspot.usecases.misfits import Delivered, Fate, Misfits
from referral_hubspot.usecases.outcome import happened, waits_for_setup
from referral_hubspot.usecases.parcels import Deal, Parcel
from referral_hubspot.usecases.people import Change, People, Register
from referral_hubspot.usecases.ports import Crm, CrmDirectory
from referral_hubspot.usecases.postpone import Postpone
from referral_hubspot.usecases.qualify import Qualify
from referral_hubspot.usecases.recognise import recognised
from referral_hubspot.usecases.sending import Checked, Outcome, standing
from referral_hubspot.usecases.store_people import store


class SendToPortal:
    """The part of sending that talks to HubSpot; one run is one account's people for one portal."""

    def __init__(
        self,
        directory: CrmDirectory,
        register: Register,
        people: People,
        links: Links,
        qualify: Qualify,
        misfits: Misfits,
        postpone: Postpone,
        stage: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._register = register
        self._people = people
        self._links = links
        self._qualify = qualify
        self._misfits = misfits
        self._postpone = postpone
        self._stage = stage
        self._clock = clock

    def send(self, people: Sequence[Checked]) -> list[Outcome]:
        """Take people of one account and portal as far as HubSpot lets them go now."""
        binding = people[0].binding
        try:
            crm = self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)
            contacts = self._recognised(crm, people)
        except (RetryableError, PermanentError) as fault:
            return self._postpone(people, fault)
        admitted, fresh, settled = self._admitted(people, contacts)
        return settled + self._delivered(crm, admitted, fresh, contacts)

    def postpone(self, people: Sequence[Checked]) -> list[Outcome]:
        """Let people wait without asking HubSpot."""
        return self._postpone(people, CrmUnavailableError(status=None))

    def claim(self, people: Iterable[Person], campaigns: Mapping[tuple[str, str], CampaignState]) -> None:
        """Let sent leads have the changes that came before their record was linked."""
        sent = [person for person in people if person.state is State.SENT and person.key.side == "lead"]
        self._qualify.settle_credit(sent)
        self._qualify.linked(sent, {key: campaign.leads.rules for key, campaign in campaigns.items()})

    def _recognised(self, crm: Crm, people: Sequence[Checked]) -> dict[str, Contact]:
        """Whom HubSpot knows already, by address: asked only where *Do nothing* makes it matter."""
        asked = [checked for checked in people if _undecided_skip(checked)]
        emails = list(dict.fromkeys(checked.person.email for checked in asked))
        watched = {checked.settings.rule_for(ObjectType.CONTACT).property for checked in asked} - {""}
        return recognised(crm, emails, sorted(watched))

    def _admitted(
        self, people: Sequence[Checked], contacts: Mapping[str, Contact]
    ) -> tuple[list[Checked], set[PersonKey], list[Outcome]]:
        """Decide and write ahead; who is already decided passes, known people under *Do nothing* stop here.

        Returns:
            Who is to be delivered, who of them was decided just now and by us, and where the others stand.
        """
        by_key = {checked.person.key: checked for checked in people}
        decided = [checked.person for checked in people if _is_decided(checked)]
        changes = [self._decide(checked, contacts) for checked in people if not _is_decided(checked)]
        self._links.add(link for change in changes for link in _links(change.after))
        stored = store(self._people, changes, self._clock())
        everyone = [*decided, *stored.people.values(), *stored.overtaken.values()]
        admitted = [
            checked
            for person in everyone
            if _is_decided(checked := replace(by_key[person.key], person=person)) and person.state in OPEN
        ]
        passed = {checked.person.key for checked in admitted}
        settled = [standing(person) for person in everyone if person.key not in passed]
        missing = by_key.keys() - {person.key for person in everyone}
        settled += [Outcome(key, State.NEW, retry=True) for key in missing]
        return admitted, passed & stored.people.keys(), settled

    def _decide(self, checked: Checked, contacts: Mapping[str, Contact]) -> Change:
        person, settings = checked.person, checked.settings
        assert settings.action is not None, "the gate lets nobody through without an action"
        contact = contacts.get(person.email)
        decision = Decision(checked.binding.portal_id, settings.action, settings.duplicates, settings.version)
        after = replace(person, decision=decision)
        entry = Entry(self._clock(), Happening.SENDING)
        if settings.duplicates is Duplicates.SKIP:
            judged = verdict(contact.created_at, person.joined_at) if contact else Verdict.NEW
            after = replace(after, decision=replace(decision, verdict=judged))
            if contact is not None and judged is Verdict.KNOWN:
                entry = Entry(self._clock(), Happening.KNOWN)
                duplicate = after.became(State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT, entry)
                known = replace(duplicate, record_type=ObjectType.CONTACT, record_id=contact.record_id)
                return Change(person, _linked(known, checked.binding), claims=person.state is State.NEW)
        return Change(person, after.became(State.SENDING, Reason.NONE, entry), claims=person.state is State.NEW)

    def _delivered(
        self, crm: Crm, admitted: Sequence[Checked], fresh: set[PersonKey], contacts: Mapping[str, Contact]
    ) -> list[Outcome]:
        # A batch shares a few versions of a few campaigns: each is read once.
        former = cache(self._register.settings_version)
        under = {checked.person.key: _settings(checked, former) for checked in admitted}
        parcels = {
            checked.person.key: self._parcel(checked, under[checked.person.key], fresh, contacts)
            for checked in admitted
        }
        delivery = deliver(crm, list(parcels.values()))
        batch = [
            Delivered(checked, parcels[key], under[key], delivery.results[key])
            for checked in admitted
            if (key := checked.person.key) in delivery.results
        ]
        fates = self._misfits.fates(batch)
        changes = [
            Change(delivered.checked.person, self._after(delivered, fate))
            for delivered in batch
            if (fate := fates.get(delivered.checked.person.key)) is not Fate.TRIED_AGAIN
        ]
        self._links.add(link for change in changes for link in _links(change.after))
        stored = store(self._people, changes, self._clock())
        self._misfits.remember(batch)
        self.claim(stored.people.values(), {c.person.key.campaign: c.campaign for c in admitted})
        outcomes = [
            replace(standing(person), retry=person.state is State.SENDING)
            for person in (*stored.people.values(), *stored.overtaken.values())
        ]
        answered = {outcome.key for outcome in outcomes}
        unanswered = [checked for checked in admitted if checked.person.key not in answered]
        return outcomes + self._postpone(unanswered, delivery.fault)

    def _after(self, delivered: Delivered, fate: Fate | None) -> Person:
        person, at = delivered.checked.person, self._clock()
        if fate is Fate.WAITS_FOR_SETUP:
            return waits_for_setup(person, at)
        after = happened(person, delivered.parcel, delivered.settings, delivered.result, at)
        return _linked(after, delivered.checked.binding) if after.record_id else after

    def _parcel(
        self, checked: Checked, settings: SideSettings, fresh: set[PersonKey], contacts: Mapping[str, Contact]
    ) -> Parcel:
        person, campaign = checked.person, checked.campaign
        assert person.decision is not None, "only decided people are delivered"
        time_zone = campaign.campaign.time_zone if campaign.campaign else "UTC"
        contact = deal = None
        if settings.contact_rows:
            contact = record_properties(person, settings.contact_rows, ObjectType.CONTACT, time_zone)
        if settings.action is Action.CREATE_DEAL:
            mapped = record_properties(person, settings.deal_rows, ObjectType.DEAL, time_zone)
            deal = Deal(deal_key(self._stage, person.key), mapped, tried=person.key not in fresh)
        known = contacts.get(person.email) if person.decision.duplicates is Duplicates.SKIP else None
        return Parcel(person, person.decision.duplicates, contact, deal, known)


def _settings(checked: Checked, former: Callable[..., SideSettings]) -> SideSettings:
    """Those that were decided on, whatever was saved since."""
    person, settings = checked.person, checked.settings
    assert person.decision is not None, "only decided people are delivered"
    if settings.version == person.decision.settings_version:
        return settings
    return former(person.key.campaign, person.key.side, person.decision.settings_version)


def _is_decided(checked: Checked) -> bool:
    """The decision stands in the table, and for the HubSpot account that the campaign uses now."""
    decision = checked.person.decision
    return decision is not None and decision.portal_id == checked.binding.portal_id


def _undecided_skip(checked: Checked) -> bool:
    return not _is_decided(checked) and checked.settings.duplicates is Duplicates.SKIP


def _linked(person: Person, binding: Binding) -> Person:
    """The person with the page of its record."""
    link = record_link(binding.ui_domain, binding.portal_id, person.record_type, person.record_id)
    return replace(person, portal_id=binding.portal_id, record_link=link)


def _links(person: Person) -> list[tuple[Record, PersonKey]]:
    """The records that a person is found by who was sent, or found there.

    Also the contact beside a deal, and that of somebody known before: it may be merged or erased.
    Nobody looks for a test lead: nothing that happens to its records in HubSpot means anything.
    """
    if person.state not in {State.SENT, State.DUPLICATE} or person.test:
        return []
    records = [(person.record_type, person.record_id)]
    if person.contact_id:
        records.append((ObjectType.CONTACT, person.contact_id))
    return [(Record(person.key.account_id, person.portal_id, *record), person.key) for record in records]
