"""May this person be sent now? The one place that says why not."""

from dataclasses import dataclass

from referral_hubspot.domain.people import Person, Reason, State, usable
from referral_hubspot.domain.settings import Action, Binding, BindingState, CampaignState, gaps


@dataclass(frozen=True, slots=True)
class Gate:
    """SENDING opens the gate; any other state is where the person stays, and why."""

    state: State
    reason: Reason = Reason.NONE


def gate(person: Person, campaign: CampaignState, *, erased: bool) -> Gate:
    """Judge a person who is still to be sent.

    What was decided once is gone on with: later settings do not matter to it, the connection does.
    """
    if person.state is State.NEW:
        if erased:
            return Gate(State.REJECTED, Reason.PERSON_ERASED)
        if not usable(person.email):
            return Gate(State.REJECTED, Reason.NO_USABLE_EMAIL)
    if person.decision is None or _moved(person, campaign.binding):
        if campaign.leads.action is Action.NONE:
            return Gate(State.NOT_SENT, Reason.DO_NOTHING)
        missing = gaps(campaign.leads, campaign.binding)
        if any(gap.field != "connection" for gap in missing):
            return Gate(State.HELD, Reason.SETUP)
    return _connection(campaign.binding)


def _moved(person: Person, binding: Binding | None) -> bool:
    """The campaign uses another HubSpot account than when this person was decided on."""
    return person.decision is not None and binding is not None and person.decision.portal_id != binding.portal_id


def _connection(binding: Binding | None) -> Gate:
    if binding is None:
        return Gate(State.HELD, Reason.NOT_CONNECTED)
    if binding.state is BindingState.LOST:
        return Gate(State.HELD, Reason.RECONNECT)
    return Gate(State.SENDING)
