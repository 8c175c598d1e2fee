"""What the HTTP API takes and gives."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from referral_hubspot.domain.draft import DYNAMIC, FIXED
from referral_hubspot.domain.people import Happening, Reason, State
from referral_hubspot.domain.settings import Action, Duplicates, RuleKind

MAX_ROWS = 200


def _one_of(*values: str) -> dict[str, Any]:
    """Documents the choices; the domain judges them, so that every problem of a form is told at once."""
    return {"enum": list(values)}


Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4096)]


class Request(BaseModel):
    """Strict: what is not understood is refused, never guessed. Errors never hold what was sent."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


class Answer(BaseModel):
    """Grows by addition only."""

    model_config = ConfigDict(frozen=True, defer_build=True)  # a cold start builds what it answers with only


class MappingRequest(Request):
    """One row of the mapping. A dynamic row has a `source`, a fixed one a `value`; blank is not chosen yet."""

    kind: Name = Field(json_schema_extra=_one_of(DYNAMIC, FIXED))
    property: Name = Field(description="Internal name of the HubSpot property.")
    source: Name = Field("", description="Field of the platform, for example `email` or `fields.city`.")
    value: Text = ""


class RuleRequest(Request):
    """When a referral qualifies; property and value go with `contact_property`."""

    kind: Name = Field(json_schema_extra=_one_of(*RuleKind))
    property: Name = ""
    value: Text = ""


class LeadSettingsRequest(Request):
    """The whole form. `version` is the one that it was made from, 0 if nothing was saved before."""

    version: int = Field(ge=0)
    action: Name | None = Field(json_schema_extra={"enum": [*Action, None]})
    mapping: list[MappingRequest] = Field(max_length=MAX_ROWS)
    duplicates: Name = Field(json_schema_extra=_one_of(*Duplicates))
    rule: RuleRequest


class ConnectRequest(Request):
    """Where to go back to after HubSpot's consent page."""

    return_url: Text = Field("", description="An address on an allowed origin.")


class HubSpotAccountAnswer(Answer):
    """A HubSpot account."""

    id: int
    name: str


class ConnectionAnswer(Answer):
    """Whether the campaign is connected, and to what."""

    status: Literal["not_connected", "connected", "reconnect_needed"]
    status_label: str
    account: HubSpotAccountAnswer | None
    connected_by: str | None
    connected_at: datetime | None
    next_step: str


class ConnectUrlAnswer(Answer):
    """An address to open in a top-level window within a minute; it works once."""

    connect_url: str


class MappingAnswer(Answer):
    """One row of the mapping."""

    kind: Literal["dynamic", "fixed"]
    source: str
    value: str
    property: str


class RuleAnswer(Answer):
    """When a referral qualifies."""

    kind: RuleKind
    property: str
    value: str


class ProblemAnswer(Answer):
    """One thing that is missing or wrong, where it stands, and what to do about it."""

    code: str
    field: str
    message: str
    next_step: str


class LeadSettingsAnswer(Answer):
    """What is saved, and what is missing before leads are sent."""

    version: int
    saved_by: str | None
    saved_at: datetime | None
    action: Action | None
    mapping: list[MappingAnswer]
    duplicates: Duplicates
    rule: RuleAnswer
    rule_since: datetime | None = Field(description="What changed in HubSpot before this does not qualify.")
    gaps: list[ProblemAnswer]
    setup_required: bool
    waiting: int = Field(description="How many leads are held.")


class OptionAnswer(Answer):
    """One choice of an enumeration."""

    value: str
    label: str


class PropertyAnswer(Answer):
    """A property of the connected HubSpot account."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    writable: bool
    options: list[OptionAnswer]


class PropertiesAnswer(Answer):
    """The properties as HubSpot listed them at `read_at`."""

    properties: list[PropertyAnswer]
    read_at: datetime


class LeadAnswer(Answer):
    """A lead, where it stands and why."""

    lead_id: str
    state: State
    state_label: str
    reason: Reason
    next_step: str
    first_name: str
    email: str
    joined_at: datetime
    version: int
    contact_id: str | None
    record_link: str | None


class LeadsAnswer(Answer):
    """A page of leads, newest first; `cursor` leads to the next one and is null on the last."""

    leads: list[LeadAnswer]
    cursor: str | None


class LineAnswer(Answer):
    """One thing that happened to a lead."""

    at: datetime
    event: Happening
    text: str


class LeadStoryAnswer(LeadAnswer):
    """A lead with everything that happened to it."""

    timeline: list[LineAnswer]


class ProblemDocument(Answer):
    """An RFC 9457 problem. `code` is stable; 409 `settings_changed` says who saved and when."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    next_step: str
    errors: list[ProblemAnswer] = []
    saved_by: str | None = None
    saved_at: datetime | None = None
