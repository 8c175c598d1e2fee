"""The leads and the referrers of a campaign, and the story of each."""

import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Literal

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Person, State
from referral_hubspot.domain.settings import Side
from referral_hubspot.usecases.read_people import Story

from .endpoint import Call
from .models import (
    LeadAnswer,
    LeadsAnswer,
    LeadStoryAnswer,
    LineAnswer,
    ReferrerAnswer,
    ReferrersAnswer,
    ReferrerStoryAnswer,
)
from .problems import problem

DEFAULT_LIMIT = 25
MAX_LIMIT = 100

_POSITION = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z#.+")


def leads(call: Call) -> LeadsAnswer:
    """Leads, newest first."""
    stories, cursor = _page(call, "lead")
    return LeadsAnswer(leads=[LeadAnswer(**_lead(story)) for story in stories], cursor=cursor)


def lead(call: Call) -> LeadStoryAnswer:
    """One lead with its timeline."""
    story = call.services.read_people.one(call.known, "lead", call.path["lead_id"])
    return LeadStoryAnswer(**_lead(story), timeline=_timeline(story))


def referrers(call: Call) -> ReferrersAnswer:
    """Referrers, newest first."""
    stories, cursor = _page(call, "referrer")
    return ReferrersAnswer(referrers=[ReferrerAnswer(**_referrer(story)) for story in stories], cursor=cursor)


def referrer(call: Call) -> ReferrerStoryAnswer:
    """One referrer with its timeline."""
    story = call.services.read_people.one(call.known, "referrer", call.path["referrer_id"])
    return ReferrerStoryAnswer(**_referrer(story), timeline=_timeline(story))


def _page(call: Call, side: Side) -> tuple[Sequence[Story], str | None]:
    limit = call.query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MAX_LIMIT:
        raise problem(422, "limit_out_of_range", f"limit is a number from 1 to {MAX_LIMIT}.", "Send another limit.")
    position, email = _position(call.query.get("cursor", "")), call.query.get("email", "")
    stories, after = call.services.read_people.page(call.known, side, int(limit), position, email)
    return stories, _cursor(after)


def _lead(story: Story) -> dict[str, Any]:
    return {"lead_id": story.person.key.person_id, **_person(story)}


def _referrer(story: Story) -> dict[str, Any]:
    person = story.person
    return {
        "referrer_id": person.key.person_id,
        **_person(story),
        "origin": _origin(person),
        "referral_code": person.details.get("referral_code", ""),
        "referral_link": person.details.get("referral_link", ""),
        "referrals_count": _count(person, "referrals_count"),
        "converted_referrals_count": _count(person, "converted_referrals_count"),
    }


def _person(story: Story) -> dict[str, Any]:
    person = story.person
    return {
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


def _timeline(story: Story) -> list[LineAnswer]:
    return [LineAnswer.model_validate({"at": at.at, "event": at.event, "text": at.text}) for at in story.timeline]


def _origin(person: Person) -> Literal["synced", "sent", ""]:
    if person.syncs:
        return "synced"
    return "sent" if person.state is State.SENT else ""


def _count(person: Person, source: str) -> int | None:
    text = person.details.get(source, "")
    return int(text) if text.isdecimal() else None


def _contact_id(person: Person) -> str:
    sent_as = person.record_id if person.record_type is ObjectType.CONTACT else person.contact_id
    return sent_as or person.synced_contact_id


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
