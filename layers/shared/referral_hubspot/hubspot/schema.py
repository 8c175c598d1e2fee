"""How one HubSpot account is set up: properties, pipelines, owners."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from referral_hubspot.domain.crm import DEAL_KEY, ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.hubspot.calls import Caller
from referral_hubspot.hubspot.reads import results
from referral_hubspot.hubspot.refusals import mapping, mappings
from referral_hubspot.hubspot.transport import API_VERSION

Json = Mapping[str, Any]

_OWNER = "hubspot_owner_id"
_OWNERS_PAGE = 100
_DEAL_KEY_DEFINITION = {
    "name": DEAL_KEY,
    "label": "Referral lead key",
    "groupName": "dealinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}


class Schema:
    """The part of `HubSpotCrm` that reads what records may hold, and adds properties of ours."""

    _caller: Caller

    def properties(self, object_type: ObjectType) -> list[Property]:
        """Every property of an object."""
        body = self._caller.call("GET", f"/crm/properties/{API_VERSION}/{object_type.plural}").body
        found = [_property(item) for item in mappings(body.get("results")) if item.get("archived") is not True]
        if not found:  # no account is without properties
            raise CrmUnavailableError(status=200)
        return found

    def pipelines(self) -> list[Pipeline]:
        """The pipelines of deals."""
        body = self._caller.call("GET", f"/crm/pipelines/{API_VERSION}/{ObjectType.DEAL.plural}").body
        found = [
            Pipeline(
                str(item.get("id", "")),
                str(item.get("label", "")),
                tuple(_stage(stage) for stage in _in_order(item.get("stages"))),
            )
            for item in _in_order(body.get("results"))
        ]
        if not found:  # no account is without a pipeline
            raise CrmUnavailableError(status=200)
        return found

    def owners(self) -> list[Option]:
        """HubSpot's users that a record may belong to, as they are listed."""
        return [
            Option(str(owner["id"]), _name(owner)) for owner in self._owner_pages() if owner.get("archived") is not True
        ]

    def create_deal_key(self) -> None:
        """Make the unique deal property; 409 says that it is there."""
        self._caller.call(
            "POST", f"/crm/properties/{API_VERSION}/{ObjectType.DEAL.plural}", _DEAL_KEY_DEFINITION, accept=(409,)
        )

    def create_contact_properties(self, group: str, group_label: str, new: Sequence[Property]) -> None:
        """Make properties in a group, which is made if it is not there.

        A name that is taken keeps its definition, an archived one comes back. Whether all are there
        now is told by `properties`.
        """
        path = f"/crm/properties/{API_VERSION}/{ObjectType.CONTACT.plural}"
        groups = mappings(self._caller.call("GET", f"{path}/groups").body.get("results"))
        if group not in {str(one.get("name", "")) for one in groups if one.get("archived") is not True}:
            self._caller.call("POST", f"{path}/groups", {"name": group, "label": group_label}, accept=(409,))
        inputs = [_definition(group, one) for one in new]
        self._caller.call("POST", f"{path}/batch/create", {"inputs": inputs}, accept=(409,))

    def _owner_pages(self) -> Iterator[Json]:
        query: dict[str, int | str] = {"limit": _OWNERS_PAGE}
        while True:
            body = self._caller.call("GET", f"/crm/owners/{API_VERSION}?{urlencode(query)}").body
            yield from results(body)
            after = str(mapping(mapping(body.get("paging")).get("next")).get("after") or "")
            if not after:
                return
            if after == query.get("after"):  # it would go on for ever
                raise CrmUnavailableError(status=200)
            query["after"] = after


def _definition(group: str, new: Property) -> Json:
    return {
        "name": new.name,
        "label": new.label,
        "groupName": group,
        "type": new.type,
        "fieldType": new.field_type,
    }


def _property(item: Json) -> Property:
    """A property's definition; hidden options are not offered."""
    name = str(item.get("name", ""))
    options = [option for option in mappings(item.get("options")) if option.get("hidden") is not True]
    options.sort(key=_order)
    return Property(
        name=name,
        label=str(item.get("label") or name),
        type=str(item.get("type", "string")),
        field_type=str(item.get("fieldType", "text")),
        group=str(item.get("groupName", "")),
        writable=mapping(item.get("modificationMetadata")).get("readOnlyValue") is not True
        and item.get("calculated") is not True,
        options=tuple(Option(str(option.get("value", "")), str(option.get("label", ""))) for option in options),
        hidden=item.get("hidden") is True,
        unique=item.get("hasUniqueValue") is True,
        of_owners=name == _OWNER or item.get("referencedObjectType") == "OWNER",
    )


def _stage(item: Json) -> Stage:
    """A stage. HubSpot tells by texts: whether it ends a deal, and how probable a sale is there, 1.0 at a won one."""
    about = mapping(item.get("metadata"))
    closed = str(about.get("isClosed", "")).lower() == "true"
    won = closed and _number(about.get("probability")) == 1.0
    return Stage(str(item.get("id", "")), str(item.get("label", "")), closed, won)


def _name(owner: Json) -> str:
    full = " ".join(part for name in ("firstName", "lastName") if (part := str(owner.get(name) or "").strip()))
    return full or str(owner.get("email") or owner["id"])


def _in_order(items: Any) -> list[Json]:
    there = [item for item in mappings(items) if item.get("archived") is not True]
    return sorted(there, key=lambda item: (_order(item), str(item.get("label", ""))))


def _order(item: Json) -> int:
    value = item.get("displayOrder")
    return value if isinstance(value, int) and value >= 0 else 10**6


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
