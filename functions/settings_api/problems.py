"""Every failure that a caller can be told of, as an RFC 9457 problem document."""

from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from referral_hubspot.domain import scopes
from referral_hubspot.domain.connection import (
    AccountNotInUseError,
    CampaignDeletedError,
    ConnectionChangedError,
    OtherAccountError,
    ReturnAddressRefusedError,
    SettingsChangedError,
)
from referral_hubspot.domain.draft import SaveRefusedError
from referral_hubspot.domain.errors import (
    ConnectionLostError,
    ContendedError,
    NotConnectedError,
    ReferralHubSpotError,
    RetryableError,
    ScopeMissingError,
)
from referral_hubspot.domain.made_up import MergedMeanwhileError, NotReadyError, OnItsWayError
from referral_hubspot.domain.people import Reason
from referral_hubspot.domain.questions import NotAskedError, UnknownQuestionError, UnknownReplyError
from referral_hubspot.domain.return_properties import PropertyNotMadeError
from referral_hubspot.domain.sync_refusals import PlanRefusedError, SyncRefusedError, UnknownSyncError
from referral_hubspot.usecases.find_campaign import UnknownCampaignError
from referral_hubspot.usecases.read_people import UnknownPersonError

from .models import ProblemAnswer, ProblemDocument
from .shape import shape_problems

_RECONNECT = "Connect HubSpot again on the campaign's HubSpot page."


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, document: ProblemDocument) -> None:
        super().__init__(document.code)
        self.document = document


def problem(status: int, code: str, detail: str, next_step: str, **more: Any) -> ProblemError:
    """A problem to raise; `type` names the code, and the title is the status in words."""
    title = HTTPStatus(status).phrase
    kind = f"urn:problem-type:referral-hubspot:{code}"
    document = ProblemDocument(
        type=kind, title=title, status=status, detail=detail, code=code, next_step=next_step, **more
    )
    return ProblemError(document)


def unreadable(error: ValidationError) -> ProblemError:
    """A body that is no JSON, or not the shape that is asked for."""
    if any(item["type"] == "json_invalid" for item in error.errors(include_input=False)):
        return problem(400, "unreadable_body", "The body is not JSON.", "Send a JSON object.")
    errors = [ProblemAnswer(**vars_of) for vars_of in shape_problems(error)]
    return problem(
        422, "malformed", "The body has not the shape that is asked for.", errors[0].next_step, errors=errors
    )


def problem_of(error: ReferralHubSpotError) -> ProblemError | None:
    """What a caller is told of a failure; None for those that only we can mend."""
    match error:
        case UnknownCampaignError() | CampaignDeletedError():
            step = "Check the campaign's id; the platform registers a campaign by publishing campaign.updated."
            return problem(404, "unknown_campaign", "This account has no such campaign.", step)
        case UnknownPersonError(side="lead"):
            return problem(404, "unknown_lead", "The campaign has no such lead.", "Choose a lead from the list.")
        case UnknownPersonError():
            step = "Choose a referrer from the list."
            return problem(404, "unknown_referrer", "The campaign has no such referrer.", step)
        case UnknownQuestionError():
            step = "Choose a question from the list."
            return problem(404, "unknown_question", "There is no such question.", step)
        case UnknownReplyError(answers=answers):
            step = f"Send one of {', '.join(answers)}."
            found = ProblemAnswer(code="answer", field="answer", message="This is no answer to it.", next_step=step)
            return problem(422, "unknown_answer", "The question has no such answer.", step, errors=[found])
        case NotAskedError(open=open_):
            step = f"Asked now: {', '.join(open_)}." if open_ else "Nothing is asked now."
            return problem(409, "not_asked", "This is not asked now, or not any more.", step)
        case SaveRefusedError(problems=problems):
            errors = [
                ProblemAnswer(code=p.code, field=p.field, message=p.message, next_step=p.next_step) for p in problems
            ]
            return problem(422, "settings_refused", "Nothing was saved.", errors[0].next_step, errors=errors)
        case PlanRefusedError(problems=problems):
            errors = [
                ProblemAnswer(code=p.code, field=p.field, message=p.message, next_step=p.next_step) for p in problems
            ]
            return problem(422, "plan_refused", "Nothing was started.", errors[0].next_step, errors=errors)
        case SyncRefusedError(code=code, message=message, next_step=step):
            return problem(409, code, message, step)
        case UnknownSyncError():
            return problem(404, "unknown_sync", "The campaign has no such sync.", "Choose a sync from the list.")
        case SettingsChangedError(saved_by=saved_by, saved_at=saved_at):
            detail = f"{saved_by or 'Someone else'} saved these settings meanwhile. Nothing of yours was saved."
            step = "Load the settings again, then make your change."
            return problem(409, "settings_changed", detail, step, saved_by=saved_by or None, saved_at=saved_at)
        case ConnectionChangedError():
            detail = "The campaign's connection to HubSpot changed meanwhile."
            return problem(409, "connection_changed", detail, "Try again.")
        case AccountNotInUseError():
            detail = "No other campaign of yours is connected to this HubSpot account."
            return problem(409, "account_not_in_use", detail, "Connect HubSpot, and choose the account there.")
        case OtherAccountError(former_name=former, chosen_name=chosen):
            detail = f"This campaign uses {former}; you chose {chosen}."
            step = f"Say that the campaign may leave {former}, or stay with it. What was sent there stays as it is."
            return problem(409, "switch_account", detail, step)
        case ReturnAddressRefusedError():
            step = "Ask whoever runs this integration to allow the address, or leave return_url out."
            found = ProblemAnswer(code="return_url", field="return_url", message=str(error), next_step=step)
            return problem(422, "return_url_refused", "The way back is not on an allowed origin.", step, errors=[found])
        case ConnectionLostError() | NotConnectedError():
            return problem(409, "reconnect_needed", "The connection to HubSpot is lost.", _RECONNECT)
        case ScopeMissingError(scopes=absent):
            step = "Connect HubSpot again, and leave every permission ticked there."
            return problem(409, "scope_missing", f"HubSpot does not allow us {scopes.doings(absent)}.", step)
        case PropertyNotMadeError(name=name, label=label):
            detail = f"HubSpot has no property {label} ({name}) of the kind that is needed, and did not make it."
            step = (
                "If HubSpot has a contact property of this name, delete it or choose another one here; then try again."
            )
            return problem(409, "property_not_made", detail, step)
        case ContendedError():
            return problem(503, "busy", "Others were changing the same.", "Try again.")
        case NotReadyError():
            return _not_ready(error)
        case OnItsWayError():
            return problem(409, "on_its_way", "The test lead is still being sent.", "Try again in a minute.")
        case MergedMeanwhileError(object_type=object_type):
            detail = f"In HubSpot, the test's {object_type} was merged with another one, so it was not deleted."
            return problem(409, "merged_meanwhile", detail, "Tidy up in HubSpot; this test is forgotten by itself.")
        case RetryableError():
            return problem(503, "hubspot_away", "HubSpot cannot be reached.", "Try again in a few minutes.")
        case _:
            return None


def _not_ready(error: NotReadyError) -> ProblemError:
    """Why a lead would not be sent now."""
    detail = "A lead would not be sent now, so no test was."
    if error.gaps:
        errors = [
            ProblemAnswer(code=g.code, field=g.field, message=g.message, next_step=g.next_step) for g in error.gaps
        ]
        return problem(409, "setup_required", detail, errors[0].next_step, errors=errors)
    match error.reason:
        case Reason.RECONNECT | Reason.NOT_CONNECTED:
            return problem(409, "reconnect_needed", "The connection to HubSpot is lost.", _RECONNECT)
        case Reason.PAUSED:
            detail = "HubSpot is paused for this campaign by whoever runs this integration."
            return problem(409, "paused", detail, "Try again after the pause.")
        case Reason.DO_NOTHING:
            detail = "The Leads settings say Do nothing, so no lead is sent."
            return problem(409, "nothing_is_sent", detail, "Choose in the Leads settings what happens, and save.")
        case _:
            return problem(409, "not_ready", detail, "Try again in a few minutes.")
