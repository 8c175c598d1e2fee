"""Send people who joined to HubSpot: a batch in, one outcome per person out.

Leads and referrers, new ones, redelivered ones and released ones all come this way.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import chain

from referral_hubspot.domain.gate import Gate, gate
from referral_hubspot.domain.people import OPEN, Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.usecases.people import Change, People, Register
from referral_hubspot.usecases.send_to_portal import Checked, Outcome, SendToPortal
from referral_hubspot.usecases.store_people import store

_PORTALS_AT_ONCE = 4


class SendPeople:
    """Takes people as far as they can go now."""

    def __init__(self, register: Register, people: People, portal: SendToPortal, clock: Callable[[], datetime]) -> None:
        self._register = register
        self._people = people
        self._portal = portal
        self._clock = clock

    def send(self, joined: Iterable[Person]) -> list[Outcome]:
        """Send each person once, whatever is repeated in the batch or was done before.

        Two people of a campaign with one address go one after the other: the first one stored
        keeps the credit.
        """
        outcomes: dict[PersonKey, Outcome] = {}
        remaining = list(joined)
        while remaining:
            going, remaining = _one_per_address(remaining)
            just_held = self._round(going, outcomes)
            # Settings saved between reading them and holding these people would release nobody: look again.
            self._round(just_held, outcomes)
        return list(outcomes.values())

    def _round(self, people: Sequence[Person], outcomes: dict[PersonKey, Outcome]) -> list[Person]:
        """Judge and send; who had to be held for lack of settings is answered back."""
        if not people:
            return []
        intake = self._register.read(people)
        going: list[Checked] = []
        changes: list[Change] = []
        staying: list[Person] = []
        for candidate in people:
            campaign = intake.campaigns[candidate.key.campaign]
            stored = intake.stored.get(candidate.key)
            if stored is None and not campaign.served:
                outcomes[candidate.key] = Outcome(candidate.key, None)
                continue
            person = stored or candidate
            judged = gate(person, campaign, erased=person.key in intake.erased)
            if person.state in OPEN and judged.state is State.SENDING and campaign.binding is not None:
                going.append(Checked(person, campaign, campaign.binding))
            elif change := self._change(person, candidate, judged):
                changes.append(change)
            else:
                staying.append(person)
        result = store(self._people, changes, self._clock())
        settled = {person.key: person for person in staying} | result.people | result.overtaken
        self._portal.claim(settled.values(), intake.campaigns)
        for key in (change.after.key for change in changes if change.after.key not in settled):
            outcomes[key] = Outcome(key, State.NEW, retry=True)
        # Held for a reason that a person must mend, the sweep has it; any other open work needs its message.
        outcomes |= {key: Outcome(key, person.state, person.reason) for key, person in settled.items()}
        outcomes |= {outcome.key: outcome for outcome in self._sent(going)}
        return [person for person in result.people.values() if person.state is State.HELD]

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
                return Change(person, person.became(State.NOT_SENT, judged.reason, Entry(at, Happening.NOT_SENT)))
            case _:
                entry = Entry(at, Happening.REJECTED, {"why": judged.reason})
                return Change(person, person.became(State.REJECTED, judged.reason, entry))

    def _sent(self, going: Sequence[Checked]) -> Iterable[Outcome]:
        """Portal by portal, several at once: one whose budget is spent does not keep the others waiting."""
        groups: dict[tuple[str, int], list[Checked]] = {}
        for checked in going:
            groups.setdefault((checked.binding.account_id, checked.binding.portal_id), []).append(checked)
        if len(groups) == 1:
            return chain.from_iterable(map(self._portal.send, groups.values()))
        with ThreadPoolExecutor(_PORTALS_AT_ONCE) as pool:
            return list(chain.from_iterable(pool.map(self._portal.send, groups.values())))


def _one_per_address(people: Sequence[Person]) -> tuple[list[Person], list[Person]]:
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
    """The first content of a lead wins; that another one came is noted, once."""
    same = (person.email, person.details) == (candidate.email, candidate.details)
    nothing_to_compare = candidate.state is not State.NEW or not person.details
    if same or nothing_to_compare or any(entry.what is Happening.DIFFERENT_CONTENT for entry in person.timeline):
        return None
    return Change(person, person.noted(Entry(at, Happening.DIFFERENT_CONTENT)))
