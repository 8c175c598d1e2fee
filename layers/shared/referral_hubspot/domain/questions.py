"""What a campaign's admin is asked, and what may be answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.settings import Rule, Side
from referral_hubspot.domain.wording import Names


class Code(StrEnum):
    """What is asked about: people who waited long, who were not sent, who expired, who were known, who changed."""

    HELD = "held"
    DECLINED = "declined"
    EXPIRED = "expired"
    DUPLICATES = "duplicates"
    CHANGED = "changed"


class Reply(StrEnum):
    """An answer."""

    SEND = "send"
    DO_NOT_SEND = "do_not_send"
    COUNT = "count"
    LEAVE = "leave"
    YES = "yes"
    NO = "no"


_OF_BOTH: Mapping[Code, Mapping[Reply, str]] = {
    Code.HELD: {Reply.SEND: "Send them", Reply.DO_NOT_SEND: "Do not send them"},
    Code.DECLINED: {Reply.SEND: "Send them after all"},
    Code.EXPIRED: {Reply.SEND: "Send them after all"},
}
_AS_THEY_ARE = "Leave them as they are"

REPLIES: Mapping[Side, Mapping[Code, Mapping[Reply, str]]] = {
    "lead": {
        **_OF_BOTH,
        Code.DUPLICATES: {Reply.COUNT: "Let them count", Reply.LEAVE: _AS_THEY_ARE},
        Code.CHANGED: {Reply.YES: "Qualify them", Reply.NO: _AS_THEY_ARE},
    },
    "referrer": {**_OF_BOTH, Code.DUPLICATES: {Reply.COUNT: "Update them in HubSpot", Reply.LEAVE: _AS_THEY_ARE}},
}
"""What is asked of whom, and each answer in words. Referrers do not qualify, so of them no changes are asked about."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is open now. `count` None: it is still being counted, and cannot be answered yet."""

    code: Code
    count: int | None
    asked_at: datetime | None = None
    rule: Rule = field(default_factory=Rule)
    side: Side = "lead"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of one question about a side of a campaign; `version` 0 is not stored yet.

    `reply` was the last answer, given when the settings had `settings_version`; `due` says that the
    sweep still has to carry it out. `rule` and `count` are of the question about changes: how many
    referrals had changed already when that rule was new.
    """

    account_id: str
    campaign_id: str
    code: Code
    version: int = 0
    reply: Reply | None = None
    answered_at: datetime | None = None
    settings_version: int = 0
    due: bool = False
    rule: Rule = field(default_factory=Rule)
    count: int = 0
    counted_at: datetime | None = None
    side: Side = "lead"

    @property
    def campaign(self) -> tuple[str, str]:
        """Whose question it is."""
        return self.account_id, self.campaign_id

    def counts(self, rule: Rule) -> bool:
        """Whether referrals have been counted for this rule; for one that came back after another it is no question."""
        mine, asked = self.rule.since, rule.since
        return self.counted_at is not None and (self.rule == rule or bool(mine and asked and mine >= asked))


class UnknownQuestionError(PermanentError):
    """There is no such question."""

    def __init__(self) -> None:
        super().__init__(f"a question is one of {', '.join(Code)}")


class UnknownReplyError(PermanentError):
    """The question has no such answer."""

    def __init__(self, side: Side, code: Code) -> None:
        self.answers = tuple(REPLIES[side][code])
        super().__init__(f"an answer to {code} is one of {', '.join(self.answers)}")


class NotAskedError(PermanentError):
    """The question is not open now; `open` are those that are."""

    def __init__(self, code: Code, open_: tuple[Code, ...]) -> None:
        super().__init__(f"{code} is not asked now, but {', '.join(open_) or 'nothing'}")
        self.open = open_


def asked(question: Question, names: Names) -> str:
    """The question in words."""
    value = names.value(question.rule.property, question.rule.value)
    if question.count is None:
        return f"Being counted: how many referrals already changed to {value} after joining."
    one = question.count == 1
    people = f"{question.count} {question.side}{'' if one else 's'}"
    referrals = f"{question.count} referral{'' if one else 's'}"
    were, it = ("was", "it") if one else ("were", "them")
    match question.code:
        case Code.HELD:
            return f"{people} {'is' if one else 'are'} waiting. Send {it}?"
        case Code.DECLINED:
            return f"{people} {were} not sent because you chose so. Send {it} after all?"
        case Code.EXPIRED:
            return f"{people} waited 90 days and {were} not sent. Send {it} after all?"
        case Code.DUPLICATES if question.side == "referrer":
            return f"{people} {were} left alone because the person was already in HubSpot. Update {it} now?"
        case Code.DUPLICATES:
            stopped = f"{referrals} {were} stopped because the person was already in HubSpot."
            return f"{stopped} Let {it} count now?"
        case Code.CHANGED:
            return f"{referrals} already changed to {value} after joining. Qualify {it} now?"
