"""How campaigns, settings, bindings and routes look as rows, and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    BindingState,
    Campaign,
    CustomField,
    Duplicates,
    MappingRow,
    Rule,
    RuleKind,
    SideSettings,
)
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import Item, moment
from referral_hubspot.storage.keys import Side

Writes = Mapping[str, Sequence[str]]

REMOVED = "removed"
"""State of a binding row that is no binding any more: it stays so that its `version` never starts again."""

_SIDES: tuple[Side, ...] = ("lead", "referrer")


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
        "broken": list(settings.broken),
        "saved_by": settings.saved_by,
        "saved_at": settings.saved_at,
    }


def to_settings(row: Item | None) -> SideSettings:
    if row is None:
        return SideSettings()
    return SideSettings(
        version=row["version"],
        action=Action(row["action"]) if row["action"] else None,
        mapping=tuple(_to_mapping_row(inner) for inner in row["mapping"]),
        duplicates=Duplicates(row["duplicates"]),
        rule=to_rule(row["rule"]),
        broken=tuple(row["broken"]),
        saved_by=row["saved_by"],
        saved_at=_optional_moment(row["saved_at"]),
    )


def rule_row(rule: Rule) -> dict[str, Any]:
    return {"kind": rule.kind, "property": rule.property, "value": rule.value, "since": rule.since}


def to_rule(row: Item) -> Rule:
    return Rule(RuleKind(row["kind"]), row["property"], row["value"], _optional_moment(row["since"]))


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
    """A route with what the current settings rows of each side compile to."""
    leads = settings.get("lead")
    return {
        **keys.route(portal_id, account_id, campaign_id).item(),
        "portal_id": portal_id,
        "account_id": account_id,
        "campaign_id": campaign_id,
        "rule": leads["rule"] if leads else rule_row(Rule()),
        **{writes_attribute(side): settings[side]["writes"] if side in settings else {} for side in _SIDES},
    }


def to_route(row: Item) -> Route:
    writes: dict[str, tuple[str, ...]] = {}
    for side in _SIDES:
        for name, values in row[writes_attribute(side)].items():
            known = writes.get(name)
            anything = not values or known == ()
            writes[name] = () if anything else (known or ()) + tuple(values)
    return Route(row["portal_id"], row["account_id"], row["campaign_id"], to_rule(row["rule"]), writes)


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
    }


def _to_mapping_row(row: Item) -> MappingRow:
    return MappingRow(**row)


def _optional_moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
