"""What the platform publishes: CloudEvents 1.0, structured JSON, read as tolerantly as is safe.

Only what nothing can be done without is demanded: an envelope, an account, a campaign, an id. A lead
with a broken e-mail address or name is still a lead that somebody must be told of.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from referral_hubspot.domain.ids import ID
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, normalised
from referral_hubspot.domain.settings import Campaign, CustomField, Side
from referral_hubspot.domain.sources import CUSTOM_PREFIX
from referral_hubspot.events.unreadable import UnreadableError
from referral_hubspot.usecases.receive import Close, Command, Decline, Describe, Forget, Join, Update

_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_MAX_REFERENCE = 400  # characters: ids that stand in an index, whose keys take 2,048 bytes
_MAX_TEXT = 4_000  # characters of one value
_MAX_DETAILS = 60_000  # characters of all values of a lead: a DynamoDB row takes 400 kB

_instant: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def _text(value: Any) -> str:
    """Text of anything that has an obvious one; the rest counts as blank."""
    match value:
        case str():
            return value[:_MAX_TEXT].strip()
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case list() if all(isinstance(part, str | int | float) for part in value):
            return ";".join(_text(part) for part in value)[:_MAX_TEXT]
        case _:
            return ""


def _fields(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(key)[:128]: _text(part) for key, part in value.items()}


def _bounded(values: dict[str, str]) -> dict[str, str]:
    """The values that are not blank, as many as fit a row; the platform's own fields come first."""
    kept: dict[str, str] = {}
    room = _MAX_DETAILS
    for source, value in values.items():
        room -= len(source) + len(value)
        if value and room >= 0:
            kept[source] = value
    return kept


def _moment(value: Any) -> datetime | None:
    """A time with a zone, or nothing: the first arrival in our queue stands in for it."""
    try:
        moment = _instant.validate_python(value)
    except ValidationError:
        return None
    # Nobody joined in the year 1 or 9999, and in UTC such a time may be none at all.
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_id, json_schema_input_type=str | int), Field(pattern=f"^{ID.pattern}$")]
"""Letters, digits and `_ . : @ -`."""

EnrolmentId = Annotated[
    Id | None, BeforeValidator(lambda value: value or None, json_schema_input_type=str | int | None)
]
"""The id under which this stack asked for an enrolment, or nothing."""

Text = Annotated[
    str, BeforeValidator(_text, json_schema_input_type=str | int | float | bool | list[str | int | float] | None)
]


Reference = Annotated[Text, AfterValidator(lambda text: text[:_MAX_REFERENCE])]
"""Somebody's id that is looked for, not part of a key."""


class _Model(BaseModel):
    # hide_input_in_errors: a refused message must not print the address it holds into a log.
    # defer_build: only the reader of all events is built at a cold start, not one more for each model.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class Referrer(_Model):
    """Who shared the link that the lead followed."""

    id: Reference = ""
    first_name: Text = ""
    email: Text = ""
    referral_code: Text = ""
    referral_link: Text = ""
    referrals_count: Text = ""


def _referrer(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


class _PersonData(_Model):
    """What the platform tells of a lead and of a referrer alike."""

    account_id: Id
    campaign_id: Id
    campaign_name: Text = ""
    email: Text = Field("", repr=False)
    first_name: Text = Field("", repr=False)
    referral_code: Text = ""
    source: Text = ""
    referral_link: Text = ""
    fields: Annotated[dict[str, str], BeforeValidator(_fields, json_schema_input_type=dict[str, Any])] = Field(
        default_factory=dict, repr=False
    )
    joined_at: Annotated[datetime | None, BeforeValidator(_moment)] = None

    def _person(self, side: Side, person_id: str, own: dict[str, str], arrived_at: datetime) -> Person:
        """The person as the domain knows it, with the values that only its side has as `own`.

        It joined when it says so, but not after its message came.
        """
        email = normalised(self.email)
        values = {
            "first_name": self.first_name,
            "email": email,
            "referral_code": self.referral_code,
            "source": self.source,
            "referral_link": self.referral_link,
            "campaign_name": self.campaign_name,
        }
        custom = {f"{CUSTOM_PREFIX}{key}": value for key, value in self.fields.items()}
        return Person(
            key=PersonKey(self.account_id, self.campaign_id, side, person_id),
            joined_at=min(self.joined_at or arrived_at, arrived_at),
            received_at=arrived_at,
            email=email,
            details=_bounded(values | own | custom),
            timeline=(Entry(arrived_at, Happening.RECEIVED),),
        )


class LeadData(_PersonData):
    """A lead as the platform tells of it."""

    lead_id: Id
    referrer: Annotated[Referrer, BeforeValidator(_referrer)] = Field(default_factory=Referrer, repr=False)

    def person(self, arrived_at: datetime) -> Person:
        """The lead as the domain knows it."""
        own = {
            "referrer.first_name": self.referrer.first_name,
            "referrer.email": normalised(self.referrer.email),
            "referrer.referral_code": self.referrer.referral_code,
            "referrer.referral_link": self.referrer.referral_link,
            "referrer.referrals_count": self.referrer.referrals_count,
        }
        return replace(self._person("lead", self.lead_id, own, arrived_at), referrer_id=self.referrer.id)


class ReferrerData(_PersonData):
    """A referrer as it is now; what was told under a lower `version` is ignored."""

    referrer_id: Id
    referrals_count: Text = ""
    converted_referrals_count: Text = ""
    version: int = Field(ge=1)

    def person(self, arrived_at: datetime) -> Person:
        """The referrer as the domain knows it."""
        own = {
            "referrals_count": self.referrals_count,
            "converted_referrals_count": self.converted_referrals_count,
        }
        return replace(self._person("referrer", self.referrer_id, own, arrived_at), revision=self.version)


class JoinedReferrerData(ReferrerData):
    """A referrer who joined, or whom the platform was asked to enrol; that one has the `enrolment_id`."""

    enrolment_id: EnrolmentId = None


class DeclinedData(_Model):
    """An enrolment that the platform made no referrer of."""

    account_id: Id
    campaign_id: Id
    enrolment_id: Id
    reason: Text = ""


class ClosedData(_Model):
    """A lead that the platform closed itself."""

    account_id: Id
    campaign_id: Id
    lead_id: Id
    reason: Text = ""


class CampaignField(_Model):
    """A field of the campaign's own form."""

    key: Text
    label: Text = ""
    type: Text = "string"


class CampaignData(_Model):
    """A campaign as it is now; a lower `version` than one seen before is ignored."""

    account_id: Id
    campaign_id: Id
    name: Text = ""
    state: Literal["draft", "live", "ended", "deleted"]
    time_zone: Text = "UTC"
    custom_fields: tuple[CampaignField, ...] = ()
    version: int = Field(ge=1)

    def campaign(self) -> Campaign:
        """The campaign as the domain knows it."""
        return Campaign(
            self.account_id,
            self.campaign_id,
            self.name,
            self.state,
            self.time_zone,
            tuple(CustomField(field.key, field.label or field.key, field.type) for field in self.custom_fields),
            self.version,
        )


class ErasedData(_Model):
    """A person who asked to be forgotten, by address or by id (of a lead or a referrer)."""

    account_id: Id
    email: Text = Field("", repr=False)
    id: Reference = ""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.email or self.id):
            raise ValueError("names nobody")  # taken for done, nobody would ever be forgotten
        return self


class _Envelope(_Model):
    specversion: Literal["1.0"]
    id: str = Field(min_length=1)
    source: str = Field(min_length=1)


class LeadJoined(_Envelope):
    """Someone followed a referral link and joined."""

    type: Literal["lead.joined.v1"]
    data: LeadData


class LeadClosed(_Envelope):
    """The platform qualified, rejected or deleted a lead itself; it may overtake `lead.joined.v1`."""

    type: Literal["lead.closed.v1"]
    data: ClosedData


class ReferrerJoined(_Envelope):
    """Someone became a referrer."""

    type: Literal["referrer.joined.v1"]
    data: JoinedReferrerData


class ReferrerUpdated(_Envelope):
    """What is known of a referrer changed; it may overtake `referrer.joined.v1`."""

    type: Literal["referrer.updated.v1"]
    data: ReferrerData


class EnrolmentDeclined(_Envelope):
    """The platform does not make a referrer of somebody whom it was asked to enrol."""

    type: Literal["referrer.enrolment_declined.v1"]
    data: DeclinedData


class CampaignUpdated(_Envelope):
    """A campaign was made, changed or deleted."""

    type: Literal["campaign.updated.v1"]
    data: CampaignData


class PersonErased(_Envelope):
    """Everything about a person has to go."""

    type: Literal["person.erased.v1"]
    data: ErasedData


PlatformEvent = (
    LeadJoined | LeadClosed | ReferrerJoined | ReferrerUpdated | EnrolmentDeclined | CampaignUpdated | PersonErased
)

_reader: TypeAdapter[PlatformEvent] = TypeAdapter(Annotated[PlatformEvent, Field(discriminator="type")])


def command(event: PlatformEvent, arrived_at: datetime) -> Command:
    """What the event asks for; `arrived_at` is when its message first came into our queue."""
    match event:
        case LeadJoined():
            return Join(event.data.person(arrived_at))
        case LeadClosed():
            key = PersonKey(event.data.account_id, event.data.campaign_id, "lead", event.data.lead_id)
            return Close(key, event.data.reason, arrived_at)
        case ReferrerJoined():
            return Join(event.data.person(arrived_at), event.data.enrolment_id or "")
        case ReferrerUpdated():
            return Update(event.data.person(arrived_at))
        case EnrolmentDeclined():
            data = event.data
            return Decline(data.account_id, data.campaign_id, data.enrolment_id, data.reason)
        case CampaignUpdated():
            return Describe(event.data.campaign())
        case PersonErased():
            return Forget(event.data.account_id, normalised(event.data.email), event.data.id)


def read(body: str) -> PlatformEvent:
    """Read one message body.

    Raises:
        UnreadableError: no envelope of a type this stack knows, or an id is missing or malformed.
    """
    try:
        return _reader.validate_json(body)
    except ValidationError as error:
        raise UnreadableError(_reason(error)) from None


def _reason(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return "not_json"
    if first["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return "unknown_type"
    # The discriminator's tag comes first in the location; the rest is the way to the field.
    return "invalid:" + ".".join(str(part) for part in first["loc"][1:])
