"""May this person be sent now? The one place that says why not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from referral_hubspot.domain.people import Happening, Person, Reason, State, usable
from referral_hubspot.domain.settings import Action, Binding, BindingState, CampaignState, Choices, gaps

ASKS_AFTER = timedelta(days=7)
"""What waited longer is no longer sent without a word."""


@dataclass(frozen=True, slots=True)
class Gate:
    """SENDING opens the gate; any other state is where the person stays, and why."""

    state: State
    reason: Reason = Reason.NONE


def gate(person: Person, campaign: CampaignState, *, erased: bool, now: datetime) -> Gate:
    """Judge a person who is still to be sent.

    What was decided once is gone on with: later settings do not matter to it, the connection does.
    """
    if person.state is State.NEW:
        if erased:
            return Gate(State.REJECTED, Reason.PERSON_ERASED)
        if not usable(person.email):
            return Gate(State.REJECTED, Reason.NO_USABLE_EMAIL)
    settings, choices = campaign.settings(person.key.side), campaign.choices_of(person.key.side)
    if _declined(person, choices):
        return Gate(State.NOT_SENT, Reason.DECLINED)
    if person.decision is None or _moved(person, campaign.binding):
        if settings.action is Action.NONE:
            return Gate(State.NOT_SENT, Reason.DO_NOTHING)
        missing = gaps(settings, campaign.binding)
        if any(gap.field != "connection" for gap in missing):
            return Gate(State.HELD, Reason.SETUP)
    closed = _connection(campaign)
    if closed is not Reason.NONE:
        return Gate(State.HELD, closed)
    if _asks_first(person, choices, now):
        return Gate(State.HELD, Reason.ASKS_FIRST)
    return Gate(State.SENDING)


def _declined(person: Person, choices: Choices) -> bool:
    """Whether an admin, asked about this person, said that it is not to be sent."""
    asked = person.last(Happening.HELD)
    if person.state is not State.HELD or person.reason is not Reason.ASKS_FIRST or asked is None:
        return False
    return choices.drop_held_until is not None and asked.at <= choices.drop_held_until


def _moved(person: Person, binding: Binding | None) -> bool:
    """The campaign uses another HubSpot account than when this person was decided on."""
    return person.decision is not None and binding is not None and person.decision.portal_id != binding.portal_id


def _connection(campaign: CampaignState) -> Reason:
    if campaign.binding is None:
        return Reason.NOT_CONNECTED
    if campaign.binding.state is BindingState.LOST:
        return Reason.RECONNECT
    return Reason.PAUSED if campaign.paused else Reason.NONE


def _asks_first(person: Person, choices: Choices, now: datetime) -> bool:
    """Whether an admin has to say that somebody who waited so long is still to be sent.

    Who is being sent already is not stopped half-way.
    """
    since = person.held_since
    if person.state is not State.HELD or since is None:
        return False
    if choices.send_held_until is not None and since <= choices.send_held_until:
        return False
    before_setup = choices.complete_since is not None and since < choices.complete_since
    return before_setup or now - since > ASKS_AFTER
