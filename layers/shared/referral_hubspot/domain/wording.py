"""Where a lead stands, in the words that an admin reads, and what to do about it."""

from collections.abc import Mapping

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.people import Happening, Person, Reason, State
from referral_hubspot.domain.settings import Binding, Rule, RuleKind

_BY_ITSELF = "Nothing to do: it goes out by itself"
_IN_THE_END = "Nothing to do."

_LABELS: Mapping[State, str] = {
    State.SENDING: "On its way",
    State.NOT_SENT: "Not sent (you chose so)",
    State.SENT: "In HubSpot, not qualified yet",
    State.QUALIFIED: "Qualified",
    State.DUPLICATE: "Already in HubSpot",
    State.ALREADY_REFERRED: "Already referred by someone else",
    State.REJECTED: "No usable e-mail",
    State.EXPIRED: "Waited 90 days, not sent",
    State.ERASED: "Erased",
}

_WAITING: Mapping[str, tuple[str, str]] = {
    "setup": ("the setup is not complete", "Complete the Leads settings: they list what is missing."),
    "not_connected": ("HubSpot is not connected", "Connect HubSpot: the lead then goes out by itself."),
    "reconnect": ("connection lost, reconnect", "Reconnect HubSpot: the lead then goes out by itself."),
    "hubspot_away": ("HubSpot does not answer", f"{_BY_ITSELF} when HubSpot answers again."),
    "paused": ("HubSpot is paused for a few minutes", f"{_BY_ITSELF} after the pause."),
}

_NEXT_STEPS: Mapping[State, str] = {
    State.SENDING: "Nothing to do: it reaches HubSpot in a moment.",
    State.NOT_SENT: "To send leads from now on, choose Create new Contact in HubSpot in the Leads settings.",
    State.DUPLICATE: (
        "The person was in HubSpot before this referral, so it will not qualify. "
        "To let such referrals count, choose Update under duplicates in the Leads settings."
    ),
    State.ALREADY_REFERRED: "Nothing to do: the first referral of this person keeps the credit.",
    State.EXPIRED: "Let the person join again if they are still interested.",
}


class Names:
    """How HubSpot's properties and options are called; what is not known keeps its internal name."""

    def __init__(self, properties: Mapping[str, Property]) -> None:
        self._properties = properties

    def property(self, name: str) -> str:
        """The label of a property."""
        known = self._properties.get(name)
        return known.label if known else name

    def value(self, name: str, value: str) -> str:
        """The label of a property's value."""
        known = self._properties.get(name)
        options = {option.value: option.label for option in known.options} if known else {}
        return options.get(value, value)


def waiting_for(reason: str) -> str:
    """Why a held lead waits, as the end of a sentence."""
    return _WAITING.get(reason, ("HubSpot cannot take it yet", ""))[0]


def refusal(why: str) -> str:
    """Why a lead was refused: a code of ours in words, or HubSpot's own text."""
    ours = {str(Reason.NO_USABLE_EMAIL): "No usable e-mail", str(Reason.PERSON_ERASED): "The person was erased"}
    return ours.get(why, f"HubSpot refused it: {why.rstrip('.')}" if why else "HubSpot refused it")


def label(person: Person, platform: str) -> str:
    """The state in a few words."""
    match person.state:
        case State.HELD:
            return f"Waiting: {waiting_for(person.reason)}"
        case State.NOT_SENT if person.reason is Reason.DO_NOTHING:
            return "Not sent (your setting: Do nothing)"
        case State.REJECTED if person.reason is Reason.REFUSED:
            return refusal(_last_fact(person, Happening.REJECTED, "why"))
        case State.REJECTED if person.reason is Reason.PERSON_ERASED:
            return "Erased"
        case State.CLOSED:
            return f"Closed in {platform}"
        case _:
            return _LABELS[person.state]


def next_step(person: Person, rule: Rule, binding: Binding | None, names: Names) -> str:
    """What an admin can do about it, or that there is nothing to do."""
    match person.state:
        case State.HELD:
            return _WAITING.get(person.reason, ("", f"{_BY_ITSELF}."))[1]
        case State.REJECTED if person.reason is Reason.REFUSED:
            return "Correct what HubSpot names, in the mapping or in HubSpot, and let the person join again."
        case State.REJECTED if person.reason is Reason.NO_USABLE_EMAIL:
            return "Let the person join again with a complete e-mail address."
        case State.SENT:
            return _until_it_qualifies(person, rule, binding, names)
        case _:
            return _NEXT_STEPS.get(person.state, _IN_THE_END)


def _until_it_qualifies(person: Person, rule: Rule, binding: Binding | None, names: Names) -> str:
    if binding is not None and person.portal_id and person.portal_id != binding.portal_id:
        return "It is in a HubSpot account that this campaign no longer uses: qualify it by hand."
    if rule.kind is RuleKind.NONE:
        return "The Leads settings say Do not qualify my referrals: qualify it by hand, or choose a rule."
    value = names.value(rule.property, rule.value)
    if _last_fact(person, Happening.ALREADY_AT_VALUE, "value") == rule.value:
        return f"Already {value} when referred: will not qualify unless it changes again."
    return f"It qualifies when {names.property(rule.property)} changes to {value} in HubSpot."


def _last_fact(person: Person, what: Happening, fact: str) -> str:
    return next((entry.facts.get(fact, "") for entry in reversed(person.timeline) if entry.what is what), "")
