"""HubSpot's webhook deliveries: an array of events, mixed types, any order, any number of times."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.qualification import Deletion, Merge, PropertyChange, RecordEvent
from referral_hubspot.events.unreadable import UnreadableError

_LAST_MS = 253_370_764_800_000  # the year 9999
_GENERIC = "object"
_PRIVACY_DELETION = "contact.privacyDeletion"
_NAMED = {str(object_type): object_type for object_type in ObjectType}
_NUMBERED = {object_type.type_id: object_type for object_type in ObjectType}


def _text(value: Any) -> str:
    """Documented as text; whatever else HubSpot sends must not cost the other events of the delivery their place."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


_Text = Annotated[str, BeforeValidator(_text)]


class _Event(BaseModel):
    """What every kind of event says."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    portal_id: int = Field(alias="portalId")
    occurred_at: int = Field(alias="occurredAt", ge=0, le=_LAST_MS)

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.occurred_at / 1000, UTC)


class _Change(_Event):
    app_id: _Text = Field("", alias="appId")
    object_id: int = Field(alias="objectId")
    property_name: str = Field(alias="propertyName")
    property_value: _Text = Field("", alias="propertyValue")
    change_source: _Text = Field("", alias="changeSource")
    source_id: _Text = Field("", alias="sourceId")

    def event(self, object_type: ObjectType) -> PropertyChange:
        return PropertyChange(
            portal_id=self.portal_id,
            object_type=object_type,
            record_id=str(self.object_id),
            property=self.property_name,
            value=self.property_value,
            at=self.at,
            ours=self.change_source == "INTEGRATION" and self.source_id == self.app_id != "",
        )


class _Merge(_Event):
    """HubSpot keeps the primary record's id or makes a new one, and lists that among the merged ones or not."""

    primary_id: int = Field(alias="primaryObjectId")
    merged_ids: list[int] = Field(alias="mergedObjectIds")
    new_id: int | None = Field(None, alias="newObjectId")

    def event(self, object_type: ObjectType) -> Merge:
        survivor = self.new_id or self.primary_id
        former = dict.fromkeys((self.primary_id, *self.merged_ids))
        ids = tuple(str(one) for one in former if one != survivor)
        return Merge(self.portal_id, object_type, str(survivor), ids, self.at)


class _Deletion(_Event):
    object_id: int = Field(alias="objectId")

    def event(self, object_type: ObjectType) -> Deletion:
        return Deletion(self.portal_id, object_type, str(self.object_id), self.at)


class _PrivacyDeletion(_Deletion):
    def event(self, object_type: ObjectType) -> Deletion:
        return Deletion(self.portal_id, object_type, str(self.object_id), self.at, privacy=True)


_KINDS: Mapping[str, type[_Change] | type[_Merge] | type[_Deletion]] = {
    "propertyChange": _Change,
    "merge": _Merge,
    "deletion": _Deletion,
}

_deliveries: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(list[dict[str, Any]])


def read_delivery(body: str) -> list[RecordEvent]:
    """What a delivery says of contacts and deals, each event once; other kinds and objects are skipped.

    Raises:
        UnreadableError: not an array of objects, or an event of these kinds without what it must have.
    """
    try:
        events = [_read(entry) for entry in _deliveries.validate_json(body)]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise UnreadableError("invalid:" + ".".join(str(part) for part in first["loc"])) from None
    return list(dict.fromkeys(event for event in events if event is not None))


def _read(entry: Mapping[str, Any]) -> RecordEvent | None:
    subscription = str(entry.get("subscriptionType", ""))
    if subscription == _PRIVACY_DELETION:
        return _PrivacyDeletion.model_validate(entry).event(ObjectType.CONTACT)
    name, _, kind = subscription.partition(".")
    model = _KINDS.get(kind)
    if model is None or name not in {_GENERIC, *_NAMED}:
        return None
    if name != _GENERIC:
        return model.model_validate(entry).event(_NAMED[name])
    if not (number := entry.get("objectTypeId")):
        raise UnreadableError("invalid:objectTypeId")
    object_type = _NUMBERED.get(str(number))
    return model.model_validate(entry).event(object_type) if object_type else None
