"""Send people who joined to HubSpot: a batch in, one outcome per person out.

Leads and referrers, new ones, redelivered ones and released ones all come this way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from referral_hubspot.domain.gate import Gate, gate
from referral_hubspot.domain.people import OPEN, Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import CampaignState, Side, gaps
from referral_hubspot.usecases.people import Change, People, Register
from referral_hubspot.usecases.send_to_portal import SendToPortal
from referral_hubspot.usecases.sending import Checked, Outcome
from referral_hubspot.usecases.store_people import store

_PORTALS_AT_ONCE = 4
_TIME_FOR_HUBSPOT = timedelta(seconds=25)
"""Whoever's turn comes later waits; a portal that answers nothing takes as long again, and then all is recorded."""


class Campaigns(Protocol):
    """What was settled once for a campaign; see `storage.campaigns`."""

    def first_complete(self, account_id: str, campaign_id: str, side: Side, now: datetime) -> datetime:
        """Remember that a side's setup is complete, if it is for the first time; since when it is."""
        ...


class SendPeople:
    """Takes people as far as they can go now."""

    def __init__(
        self,
        register: Register,
        people: People,
        campaigns: Campaigns,
        portal: SendToPortal,
        clock: Callable[[], datetime],
    ) -> None:
        self._register = register
        self._people = people
        self._campaigns = campaigns
        self._portal = portal
        self._clock = clock

    def send(self, joined: Iterable[Person]) -> list[Outcome]:
        """Send each person once, whatever is repeated in the batch or was done before.

        Two people of a campaign with one address go one after the other: the first one stored
        keeps the credit.
        """
        outcomes: dict[PersonKey, Outcome] = {}
        until = self._clock() + _TIME_FOR_HUBSPOT
        remaining = list(joined)
        while remaining:
            going, remaining = one_per_address(remaining)
            just_held = self._round(going, outcomes, until)
            # Settings saved between reading them and holding these people would release nobody: look again.
            self._round(just_held, outcomes, until)
            # A repeat of someone who has to wait would only wait once more.
            remaining = [person for person in remaining if not _waits(person, outcomes)]
        return list(outcomes.values())

    def _round(self, people: Sequence[Person], outcomes: dict[PersonKey, Outcome], until: datetime) -> list[Person]:
        """Judge and send; who had to be held for lack of settings is answered back."""
        if not people:
            return []
        intake = self._register.read(people)
        sides: dict[tuple[str, str], set[Side]] = {}
        for person in people:
            sides.setdefault(person.key.campaign, set()).add(person.key.side)
        campaigns = {key: self._completed(key, campaign, sides[key]) for key, campaign in intake.campaigns.items()}
        going: list[Checked] = []
        changes: list[Change] = []
        staying: list[Person] = []
        for candidate in people:
            campaign = campaigns[candidate.key.campaign]
            stored = intake.stored.get(candidate.key)
            if stored is None and not campaign.served:
                outcomes[candidate.key] = Outcome(candidate.key, None)
                continue
            if candidate.key in intake.referrer_erased:
                candidate = replace(candidate.without_referrer(), version=candidate.version)
            if candidate.key in intake.early:
                candidate = candidate.caught_up(intake.early[candidate.key])
            person = stored.caught_up(candidate) if stored else candidate
            judged = gate(person, campaign, erased=person.key in intake.erased, now=self._clock())
            if person.state in OPEN and judged.state is State.SENDING and campaign.binding is not None:
                going.append(Checked(person, campaign, campaign.binding))
            elif change := self._change(person, candidate, judged):
                changes.append(change)
            else:
                staying.append(person)
        result = store(self._people, changes, self._clock())
        settled = {person.key: person for person in staying} | result.people | result.overtaken
        self._portal.claim(settled.values(), campaigns)
        for key in (change.after.key for change in changes if change.after.key not in settled):
            outcomes[key] = Outcome(key, State.NEW, retry=True)
        # Held for a reason that a person must mend, the sweep has it; any other open work needs its message.
        outcomes |= {
            key: Outcome(key, person.state, person.reason, retry=person.state is State.SENDING)
            for key, person in settled.items()
        }
        outcomes |= {outcome.key: outcome for outcome in self._sent(going, until)}
        return [person for person in result.people.values() if person.state is State.HELD]

    def _completed(self, key: tuple[str, str], campaign: CampaignState, sides: Iterable[Side]) -> CampaignState:
        """The campaign with the time when its setup was complete: those held before that ask first, nobody later."""
        for side in sides:
            settings, choices = campaign.settings(side), campaign.choices_of(side)
            complete = settings.action is not None and not gaps(settings, campaign.binding)
            if complete and choices.complete_since is None:
                since = self._campaigns.first_complete(*key, side, self._clock())
                campaign = campaign.with_choices(side, replace(choices, complete_since=since))
        return campaign

    def _change(self, person: Person, candidate: Person, judged: Gate) -> Change | None:
        """What becomes of a person who is not sent now; None if nothing is new."""
        if person.state not in OPEN:
            return _noted_difference(person, candidate, self._clock())
        if (person.state, person.reason) == (judged.state, judged.reason):
            return None
        at = self._clock()
        match judged.state:
            case State.REJECTED if judged.reason is Reason.PERSON_ERASED:
                after = replace(person.erased(at), version=person.version)
                return Change(person, after.became(State.REJECTED, judged.reason))
            case State.HELD:
                entry = Entry(at, Happening.HELD, {"reason": judged.reason})
                return Change(
                    person,
                    person.became(State.HELD, judged.reason, entry),
                    claims=person.state is State.NEW,
                )
            case State.NOT_SENT:
                entry = Entry(at, Happening.NOT_SENT, {"reason": judged.reason})
                return Change(person, person.became(State.NOT_SENT, judged.reason, entry))
            case _:
                entry = Entry(at, Happening.REJECTED, {"why": judged.reason})
                return Change(person, person.became(State.REJECTED, judged.reason, entry))

    def _sent(self, going: Sequence[Checked], until: datetime) -> Iterable[Outcome]:
        """Portal by portal, several at once: one whose budget is spent does not keep the others waiting.

        When many of them are silent, the later ones are not asked: the invocation must end in time to
        record what became of the first.
        """

        def send(people: Sequence[Checked]) -> list[Outcome]:
            return self._portal.send(people) if self._clock() < until else self._portal.postpone(people)

        groups: dict[tuple[str, int], list[Checked]] = {}
        for checked in going:
            groups.setdefault((checked.binding.account_id, checked.binding.portal_id), []).append(checked)
        if len(groups) == 1:
            return chain.from_iterable(map(send, groups.values()))
        with ThreadPoolExecutor(_PORTALS_AT_ONCE) as pool:
            return list(chain.from_iterable(pool.map(send, groups.values())))


def _waits(person: Person, outcomes: Mapping[PersonKey, Outcome]) -> bool:
    outcome = outcomes.get(person.key)
    return outcome is not None and outcome.retry


def one_per_address(people: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    """Those that can go together, and the later ones with a key or an address of one of them."""
    seen: set[tuple[str, str, str, str]] = set()
    going: list[Person] = []
    later: list[Person] = []
    for person in people:
        key = person.key
        marks = {
            (key.account_id, key.campaign_id, key.side, mark) for mark in (f"id {key.person_id}", person.email) if mark
        }
        (later if marks & seen else going).append(person)
        seen |= marks
    return going, later


def _noted_difference(person: Person, candidate: Person, at: datetime) -> Change | None:
    """The first content of a lead, and of a referrer's revision, wins; that another one came is noted, once."""
    same = (person.email, person.details) == (candidate.email, candidate.details)
    older = candidate.revision < person.revision
    nothing_to_compare = candidate.state is not State.NEW or not person.details or older
    if same or nothing_to_compare or any(entry.what is Happening.DIFFERENT_CONTENT for entry in person.timeline):
        return None
    return Change(person, person.noted(Entry(at, Happening.DIFFERENT_CONTENT)))
