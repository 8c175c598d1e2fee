"""Tell an admin of the leads and referrers of a campaign: where each stands, why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.people import Person, PersonKey, normalised
from referral_hubspot.domain.settings import Side
from referral_hubspot.domain.story import Line, told
from referral_hubspot.domain.wording import Names, label, next_step
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.read_portal import PortalCache, by_name


class UnknownPersonError(PermanentError):
    """The campaign has no such lead, or no such referrer."""

    def __init__(self, campaign_id: str, side: Side, person_id: str) -> None:
        super().__init__(f"campaign {campaign_id} has no {side} {person_id}")
        self.campaign_id = campaign_id
        self.side = side
        self.person_id = person_id


@dataclass(frozen=True, slots=True)
class Story:
    """A person with its state, next step and timeline in words."""

    person: Person
    label: str
    next_step: str
    timeline: tuple[Line, ...]


class PeopleReader(Protocol):
    """Reads people; see `storage.people`."""

    def get(self, key: PersonKey) -> Person | None: ...

    def page(
        self, account_id: str, campaign_id: str, side: Side, limit: int, cursor: str = "", email: str = ""
    ) -> tuple[Sequence[Person], str]: ...

    def count_waiting(self, account_id: str, campaign_id: str, side: Side | None = None) -> int: ...


class ReadPeople:
    """Reads people and puts them into words."""

    def __init__(self, people: PeopleReader, kept: PortalCache, platform: str) -> None:
        self._people = people
        self._kept = kept
        self._platform = platform

    def page(
        self, known: KnownCampaign, side: Side, limit: int, cursor: str = "", email: str = ""
    ) -> tuple[list[Story], str]:
        """The newest people of a side first, and where the next page begins ("" for nowhere).

        With an `email`, only those who joined with that address, however it is written.
        """
        campaign = known.campaign.account_id, known.campaign.campaign_id
        people, after = self._people.page(*campaign, side, limit, cursor, normalised(email))
        names = self.names(known)
        return [self._story(person, known, names) for person in people], after

    def one(self, known: KnownCampaign, side: Side, person_id: str) -> Story:
        """One lead or referrer.

        Raises:
            UnknownPersonError: the campaign has none such.
        """
        campaign = known.campaign
        person = self._people.get(PersonKey(campaign.account_id, campaign.campaign_id, side, person_id))
        if person is None:
            raise UnknownPersonError(campaign.campaign_id, side, person_id)
        return self._story(person, known, self.names(known))

    def waiting(self, known: KnownCampaign, side: Side) -> int:
        """How many people of a side are held."""
        return self._people.count_waiting(known.campaign.account_id, known.campaign.campaign_id, side)

    def _story(self, person: Person, known: KnownCampaign, names: Names) -> Story:
        lines = tuple(told(entry, person.key.side, names, self._platform) for entry in person.timeline)
        step = next_step(person, known.settings(person.key.side), known.binding, names)
        return Story(person, label(person, self._platform), step, lines)

    def names(self, known: KnownCampaign) -> Names:
        """Labels as far as they were read before: a list of people is no reason to call HubSpot."""
        if known.binding is None:
            return Names()
        portal = known.binding.account_id, known.binding.portal_id
        properties = {one: by_name(kept) for one in ObjectType if (kept := self._kept.load(*portal, one))}
        pipelines = self._kept.load_pipelines(*portal)
        return Names(properties, pipelines.pipelines if pipelines else ())
