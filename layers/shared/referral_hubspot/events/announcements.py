"""What this stack tells the platform, as CloudEvents on the event bus."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from referral_hubspot.domain.attention import AttentionReason
from referral_hubspot.domain.people import State
from referral_hubspot.domain.syncs import Cause, RunKind


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class LeadChangedData(_Model):
    """Where a lead stands; keep the highest `version` of each lead."""

    account_id: str
    campaign_id: str
    lead_id: str
    state: State
    reason: str
    record_link: str
    version: int


class RuleData(_Model):
    """The rule that was met, with HubSpot's internal names."""

    kind: str
    property: str
    value: str


class ReferralQualifiedData(_Model):
    """A referral qualified; pay once per announcement id. `changed_at` is HubSpot's time."""

    account_id: str
    campaign_id: str
    lead_id: str
    referrer_id: str
    rule: RuleData
    changed_at: str
    seen_by: Literal["webhook", "sweep"]


class ConditionLostData(_Model):
    """The deal of a qualified referral left the rule's stage, for the stage `value`, at HubSpot's time `changed_at`."""

    account_id: str
    campaign_id: str
    lead_id: str
    referrer_id: str
    rule: RuleData
    value: str
    changed_at: str


class ConnectionData(_Model):
    """A campaign's connection to a HubSpot account; `reason` says why it was lost or removed."""

    account_id: str
    campaign_id: str
    hubspot_account_id: int
    hubspot_account_name: str
    reason: str


class AttentionData(_Model):
    """What the campaign's admin has to see to, since when, and how many leads wait."""

    account_id: str
    campaign_id: str
    reason: AttentionReason
    since: datetime
    waiting: int


class EnrolmentContact(_Model):
    """A contact to enrol; `fields` are values of the campaign's own fields, by key."""

    enrolment_id: str
    email: str = Field(repr=False)
    first_name: str = Field(repr=False)
    fields: dict[str, str] = Field(repr=False)


class EnrolmentRequestedData(_Model):
    """Make referrers of these contacts, without writing to them, and answer each under its `enrolment_id`."""

    account_id: str
    campaign_id: str
    notify: Literal[False] = False
    contacts: tuple[EnrolmentContact, ...] = Field(max_length=100)


class SyncFinishedData(_Model):
    """A run of a sync came to its end, or to something that a person has to mend: then `cause` says what."""

    account_id: str
    campaign_id: str
    sync_id: str
    run_id: str
    kind: RunKind
    started_at: datetime
    ended_at: datetime
    cause: Cause
    without_email: int
    already_referrers: int
    asked: int
    joined: int
    declined: int
    unanswered: int


class _Announcement(_Model):
    specversion: Literal["1.0"] = "1.0"
    id: str
    source: Literal["referral-hubspot"] = "referral-hubspot"
    time: datetime
    subject: str
    datacontenttype: Literal["application/json"] = "application/json"


class LeadChanged(_Announcement):
    """A lead's state, its reason or its record in HubSpot changed."""

    type: Literal["lead.changed.v1"] = "lead.changed.v1"
    data: LeadChangedData


class ReferralQualified(_Announcement):
    """A referral met its campaign's rule."""

    type: Literal["referral.qualified.v1"] = "referral.qualified.v1"
    data: ReferralQualifiedData


class ReferralConditionLost(_Announcement):
    """What had qualified a referral is so no more; undoing the reward is the platform's affair."""

    type: Literal["referral.condition_lost.v1"] = "referral.condition_lost.v1"
    data: ConditionLostData


class ConnectionEstablished(_Announcement):
    """A campaign is connected to a HubSpot account, for the first time or again."""

    type: Literal["connection.established.v1"] = "connection.established.v1"
    data: ConnectionData


class ConnectionLost(_Announcement):
    """HubSpot no longer accepts the connection: an admin has to reconnect."""

    type: Literal["connection.lost.v1"] = "connection.lost.v1"
    data: ConnectionData


class ConnectionRemoved(_Announcement):
    """A campaign was disconnected, or moved to another HubSpot account."""

    type: Literal["connection.removed.v1"] = "connection.removed.v1"
    data: ConnectionData


class CampaignAttention(_Announcement):
    """A campaign waits for its admin: told once when it begins."""

    type: Literal["campaign.attention.v1"] = "campaign.attention.v1"
    data: AttentionData


class CampaignAttentionOver(_Announcement):
    """A campaign does not wait for its admin any more, or not for this."""

    type: Literal["campaign.attention_over.v1"] = "campaign.attention_over.v1"
    data: AttentionData


class EnrolmentRequested(_Announcement):
    """Contacts of a customer's HubSpot are to become referrers. The only announcement that holds personal data."""

    type: Literal["referrers.enrolment_requested.v1"] = "referrers.enrolment_requested.v1"
    data: EnrolmentRequestedData


class SyncFinished(_Announcement):
    """A run of a sync ended, or was stopped."""

    type: Literal["sync.finished.v1"] = "sync.finished.v1"
    data: SyncFinishedData


Announcement = (
    LeadChanged
    | ReferralQualified
    | ReferralConditionLost
    | ConnectionEstablished
    | ConnectionLost
    | ConnectionRemoved
    | CampaignAttention
    | CampaignAttentionOver
    | EnrolmentRequested
    | SyncFinished
)
