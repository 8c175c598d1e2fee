"""Refused values: what a mapping row has to say of them, and whether the settings are at fault, not the person."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from referral_hubspot.domain.crm import DEAL_KEY, ObjectType, Problem
from referral_hubspot.domain.errors import PermanentError, RetryableError
from referral_hubspot.domain.mapping import is_required
from referral_hubspot.domain.people import PersonKey
from referral_hubspot.domain.refusals import RowRefusal
from referral_hubspot.domain.settings import Action, MappingRow, Part, Side, SideSettings, gaps
from referral_hubspot.usecases.parcels import Arrived, Parcel, Refusal, Result
from referral_hubspot.usecases.sending import Checked
from referral_hubspot.usecases.write_rows import ABOUT_THE_PROPERTY


class Fit(Protocol):
    """Holds saved names against HubSpot; see `usecases.fit`."""

    def __call__(self, account_id: str, campaign_id: str, side: Side) -> SideSettings | None:
        """Read HubSpot anew and store what is broken; the settings as they stand, None if HubSpot was not asked."""
        ...


class Refusals(Protocol):
    """What HubSpot refused of mapping rows; see `storage.refusals`."""

    def remember(
        self,
        account_id: str,
        campaign_id: str,
        side: Side,
        version: int,
        refusals: Mapping[tuple[Part, str], RowRefusal],
    ) -> None:
        """Keep the last refusal of each mapping row of a settings version."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one person, under the settings that were decided on."""

    checked: Checked
    parcel: Parcel
    settings: SideSettings
    result: Result


class Fate(Enum):
    """What becomes of somebody whom HubSpot refused because of the settings."""

    REJECTED = "rejected"
    WAITS_FOR_SETUP = "waits for setup"
    TRIED_AGAIN = "tried again"


_SideKey = tuple[str, str, Side]
"""An account's campaign, and a side of it."""


class Misfits:
    """Looks through what HubSpot refused of a batch."""

    def __init__(
        self,
        refusals: Refusals,
        fit: Fit,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
    ) -> None:
        self._refusals = refusals
        self._fit = fit
        self._clock = clock
        self._notice = notice

    def remember(self, batch: Sequence[Delivered]) -> None:
        """Tell the mapping rows what HubSpot refused of them, one write per campaign, and none without refusals."""
        rows: dict[tuple[str, str, Side, int], dict[tuple[Part, str], RowRefusal]] = defaultdict(dict)
        for delivered in batch:
            key = delivered.checked.person.key
            if delivered.checked.person.test:
                continue  # its values are made up, and it tells of them itself
            for object_type, problem in _problems(delivered.result):
                if (part := _part(delivered.settings, object_type, problem.property)) is not None:
                    refusal = RowRefusal(problem.code, key.person_id, self._clock())
                    rows[*key.campaign, key.side, delivered.settings.version][part, problem.property] = refusal
        for (account_id, campaign_id, side, version), refusals in rows.items():
            self._refusals.remember(account_id, campaign_id, side, version, refusals)

    def fates(self, batch: Sequence[Delivered]) -> dict[PersonKey, Fate]:
        """What becomes of those whom HubSpot refused; who is not named is not refused.

        A property, option or stage that is gone from HubSpot is not the person's fault: once per
        side of a campaign HubSpot is asked what it has, and then the lead waits for the settings to be mended.
        """
        sides = {
            _side(delivered)
            for delivered in batch
            if any(_of_settings(delivered.settings, *problem) for problem in _problems(delivered.result))
        }
        now = {side: self._asked(*side) for side in sides}
        return {
            delivered.checked.person.key: self._fate(delivered, delivered.result, now)
            for delivered in batch
            if isinstance(delivered.result, Refusal)
        }

    def _asked(self, account_id: str, campaign_id: str, side: Side) -> SideSettings | None:
        try:
            return self._fit(account_id, campaign_id, side)
        except (RetryableError, PermanentError) as fault:
            self._notice(fault)
            return None

    @staticmethod
    def _fate(delivered: Delivered, refusal: Refusal, now: Mapping[_SideKey, SideSettings | None]) -> Fate:
        if not _of_settings(delivered.settings, refusal.object_type, refusal.problem):
            return Fate.REJECTED
        settings = now[_side(delivered)]
        if settings is None:
            return Fate.TRIED_AGAIN
        if settings.version != delivered.settings.version or gaps(settings, delivered.checked.binding):
            return Fate.WAITS_FOR_SETUP
        # Nothing is wrong with the settings. The deal's key is none of the lead's: it was made again just now.
        return Fate.TRIED_AGAIN if refusal.problem.property == DEAL_KEY else Fate.REJECTED


def _side(delivered: Delivered) -> _SideKey:
    key = delivered.checked.person.key
    return key.account_id, key.campaign_id, key.side


def _problems(result: Result) -> Iterator[tuple[ObjectType, Problem]]:
    match result:
        case Refusal():
            yield result.object_type, result.problem
        case Arrived():
            for object_type, made in ((ObjectType.CONTACT, result.contact), (ObjectType.DEAL, result.deal)):
                yield from ((object_type, problem) for problem in (made.left_out if made else ()))


_ABOUT_THE_CHOICE = frozenset({"INVALID_OPTION", "INVALID_OWNER_ID"})


def _of_settings(settings: SideSettings, object_type: ObjectType, problem: Problem) -> bool:
    """Whether a refusal may come of HubSpot having changed since the settings were saved.

    Then the property is gone, or what a fixed row puts there: a choice, or anything that a record
    cannot be without. A refusal that names no property may be about all of them.
    """
    if problem.property in ("", DEAL_KEY):
        return True
    row = next((row for row in _rows(settings, object_type) if row.property == problem.property), None)
    if row is None or problem.code in ABOUT_THE_PROPERTY:
        return row is not None
    return bool(row.value) and (problem.code in _ABOUT_THE_CHOICE or is_required(object_type, row.property))


def _rows(settings: SideSettings, object_type: ObjectType) -> Sequence[MappingRow]:
    return settings.deal_rows if object_type is ObjectType.DEAL else settings.contact_rows


def _part(settings: SideSettings, object_type: ObjectType, property_name: str) -> Part | None:
    """The part of the settings with the mapping row; None if no row is about the property."""
    if property_name not in {row.property for row in _rows(settings, object_type)}:
        return None
    beside_a_deal = settings.action is Action.CREATE_DEAL and object_type is ObjectType.CONTACT
    return Part.CONTACT_MAPPING if beside_a_deal else Part.MAPPING
