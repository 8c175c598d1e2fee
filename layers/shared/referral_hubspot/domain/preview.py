"""What a form that is not saved yet would write into HubSpot for one person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from referral_hubspot.domain.crm import Contact, ObjectType, Property
from referral_hubspot.domain.draft import DraftRow
from referral_hubspot.domain.fitting import Portal
from referral_hubspot.domain.mapping import record_properties
from referral_hubspot.domain.people import Person, Verdict, usable
from referral_hubspot.domain.save_rows import of_the_portal, typed, unwritable, value_problems
from referral_hubspot.domain.settings import Action, Campaign, Duplicates, MappingRow, Part, Side, SideSettings
from referral_hubspot.domain.sources import source_groups
from referral_hubspot.domain.verdict import verdict
from referral_hubspot.domain.wording import Names

_LIFECYCLE = "lifecyclestage"
_SHOWN = 4_000  # characters of what a contact holds, as many as are ever sent: HubSpot keeps 65,536, and rows are 200


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of the mapping: the value that HubSpot would get, and the one that it holds.

    `now` is None where there is no record yet, or none that could be read. A `problem` says what HubSpot would not
    take, a `note` what is worth knowing of a row that works.
    """

    place: str
    object_type: ObjectType
    property: str
    label: str
    value: str = field(default="", repr=False)
    value_label: str = field(default="", repr=False)
    now: str | None = field(default=None, repr=False)
    now_label: str | None = field(default=None, repr=False)
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Whether HubSpot has a contact with the person's address; of nobody `asked` for, that is not known."""

    contact: Contact | None = None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the form is tried with, and where."""

    person: Person
    campaign: Campaign
    portal: Portal
    found: Found


def preview_rows(part: Part, rows: Sequence[DraftRow], object_type: ObjectType, subject: Subject) -> list[PreviewRow]:
    """Each row by itself, as sending would translate it."""
    names = Names(subject.portal.properties, subject.portal.pipelines or ())
    labels = {
        source.name: source.label
        for group in source_groups(subject.campaign, subject.person.key.side)
        for source in group.sources
    }
    return [
        _row(f"{part}.{index}", row, object_type, subject, names, labels.get(row.source, ""))
        for index, row in enumerate(rows)
    ]


def readable(rows: Sequence[DraftRow], portal: Portal) -> list[str]:
    """The properties of contacts that rows can be mapped to: nobody reads others by trying a form."""
    known = portal.properties.get(ObjectType.CONTACT, {})
    names = (row.property for row in rows)
    return [name for name in names if name in known and known[name].writable and not known[name].hidden]


def meaning(settings: SideSettings, subject: Subject) -> tuple[bool, str]:
    """Whether the form would write anything for this person, and what becomes of it in one sentence."""
    side = subject.person.key.side
    if not usable(subject.person.email):
        return False, f"This {side} has no usable e-mail address, so nothing would be sent."
    match settings.action:
        case None:
            return False, f"Nothing is chosen for what happens when a {side} joins, so nothing would be sent."
        case Action.NONE:
            return False, f"Do nothing is chosen for when a {side} joins, so nothing would be sent."
    if not subject.found.asked:
        return True, "HubSpot could not be asked whether this person is there already."
    contact = subject.found.contact
    if contact is None:
        return True, f"This person is not in HubSpot yet: {_made(settings)} would be made."
    if verdict(contact.created_at, subject.person.joined_at) is Verdict.NEW:
        return True, f"This person came to HubSpot when the {side} joined, or later: {_kept(settings)}."
    return _known(settings, side)


def _known(settings: SideSettings, side: Side) -> tuple[bool, str]:
    """Of who was in HubSpot before: what the choice about duplicates means then."""
    before = f"This person was in HubSpot before the {side} joined."
    if settings.duplicates is Duplicates.SKIP:
        qualifies = ", and the referral would never qualify" if side == "lead" else ""
        return False, f"{before} Do nothing is chosen for duplicates: nothing would be changed there{qualifies}."
    qualifies = ", and the referral can still qualify" if side == "lead" else ""
    return True, f"{before} Update is chosen for duplicates: {_kept(settings)}{qualifies}."


def _made(settings: SideSettings) -> str:
    if settings.action is not Action.CREATE_DEAL:
        return "a new contact"
    return "a new deal with a new contact" if settings.with_contact else "a new deal"


def _kept(settings: SideSettings) -> str:
    """What becomes of a contact that is there."""
    if settings.action is not Action.CREATE_DEAL:
        return "the contact would be updated"
    if settings.with_contact:
        return "a new deal would be made and the contact updated"
    return "a new deal would be made, and the contact stays as it is"


def _row(place: str, row: DraftRow, object_type: ObjectType, subject: Subject, names: Names, source: str) -> PreviewRow:
    if not row.property:
        return PreviewRow(place, object_type, "", "", problem="No HubSpot property is chosen in this row.")
    known = subject.portal.properties.get(object_type, {}).get(row.property)
    unfit = unwritable(place, row.property, object_type, subject.portal)
    if known is None or unfit is not None:
        label = known.label if known else row.property
        return PreviewRow(place, object_type, row.property, label, problem=unfit.message if unfit else "")
    text = (row.value or subject.person.details.get(row.source, "")).strip()
    value, problem = _sent(row, text, known, object_type, subject)
    now = _now(known, object_type, subject)
    return PreviewRow(
        place,
        object_type,
        row.property,
        known.label,
        value,
        names.value(row.property, value, object_type),
        now,
        None if now is None else names.value(row.property, now, object_type),
        problem,
        "" if problem else _blank(row, text, value, source) or _later(known, value, now),
    )


def _sent(row: DraftRow, text: str, known: Property, object_type: ObjectType, subject: Subject) -> tuple[str, str]:
    """The value as HubSpot would get it, "" for none, and what is wrong with it."""
    person, time_zone = subject.person, subject.campaign.time_zone
    if object_type is ObjectType.CONTACT and row.property == "email":
        return person.email, ""  # who the contact is, whatever the row says
    mapped = typed(MappingRow(row.property, row.source, row.value), known, object_type)
    value = record_properties(person, (mapped,), object_type, time_zone).properties.get(row.property, "")
    if of_the_portal(object_type, row.property):
        return value, ""  # the form's own problems tell of pipelines and stages
    if found := value_problems("", text, known, time_zone):
        return "", f"{found[0].message} It would be left out, and the rest sent."
    return value, ""


def _now(known: Property, object_type: ObjectType, subject: Subject) -> str | None:
    contact = subject.found.contact
    if object_type is not ObjectType.CONTACT or contact is None or known.hidden:
        return None
    held = contact.properties.get(known.name, "")
    return held if len(held) <= _SHOWN else f"{held[:_SHOWN]}…"


def _blank(row: DraftRow, text: str, value: str, source: str) -> str:
    if text:
        return ""
    if not row.source and not row.value:
        return "Nothing is chosen in this row yet."
    return f"{source} is blank: the e-mail address is taken." if value else f"{source} is blank: nothing would be sent."


def _later(known: Property, value: str, now: str | None) -> str:
    """HubSpot moves this property forward only."""
    order = [option.value for option in known.options]
    if known.name != _LIFECYCLE or now not in order or value not in order:
        return ""
    held = known.options[order.index(now)]
    return f"HubSpot may keep the later {known.label} {held.label}." if order.index(now) > order.index(value) else ""
