"""An admin's own try with the saved settings: a made-up lead, and the deletion of what it made in HubSpot."""

from collections.abc import Iterator, Mapping

from referral_hubspot.domain.crm import ObjectType, record_link
from referral_hubspot.domain.people import TEST_LIFE, Entry, Happening, Person, State
from referral_hubspot.domain.settings import Action, Part, SideSettings
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.read_people import Story

from .endpoint import Call
from .models import LineAnswer, RecordAnswer, TestLeadAnswer, TestLeadProblemAnswer, TestLeadsAnswer

_LABELS: Mapping[State, str] = {State.SENT: "In HubSpot", State.CLOSED: "Stopped on its way"}
_STOPPED = "Delete this test: that also deletes what HubSpot made of it and did not tell of."
_MEND = "Mend what is named here, delete this test, then send another."
_NEXT_STEPS: Mapping[State, str] = {
    State.SENDING: _STOPPED,
    State.HELD: _STOPPED,
    State.CLOSED: _STOPPED,
    State.REJECTED: _MEND,
}
_TELLING = frozenset({Happening.VALUE_LEFT_OUT, Happening.REJECTED})


def send(call: Call) -> TestLeadAnswer:
    """Send a made-up lead into HubSpot; each request sends another one."""
    lead_id = call.services.send_test_lead(call.known)
    return _answer(call.services.read_people.one(call.known, "lead", lead_id), call.known)


def recent(call: Call) -> TestLeadsAnswer:
    """The tests of the last day that were not deleted."""
    ids = call.services.recent_test_leads(call.known)
    stories = [call.services.read_people.one(call.known, "lead", lead_id) for lead_id in ids]
    return TestLeadsAnswer(test_leads=[_answer(story, call.known) for story in stories])


def remove(call: Call) -> None:
    """Delete a test and what it made in HubSpot; one that is gone stays so."""
    call.services.remove_test_lead(call.known, call.path["lead_id"])


def _answer(story: Story, known: KnownCampaign) -> TestLeadAnswer:
    person = story.person
    return TestLeadAnswer(
        lead_id=person.key.person_id,
        state=person.state,
        state_label=_LABELS.get(person.state, story.label),
        next_step=_NEXT_STEPS.get(person.state, story.next_step),
        email=person.email,
        sent_at=person.received_at,
        expires_at=person.received_at + TEST_LIFE,
        records=[_record(person, known, *made) for made in _made(person)],
        problems=[
            _problem(entry, line.text, known.leads)
            for entry, line in zip(person.timeline, story.timeline, strict=True)
            if entry.what in _TELLING
        ],
        timeline=[
            LineAnswer.model_validate({"at": at.at, "event": at.event, "text": at.text}) for at in story.timeline
        ],
    )


def _made(person: Person) -> Iterator[tuple[ObjectType, str]]:
    if person.record_id:
        yield person.record_type, person.record_id
    if person.contact_id:
        yield ObjectType.CONTACT, person.contact_id


def _record(person: Person, known: KnownCampaign, object_type: ObjectType, record_id: str) -> RecordAnswer:
    binding = known.binding
    there = binding is not None and binding.portal_id == person.portal_id
    link = record_link(binding.ui_domain, person.portal_id, object_type, record_id) if binding and there else None
    return RecordAnswer(object=object_type, id=record_id, link=link)


def _problem(entry: Entry, text: str, settings: SideSettings) -> TestLeadProblemAnswer:
    name = entry.facts.get("property", "")
    beside_a_deal = settings.action is Action.CREATE_DEAL and entry.facts.get("object") == ObjectType.CONTACT
    part, rows = (Part.CONTACT_MAPPING, settings.contact_mapping) if beside_a_deal else (Part.MAPPING, settings.mapping)
    place = next((f"{part}.{index}" for index, row in enumerate(rows) if row.property == name), "")
    return TestLeadProblemAnswer(field=place, property=name, message=text)
