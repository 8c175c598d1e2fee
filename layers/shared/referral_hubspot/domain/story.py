"""A lead's or a referrer's timeline, told in plain words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from referral_hubspot.domain.people import Entry, Happening, Reason
from referral_hubspot.domain.settings import Side
from referral_hubspot.domain.wording import Names, refusal, waiting_for

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """What happened when. `text` may quote HubSpot: show it to the customer, never log it."""

    at: datetime
    event: str
    text: str = field(repr=False)


def told(entry: Entry, side: Side, names: Names, platform: str) -> Line:
    """One timeline entry as a sentence; a fact that is missing leaves its part of the sentence out."""
    sentence = (_SENTENCES_OF_REFERRERS if side == "referrer" else _SENTENCES)[entry.what]
    return Line(entry.at, str(entry.what), sentence(entry.facts, names, platform))


def _left_out(facts: Facts, names: Names, _platform: str) -> str:
    why = facts.get("why", "").rstrip(".")
    name = names.property(facts.get("property", ""), facts.get("object", ""))
    return f"{name} was left out{f': {why}' if why else ''}. The rest was sent."


def _lifecycle_kept(facts: Facts, names: Names, _platform: str) -> str:
    kept = names.value("lifecyclestage", facts.get("kept", ""))
    return f"HubSpot kept the later Lifecycle Stage {kept}."


def _already_at_value(facts: Facts, names: Names, _platform: str) -> str:
    value = names.value(facts.get("property", ""), facts.get("value", ""))
    return f"Already {value} when referred: will not qualify unless it changes again."


def _qualified(facts: Facts, names: Names, _platform: str) -> str:
    name = facts.get("property", "")
    return f"Qualified: {names.property(name)} changed to {names.value(name, facts.get('value', ''))} in HubSpot."


def _condition_lost(facts: Facts, names: Names, platform: str) -> str:
    stage = names.value(facts.get("property", ""), facts.get("value", ""))
    return f"The deal left the stage that qualified it, for {stage}; {platform} was told, and decides on the reward."


def _merged(facts: Facts, _names: Names, _platform: str) -> str:
    return f"Its {facts.get('object', 'record')} was merged in HubSpot; the one that remained is followed."


def _deleted(facts: Facts, _names: Names, _platform: str) -> str:
    return f"Its {facts.get('object', 'record')} was deleted in HubSpot: it cannot qualify unless it is restored there."


def _not_sent(facts: Facts, _names: Names, _platform: str) -> str:
    if facts.get("reason") == Reason.DECLINED:
        return "Not sent: it waited, and you chose not to send it."
    return "Not sent: the Leads settings say Do nothing."


def _referrer_not_sent(facts: Facts, names: Names, platform: str) -> str:
    if facts.get("reason") == Reason.DECLINED:
        return _not_sent(facts, names, platform)
    return "Not sent: the Referrers settings say Do nothing."


def _reopened(facts: Facts, _names: Names, _platform: str) -> str:
    return _REOPENED.get(facts.get("question", ""), "You chose to send it after all.")


def _always(text: str) -> "Sentence":
    return lambda _facts, _names, _platform: text


Sentence = Callable[[Facts, Names, str], str]

_REOPENED: Mapping[str, str] = {"duplicates": "You let it count although the person was in HubSpot before."}

_SENTENCES: Mapping[Happening, Sentence] = {
    Happening.RECEIVED: lambda _facts, _names, platform: f"Joined in {platform}.",
    Happening.HELD: lambda facts, _names, _platform: f"Waiting: {waiting_for(facts.get('reason', ''))}.",
    Happening.SENDING: _always("On its way to HubSpot."),
    Happening.CREATED: _always("Created as a new contact in HubSpot."),
    Happening.UPDATED: _always("Updated the contact that was in HubSpot."),
    Happening.SYNCED: _always("Enrolled from HubSpot: its contact gets the link and the counts."),
    Happening.RETURN_REFUSED: lambda facts, _names, _platform: (
        f"HubSpot did not take the link and the counts: {facts.get('why') or 'it gave no reason'}."
    ),
    Happening.DEAL_CREATED: _always("Created as a new deal in HubSpot."),
    Happening.DEAL_FOUND: _always("Its deal was in HubSpot from an earlier attempt; nothing was changed there."),
    Happening.KNOWN: _always("Was in HubSpot before this referral. Nothing was changed there."),
    Happening.ALREADY_REFERRED: _always("Someone else had referred this person to the campaign before."),
    Happening.REJECTED: lambda facts, _names, _platform: f"{refusal(facts.get('why', ''))}.",
    Happening.NOT_SENT: _not_sent,
    Happening.VALUE_LEFT_OUT: _left_out,
    Happening.FIRST_NAME_BLANK: _always("The first name is blank, so it was left out."),
    Happening.LIFECYCLE_KEPT: _lifecycle_kept,
    Happening.ALREADY_AT_VALUE: _already_at_value,
    Happening.QUALIFIED: _qualified,
    Happening.CONDITION_LOST: _condition_lost,
    Happening.MERGED: _merged,
    Happening.DELETED: _deleted,
    Happening.EXPIRED: _always("Waited 90 days, and was not sent."),
    Happening.REOPENED: _reopened,
    Happening.CLOSED: lambda _facts, _names, platform: f"Closed in {platform}.",
    Happening.ERASED: _always("The person's data was erased."),
    Happening.DIFFERENT_CONTENT: _always("The lead came again with other content; what came first counts."),
}

_SENTENCES_OF_REFERRERS: Mapping[Happening, Sentence] = {
    **_SENTENCES,
    Happening.KNOWN: _always("Was in HubSpot before joining. Nothing was changed there."),
    Happening.ALREADY_REFERRED: _always("The same person is a referrer of this campaign already."),
    Happening.NOT_SENT: _referrer_not_sent,
    Happening.DELETED: lambda facts, _names, _platform: f"Its {facts.get('object', 'record')} was deleted in HubSpot.",
    Happening.REOPENED: lambda facts, _names, _platform: (
        "You chose to update it although the person was in HubSpot before."
        if facts.get("question") == "duplicates"
        else "You chose to send it after all."
    ),
    Happening.DIFFERENT_CONTENT: _always("The referrer came again with other content; what came first counts."),
}
