"""What a campaign's admin is asked, and the answers."""

from referral_hubspot.domain.questions import REPLIES, Question, asked
from referral_hubspot.domain.wording import Names
from referral_hubspot.runtime.observability import logger

from .endpoint import Call
from .models import QuestionAnswer, QuestionReply, QuestionRequest, QuestionsAnswer


def show(call: Call) -> QuestionsAnswer:
    """Everything that is asked now."""
    campaign = call.known.campaign
    found = call.services.questions.open(campaign.account_id, campaign.campaign_id)
    names = call.services.read_people.names(call.known) if found else Names()
    return QuestionsAnswer(questions=[_question(question, names) for question in found])


def answer(call: Call) -> None:
    """Take an answer; the sweep begins to carry it out at once."""
    campaign, code = call.known.campaign, call.path["code"]
    request = call.parsed(QuestionRequest)
    side, reply = request.side, request.answer
    call.services.questions.answer(campaign.account_id, campaign.campaign_id, side, code, reply)
    logger.info(
        "question_answered",
        account_id=campaign.account_id,
        campaign_id=campaign.campaign_id,
        side=side,
        question=code,
        answer=reply,
    )


def _question(question: Question, names: Names) -> QuestionAnswer:
    replies = REPLIES[question.side][question.code] if question.count is not None else {}
    return QuestionAnswer(
        code=question.code,
        side=question.side,
        count=question.count,
        text=asked(question, names),
        answers=[QuestionReply(answer=reply, label=label) for reply, label in replies.items()],
        asked_at=question.asked_at,
    )
