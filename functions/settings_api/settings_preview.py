"""What a form that is not saved yet would do."""

from typing import TYPE_CHECKING

from referral_hubspot.domain.crm import ObjectType, record_link
from referral_hubspot.domain.draft import Draft, SaveProblem
from referral_hubspot.domain.people import Person
from referral_hubspot.domain.settings import Binding, Gap, Side

from .endpoint import Call
from .lookups import connected
from .models import (
    LeadPreviewRequest,
    PreviewPersonAnswer,
    PreviewRowAnswer,
    ProblemAnswer,
    ReferrerPreviewRequest,
    SettingsPreviewAnswer,
)
from .side_settings import drafted

if TYPE_CHECKING:
    from referral_hubspot.domain.preview import PreviewRow
    from referral_hubspot.usecases.preview import Preview


def leads(call: Call) -> SettingsPreviewAnswer:
    """Try the form for leads."""
    request = call.parsed(LeadPreviewRequest)
    return _tried(call, "lead", drafted(request), None if request.made_up else request.lead_id)


def referrers(call: Call) -> SettingsPreviewAnswer:
    """Try the form for referrers."""
    request = call.parsed(ReferrerPreviewRequest)
    return _tried(call, "referrer", drafted(request), None if request.made_up else request.referrer_id)


def _tried(call: Call, side: Side, draft: Draft, person_id: str | None) -> SettingsPreviewAnswer:
    binding = connected(call)
    tried = call.services.preview_settings(call.known, binding, side, draft, person_id)
    return SettingsPreviewAnswer(
        person=_person(tried.person),
        in_hubspot=tried.found.contact is not None if tried.found.asked else None,
        record_link=_link(tried, binding),
        sends=tried.sends,
        text=tried.text,
        rows=[_row(row) for row in tried.rows],
        problems=[_problem(one) for one in tried.problems],
        gaps=[_problem(one) for one in tried.missing],
    )


def _person(person: Person) -> PreviewPersonAnswer:
    return PreviewPersonAnswer(
        id=None if person.version == 0 else person.key.person_id,
        first_name=person.details.get("first_name", ""),
        email=person.email,
        made_up=person.version == 0,
    )


def _link(tried: "Preview", binding: Binding) -> str | None:
    contact = tried.found.contact
    if contact is None:
        return None
    return record_link(binding.ui_domain, binding.portal_id, ObjectType.CONTACT, contact.record_id)


def _row(row: "PreviewRow") -> PreviewRowAnswer:
    return PreviewRowAnswer(
        field=row.place,
        object=row.object_type,
        property=row.property,
        label=row.label,
        value=row.value,
        value_label=row.value_label,
        now=row.now,
        now_label=row.now_label,
        problem=row.problem,
        note=row.note,
    )


def _problem(one: SaveProblem | Gap) -> ProblemAnswer:
    return ProblemAnswer(code=one.code, field=one.field, message=one.message, next_step=one.next_step)
