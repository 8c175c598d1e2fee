"""What a campaign's admin chose, and what is still missing before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What happens in HubSpot when someone joins."""

    CREATE_CONTACT = "create_contact"
    NONE = "none"


class Duplicates(StrEnum):
    """What happens to a person who was in HubSpot before the referral."""

    SKIP = "skip"
    UPDATE = "update"


class RuleKind(StrEnum):
    """What qualifies a referral."""

    CONTACT_PROPERTY = "contact_property"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a referral qualifies. `since` moves only when kind, property or value change."""

    kind: RuleKind = RuleKind.NONE
    property: str = ""
    value: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One row of the mapping: a platform field (`source`) or a fixed `value` goes to a HubSpot property.

    `type` and `options` (label or value in lower case → internal value) are what HubSpot said of the
    property when the row was saved; values are coerced to them. Exactly one of `source`, `value` is set.
    """

    property: str
    source: str = ""
    value: str = ""
    type: str = "string"
    field_type: str = "text"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SideSettings:
    """One side (Leads or Referrers) of a campaign's settings; version 0 means never saved."""

    version: int = 0
    action: Action | None = None
    mapping: tuple[MappingRow, ...] = ()
    duplicates: Duplicates = Duplicates.SKIP
    rule: Rule = Rule()
    broken: tuple[str, ...] = ()
    """Properties that rows name and the connected HubSpot account does not have."""
    saved_by: str = ""
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of the campaign's own form."""

    key: str
    label: str
    type: str


DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the platform says of a campaign; `version` rises, `deleted` is final."""

    account_id: str
    campaign_id: str
    name: str = ""
    state: str = "draft"
    time_zone: str = "UTC"
    custom_fields: tuple[CustomField, ...] = ()
    version: int = 0


class BindingState(StrEnum):
    """Whether the campaign's connection works."""

    CONNECTED = "connected"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Binding:
    """A campaign's connection to one HubSpot account."""

    account_id: str
    campaign_id: str
    portal_id: int
    portal_name: str
    ui_domain: str
    connected_by: str
    connected_at: datetime
    state: BindingState = BindingState.CONNECTED
    scopes: tuple[str, ...] = ()
    version: int = 1


class GapCode(StrEnum):
    """Why nothing can be sent yet."""

    NOT_CONNECTED = "not_connected"
    NO_ACTION = "no_action"
    REQUIRED_MAPPING = "required_mapping"
    UNKNOWN_PROPERTY = "unknown_property"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing before anything is sent, and what to do about it."""

    code: GapCode
    field: str
    message: str
    next_step: str


REQUIRED_CONTACT_PROPERTIES: Mapping[str, str] = {"email": "Email", "firstname": "First Name"}


def gaps(settings: SideSettings, binding: Binding | None) -> list[Gap]:
    """What is missing before this side can work; empty means that it can.

    *Do nothing* needs nothing: it is a complete choice.
    """
    if settings.action is None:
        return [
            Gap(
                GapCode.NO_ACTION,
                "action",
                "Nothing is chosen for what happens when someone joins.",
                "Choose what happens, for example Create new Contact in HubSpot.",
            )
        ]
    if settings.action is Action.NONE:
        return []
    found = [] if binding is not None else [_not_connected()]
    return found + _missing_required(settings.mapping) + _broken(settings.broken)


def _not_connected() -> Gap:
    return Gap(GapCode.NOT_CONNECTED, "connection", "HubSpot is not connected.", "Connect HubSpot.")


def _missing_required(mapping: Sequence[MappingRow]) -> list[Gap]:
    mapped = {row.property for row in mapping if row.source or row.value}
    return [
        Gap(
            GapCode.REQUIRED_MAPPING,
            f"mapping.{name}",
            f"{label} is required and not mapped.",
            f"Map {label} to HubSpot's {label} and save.",
        )
        for name, label in REQUIRED_CONTACT_PROPERTIES.items()
        if name not in mapped
    ]


def _broken(properties: Sequence[str]) -> list[Gap]:
    return [
        Gap(
            GapCode.UNKNOWN_PROPERTY,
            f"mapping.{name}",
            f"The HubSpot property {name} does not exist in the connected account.",
            "Choose another property in this row, or create it in HubSpot and refresh.",
        )
        for name in properties
    ]


@dataclass(frozen=True, slots=True)
class CampaignState:
    """All that stands between a person who joined and HubSpot, read together."""

    campaign: Campaign | None = None
    leads: SideSettings = SideSettings()
    binding: Binding | None = None

    @property
    def served(self) -> bool:
        """Whether this stack was ever told to serve the campaign; a deleted one is served no more."""
        deleted = self.campaign is not None and self.campaign.state == DELETED
        return not deleted and (self.leads.version > 0 or self.binding is not None)
