"""Who is being sent, and where each person stands afterwards."""

from dataclasses import dataclass

from referral_hubspot.domain.people import OPEN, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import Binding, CampaignState, SideSettings


@dataclass(frozen=True, slots=True)
class Checked:
    """A person whose gate is open, with the campaign as it was read for that."""

    person: Person
    campaign: CampaignState
    binding: Binding

    @property
    def settings(self) -> SideSettings:
        """What is chosen for such people now."""
        return self.campaign.settings(self.person.key.side)


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


def standing(person: Person) -> Outcome:
    """The outcome that a person's row tells."""
    return Outcome(person.key, person.state, person.reason, retry=person.state in OPEN)
