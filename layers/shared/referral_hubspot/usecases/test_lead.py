"""An admin's own try: a marked lead goes the way that every lead of the campaign goes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Protocol

from referral_hubspot.domain.errors import ContendedError, CrmUnavailableError
from referral_hubspot.domain.gate import gate
from referral_hubspot.domain.made_up import NotReadyError, made_up
from referral_hubspot.domain.people import OPEN, TEST_LIFE, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import CampaignState, gaps
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.people import Change, Refusal
from referral_hubspot.usecases.ports import CampaignStates
from referral_hubspot.usecases.sending import Outcome

_ATTEMPTS = 5
_TAKEN = frozenset({State.SENT, State.REJECTED, State.DUPLICATE})
"""HubSpot has answered what becomes of such a lead."""


class TestLeadRows(Protocol):
    """Rows of test leads; see `storage.people`."""

    def get(self, key: PersonKey) -> Person | None:
        """One person, strongly consistent."""
        ...

    def load(self, people: Iterable[PersonKey]) -> dict[PersonKey, Person]:
        """People by key, strongly consistent; who is not stored is left out."""
        ...

    def apply(self, changes: Sequence[Change]) -> dict[PersonKey, Refusal]:
        """Store changes; answers those that were not stored."""
        ...

    def tests(self, account_id: str, campaign_id: str) -> list[PersonKey]:
        """The test leads of a campaign, newest first."""
        ...


class Sender(Protocol):
    """Takes people as far as they can go now; see `usecases.send_people`."""

    def send(self, joined: Iterable[Person]) -> list[Outcome]:
        """Send each person; one outcome each."""
        ...


class SendTestLead:
    """Sends one; each call makes another, by a name and an address that nobody else has."""

    def __init__(
        self,
        campaigns: CampaignStates,
        people: TestLeadRows,
        sender: Sender,
        clock: Callable[[], datetime],
        new_mark: Callable[[], str] = lambda: token_hex(5),
    ) -> None:
        self._campaigns = campaigns
        self._people = people
        self._sender = sender
        self._clock = clock
        self._new_mark = new_mark

    def __call__(self, known: KnownCampaign) -> str:
        """Send one; its lead id, when HubSpot has said what becomes of it.

        A lead that cannot go on is closed: nobody would expect a test to reach HubSpot hours later.

        Raises:
            NotReadyError: leads wait or are not sent at all; nothing was stored.
            CrmUnavailableError: HubSpot did not answer; it may have made something of the lead before.
        """
        pair = (known.campaign.account_id, known.campaign.campaign_id)
        state = self._campaigns.load([pair])[pair]
        person = made_up(known.campaign, state.leads, self._new_mark(), self._clock())
        judged = gate(person, state, erased=False, now=self._clock())
        if judged.state is not State.SENDING:
            raise _not_ready(judged.reason, state)
        [outcome] = self._sender.send([person])
        if outcome.state not in _TAKEN:
            self._close(person.key, outcome.reason)
            if outcome.state in {State.NEW, State.SENDING} or outcome.reason is Reason.HUBSPOT_AWAY:
                raise CrmUnavailableError(status=None)
            raise _not_ready(outcome.reason, self._campaigns.load([pair])[pair])
        return person.key.person_id

    def _close(self, key: PersonKey, why: Reason) -> None:
        """Let nobody send it later; what was never stored needs no closing."""
        for _ in range(_ATTEMPTS):
            person = self._people.get(key)
            if person is None or person.state not in OPEN:
                return
            if not self._people.apply([Change(person, person.became(State.CLOSED, why))]):
                return
        raise ContendedError(key.account_id)


class RecentTestLeads:
    """The tests of the last day, also one that was interrupted or that could not be deleted."""

    def __init__(self, people: TestLeadRows, clock: Callable[[], datetime]) -> None:
        self._people = people
        self._clock = clock

    def __call__(self, known: KnownCampaign) -> list[str]:
        """Lead ids, newest first, of those that were not deleted."""
        listed = self._people.tests(known.campaign.account_id, known.campaign.campaign_id)
        stored = self._people.load(listed)
        born_after = self._clock() - TEST_LIFE
        there = [stored[key] for key in listed if key in stored]
        return [one.key.person_id for one in there if one.state is not State.ERASED and one.received_at > born_after]


def _not_ready(reason: Reason, state: CampaignState) -> NotReadyError:
    return NotReadyError(reason, gaps(state.leads, state.binding))
