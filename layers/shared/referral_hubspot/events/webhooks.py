"""HubSpot's webhook deliveries: an array of changes, mixed types, any order, any number of times."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from referral_hubspot.domain.qualification import PropertyChange
from referral_hubspot.events.unreadable import UnreadableError

_CONTACT = "0-1"
_LAST_MS = 253_370_764_800_000  # the year 9999
_CONTACT_PROPERTY_TYPES = frozenset({"contact.propertyChange", "object.propertyChange"})


def _text(value: Any) -> str:
    """Documented as text; whatever else HubSpot sends must not cost the other changes of the delivery their place."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


_Text = Annotated[str, BeforeValidator(_text)]


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    portal_id: int = Field(alias="portalId")
    app_id: _Text = Field("", alias="appId")
    occurred_at: int = Field(alias="occurredAt", ge=0, le=_LAST_MS)
    object_id: int = Field(alias="objectId")
    property_name: str = Field(alias="propertyName")
    property_value: _Text = Field("", alias="propertyValue")
    change_source: _Text = Field("", alias="changeSource")
    source_id: _Text = Field("", alias="sourceId")

    def change(self) -> PropertyChange:
        return PropertyChange(
            portal_id=self.portal_id,
            record_id=str(self.object_id),
            property=self.property_name,
            value=self.property_value,
            at=datetime.fromtimestamp(self.occurred_at / 1000, UTC),
            ours=self.change_source == "INTEGRATION" and self.source_id == self.app_id != "",
        )


_deliveries: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(list[dict[str, Any]])


def read_delivery(body: str) -> list[PropertyChange]:
    """The contact property changes of a delivery, each once; other kinds of events are skipped.

    Raises:
        UnreadableError: not an array of objects, or a property change without what it must have.
    """
    try:
        entries = _deliveries.validate_json(body)
        changes = [
            _Change.model_validate(entry)
            for entry in entries
            if entry.get("subscriptionType") in _CONTACT_PROPERTY_TYPES
            and (entry.get("objectTypeId") or _CONTACT) == _CONTACT
        ]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise UnreadableError("invalid:" + ".".join(str(part) for part in first["loc"])) from None
    return list(dict.fromkeys(change.change() for change in changes))
