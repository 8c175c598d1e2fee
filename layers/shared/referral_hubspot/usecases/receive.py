"""What the platform tells, taken in: campaigns, people who joined, were updated or closed, people to forget."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeGuard

from referral_hubspot.domain.errors import ContendedError, RetryableError
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import DELETED, Campaign
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.people import Change, People, Register
from referral_hubspot.usecases.send_people import SendPeople
from referral_hubspot.usecases.sending import Outcome
from referral_hubspot.usecases.update_referrers import UpdateReferrers

CAMPAIGN_DELETED = "campaign_deleted"

_ATTEMPTS = 5
_CLOSED_FOR_GOOD = frozenset({State.QUALIFIED, State.ERASED, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Which contact the platform was asked to make a referrer of; the id is ours."""

    account_id: str
    campaign_id: str
    enrolment_id: str


@dataclass(frozen=True, slots=True)
class Join:
    """Someone joined; `enrolment_id` says which enrolment that answers, blank for most."""

    person: Person
    enrolment_id: str = ""

    @property
    def enrolment(self) -> Enrolment:
        """What it answers."""
        return Enrolment(*self.person.key.campaign, self.enrolment_id)


@dataclass(frozen=True, slots=True)
class Update:
    """A referrer as it is now."""

    person: Person


@dataclass(frozen=True, slots=True)
class Decline:
    """The platform made no referrer of somebody whom it was asked to enrol."""

    account_id: str
    campaign_id: str
    enrolment_id: str
    reason: str

    @property
    def enrolment(self) -> Enrolment:
        """What it answers."""
        return Enrolment(self.account_id, self.campaign_id, self.enrolment_id)


@dataclass(frozen=True, slots=True)
class Close:
    """The platform closed a lead itself."""

    key: PersonKey
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Describe:
    """A campaign as it is now."""

    campaign: Campaign


@dataclass(frozen=True, slots=True)
class Forget:
    """Someone asked to be forgotten, by address or by id."""

    account_id: str
    email: str = field(default="", repr=False)
    person_id: str = ""


Command = Join | Update | Decline | Close | Describe | Forget


class Campaigns(Protocol):
    """What the platform says of campaigns; see `storage.campaigns`."""

    def put_campaign(self, campaign: Campaign) -> bool:
        """Store it; False when a same or higher version, or a deletion, is stored already."""
        ...


class Disconnector(Protocol):
    """Takes a campaign off HubSpot; see `usecases.disconnect`."""

    def __call__(self, account_id: str, campaign_id: str, reason: str) -> bool:
        """End the campaign's connection; False when it has none."""
        ...


class Answers(Protocol):
    """Takes in what enrolments were answered with; see `usecases.answers`."""

    def take(self, joins: Sequence[Join], declines: Sequence[Decline]) -> Collection[Enrolment]:
        """Take in a batch, nobody of which is sent to HubSpot here; the enrolments whose answers must come again."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a batch: outcomes of leads, and the indexes of commands that must come again."""

    outcomes: list[Outcome]
    retry: set[int]


class Receive:
    """Takes in a batch of the platform's messages; their order does not matter but for two equal addresses."""

    def __init__(
        self,
        campaigns: Campaigns,
        register: Register,
        people: People,
        send_people: SendPeople,
        update_referrers: UpdateReferrers,
        answers: Answers,
        erase: Erase,
        disconnect: Disconnector,
        clock: Callable[[], datetime],
    ) -> None:
        self._campaigns = campaigns
        self._register = register
        self._people = people
        self._send_people = send_people
        self._update_referrers = update_referrers
        self._answers = answers
        self._erase = erase
        self._disconnect = disconnect
        self._clock = clock

    def take(self, commands: Sequence[Command]) -> Taken:
        """Take in each command; one that fails for the moment fails for itself only."""
        retry: set[int] = set()
        self._each(commands, Describe, self._describe, retry)
        self._answered(commands, retry)
        self._updated(commands, retry)  # before those who join: they start from what was told of them last
        outcomes = self._joined(commands, retry)
        self._each(commands, Close, self._close, retry)
        self._each(commands, Forget, self._forget, retry)
        return Taken(outcomes, retry)

    def _answered(self, commands: Sequence[Command], retry: set[int]) -> None:
        answers = {index: command for index, command in enumerate(commands) if _is_answer(command)}
        joins = [answer for answer in answers.values() if isinstance(answer, Join)]
        declines = [answer for answer in answers.values() if isinstance(answer, Decline)]
        if answers:
            again = self._answers.take(joins, declines)
            retry |= {index for index, answer in answers.items() if answer.enrolment in again}
            behind = self._update_referrers.catch_up([join.person for join in joins])
            retry |= {
                index for index, answer in answers.items() if isinstance(answer, Join) and answer.person.key in behind
            }

    def _updated(self, commands: Sequence[Command], retry: set[int]) -> None:
        updates = {index: command.person for index, command in enumerate(commands) if isinstance(command, Update)}
        again = self._update_referrers.update(updates.values())
        retry |= {index for index, person in updates.items() if person.key in again}

    def _joined(self, commands: Sequence[Command], retry: set[int]) -> list[Outcome]:
        joins = {
            index: command.person
            for index, command in enumerate(commands)
            if isinstance(command, Join) and not _is_answer(command)
        }
        outcomes = {outcome.key: outcome for outcome in self._send_people.send(joins.values())}
        referrers = [
            person for person in joins.values() if person.key.side == "referrer" and outcomes[person.key].state
        ]
        again = self._update_referrers.catch_up(referrers)
        retry |= {index for index, person in joins.items() if outcomes[person.key].retry or person.key in again}
        return list(outcomes.values())

    def _each[C: (Close, Describe, Forget)](
        self, commands: Sequence[Command], kind: type[C], handle: Callable[[C], None], retry: set[int]
    ) -> None:
        for index, command in enumerate(commands):
            if isinstance(command, kind):
                try:
                    handle(command)
                except RetryableError:
                    retry.add(index)

    def _describe(self, command: Describe) -> None:
        campaign = command.campaign
        if campaign.state == DELETED:
            # Before the campaign is marked: interrupted in between, the message comes again and does both.
            self._disconnect(campaign.account_id, campaign.campaign_id, CAMPAIGN_DELETED)
            self._erase.campaign(campaign.account_id, campaign.campaign_id)
        self._campaigns.put_campaign(campaign)

    def _close(self, command: Close) -> None:
        """Close a lead, or leave word for one that has not come yet."""
        blank = Person(command.key, command.at, command.at)
        intake = self._register.read([blank])
        person = intake.stored.get(command.key)
        if person is None:
            if not intake.campaigns[command.key.campaign].served:
                return
            person = blank
        for _ in range(_ATTEMPTS):
            if person.state in _CLOSED_FOR_GOOD:
                return
            entry = Entry(self._clock(), Happening.CLOSED, {"why": command.why} if command.why else {})
            closed = person.became(State.CLOSED, Reason.CLOSED, entry)
            refused = self._people.apply([Change(person, closed)])
            stored = refused[command.key].stored if refused else None
            if stored is None:
                return
            person = stored
        raise ContendedError(command.key.account_id)

    def _forget(self, command: Forget) -> None:
        self._erase.person(command.account_id, email=command.email, person_id=command.person_id)


def _is_answer(command: Command) -> TypeGuard[Join | Decline]:
    """Whether it answers an enrolment that was asked for."""
    return isinstance(command, Decline) or (isinstance(command, Join) and command.enrolment_id != "")
