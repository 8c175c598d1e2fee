"""What the platform tells, taken in: campaigns, leads that joined or were closed, people to forget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.errors import ContendedError, RetryableError
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import DELETED, Campaign
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.people import Change, People, Register
from referral_hubspot.usecases.send_people import SendPeople
from referral_hubspot.usecases.sending import Outcome

CAMPAIGN_DELETED = "campaign_deleted"

_ATTEMPTS = 5
_CLOSED_FOR_GOOD = frozenset({State.QUALIFIED, State.ERASED, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Join:
    """Someone joined."""

    person: Person


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


Command = Join | Close | Describe | Forget


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
        erase: Erase,
        disconnect: Disconnector,
        clock: Callable[[], datetime],
    ) -> None:
        self._campaigns = campaigns
        self._register = register
        self._people = people
        self._send_people = send_people
        self._erase = erase
        self._disconnect = disconnect
        self._clock = clock

    def take(self, commands: Sequence[Command]) -> Taken:
        """Take in each command; one that fails for the moment fails for itself only."""
        retry: set[int] = set()
        joins = {index: command.person for index, command in enumerate(commands) if isinstance(command, Join)}
        self._each(commands, Describe, self._describe, retry)
        outcomes = {outcome.key: outcome for outcome in self._send_people.send(joins.values())}
        retry |= {index for index, person in joins.items() if outcomes[person.key].retry}
        self._each(commands, Close, self._close, retry)
        self._each(commands, Forget, self._forget, retry)
        return Taken(list(outcomes.values()), retry)

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
