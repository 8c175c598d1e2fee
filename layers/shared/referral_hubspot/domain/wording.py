"""Where a lead or a referrer stands, in the words that an admin reads, and what to do about it."""

from collections.abc import Mapping, Sequence

from referral_hubspot.domain.crm import DEAL_STAGE, PIPELINE, ObjectType, Pipeline, Property
from referral_hubspot.domain.people import Happening, Person, Reason, State
from referral_hubspot.domain.settings import Binding, Duplicates, RuleKind, Side, SideSettings

_BY_ITSELF = "Nothing to do: it goes out by itself"
_IN_THE_END = "Nothing to do."
_ANSWER = "Answer the question on the campaign's HubSpot page"

_CALLED: Mapping[Side, Mapping[str, str]] = {
    "lead": {"one": "lead", "many": "leads", "tab": "Leads"},
    "referrer": {"one": "referrer", "many": "referrers", "tab": "Referrers"},
}
"""What stands for the words in braces, in texts about either side."""

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

_LABELS_OF_REFERRERS: Mapping[State, str] = {
    **_LABELS,
    State.SENT: "In HubSpot",
    State.ALREADY_REFERRED: "Already a referrer of this campaign",
}

_WAITING: Mapping[str, tuple[str, str]] = {
    "": ("it goes out in a moment", f"{_BY_ITSELF} in a moment."),
    "setup": ("the setup is not complete", "Complete the {tab} settings: they list what is missing."),
    "not_connected": ("HubSpot is not connected", "Connect HubSpot: the {one} then goes out by itself."),
    "reconnect": ("connection lost, reconnect", "Reconnect HubSpot: the {one} then goes out by itself."),
    "hubspot_away": ("HubSpot does not answer", f"{_BY_ITSELF} when HubSpot answers again."),
    "paused": ("sending to HubSpot is paused", f"{_BY_ITSELF} after the pause."),
    "asks_first": ("it waited long, so you are asked first", f"{_ANSWER}: {{many}} that waited long are sent, or not."),
}

_NEXT_STEPS: Mapping[State, str] = {
    State.SENDING: "Nothing to do: it reaches HubSpot in a moment.",
    State.NOT_SENT: "To send {many} from now on, choose Create new Contact or Create new Deals in the {tab} settings.",
    State.ALREADY_REFERRED: "Nothing to do: the first referral of this person keeps the credit.",
    State.EXPIRED: f"{_ANSWER} if {{many}} that expired are to be sent after all.",
}


class Names:
    """How HubSpot's properties, options and stages are called; what is not known keeps its internal name."""

    def __init__(
        self,
        properties: Mapping[ObjectType, Mapping[str, Property]] | None = None,
        pipelines: Sequence[Pipeline] = (),
    ) -> None:
        self._properties = properties or {}
        self._of_deals = {
            PIPELINE: {one.id: one.label for one in pipelines},
            DEAL_STAGE: {stage.id: stage.label for one in pipelines for stage in one.stages},
        }

    def property(self, name: str, object_type: str = ObjectType.CONTACT) -> str:
        """The label of a property."""
        known = self._known(name, object_type)
        return known.label if known else name

    def value(self, name: str, value: str, object_type: str = ObjectType.CONTACT) -> str:
        """The label of a property's value; those of several choices, one after the other."""
        known = self._known(name, object_type)
        options = {option.value: option.label for option in known.options} if known else {}
        labels = options | self._of_deals.get(name, {})
        several = known is not None and known.field_type == "checkbox" and bool(options)
        return ", ".join(labels.get(one, one) for one in (value.split(";") if several else [value]))

    def _known(self, name: str, object_type: str) -> Property | None:
        """The property of the object, or else of the other one: few names mean two things."""
        first = ObjectType.DEAL if object_type == ObjectType.DEAL else ObjectType.CONTACT
        for one in (first, *ObjectType):
            if known := self._properties.get(one, {}).get(name):
                return known
        return None


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
            return (_LABELS_OF_REFERRERS if person.key.side == "referrer" else _LABELS)[person.state]


def next_step(person: Person, settings: SideSettings, binding: Binding | None, names: Names) -> str:
    """What an admin can do about it, or that there is nothing to do."""
    called = _CALLED[person.key.side]
    match person.state:
        case State.HELD:
            return _WAITING.get(person.reason, ("", f"{_BY_ITSELF}."))[1].format(**called)
        case State.NOT_SENT if person.reason is Reason.DECLINED:
            return f"{_ANSWER} if {called['many']} that you chose not to send are to be sent after all."
        case State.REJECTED if person.reason is Reason.REFUSED:
            return "Correct what HubSpot names, in the mapping or in HubSpot, and let the person join again."
        case State.REJECTED if person.reason is Reason.NO_USABLE_EMAIL:
            return "Let the person join again with a complete e-mail address."
        case State.DUPLICATE | State.ALREADY_REFERRED | State.SENT if person.key.side == "referrer":
            return _of_referrer(person, settings, binding)
        case State.DUPLICATE:
            return _until_it_counts(settings)
        case State.SENT if person.test:
            return "Nothing to do: a test lead never qualifies. Delete it when you have seen it in HubSpot."
        case State.SENT:
            return _until_it_qualifies(person, settings, binding, names)
        case State.QUALIFIED if person.condition_lost_at is not None:
            return "The deal left the stage afterwards: decide on the referral platform whether the reward stays."
        case _:
            return _NEXT_STEPS.get(person.state, _IN_THE_END).format(**called)


def _of_referrer(person: Person, settings: SideSettings, binding: Binding | None) -> str:
    """Of a referrer in HubSpot, or of one who is known there or here: nobody waits for it to qualify."""
    if person.state is State.ALREADY_REFERRED:
        return "Nothing to do: the first referrer that this person became stands for both."
    if person.state is State.DUPLICATE:
        why = "The person was in HubSpot before, so nothing was changed there."
        if settings.duplicates is Duplicates.UPDATE:
            return f"{why} {_ANSWER} if such contacts are to be updated now."
        return f"{why} To have such contacts updated, choose Update under duplicates in the Referrers settings."
    if _elsewhere(person, binding):
        return "Nothing to do: it is in a HubSpot account that this campaign no longer uses."
    if person.deletion is not None:
        return f"Its {person.record_type} was deleted in HubSpot: restore it there if it is needed."
    return _IN_THE_END


def _elsewhere(person: Person, binding: Binding | None) -> bool:
    return binding is not None and person.portal_id not in (0, binding.portal_id)


def _until_it_counts(settings: SideSettings) -> str:
    why = "The person was in HubSpot before this referral, so it will not qualify."
    if settings.duplicates is Duplicates.UPDATE:
        return f"{why} {_ANSWER} if such referrals are to count now."
    return f"{why} To let such referrals count, choose Update under duplicates in the Leads settings."


def _until_it_qualifies(person: Person, settings: SideSettings, binding: Binding | None, names: Names) -> str:
    if _elsewhere(person, binding):
        return "It is in a HubSpot account that this campaign no longer uses: qualify it by hand."
    if person.deletion is not None:
        return f"Its {person.record_type} was deleted in HubSpot: restore it there, or qualify the referral by hand."
    rule = settings.rule_for(person.record_type)
    if rule.kind is RuleKind.NONE and settings.rules:
        return f"It was sent as a {person.record_type}, which no rule looks at: qualify it by hand."
    if rule.kind is RuleKind.NONE:
        return "The Leads settings say Do not qualify my referrals: qualify it by hand, or choose a rule."
    value = names.value(rule.property, rule.value, person.record_type)
    if rule.kind is RuleKind.DEAL_STAGE:
        return f"It qualifies when its deal enters the stage {value} in HubSpot."
    if _last_fact(person, Happening.ALREADY_AT_VALUE, "value") == rule.value:
        return f"Already {value} when referred: will not qualify unless it changes again."
    return f"It qualifies when {names.property(rule.property)} changes to {value} in HubSpot."


def _last_fact(person: Person, what: Happening, fact: str) -> str:
    entry = person.last(what)
    return entry.facts.get(fact, "") if entry else ""
