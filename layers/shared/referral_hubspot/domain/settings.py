"""What a campaign's admin chose, and what is still missing before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DEAL_KEY, DEAL_NAME, DEAL_STAGE, PIPELINE, ObjectType
from referral_hubspot.domain.pauses import Pauses

Side = Literal["lead", "referrer"]
"""Whom settings, and all that comes of them, are about."""

SIDES: tuple[Side, ...] = ("lead", "referrer")


class Action(StrEnum):
    """What happens in HubSpot when someone joins."""

    CREATE_CONTACT = "create_contact"
    CREATE_DEAL = "create_deal"
    NONE = "none"

    @property
    def object_type(self) -> ObjectType | None:
        """What people are sent as."""
        return {Action.CREATE_CONTACT: ObjectType.CONTACT, Action.CREATE_DEAL: ObjectType.DEAL}.get(self)


class Duplicates(StrEnum):
    """What happens to a person who was in HubSpot before the referral."""

    SKIP = "skip"
    UPDATE = "update"


class RuleKind(StrEnum):
    """What qualifies a referral."""

    CONTACT_PROPERTY = "contact_property"
    DEAL_STAGE = "deal_stage"
    NONE = "none"

    @property
    def object_type(self) -> ObjectType | None:
        """What the rule looks at."""
        return {RuleKind.CONTACT_PROPERTY: ObjectType.CONTACT, RuleKind.DEAL_STAGE: ObjectType.DEAL}.get(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a referral qualifies. `since` moves only when kind, property or value change.

    Of a deal's stage `property` is HubSpot's `dealstage` and `value` the stage's id.
    """

    kind: RuleKind = RuleKind.NONE
    property: str = ""
    value: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One row of the mapping: a platform field (`source`) or a fixed `value` goes to a HubSpot property.

    `type` and `options` (label or value in lower case → internal value) are what HubSpot said of the
    property when the row was saved; values are coerced to them. Of a `unique` one no two records may have
    the same value. Exactly one of `source`, `value` is set.
    """

    property: str
    source: str = ""
    value: str = ""
    type: str = "string"
    field_type: str = "text"
    options: Mapping[str, str] = field(default_factory=dict)
    unique: bool = False


class Part(StrEnum):
    """Where in the settings something stands."""

    MAPPING = "mapping"
    CONTACT_MAPPING = "contact_mapping"
    RULE = "rule"
    DEAL_KEY = "deal_key"
    CLASH = "clash"


@dataclass(frozen=True, slots=True)
class Broken:
    """What keeps settings from working in the connected HubSpot account: a name, mostly, that it does not have.

    `value` is the option or stage that is gone; blank where the property itself is. Of a clash it is the
    other campaign, between whose settings and these leads would qualify by themselves.
    """

    part: Part
    property: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class SideSettings:
    """One side (Leads or Referrers) of a campaign's settings; version 0 means never saved.

    `mapping` is of the object that the action makes. `contact_mapping` is of the contact that
    `with_contact` makes beside a deal. `kept_rule` goes on for those who were sent as the other
    object before the action changed.
    """

    version: int = 0
    action: Action | None = None
    mapping: tuple[MappingRow, ...] = ()
    duplicates: Duplicates = Duplicates.SKIP
    rule: Rule = Rule()
    with_contact: bool = False
    contact_mapping: tuple[MappingRow, ...] = ()
    kept_rule: Rule = Rule()
    broken: tuple[Broken, ...] = ()
    saved_by: str = ""
    saved_at: datetime | None = None

    @property
    def contact_rows(self) -> tuple[MappingRow, ...]:
        """What is written into a contact."""
        if self.action is Action.CREATE_CONTACT:
            return self.mapping
        return self.contact_mapping if self.action is Action.CREATE_DEAL and self.with_contact else ()

    @property
    def deal_rows(self) -> tuple[MappingRow, ...]:
        """What is written into a deal."""
        return self.mapping if self.action is Action.CREATE_DEAL else ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that somebody can still qualify by."""
        return tuple(rule for rule in (self.rule, self.kept_rule) if rule.kind is not RuleKind.NONE)

    def rule_for(self, object_type: ObjectType) -> Rule:
        """The rule for those who were sent as this object."""
        return next((rule for rule in self.rules if rule.kind.object_type is object_type), Rule())

    @property
    def scopes(self) -> tuple[str, ...]:
        """What HubSpot must have allowed for these settings to work."""
        return (*scopes.REQUIRED, *(scopes.DEALS if self.action is Action.CREATE_DEAL else ()))


UNSAVED: Mapping[Side, SideSettings] = {
    "lead": SideSettings(),
    "referrer": SideSettings(duplicates=Duplicates.UPDATE),
}
"""A side before anything was saved. Left alone, customers who are in HubSpot already would never get their link."""


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
    MISSING_SCOPE = "missing_scope"
    UNKNOWN_PROPERTY = "unknown_property"
    UNKNOWN_OPTION = "unknown_option"
    NO_DEAL_KEY = "no_deal_key"
    QUALIFIES_BY_ITSELF = "qualifies_by_itself"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing before anything is sent, and what to do about it."""

    code: GapCode
    field: str
    message: str
    next_step: str


REQUIRED_CONTACT_PROPERTIES: Mapping[str, str] = {"email": "Email", "firstname": "First Name"}
REQUIRED_DEAL_PROPERTIES: Mapping[str, str] = {
    PIPELINE: "Pipeline",
    DEAL_STAGE: "Deal Stage",
    DEAL_NAME: "Deal Name",
}


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
    found = [_not_connected()] if binding is None else _not_allowed(settings, binding)
    return found + _missing_required(settings) + [_gap_of(broken, settings) for broken in settings.broken]


def _not_connected() -> Gap:
    return Gap(GapCode.NOT_CONNECTED, "connection", "HubSpot is not connected.", "Connect HubSpot.")


def _not_allowed(settings: SideSettings, binding: Binding) -> list[Gap]:
    absent = scopes.missing(settings.scopes, binding.scopes)
    if not absent:
        return []
    deals = settings.action is Action.CREATE_DEAL and not set(absent) - set(scopes.DEALS)
    feature = "deals" if deals else "contacts"
    return [
        Gap(
            GapCode.MISSING_SCOPE,
            "connection.scopes",
            f"HubSpot does not allow us {scopes.doings(absent)}, which {feature} take.",
            f"Reconnect HubSpot, and leave the permissions for {feature} ticked there.",
        )
    ]


def _missing_required(settings: SideSettings) -> list[Gap]:
    deals = settings.action is Action.CREATE_DEAL
    found = _unmapped(
        Part.MAPPING, settings.mapping, REQUIRED_DEAL_PROPERTIES if deals else REQUIRED_CONTACT_PROPERTIES
    )
    if deals and settings.with_contact:
        found += _unmapped(Part.CONTACT_MAPPING, settings.contact_mapping, REQUIRED_CONTACT_PROPERTIES)
    return found


def _unmapped(part: Part, rows: Sequence[MappingRow], required: Mapping[str, str]) -> list[Gap]:
    mapped = {row.property for row in rows if row.source or row.value}
    return [
        Gap(
            GapCode.REQUIRED_MAPPING,
            f"{part}.{name}",
            f"{label} is required and not mapped.",
            f"Map {label} to HubSpot's {label} and save.",
        )
        for name, label in required.items()
        if name not in mapped
    ]


def _gap_of(broken: Broken, settings: SideSettings) -> Gap:
    if broken.part is Part.DEAL_KEY:
        return Gap(
            GapCode.NO_DEAL_KEY,
            "action",
            f"HubSpot lacks the unique deal property {DEAL_KEY}, which keeps a person from becoming two deals.",
            "Reconnect HubSpot and leave the permissions for deals ticked, so that it is made. If they are, remove a "
            "unique deal property there that nobody needs, for HubSpot takes ten, or one of this name that is not "
            "unique.",
        )
    if broken.part is Part.CLASH:
        return Gap(
            GapCode.QUALIFIES_BY_ITSELF,
            # Without a rule here, the other campaign's is what waits.
            "rule.value" if settings.rules else Part.MAPPING,
            f"Leads would qualify the moment they are sent: campaign {broken.value} writes {broken.property}, which a "
            "rule here waits for, or waits for what is written here.",
            "Change the mapping or the rule here or there, then save.",
        )
    place = f"{broken.part}.{broken.property}"
    if broken.value:
        return Gap(
            GapCode.UNKNOWN_OPTION,
            place,
            f"HubSpot's {broken.property} no longer has the choice {broken.value}.",
            "Choose another one in this row, or bring it back in HubSpot; then save.",
        )
    return Gap(
        GapCode.UNKNOWN_PROPERTY,
        place,
        f"The HubSpot property {broken.property} does not exist in the connected account, or cannot be written there.",
        "Choose another property in this row, or create it in HubSpot; then save.",
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What was settled once for a side of a campaign, beside its settings.

    `complete_since` is when its setup was complete for the first time. Held people who asked first
    and were held before `send_held_until` may go out: an admin said so. Those who asked before
    `drop_held_until` are not to be sent. One of the two at most: the later answer counts.
    """

    complete_since: datetime | None = None
    send_held_until: datetime | None = None
    drop_held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CampaignState:
    """All that stands between a person who joined and HubSpot, read together."""

    campaign: Campaign | None = None
    leads: SideSettings = SideSettings()
    binding: Binding | None = None
    choices: Choices = Choices()
    pauses: Pauses = field(default_factory=Pauses)
    referrers: SideSettings = UNSAVED["referrer"]
    referrer_choices: Choices = Choices()

    def settings(self, side: Side) -> SideSettings:
        """What was chosen for a side."""
        return self.leads if side == "lead" else self.referrers

    def choices_of(self, side: Side) -> Choices:
        """What was settled once for a side."""
        return self.choices if side == "lead" else self.referrer_choices

    def with_choices(self, side: Side, choices: Choices) -> "CampaignState":
        """The same campaign with other choices for a side."""
        return replace(self, choices=choices) if side == "lead" else replace(self, referrer_choices=choices)

    @property
    def served(self) -> bool:
        """Whether this stack was ever told to serve the campaign; a deleted one is served no more."""
        deleted = self.campaign is not None and self.campaign.state == DELETED
        saved = self.leads.version > 0 or self.referrers.version > 0
        return not deleted and (saved or self.binding is not None)

    @property
    def paused(self) -> bool:
        """Whether whoever is on call stopped it."""
        one = self.binding or self.campaign
        portal_id = self.binding.portal_id if self.binding else None
        return one is not None and self.pauses.cover(one.account_id, one.campaign_id, portal_id)
