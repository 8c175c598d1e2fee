"""An admin who is asked and answers, and leads that have waited for long."""

from dataclasses import replace
from datetime import timedelta

from referral_hubspot.domain.people import Person
from referral_hubspot.domain.questions import Code, Question
from referral_hubspot.domain.settings import Side
from referral_hubspot.runtime import clients
from referral_hubspot.storage.questions import QuestionTable
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.questions import Questions
from tests.world import ACCOUNT, CAMPAIGN, World


class Admin:
    """Answers the questions of one campaign; the sweep that an answer asks for comes at once, or not at all."""

    def __init__(self, world: World, campaign: str = CAMPAIGN) -> None:
        self._world = world
        self._campaign = campaign
        self.hints_are_lost = False
        wiring = world.wiring
        store = QuestionTable(world.campaign_table, wiring.dynamodb)
        self._questions = Questions(store, wiring.people, wiring.campaigns, self, clients.now)

    def release(self, account_id: str, campaign_id: str) -> None:
        """The port `Releaser`."""
        if not self.hints_are_lost:
            self._world.sweep(account_id=account_id, campaign_id=campaign_id)

    def asked(self) -> dict[Code, int | None]:
        """What is asked now about leads, and about how many."""
        return {question.code: question.count for question in self.questions() if question.side == "lead"}

    def questions(self) -> list[Question]:
        """What is asked now, whole."""
        return self._questions.open(ACCOUNT, self._campaign)

    def answers(self, code: str, reply: str, side: Side = "lead") -> None:
        """Answer a question."""
        self._questions.answer(ACCOUNT, self._campaign, side, code, reply)


def waited(world: World, lead_id: str, days: int) -> Person:
    """Let a held lead have waited since so many days before."""
    lead = world.lead(lead_id)
    assert lead is not None
    assert lead.held_since is not None
    older = replace(lead, held_since=lead.held_since - timedelta(days=days), version=lead.version + 1)
    assert not world.wiring.people.apply([Change(lead, older)])
    return older
