"""What a campaign's admin is asked now, and the answers, which the sweep then carries out."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.errors import ContendedError
from referral_hubspot.domain.people import Reason, State
from referral_hubspot.domain.questions import (
    REPLIES,
    Code,
    NotAskedError,
    Question,
    Remembered,
    Reply,
    UnknownQuestionError,
    UnknownReplyError,
)
from referral_hubspot.domain.settings import SIDES, CampaignState, Duplicates, RuleKind, Side, SideSettings
from referral_hubspot.usecases.connection_ports import Releaser
from referral_hubspot.usecases.ports import CampaignStates

Campaign = tuple[str, str]

STOOD: Mapping[Code, State] = {
    Code.DECLINED: State.NOT_SENT,
    Code.EXPIRED: State.EXPIRED,
    Code.DUPLICATES: State.DUPLICATE,
}
"""Where those stand whom a question would have sent after all."""

_ATTEMPTS = 5


class QuestionStore(Protocol):
    """What is kept of questions; see `storage.questions`."""

    def load(
        self, campaigns: Iterable[Campaign], codes: Collection[Code] = tuple(Code), *, side: Side = "lead"
    ) -> Mapping[tuple[Campaign, Code], Remembered]:
        """What is kept of each question asked for; of one never answered, a blank one."""
        ...

    def due(self) -> Sequence[Campaign]:
        """Every campaign with an answer that is still to be carried out; the index lags a little behind."""
        ...

    def store(self, remembered: Remembered) -> bool:
        """Store the version after `remembered.version`; False when another one was stored meanwhile."""
        ...


class Counts(Protocol):
    """How many people stand where; see `storage.people`."""

    def count_waiting(
        self, account_id: str, campaign_id: str, side: Side | None = None, reason: Reason | None = None
    ) -> int: ...

    def count_standing(self, account_id: str, campaign_id: str, side: Side, state: State) -> int: ...


class Campaigns(CampaignStates, Protocol):
    """Campaigns with their settings; see `storage.campaigns`."""

    def settings_between(
        self, account_id: str, campaign_id: str, side: Side, first: int, last: int
    ) -> Sequence[SideSettings]:
        """The settings as they were saved under the versions `first` to `last`."""
        ...

    def let_held_go(self, account_id: str, campaign_id: str, side: Side, until: datetime) -> None: ...

    def let_held_drop(self, account_id: str, campaign_id: str, side: Side, until: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the questions about one side of a campaign depend on."""

    campaign: Campaign
    side: Side
    state: CampaignState
    remembered: Mapping[Code, Remembered]

    @property
    def settings(self) -> SideSettings:
        """What was chosen for the side."""
        return self.state.settings(self.side)


class Questions:
    """Asks an admin and takes the answer: a repeated one changes nothing, of two different ones the later counts."""

    def __init__(
        self,
        store: QuestionStore,
        people: Counts,
        campaigns: Campaigns,
        releaser: Releaser,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._people = people
        self._campaigns = campaigns
        self._releaser = releaser
        self._clock = clock

    def open(self, account_id: str, campaign_id: str) -> list[Question]:
        """What is asked now, in a fixed order: about leads first."""
        return [question for side in SIDES for question in self._open((account_id, campaign_id), side)]

    def answer(self, account_id: str, campaign_id: str, side: Side, code: str, reply: str) -> None:
        """Take an answer, and have the sweep carry it out.

        Raises:
            UnknownQuestionError, UnknownReplyError: there is none such.
            NotAskedError: nobody is left that the answer would be about, and it was not given before either.
            ContendedError: others kept answering the same question.
        """
        if code not in REPLIES[side]:
            raise UnknownQuestionError
        known = Code(code)
        if reply not in REPLIES[side][known]:
            raise UnknownReplyError(side, known)
        for _ in range(_ATTEMPTS):
            if self._answered((account_id, campaign_id), side, known, Reply(reply)):
                self._releaser.release(account_id, campaign_id)
                return
        raise ContendedError(account_id)

    def _open(self, campaign: Campaign, side: Side) -> list[Question]:
        standing = self._standing(campaign, side)
        found = (self._question(code, standing) for code in REPLIES[side])
        return [question for question in found if question is not None]

    def _answered(self, campaign: Campaign, side: Side, code: Code, reply: Reply) -> bool:
        """Whether the answer stands; False when somebody else answered at the same time."""
        standing = self._standing(campaign, side)
        former = standing.remembered[code]
        if not self._count(code, standing):
            if reply is _given(code, standing):
                return True
            raise NotAskedError(code, tuple(question.code for question in self._open(campaign, side)))
        now = self._clock()
        if code is Code.HELD:
            choose = self._campaigns.let_held_go if reply is Reply.SEND else self._campaigns.let_held_drop
            choose(*campaign, side, now)
            return True
        due = reply in {Reply.SEND, Reply.COUNT, Reply.YES}
        version = standing.settings.version
        return self._store.store(replace(former, reply=reply, answered_at=now, settings_version=version, due=due))

    def _standing(self, campaign: Campaign, side: Side) -> _Standing:
        state = self._campaigns.load([campaign])[campaign]
        kept = self._store.load([campaign], REPLIES[side], side=side)
        return _Standing(campaign, side, state, {code: one for (_, code), one in kept.items()})

    def _question(self, code: Code, standing: _Standing) -> Question | None:
        former = standing.remembered[code]
        if code is Code.CHANGED:
            return self._about_changes(standing)
        if code is Code.DUPLICATES and former.reply is Reply.LEAVE and not self._switched(standing):
            return None
        number = self._count(code, standing)
        since = standing.state.choices_of(standing.side).drop_held_until if code is Code.DECLINED else None
        return Question(code, number, since, side=standing.side) if number else None

    def _about_changes(self, standing: _Standing) -> Question | None:
        rule, former = standing.settings.rule, standing.remembered[Code.CHANGED]
        if rule.kind is RuleKind.NONE or standing.state.binding is None:
            return None
        if not former.counts(rule):
            sent = self._people.count_standing(*standing.campaign, standing.side, State.SENT)
            return Question(Code.CHANGED, None, rule.since, rule) if sent else None
        if former.rule != rule or former.reply is not None or not former.count:
            return None
        return Question(Code.CHANGED, former.count, former.counted_at, rule)

    def _count(self, code: Code, standing: _Standing) -> int:
        """How many an answer would be about."""
        settings, former = standing.settings, standing.remembered[code]
        match code:
            case Code.HELD:
                return self._people.count_waiting(*standing.campaign, standing.side, Reason.ASKS_FIRST)
            case Code.CHANGED:
                return former.count if former.rule == settings.rule else 0
            case Code.DUPLICATES if settings.duplicates is not Duplicates.UPDATE:
                return 0
            case _:
                return self._people.count_standing(*standing.campaign, standing.side, STOOD[code])

    def _switched(self, standing: _Standing) -> bool:
        """Whether known people were left alone once more since the admin answered: then it is asked anew."""
        first, last = standing.remembered[Code.DUPLICATES].settings_version + 1, standing.settings.version
        since = self._campaigns.settings_between(*standing.campaign, standing.side, first, last)
        return any(settings.duplicates is Duplicates.SKIP for settings in since)


def _given(code: Code, standing: _Standing) -> Reply | None:
    """The answer that was given last."""
    choices = standing.state.choices_of(standing.side)
    if code is not Code.HELD:
        return standing.remembered[code].reply
    if choices.send_held_until is not None:
        return Reply.SEND
    return Reply.DO_NOT_SEND if choices.drop_held_until is not None else None
