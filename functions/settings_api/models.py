"""What the HTTP API takes and gives."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from referral_hubspot.domain.connection_check import Topic
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.draft import DYNAMIC, FIXED
from referral_hubspot.domain.people import Happening, Reason, State
from referral_hubspot.domain.questions import Code, Reply
from referral_hubspot.domain.settings import Action, Duplicates, RuleKind, Side
from referral_hubspot.domain.syncs import Return

MAX_ROWS = 200
_LARGEST = 2**53 - 1  # the largest number that everybody's JSON holds whole


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
    source: Name = Field(
        "",
        description="Field of the platform, for example `email` or `fields.city`; those of the lead's referrer, "
        "`referrer.email` for one, go with leads only, `referrals_count` and `converted_referrals_count` with "
        "referrers only.",
    )
    value: Text = ""


class RuleRequest(Request):
    """When a referral qualifies; property and value go with `contact_property`, a stage's id with `deal_stage`."""

    kind: Name = Field(json_schema_extra=_one_of(*RuleKind))
    property: Name = ""
    value: Text = ""


class SettingsRequest(Request):
    """What both sides choose. `version` is the one that the form was made from, 0 if nothing was saved before."""

    version: int = Field(ge=0)
    action: Name | None = Field(json_schema_extra={"enum": [*Action, None]})
    mapping: list[MappingRequest] = Field(max_length=MAX_ROWS)
    duplicates: Name = Field(json_schema_extra=_one_of(*Duplicates))
    with_contact: bool = Field(False, description="Create or link a contact beside each deal.")
    contact_mapping: list[MappingRequest] = Field([], max_length=MAX_ROWS, description="The rows of that contact.")


class LeadSettingsRequest(SettingsRequest):
    """The whole form for leads. `version` is the one that it was made from, 0 if nothing was saved before."""

    rule: RuleRequest


class ReferrerSettingsRequest(SettingsRequest):
    """The whole form for referrers. `version` is the one that it was made from, 0 if nothing was saved before."""

    rule: RuleRequest = Field(
        RuleRequest(kind=RuleKind.NONE), description="Only leads qualify: leave it out. Any kind but `none` is refused."
    )


class SourceAnswer(Answer):
    """A field of the platform that a dynamic row can name.

    `property_types` are HubSpot's types that can hold its values: a save takes others too, and whatever does not fit
    is then left out. `required_contact_property` is the property of contacts that it must be mapped to, if it must.
    """

    source: str
    label: str
    type: str
    property_types: list[str]
    required_contact_property: str | None


class SourceGroupAnswer(Answer):
    """Fields that are listed together."""

    label: str
    fields: list[SourceAnswer]


class SourcesAnswer(Answer):
    """What the rows of each side can name."""

    leads: list[SourceGroupAnswer]
    referrers: list[SourceGroupAnswer]


class CampaignAnswer(Answer):
    """A campaign as the platform told of it, and its fields."""

    campaign_id: str
    name: str
    state: str
    time_zone: str
    sources: SourcesAnswer


class UsedAccountAnswer(Answer):
    """A HubSpot account that a campaign is connected to, and whether the connection works."""

    id: int
    name: str
    status: Literal["connected", "reconnect_needed"]


class ListedCampaignAnswer(Answer):
    """A campaign with what of it can be taken over by another one: its HubSpot account, its settings."""

    campaign_id: str
    name: str
    state: str
    account: UsedAccountAnswer | None
    leads_saved: bool
    referrers_saved: bool


class CampaignsAnswer(Answer):
    """The account's campaigns that the token opens, by name."""

    campaigns: list[ListedCampaignAnswer]


class LeadPreviewRequest(LeadSettingsRequest):
    """A form for leads that is not saved yet, and whom to try it on: the newest lead, one that is named, or nobody."""

    version: int = Field(0, ge=0, description="Not looked at.")
    lead_id: Name = ""
    made_up: bool = Field(False, description="Try it on a made-up lead, as is done while nobody has joined.")


class ReferrerPreviewRequest(ReferrerSettingsRequest):
    """A form for referrers that is not saved yet, and whom to try it on, as for leads."""

    version: int = Field(0, ge=0, description="Not looked at.")
    referrer_id: Name = ""
    made_up: bool = Field(False, description="Try it on a made-up referrer, as is done while nobody has joined.")


class ConnectRequest(Request):
    """Where to go back to after HubSpot's consent page."""

    return_url: Text = Field("", description="An address on an allowed origin.")


class ShareConnectionRequest(Request):
    """A HubSpot account that another campaign of the customer is connected to."""

    hubspot_account_id: int = Field(ge=0, le=_LARGEST)
    leaving: int | None = Field(
        None,
        ge=0,
        le=_LARGEST,
        description="The other HubSpot account that the campaign uses now, to say that it may be left: without it the "
        "answer is 409 `switch_account`.",
    )


class HubSpotAccountAnswer(Answer):
    """A HubSpot account."""

    id: int
    name: str


class NotAllowedAnswer(Answer):
    """A permission that HubSpot's user left out, and what does not work without it."""

    scope: str
    label: str
    feature: str
    next_step: str


class ConnectionAnswer(Answer):
    """Whether the campaign is connected, and to what."""

    status: Literal["not_connected", "connected", "reconnect_needed"]
    status_label: str
    account: HubSpotAccountAnswer | None
    connected_by: str | None
    connected_at: datetime | None
    next_step: str
    not_allowed: list[NotAllowedAnswer]
    read_until: datetime | None = Field(
        description="Up to when HubSpot was read for the rule, beside what its webhooks tell at once."
    )
    reading: str


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


class CheckAnswer(Answer):
    """One thing that was looked at; `next_step` is blank where all is well."""

    name: str
    ok: bool
    message: str
    next_step: str


class StatusAnswer(Answer):
    """How the system does that everyone shares, and what of the caller's own account is paused."""

    status: Literal["ok", "attention"]
    checks: list[CheckAnswer]


class ProblemAnswer(Answer):
    """One thing that is missing or wrong, where it stands, and what to do about it."""

    code: str
    field: str
    message: str
    next_step: str


class KeptRuleAnswer(RuleAnswer):
    """The rule that goes on for leads that were sent as the other object before the action changed."""

    since: datetime
    text: str


class _RefusalAnswer(Answer):
    field: str
    property: str
    code: str
    at: datetime
    message: str
    next_step: str


class RowRefusalAnswer(_RefusalAnswer):
    """What HubSpot refused last of a mapping row as it is saved; `code` is HubSpot's."""

    lead_id: str


class ReferrerRowRefusalAnswer(_RefusalAnswer):
    """What HubSpot refused last of a mapping row as it is saved; `code` is HubSpot's."""

    referrer_id: str


class RecommendationAnswer(Answer):
    """A row worth having that nothing waits for: which field of the platform to map, and in which part of the form."""

    source: str
    field: str
    message: str
    next_step: str


class _SettingsAnswer(Answer):
    version: int
    saved_by: str | None
    saved_at: datetime | None
    action: Action | None
    mapping: list[MappingAnswer]
    duplicates: Duplicates
    with_contact: bool
    contact_mapping: list[MappingAnswer]
    gaps: list[ProblemAnswer]
    setup_required: bool
    warnings: list[str] = Field(
        description="Syncs and other campaigns of the account that write one of these properties, too."
    )
    waiting: int = Field(description="How many people of this side are held.")


class LeadSettingsAnswer(_SettingsAnswer):
    """What is saved, and what is missing before leads are sent."""

    rule: RuleAnswer
    rule_since: datetime | None = Field(description="What changed in HubSpot before this does not qualify.")
    kept_rule: KeptRuleAnswer | None
    refusals: list[RowRefusalAnswer]


class ReferrerSettingsAnswer(_SettingsAnswer):
    """What is saved, what is missing before referrers are sent, and what else is worth mapping."""

    refusals: list[ReferrerRowRefusalAnswer]
    recommended: list[RecommendationAnswer]


class OptionAnswer(Answer):
    """One choice of an enumeration."""

    value: str
    label: str


class RuleSpeedAnswer(Answer):
    """How soon a referral qualifies by a rule, once HubSpot has changed."""

    code: Literal["seconds", "minutes"]
    label: str


class PropertyAnswer(Answer):
    """A property of the connected HubSpot account. `next_step` says what to allow so that its options are known."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    writable: bool
    options: list[OptionAnswer]
    rule_speed: RuleSpeedAnswer
    next_step: str


class PropertiesAnswer(Answer):
    """The properties as HubSpot listed them at `read_at`."""

    properties: list[PropertyAnswer]
    read_at: datetime


class ReturnPropertyAnswer(Answer):
    """A contact property that a return field can be written to."""

    name: str
    label: str
    type: str
    field_type: str


class ReturnFieldAnswer(Answer):
    """What is given back to a referrer's contact: where it can go, and where to begin with.

    `made` says whether the property that `POST` makes for it is among them; it then is the one that is suggested.
    """

    field: Return
    label: str
    required: bool
    suggested: str | None
    made: bool
    properties: list[ReturnPropertyAnswer]


class ReturnPropertiesAnswer(Answer):
    """The return fields as HubSpot's contact properties stood at `read_at`.

    `can_make` says whether HubSpot allows us to make properties; if not, `next_step` says what to allow.
    """

    fields: list[ReturnFieldAnswer]
    can_make: bool
    next_step: str
    read_at: datetime


class StageAnswer(Answer):
    """A stage of a pipeline; a deal that is closed there was lost, unless won."""

    id: str
    label: str
    closed: bool
    won: bool


class PipelineAnswer(Answer):
    """A pipeline with its stages in their order."""

    id: str
    label: str
    stages: list[StageAnswer]


class PipelinesAnswer(Answer):
    """The pipelines of deals as HubSpot listed them at `read_at`."""

    pipelines: list[PipelineAnswer]
    rule_speed: RuleSpeedAnswer
    read_at: datetime


class _OutcomesAnswer(Answer):
    in_hubspot: int
    left_out: int
    failing: int
    qualified: int
    on_its_way: int


class OutcomesAnswer(_OutcomesAnswer):
    """Leads by what became of them; each is counted once, so one that qualified is not among `in_hubspot`."""


class DayAnswer(_OutcomesAnswer):
    """The leads that joined on a day, by what has become of them until now."""

    day: date


class StandingAnswer(Answer):
    """Leads that stand in one place for one reason, and what can be done for them."""

    state: State
    reason: Reason
    label: str
    next_step: str
    count: int


class ActivityAnswer(Answer):
    """The leads that joined within 30 days, today included, by the campaign's clock.

    They are counted on the day that they joined, as they stand now. Of more than 10,000 only the newest are counted:
    then `complete` is false, and `counted_since` is when the oldest that is counted joined.
    """

    time_zone: str
    complete: bool
    counted_since: datetime | None
    totals: OutcomesAnswer
    left_out: list[StandingAnswer]
    failing: list[StandingAnswer]
    days: list[DayAnswer]


class _PersonAnswer(Answer):
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


class LeadAnswer(_PersonAnswer):
    """A lead, where it stands and why."""

    lead_id: str


class LeadsAnswer(Answer):
    """A page of leads, newest first; `cursor` leads to the next one and is null on the last."""

    leads: list[LeadAnswer]
    cursor: str | None


class ReferrerAnswer(_PersonAnswer):
    """A referrer, where it stands and why, with the link that it shares and what came of it."""

    referrer_id: str
    origin: Literal["synced", "sent", ""] = Field(
        description="How the contact in HubSpot and the referrer came together: `synced` from there, or `sent` there."
    )
    referral_code: str
    referral_link: str
    referrals_count: int | None
    converted_referrals_count: int | None


class ReferrersAnswer(Answer):
    """A page of referrers, newest first; `cursor` leads to the next one and is null on the last."""

    referrers: list[ReferrerAnswer]
    cursor: str | None


class LineAnswer(Answer):
    """One thing that happened to a person."""

    at: datetime
    event: Happening
    text: str


class LeadStoryAnswer(LeadAnswer):
    """A lead with everything that happened to it."""

    timeline: list[LineAnswer]


class ReferrerStoryAnswer(ReferrerAnswer):
    """A referrer with everything that happened to it."""

    timeline: list[LineAnswer]


class QuestionRequest(Request):
    """One of the answers that the question names, and whom the question is about."""

    answer: Name = Field(json_schema_extra=_one_of(*Reply))
    side: Side = "lead"


class QuestionReply(Answer):
    """What can be answered."""

    answer: Reply
    label: str


class QuestionAnswer(Answer):
    """Something that is asked about a side. While `count` is null it is being counted, and cannot be answered yet."""

    code: Code
    side: Side
    count: int | None
    text: str
    answers: list[QuestionReply]
    asked_at: datetime | None


class QuestionsAnswer(Answer):
    """Everything that is asked now."""

    questions: list[QuestionAnswer]


class RecordAnswer(Answer):
    """A record in HubSpot; `link` is null where the campaign no longer uses that HubSpot account."""

    object: ObjectType
    id: str
    link: str | None


class TestLeadProblemAnswer(Answer):
    """A value that was left out, or refused; `field` is its mapping row, blank where it comes from none."""

    field: str
    property: str
    message: str


class TestLeadAnswer(Answer):
    """A test lead: where it stands, and what it left in HubSpot.

    It is forgotten here at `expires_at`; what is in HubSpot stays there until it is deleted.
    """

    lead_id: str
    state: State
    state_label: str
    next_step: str
    email: str
    sent_at: datetime
    expires_at: datetime
    records: list[RecordAnswer]
    problems: list[TestLeadProblemAnswer]
    timeline: list[LineAnswer]


class TestLeadsAnswer(Answer):
    """The tests of the last day that were not deleted, newest first."""

    test_leads: list[TestLeadAnswer]


class PreviewPersonAnswer(Answer):
    """Whom a form was tried on; `id` is null of somebody who was made up because nobody joined yet."""

    id: str | None
    first_name: str
    email: str
    made_up: bool


class PreviewRowAnswer(Answer):
    """A row of the form; `value` is as HubSpot would get it, blank for nothing.

    `now` is what the contact holds, blank for nothing, and null where there is none, or it could not be read. Labels
    are those of HubSpot's choices. A `problem` says what HubSpot would not take, a `note` what else is worth knowing.
    """

    field: str
    object: ObjectType
    property: str
    label: str
    value: str
    value_label: str
    now: str | None
    now_label: str | None
    problem: str
    note: str


class SettingsPreviewAnswer(Answer):
    """What a form would do for one person; nothing is written.

    `in_hubspot` is null where HubSpot could not be asked; `sends` is whether anything would be written, and `text`
    what becomes of the person. `problems` are those that saving would refuse the form for, `gaps` what would be
    missing after it.
    """

    person: PreviewPersonAnswer
    in_hubspot: bool | None
    record_link: str | None
    sends: bool
    text: str
    rows: list[PreviewRowAnswer]
    problems: list[ProblemAnswer]
    gaps: list[ProblemAnswer]


class CheckLineAnswer(Answer):
    """One thing that was checked; `ok` is null where it could not be tried, and `message` says why."""

    code: Topic
    label: str
    ok: bool | None
    message: str
    next_step: str


class ConnectionCheckAnswer(Answer):
    """Every line in its order; `ok` if all of them are."""

    ok: bool
    lines: list[CheckLineAnswer]


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
