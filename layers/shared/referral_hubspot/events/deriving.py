"""What changed in the table, as announcements.

An announcement's id is made of the row that changed, the row's version and the type: whoever has
seen the id drops a repetition, and deriving announcements again gives the same ids. A referral
qualifies once, and loses what qualified it once, so these ids have no version: who is derived again
after a note was added is not paid twice. Test leads are nobody's business but their admin's.
"""

import hashlib
from datetime import UTC, datetime

from referral_hubspot.domain.attention import Attention, AttentionChange
from referral_hubspot.domain.bindings import BindingChange, BindingStep
from referral_hubspot.domain.people import Happening, Person, State
from referral_hubspot.domain.syncs import EnrolmentRequest, PastRun
from referral_hubspot.events.announcements import (
    Announcement,
    AttentionData,
    CampaignAttention,
    CampaignAttentionOver,
    ConditionLostData,
    ConnectionData,
    ConnectionEstablished,
    ConnectionLost,
    ConnectionRemoved,
    EnrolmentContact,
    EnrolmentRequested,
    EnrolmentRequestedData,
    LeadChanged,
    LeadChangedData,
    ReferralConditionLost,
    ReferralQualified,
    ReferralQualifiedData,
    RuleData,
    SyncFinished,
    SyncFinishedData,
)

_ONCE = 0  # no row has this version

_CONNECTION_TYPES: dict[BindingStep, type[ConnectionEstablished] | type[ConnectionLost] | type[ConnectionRemoved]] = {
    BindingStep.ESTABLISHED: ConnectionEstablished,
    BindingStep.LOST: ConnectionLost,
    BindingStep.REMOVED: ConnectionRemoved,
}


def of_person(before: Person | None, after: Person, at: datetime) -> list[Announcement]:
    """What a changed row of a lead means to the platform; a mere note in its timeline means nothing."""
    if after.test or after.key.side != "lead":  # the platform made its referrers, and is told nothing of them
        return []
    row = _row(after)
    announcements: list[Announcement] = []
    if before is None or _seen(before) != _seen(after):
        announcements.append(_changed(after, row, at))
    if after.state is State.QUALIFIED and (before is None or before.state is not State.QUALIFIED):
        announcements.append(_qualified(after, row, at))
    if after.condition_lost_at is not None and (before is None or before.condition_lost_at is None):
        announcements.append(_condition_lost(after, after.condition_lost_at, row, at))
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


def of_attention(change: AttentionChange, at: datetime) -> list[Announcement]:
    """What began to wait for a campaign's admin, and what is over."""
    row = f"{change.account_id}/{change.campaign_id}"
    announcements: list[Announcement] = []
    if ended := change.ended():
        kind = "campaign.attention_over.v1"
        data = _attention(change, ended)
        announcements.append(
            CampaignAttentionOver(id=_id(row, ended.version, kind), time=at.astimezone(UTC), subject=row, data=data)
        )
    if began := change.began():
        kind = "campaign.attention.v1"
        data = _attention(change, began)
        announcements.append(
            CampaignAttention(id=_id(row, began.version, kind), time=at.astimezone(UTC), subject=row, data=data)
        )
    return announcements


def of_request(request: EnrolmentRequest, at: datetime) -> list[Announcement]:
    """What the platform is asked for."""
    row = f"{request.account_id}/{request.campaign_id}/{request.request_id}"
    contacts = tuple(
        EnrolmentContact(
            enrolment_id=one.enrolment_id, email=one.email, first_name=one.first_name, fields=dict(one.fields)
        )
        for one in request.contacts
    )
    data = EnrolmentRequestedData(account_id=request.account_id, campaign_id=request.campaign_id, contacts=contacts)
    kind = "referrers.enrolment_requested.v1"
    subject = f"{request.account_id}/{request.campaign_id}"
    return [EnrolmentRequested(id=_id(row, _ONCE, kind), time=at.astimezone(UTC), subject=subject, data=data)]


def of_run(run: PastRun, at: datetime) -> list[Announcement]:
    """What a run that ended means to the platform; one that was stopped may go on, and end again."""
    row = f"{run.account_id}/{run.campaign_id}/{run.sync_id}"
    data = SyncFinishedData(
        account_id=run.account_id,
        campaign_id=run.campaign_id,
        sync_id=run.sync_id,
        run_id=run.run_id,
        kind=run.kind,
        started_at=run.started_at,
        ended_at=run.ended_at,
        cause=run.cause,
        without_email=run.counts.without_email,
        already_referrers=run.counts.already,
        asked=run.counts.asked,
        joined=run.joined,
        declined=run.declined,
        unanswered=run.unanswered,
    )
    end = f"{row}/{run.run_id}/{run.ended_at.isoformat()}"
    return [SyncFinished(id=_id(end, _ONCE, "sync.finished.v1"), time=at.astimezone(UTC), subject=row, data=data)]


def _attention(change: AttentionChange, attention: Attention) -> AttentionData:
    return AttentionData(
        account_id=change.account_id,
        campaign_id=change.campaign_id,
        reason=attention.reason,
        since=attention.since,
        waiting=attention.waiting,
    )


def _changed(person: Person, row: str, at: datetime) -> LeadChanged:
    return LeadChanged(
        id=_id(row, person.version, "lead.changed.v1"),
        time=at.astimezone(UTC),
        subject=row,
        data=LeadChangedData(
            account_id=person.key.account_id,
            campaign_id=person.key.campaign_id,
            lead_id=person.key.person_id,
            state=person.state,
            reason=person.reason,
            record_link=person.record_link,
            version=person.version,
        ),
    )


def _qualified(person: Person, row: str, at: datetime) -> ReferralQualified:
    evidence = person.evidence
    return ReferralQualified(
        id=_id(row, _ONCE, "referral.qualified.v1"),
        time=at.astimezone(UTC),
        subject=row,
        data=ReferralQualifiedData(
            account_id=person.key.account_id,
            campaign_id=person.key.campaign_id,
            lead_id=person.key.person_id,
            referrer_id=person.referrer_id,
            rule=_rule(person),
            changed_at=evidence["changed_at"],
            seen_by="sweep" if evidence["seen_by"] == "sweep" else "webhook",
        ),
    )


def _condition_lost(person: Person, lost_at: datetime, row: str, at: datetime) -> ReferralConditionLost:
    left = person.last(Happening.CONDITION_LOST)
    return ReferralConditionLost(
        id=_id(row, _ONCE, "referral.condition_lost.v1"),
        time=at.astimezone(UTC),
        subject=row,
        data=ConditionLostData(
            account_id=person.key.account_id,
            campaign_id=person.key.campaign_id,
            lead_id=person.key.person_id,
            referrer_id=person.referrer_id,
            rule=_rule(person),
            value=left.facts.get("value", "") if left else "",
            changed_at=lost_at.isoformat(),
        ),
    )


def _rule(person: Person) -> RuleData:
    evidence = person.evidence
    return RuleData(kind=evidence["kind"], property=evidence["property"], value=evidence["value"])


def _row(person: Person) -> str:
    key = person.key
    return f"{key.account_id}/{key.campaign_id}/{key.side}/{key.person_id}"


def _seen(person: Person) -> tuple[State, str, str]:
    return person.state, person.reason, person.record_link


def _id(row: str, version: int, kind: str) -> str:
    return hashlib.sha256(f"{row}|{version}|{kind}".encode()).hexdigest()[:32]
