"""The platform's answers to enrolments: who joined is a referrer now, whose contact gets its return fields."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from referral_hubspot.domain import syncs
from referral_hubspot.domain.crm import ObjectType, record_link
from referral_hubspot.domain.people import Entry, Happening, Person, State
from referral_hubspot.domain.settings import DELETED, Binding
from referral_hubspot.domain.syncs import EnrolmentState, attached
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.people import Change, People, Register
from referral_hubspot.usecases.receive import Decline, Enrolment, Join
from referral_hubspot.usecases.sync_ports import Enrolments

_ATTEMPTS = 5


class TakeAnswers:
    """Implements the port `Answers`. An answer to what nobody asked for is passed over."""

    def __init__(
        self,
        enrolments: Enrolments,
        register: Register,
        people: People,
        due_returns: DueReturns,
        clock: Callable[[], datetime],
    ) -> None:
        self._enrolments = enrolments
        self._register = register
        self._people = people
        self._due_returns = due_returns
        self._clock = clock

    def take(self, joins: Sequence[Join], declines: Sequence[Decline]) -> Collection[Enrolment]:
        """Take in a batch; the enrolments whose answers must come again."""
        now = self._clock()
        asked = self._asked([*(one.enrolment for one in joins), *(one.enrolment for one in declines)])
        joined = {one.enrolment: one.person for one in joins if one.enrolment in asked}
        again = self._join(joined, asked, now)
        answered = [
            replace(asked[one], state=EnrolmentState.JOINED, referrer_id=person.key.person_id, at=now)
            for one, person in joined.items()
            if one not in again and asked[one].state is not EnrolmentState.JOINED
        ]
        declined = {one.enrolment: one.reason for one in declines}
        answered += [
            replace(asked[one], state=EnrolmentState.DECLINED, reason=reason, at=now)
            for one, reason in declined.items()
            if one in asked and one not in joined and asked[one].state is EnrolmentState.ASKED
        ]
        changed = self._enrolments.answered(answered)  # another sync asked for them meanwhile
        return again | {one for one in asked if asked[one].contact_id in changed}

    def _asked(self, answers: Iterable[Enrolment]) -> dict[Enrolment, syncs.Enrolment]:
        """What the answers are about, as it was asked for."""
        contacts: dict[tuple[str, str, int], set[str]] = {}
        for answer in answers:
            name = syncs.named(answer.enrolment_id)
            if name is not None and name[0] == answer.campaign_id:
                contacts.setdefault((answer.account_id, answer.campaign_id, name[1]), set()).add(name[2])
        found = (one for place, ids in contacts.items() for one in self._enrolments.load(*place, ids).values())
        return {Enrolment(one.account_id, one.campaign_id, one.enrolment_id): one for one in found}

    def _join(
        self, joined: Mapping[Enrolment, Person], asked: Mapping[Enrolment, syncs.Enrolment], now: datetime
    ) -> frozenset[Enrolment]:
        """Store who joined, with the contact that return fields go to; whose change kept losing comes again."""
        pending = {person.key: enrolment for enrolment, person in joined.items()}  # of two contacts the later one
        for _ in range(_ATTEMPTS):
            if not pending:
                break
            intake = self._register.read([joined[enrolment] for enrolment in pending.values()])
            changes: list[Change] = []
            due: set[tuple[str, str]] = set()
            for key, enrolment in pending.items():
                state, stored, told = intake.campaigns[key.campaign], intake.stored.get(key), joined[enrolment]
                # Served or not: a campaign that asked takes the answer, although it is disconnected by now.
                if key in intake.erased or (state.campaign is not None and state.campaign.state == DELETED):
                    continue
                if stored is None and key in intake.early:
                    told = told.caught_up(intake.early[key])
                before = stored or told
                after = _attached(before.caught_up(told), asked[enrolment], state.binding, now)
                if after != before or stored is None:
                    changes.append(Change(before, replace(after, version=before.version + 1)))
                if after.return_due_at is not None:
                    due.add(key.campaign)
            refused = self._people.apply(changes)
            # Also for who stood there as due already: whoever stored that may have died before asking.
            self._due_returns.ask(due)
            pending = {key: enrolment for key, enrolment in pending.items() if key in refused}
        return frozenset(pending.values())


def _attached(person: Person, enrolment: syncs.Enrolment, binding: Binding | None, now: datetime) -> Person:
    """The referrer with the contact it came from: who is new is in HubSpot by that, and not sent there again."""
    if person.forgotten:
        return person
    if person.state is State.NEW:
        domain = binding.ui_domain if binding else ""
        link = record_link(domain, enrolment.portal_id, ObjectType.CONTACT, enrolment.contact_id) if domain else ""
        person = replace(
            person,
            state=State.SENT,
            portal_id=enrolment.portal_id,
            record_id=enrolment.contact_id,
            record_link=link,
            contact_id=enrolment.contact_id,
            timeline=(*person.timeline, Entry(now, Happening.SYNCED, {"record": enrolment.contact_id})),
        )
    for sync_id in enrolment.syncs:
        person = attached(person, sync_id, enrolment.contact_id, now)
    return person
