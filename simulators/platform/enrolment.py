"""Enrolment: answers the integration's requests for referrers, as the control settings say, and keeps their counts."""

import logging
from fnmatch import fnmatchcase
from functools import partial
from threading import Lock
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulators.platform.outbox import Outbox
from simulators.platform.referrers import Count, Referrer, Referrers
from simulators.platform.world import World

log = logging.getLogger(__name__)


class EnrolmentRule(BaseModel):
    """How enrolments are answered, for those it fits (`email` is a pattern with `*`); the newest that fits decides."""

    model_config = ConfigDict(extra="forbid")

    account_id: str | None = None
    campaign_id: str | None = None
    email: str | None = None
    answer: Literal["join", "decline", "never"] = "join"
    late_seconds: float = Field(default=0, ge=0)
    reason: str = "not_accepted"
    counts: bool = True

    def fits(self, account_id: str, campaign_id: str, email: str) -> bool:
        return (
            self.account_id in (None, account_id)
            and self.campaign_id in (None, campaign_id)
            and fnmatchcase(email.lower(), (self.email or "*").lower())
        )


class _Contact(BaseModel):
    enrolment_id: str = Field(min_length=1)
    email: str = Field(min_length=1)
    first_name: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)


class _Request(BaseModel):
    account_id: str
    campaign_id: str
    contacts: list[_Contact]


class Enrolment:
    def __init__(self, world: World, referrers: Referrers, outbox: Outbox) -> None:
        self._world = world
        self._referrers = referrers
        self._outbox = outbox
        self._lock = Lock()
        self._rules: list[EnrolmentRule] = []

    def rule(self, rule: EnrolmentRule) -> None:
        with self._lock:
            self._rules.append(rule)

    def forget(self) -> None:
        with self._lock:
            self._rules.clear()

    def requested(self, data: Any) -> None:
        """Owe every contact its answer; a repeated request is answered again."""
        try:
            request = _Request.model_validate(data)
        except ValidationError as error:
            log.warning("enrolment_unreadable faults=%s", error.error_count())
            return
        for contact in request.contacts:
            rule = self._rule_for(request.account_id, request.campaign_id, contact.email)
            if rule.answer == "decline":
                self._outbox.put(partial(_declined, request, contact, rule.reason), rule.late_seconds)
            elif rule.answer == "join":
                self._outbox.put(partial(self._joined, request, contact), rule.late_seconds)

    def count(self, account_id: str, campaign_id: str, referrer_id: str, name: Count) -> None:
        """One more for this referrer, when it is known here; owes the integration the update."""
        known = self._referrers.find(account_id, campaign_id, referrer_id)
        if known is None or not self._rule_for(account_id, campaign_id, known["email"]).counts:
            return
        data = self._referrers.count((account_id, campaign_id, referrer_id), name)
        self._outbox.put(lambda: {"type": "referrer.updated.v1", "data": data})

    def _rule_for(self, account_id: str, campaign_id: str, email: str) -> EnrolmentRule:
        with self._lock:
            fitting = (rule for rule in reversed(self._rules) if rule.fits(account_id, campaign_id, email))
            return next(fitting, EnrolmentRule())

    def _joined(self, request: _Request, contact: _Contact) -> dict[str, Any]:
        candidate = Referrer(
            account_id=request.account_id,
            campaign_id=request.campaign_id,
            campaign_name=self._world.campaign_name(request.account_id, request.campaign_id),
            email=contact.email,
            first_name=contact.first_name or "",
            fields=contact.fields,
        )
        data = self._referrers.enrol(contact.enrolment_id, candidate)
        return {"type": "referrer.joined.v1", "data": {**data, "enrolment_id": contact.enrolment_id}}


def _declined(request: _Request, contact: _Contact, reason: str) -> dict[str, Any]:
    return {
        "type": "referrer.enrolment_declined.v1",
        "data": {
            "account_id": request.account_id,
            "campaign_id": request.campaign_id,
            "enrolment_id": contact.enrolment_id,
            "reason": reason,
        },
    }
