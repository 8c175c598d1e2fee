"""What this stack tells the platform, as CloudEvents on the event bus.

An announcement's id is made of the row that changed, the row's version and the type: whoever has
seen the id drops a repetition, and deriving announcements again gives the same ids.
"""

import hashlib
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from referral_hubspot.domain.bindings import BindingChange, BindingStep
from referral_hubspot.domain.people import Person, State

SOURCE = "referral-hubspot"


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


class ConnectionData(_Model):
    """A campaign's connection to a HubSpot account; `reason` says why it was lost or removed."""

    account_id: str
    campaign_id: str
    hubspot_account_id: int
    hubspot_account_name: str
    reason: str


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


Announcement = LeadChanged | ReferralQualified | ConnectionEstablished | ConnectionLost | ConnectionRemoved

_CONNECTION_TYPES: dict[BindingStep, type[ConnectionEstablished] | type[ConnectionLost] | type[ConnectionRemoved]] = {
    BindingStep.ESTABLISHED: ConnectionEstablished,
    BindingStep.LOST: ConnectionLost,
    BindingStep.REMOVED: ConnectionRemoved,
}


def of_person(before: Person | None, after: Person, at: datetime) -> list[Announcement]:
    """What a changed row of a lead means to the platform; a mere note in its timeline means nothing."""
    if before is not None and _seen(before) == _seen(after):
        return []
    key = after.key
    row = f"{key.account_id}/{key.campaign_id}/{key.side}/{key.person_id}"
    announcements: list[Announcement] = [
        LeadChanged(
            id=_id(row, after.version, "lead.changed.v1"),
            time=at.astimezone(UTC),
            subject=row,
            data=LeadChangedData(
                account_id=key.account_id,
                campaign_id=key.campaign_id,
                lead_id=key.person_id,
                state=after.state,
                reason=after.reason,
                record_link=after.record_link,
                version=after.version,
            ),
        )
    ]
    if after.state is State.QUALIFIED and (before is None or before.state is not State.QUALIFIED):
        announcements.append(_qualified(after, row, at))
    return announcements


def of_binding(change: BindingChange, at: datetime) -> list[Announcement]:
    """What a changed connection means to the platform: at most a removal and a new connection at once."""
    row = f"{change.account_id}/{change.campaign_id}"
    return [
        _CONNECTION_TYPES[step](
            id=_id(row, change.version, _CONNECTION_TYPES[step].model_fields["type"].default),
            time=at.astimezone(UTC),
            subject=row,
            data=ConnectionData(
                account_id=change.account_id,
                campaign_id=change.campaign_id,
                hubspot_account_id=image.portal_id,
                hubspot_account_name=image.portal_name,
                reason=image.reason,
            ),
        )
        for step, image in change.steps()
    ]


def _qualified(person: Person, row: str, at: datetime) -> ReferralQualified:
    evidence = person.evidence
    return ReferralQualified(
        id=_id(row, person.version, "referral.qualified.v1"),
        time=at.astimezone(UTC),
        subject=row,
        data=ReferralQualifiedData(
            account_id=person.key.account_id,
            campaign_id=person.key.campaign_id,
            lead_id=person.key.person_id,
            referrer_id=person.referrer_id,
            rule=RuleData(kind=evidence["kind"], property=evidence["property"], value=evidence["value"]),
            changed_at=evidence["changed_at"],
            seen_by="sweep" if evidence["seen_by"] == "sweep" else "webhook",
        ),
    )


def _seen(person: Person) -> tuple[State, str, str]:
    return person.state, person.reason, person.record_link


def _id(row: str, version: int, kind: str) -> str:
    return hashlib.sha256(f"{row}|{version}|{kind}".encode()).hexdigest()[:32]
