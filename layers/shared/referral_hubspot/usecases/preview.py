"""Try a form that is not saved yet: what HubSpot would get for one person. Nothing is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex
from typing import Protocol

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.draft import Draft, DraftRow, SaveProblem, SaveRefusedError, unjudged
from referral_hubspot.domain.errors import ConnectionLostError, NotConnectedError, RetryableError, ScopeMissingError
from referral_hubspot.domain.fitting import Portal, objects_named
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.made_up import made_up
from referral_hubspot.domain.people import Person, PersonKey, usable
from referral_hubspot.domain.preview import Found, PreviewRow, Subject, meaning, preview_rows, readable
from referral_hubspot.domain.save_rows import typed
from referral_hubspot.domain.save_rules import Surroundings, accepted
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    BindingState,
    Duplicates,
    Gap,
    MappingRow,
    Part,
    Side,
    SideSettings,
    gaps,
)
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.ports import CrmDirectory
from referral_hubspot.usecases.read_people import UnknownPersonError
from referral_hubspot.usecases.read_warnings import Neighbourhoods
from referral_hubspot.usecases.recognise import recognised

_NEWEST = 10
"""How many of the newest are looked at for one whose data is still there."""


class PeopleReader(Protocol):
    """Reads people; see `storage.people`."""

    def get(self, key: PersonKey) -> Person | None: ...

    def page(self, account_id: str, campaign_id: str, side: Side, limit: int) -> tuple[Sequence[Person], str]: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What the form would do for `person`, and what saving it would say.

    `sends` is whether anything would be written at all, `text` why or why not, `problems` keep the form from being
    saved, `missing` keeps it from working once it is.
    """

    person: Person
    found: Found
    sends: bool
    text: str
    rows: tuple[PreviewRow, ...]
    problems: tuple[SaveProblem, ...]
    missing: tuple[Gap, ...]


class PreviewSettings:
    """Takes a form through the mapping that sending uses, with one read of HubSpot's contacts at most."""

    def __init__(
        self,
        around: Neighbourhoods,
        lookups: LookUp,
        people: PeopleReader,
        directory: CrmDirectory,
        clock: Callable[[], datetime],
        new_mark: Callable[[], str] = lambda: token_hex(5),
    ) -> None:
        self._around = around
        self._lookups = lookups
        self._people = people
        self._directory = directory
        self._clock = clock
        self._new_mark = new_mark

    def __call__(
        self, known: KnownCampaign, binding: Binding, side: Side, draft: Draft, person_id: str | None
    ) -> Preview:
        """Try a form on a person, or on one made up if there is none.

        Args:
            person_id: Blank for the newest, None for one made up.

        Raises:
            UnknownPersonError: the campaign has no such person.
            RetryableError, ConnectionLostError, …: as `LookUp`, where HubSpot was never read.
        """
        settings = _meant(draft)
        portal = self._lookups.portal(binding, objects_named(settings), refresh=False)
        person = self._person(known, side, person_id) or self._made_up(known, side, settings, portal)
        parts = _parts(draft, settings)
        found = self._found(person, settings, binding, readable(_of_contacts(parts), portal))
        subject = Subject(person, known.campaign, portal, found)
        rows = [row for part, object_type, drawn in parts for row in preview_rows(part, drawn, object_type, subject)]
        sends, text = meaning(settings, subject)
        problems = self._problems(known, binding, side, draft, portal)
        told = tuple(_told(row, problems) for row in rows)
        return Preview(person, found, sends, text, told, problems, tuple(gaps(settings, binding)))

    def _person(self, known: KnownCampaign, side: Side, person_id: str | None) -> Person | None:
        if person_id is None:
            return None
        campaign = known.campaign
        if not person_id:
            newest, _ = self._people.page(campaign.account_id, campaign.campaign_id, side, _NEWEST)
            return next((person for person in newest if person.details and person.email), None)
        person = self._people.get(PersonKey(campaign.account_id, campaign.campaign_id, side, person_id))
        if person is None:
            raise UnknownPersonError(campaign.campaign_id, side, person_id)
        return person

    def _made_up(self, known: KnownCampaign, side: Side, settings: SideSettings, portal: Portal) -> Person:
        """Somebody whose values fit what the rows name: choices of HubSpot's are taken from its properties."""
        fitting = replace(
            settings,
            mapping=_typed(settings.mapping, settings.action, portal),
            contact_mapping=_typed(settings.contact_mapping, Action.CREATE_CONTACT, portal),
        )
        return made_up(known.campaign, fitting, self._new_mark(), self._clock(), side)

    def _found(self, person: Person, settings: SideSettings, binding: Binding, names: Sequence[str]) -> Found:
        """The contact with the person's address. Of one that nobody would send HubSpot is not asked, and of one made
        up just now the answer is known.
        """
        if person.version == 0:
            return Found()
        sent = settings.action not in (None, Action.NONE) and usable(person.email)
        if not sent or binding.state is BindingState.LOST:
            return Found(asked=False)
        try:
            crm = self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)
            return Found(recognised(crm, [person.email], names).get(person.email))
        except (RetryableError, ConnectionLostError, NotConnectedError, ScopeMissingError):
            return Found(asked=False)

    def _problems(
        self, known: KnownCampaign, binding: Binding, side: Side, draft: Draft, portal: Portal
    ) -> tuple[SaveProblem, ...]:
        routes = self._around.neighbourhood(binding.account_id, binding.portal_id).routes
        around = Surroundings(known.campaign, portal, routes, side)
        try:
            accepted(draft, known.settings(side), around, self._clock())
        except SaveRefusedError as refused:
            return refused.problems
        return ()


def _told(row: PreviewRow, problems: Sequence[SaveProblem]) -> PreviewRow:
    """The row with what keeps the form from being saved because of it."""
    of_row = (problem.message for problem in problems if problem.field.startswith(f"{row.place}."))
    return replace(row, problem=row.problem or next(of_row, ""))


def _meant(draft: Draft) -> SideSettings:
    duplicates = Duplicates(draft.duplicates) if draft.duplicates in set(Duplicates) else Duplicates.SKIP
    return replace(unjudged(draft), duplicates=duplicates)


_Rows = tuple[Part, ObjectType, Sequence[DraftRow]]


def _parts(draft: Draft, settings: SideSettings) -> list[_Rows]:
    """The rows that would be written, with what they are written into."""
    match settings.action:
        case Action.CREATE_CONTACT:
            return [(Part.MAPPING, ObjectType.CONTACT, draft.mapping)]
        case Action.CREATE_DEAL:
            beside = (Part.CONTACT_MAPPING, ObjectType.CONTACT, draft.contact_mapping)
            return [(Part.MAPPING, ObjectType.DEAL, draft.mapping), *([beside] if draft.with_contact else [])]
        case _:
            return []


def _of_contacts(parts: Sequence[_Rows]) -> list[DraftRow]:
    return [row for _, object_type, rows in parts if object_type is ObjectType.CONTACT for row in rows]


def _typed(rows: Sequence[MappingRow], action: Action | None, portal: Portal) -> tuple[MappingRow, ...]:
    object_type = (action.object_type if action else None) or ObjectType.CONTACT
    known = portal.properties.get(object_type, {})
    return tuple(typed(row, known[row.property], object_type) if row.property in known else row for row in rows)
