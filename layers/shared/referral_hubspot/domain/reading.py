"""How far HubSpot was read for what webhooks may have missed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.settings import Rule


@dataclass(frozen=True, slots=True)
class Target:
    """What is searched for: records of one HubSpot account, seen by one account, where a property has a value."""

    account_id: str
    portal_id: int
    object_type: ObjectType
    property: str
    value: str

    @classmethod
    def of(cls, account_id: str, portal_id: int, rule: Rule) -> "Target":
        """What a rule looks for; every rule but *Do not qualify my referrals* looks for something."""
        assert rule.kind.object_type is not None, "a rule that qualifies nobody is not searched for"
        return cls(account_id, portal_id, rule.kind.object_type, rule.property, rule.value)


@dataclass(frozen=True, slots=True)
class OpenPass:
    """A search that was cut short: it goes on behind the record `after`, for the campaigns it was begun for."""

    started_at: datetime
    since: datetime
    campaigns: frozenset[str]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a target was read: for each campaign the start of the last pass that came to its end."""

    read_until: Mapping[str, datetime] = field(default_factory=dict)
    open: OpenPass | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the slow pass through a campaign's pending leads stands.

    `cursor` is the position in the list behind which it goes on, "" between two rounds.
    """

    cursor: str = ""
    began_at: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Halfway:
    """How far a look at everyone pending came that takes longer than a sweep, and what it was for.

    `cursor` is the position in the list behind which it goes on, `count` what it brought so far.
    """

    purpose: str = ""
    cursor: str = ""
    count: int = 0
