"""The leads of a campaign, and the story of each."""

import re
from base64 import b64decode, urlsafe_b64encode
from typing import Any

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Person
from referral_hubspot.usecases.read_people import Story

from .endpoint import Call
from .models import LeadAnswer, LeadsAnswer, LeadStoryAnswer, LineAnswer
from .problems import problem

DEFAULT_LIMIT = 25
MAX_LIMIT = 100

_POSITION = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z#.+")


def page(call: Call) -> LeadsAnswer:
    """Leads, newest first."""
    limit = call.query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MAX_LIMIT:
        raise problem(422, "limit_out_of_range", f"limit is a number from 1 to {MAX_LIMIT}.", "Send another limit.")
    stories, after = call.services.read_people.page(
        call.known, "lead", int(limit), _position(call.query.get("cursor", ""))
    )
    return LeadsAnswer(leads=[LeadAnswer(**_lead(story)) for story in stories], cursor=_cursor(after))


def show(call: Call) -> LeadStoryAnswer:
    """One lead with its timeline."""
    story = call.services.read_people.one(call.known, "lead", call.path["lead_id"])
    lines = [LineAnswer.model_validate({"at": at.at, "event": at.event, "text": at.text}) for at in story.timeline]
    return LeadStoryAnswer(**_lead(story), timeline=lines)


def _lead(story: Story) -> dict[str, Any]:
    person = story.person
    return {
        "lead_id": person.key.person_id,
        "state": person.state,
        "state_label": story.label,
        "reason": person.reason,
        "next_step": story.next_step,
        "first_name": person.details.get("first_name", ""),
        "email": person.email,
        "joined_at": person.joined_at,
        "version": person.version,
        "contact_id": _contact_id(person) or None,
        "record_link": person.record_link or None,
    }


def _contact_id(person: Person) -> str:
    return person.record_id if person.record_type is ObjectType.CONTACT else person.contact_id


def _cursor(position: str) -> str | None:
    return urlsafe_b64encode(position.encode()).decode() if position else None


def _position(cursor: str) -> str:
    try:
        position = b64decode(cursor, b"-_", validate=True).decode()
    except ValueError:
        position = "?"
    if position and not _POSITION.fullmatch(position):
        raise problem(422, "unknown_cursor", "This cursor is none of ours.", "Begin again without a cursor.")
    return position
