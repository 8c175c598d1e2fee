"""How campaigns, settings, bindings and routes look as rows, and back."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from referral_hubspot.domain.people import SHARDS
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import (
    SIDES,
    Action,
    Binding,
    BindingState,
    Broken,
    Campaign,
    Choices,
    CustomField,
    Duplicates,
    MappingRow,
    Part,
    Rule,
    RuleKind,
    Side,
    SideSettings,
)
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import Item, moment

Writes = Mapping[str, Sequence[str]]

REMOVED = "removed"
"""State of a binding row that is no binding any more: it stays so that its `version` never starts again."""

_MAPPING_FIELDS = tuple(one.name for one in fields(MappingRow))


def campaign_row(campaign: Campaign) -> dict[str, Any]:
    return {
        **keys.campaign(campaign.account_id, campaign.campaign_id).item(),
        "account_id": campaign.account_id,
        "campaign_id": campaign.campaign_id,
        "name": campaign.name,
        "state": campaign.state,
        "time_zone": campaign.time_zone,
        "custom_fields": [
            {"key": custom.key, "label": custom.label, "type": custom.type} for custom in campaign.custom_fields
        ],
        "version": campaign.version,
    }


def to_campaign(row: Item) -> Campaign:
    return Campaign(
        account_id=row["account_id"],
        campaign_id=row["campaign_id"],
        name=row["name"],
        state=row["state"],
        time_zone=row["time_zone"],
        custom_fields=tuple(CustomField(**custom) for custom in row["custom_fields"]),
        version=row["version"],
    )


def settings_row(settings: SideSettings) -> dict[str, Any]:
    """Without its key, which differs between the current row and the immutable ones."""
    return {
        "version": settings.version,
        "action": settings.action,
        "mapping": [_mapping_row(row) for row in settings.mapping],
        "duplicates": settings.duplicates,
        "rule": rule_row(settings.rule),
        "with_contact": settings.with_contact,
        "contact_mapping": [_mapping_row(row) for row in settings.contact_mapping],
        "kept_rule": rule_row(settings.kept_rule),
        "broken": broken_rows(settings.broken),
        "saved_by": settings.saved_by,
        "saved_at": settings.saved_at,
    }


def to_settings(row: Item | None) -> SideSettings:
    if row is None:
        return SideSettings()
    return SideSettings(
        version=row["version"],
        action=_known(Action, row["action"]),
        mapping=_to_mapping(row["mapping"]),
        duplicates=Duplicates(row["duplicates"]),
        rule=to_rule(row["rule"]),
        with_contact=row.get("with_contact", False),
        contact_mapping=_to_mapping(row.get("contact_mapping", ())),
        kept_rule=to_rule(row["kept_rule"]) if "kept_rule" in row else Rule(),
        broken=tuple(_to_broken(inner) for inner in row["broken"]),
        saved_by=row["saved_by"],
        saved_at=_optional_moment(row["saved_at"]),
    )


def rule_row(rule: Rule) -> dict[str, Any]:
    return {"kind": rule.kind, "property": rule.property, "value": rule.value, "since": rule.since}


def to_rule(row: Item) -> Rule:
    kind = _known(RuleKind, row["kind"])
    return Rule(kind, row["property"], row["value"], _optional_moment(row["since"])) if kind else Rule()


def rules_rows(settings: Item | None) -> list[Item]:
    """The rules of a settings row, as a route keeps them."""
    rules = [settings[name] for name in ("rule", "kept_rule") if name in settings] if settings else []
    return [rule for rule in rules if rule["kind"] != RuleKind.NONE]


def broken_rows(broken: Sequence[Broken]) -> list[dict[str, str]]:
    return [{"part": one.part, "property": one.property, "value": one.value} for one in broken]


def _to_broken(row: Item | str) -> Broken:
    if isinstance(row, str):  # as the release before this one wrote it
        return Broken(Part.MAPPING, row)
    return Broken(Part(row["part"]), row["property"], row["value"])


def to_choices(row: Item | None) -> Choices:
    if row is None:
        return Choices()
    return Choices(
        complete_since=_optional_moment(row.get("complete_since")),
        send_held_until=_optional_moment(row.get("send_held_until")),
        drop_held_until=_optional_moment(row.get("drop_held_until")),
    )


def binding_row(binding: Binding, *, reason: str = "") -> dict[str, Any]:
    """`reason` says why the state is what it is; announcements carry it."""
    return {
        **keys.binding(binding.account_id, binding.campaign_id).item(),
        "account_id": binding.account_id,
        "campaign_id": binding.campaign_id,
        "portal_id": binding.portal_id,
        "portal_name": binding.portal_name,
        "ui_domain": binding.ui_domain,
        "connected_by": binding.connected_by,
        "connected_at": binding.connected_at,
        "state": binding.state,
        "scopes": list(binding.scopes),
        "version": binding.version,
        "reason": reason,
    }


def to_binding(row: Item | None) -> Binding | None:
    """None also for a row whose binding was removed."""
    if row is None or row["state"] == REMOVED:
        return None
    return Binding(
        account_id=row["account_id"],
        campaign_id=row["campaign_id"],
        portal_id=row["portal_id"],
        portal_name=row["portal_name"],
        ui_domain=row["ui_domain"],
        connected_by=row["connected_by"],
        connected_at=moment(row["connected_at"]),
        state=BindingState(row["state"]),
        scopes=tuple(row["scopes"]),
        version=row["version"],
    )


def route_row(portal_id: int, account_id: str, campaign_id: str, settings: Mapping[Side, Item]) -> dict[str, Any]:
    """A route with what the current settings rows of each side compile to, listed for the sweep."""
    shard = zlib.crc32(f"{account_id}/{campaign_id}".encode()) % SHARDS
    return {
        **keys.route(portal_id, account_id, campaign_id).item(),
        "listed_pk": keys.routes_shard(shard),
        "listed_sk": f"{portal_id}#{account_id}#{campaign_id}",
        "portal_id": portal_id,
        "account_id": account_id,
        "campaign_id": campaign_id,
        "rules": rules_rows(settings.get("lead")),
        **{writes_attribute(side): settings[side]["writes"] if side in settings else {} for side in SIDES},
    }


def to_route(row: Item) -> Route:
    beside = {name: tuple(values) for name, values in row[writes_attribute("referrer")].items()}
    writes = dict(beside)
    for name, values in row[writes_attribute("lead")].items():
        anything = not values or writes.get(name) == ()
        writes[name] = () if anything else tuple(values) + writes.get(name, ())
    # The release before this one wrote one rule.
    compiled = row["rules"] if "rules" in row else [row["rule"]]
    rules = tuple(to_rule(rule) for rule in compiled if rule["kind"] != RuleKind.NONE)
    return Route(row["portal_id"], row["account_id"], row["campaign_id"], rules, writes, beside)


def writes_attribute(side: Side) -> str:
    return f"writes_{side}"


def _mapping_row(row: MappingRow) -> dict[str, Any]:
    return {
        "property": row.property,
        "source": row.source,
        "value": row.value,
        "type": row.type,
        "field_type": row.field_type,
        "options": dict(row.options),
        "unique": row.unique,
    }


def _to_mapping(rows: Sequence[Item]) -> tuple[MappingRow, ...]:
    return tuple(MappingRow(**{name: row[name] for name in _MAPPING_FIELDS if name in row}) for row in rows)


def _known[Word: StrEnum](words: type[Word], text: str | None) -> Word | None:
    """None also for a word that only a later release knows."""
    return words(text) if text in set(words) else None


def _optional_moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
