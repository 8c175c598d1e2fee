"""Every failure that a caller can be told of, as an RFC 9457 problem document."""

from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from referral_hubspot.domain.connection import (
    CampaignDeletedError,
    ConnectionChangedError,
    ReturnAddressRefusedError,
    SettingsChangedError,
)
from referral_hubspot.domain.draft import SaveRefusedError
from referral_hubspot.domain.errors import (
    ConnectionLostError,
    NotConnectedError,
    ReferralHubSpotError,
    RetryableError,
    ScopeMissingError,
)
from referral_hubspot.usecases.find_campaign import UnknownCampaignError
from referral_hubspot.usecases.read_leads import UnknownLeadError

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
        case UnknownLeadError():
            return problem(404, "unknown_lead", "The campaign has no such lead.", "Choose a lead from the list.")
        case SaveRefusedError(problems=problems):
            errors = [
                ProblemAnswer(code=p.code, field=p.field, message=p.message, next_step=p.next_step) for p in problems
            ]
            return problem(422, "settings_refused", "Nothing was saved.", errors[0].next_step, errors=errors)
        case SettingsChangedError(saved_by=saved_by, saved_at=saved_at):
            detail = f"{saved_by or 'Someone else'} saved these settings meanwhile. Nothing of yours was saved."
            step = "Load the settings again, then make your change."
            return problem(409, "settings_changed", detail, step, saved_by=saved_by or None, saved_at=saved_at)
        case ConnectionChangedError():
            detail = "The campaign's connection to HubSpot changed meanwhile."
            return problem(409, "connection_changed", detail, "Try again.")
        case ReturnAddressRefusedError():
            step = "Ask whoever runs this integration to allow the address, or leave return_url out."
            found = ProblemAnswer(code="return_url", field="return_url", message=str(error), next_step=step)
            return problem(422, "return_url_refused", "The way back is not on an allowed origin.", step, errors=[found])
        case ConnectionLostError() | NotConnectedError():
            return problem(409, "reconnect_needed", "The connection to HubSpot is lost.", _RECONNECT)
        case ScopeMissingError(scopes=scopes):
            step = f"Reconnect to allow {', '.join(scopes) or 'what HubSpot asks for'}."
            return problem(409, "scope_missing", "HubSpot was not allowed to answer this.", step)
        case RetryableError():
            return problem(503, "hubspot_away", "HubSpot cannot be reached.", "Try again in a few minutes.")
        case _:
            return None
