"""What the platform knows: its campaigns, its leads with their states, what was announced, what was paid."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from threading import RLock
from typing import Any

from simulators.platform.clock import now, stamp

LeadKey = tuple[str, str, str]


@dataclass(slots=True)
class Campaign:
    account_id: str
    campaign_id: str
    name: str
    state: str = "live"
    time_zone: str = "Europe/Berlin"
    custom_fields: list[dict[str, str]] = field(default_factory=list)
    version: int = 0


@dataclass(slots=True)
class Lead:
    """A lead as published, and the newest state the integration announced for it."""

    account_id: str
    campaign_id: str
    lead_id: str
    first_name: str = ""
    published_at: str | None = None
    times_published: int = 0
    state: str | None = None
    reason: str | None = None
    record_link: str | None = None
    version: int = 0
    state_at: str | None = None


@dataclass(frozen=True, slots=True)
class Reward:
    announcement_id: str
    account_id: str
    campaign_id: str
    lead_id: str
    referrer_id: str
    paid_at: str


@dataclass(slots=True)
class Announcement:
    """One CloudEvent as first received; `repeats` counts the copies that were dropped."""

    event: dict[str, Any]
    received_at: str
    repeats: int = 0

    @property
    def data(self) -> dict[str, Any]:
        data = self.event.get("data")
        return data if isinstance(data, dict) else {}


class World:
    """Guarded by one lock: the announcements' thread writes while requests read."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._campaigns: dict[tuple[str, str], Campaign] = {}
        self._leads: dict[LeadKey, Lead] = {}
        self._announcements: dict[str, Announcement] = {}
        self._rewards: dict[str, Reward] = {}
        self._unreadable = 0

    def register(self, campaign: Campaign) -> Campaign:
        """Store the campaign under a version above its last one."""
        with self._lock:
            before = self._campaigns.get((campaign.account_id, campaign.campaign_id))
            campaign.version = max(campaign.version, (before.version if before else 0) + 1)
            self._campaigns[(campaign.account_id, campaign.campaign_id)] = campaign
            return campaign

    def campaign_name(self, account_id: str, campaign_id: str) -> str:
        """Its id, while it is not registered."""
        with self._lock:
            registered = self._campaigns.get((account_id, campaign_id))
            return registered.name if registered else campaign_id

    def published(self, event: dict[str, Any], at: str) -> bool:
        """Remember a lead that was put on the queue; its first publication, told by True, is the one that counts."""
        data = event.get("data")
        if event.get("type") != "lead.joined.v1" or not isinstance(data, dict):
            return False
        with self._lock:
            lead = self._lead(data)
            if lead is None:
                return False
            lead.times_published += 1
            lead.published_at = lead.published_at or at
            lead.first_name = lead.first_name or str(data.get("first_name") or "")
            return lead.times_published == 1

    def announced(self, event: dict[str, Any]) -> bool:
        """Take one announcement: a repeated id changes nothing, nor does a lower version; one reward per id is paid.

        Returns whether it was the first with its id.
        """
        at = stamp(now())
        with self._lock:
            known = self._announcements.get(str(event["id"]))
            if known:
                known.repeats += 1
                return False
            announcement = Announcement(event, at)
            self._announcements[str(event["id"])] = announcement
            if event["type"] == "lead.changed.v1":
                self._follow(announcement)
            elif event["type"] == "referral.qualified.v1":
                self._pay(announcement)
            return True

    def unreadable(self) -> None:
        with self._lock:
            self._unreadable += 1

    def forget(self) -> None:
        """Drop leads, announcements and rewards; campaigns keep their versions, or later updates would be ignored."""
        with self._lock:
            self._leads.clear()
            self._announcements.clear()
            self._rewards.clear()
            self._unreadable = 0

    def campaigns(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(campaign) for campaign in self._campaigns.values()]

    def leads(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(lead) for lead in self._leads.values()]

    def rewards(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(reward) for reward in self._rewards.values()]

    def unreadable_count(self) -> int:
        with self._lock:
            return self._unreadable

    def announcements(self) -> list[dict[str, Any]]:
        """In order of arrival, each the CloudEvent with `received_at` and `repeats`."""
        with self._lock:
            return [
                {**a.event, "received_at": a.received_at, "repeats": a.repeats} for a in self._announcements.values()
            ]

    def _lead(self, data: dict[str, Any]) -> Lead | None:
        parts = (data.get("account_id"), data.get("campaign_id"), data.get("lead_id"))
        if not all(isinstance(part, str) and part for part in parts):
            return None
        key: LeadKey = (str(parts[0]), str(parts[1]), str(parts[2]))
        return self._leads.setdefault(key, Lead(*key))

    def _follow(self, announcement: Announcement) -> None:
        data = announcement.data
        lead = self._lead(data)
        version = int(data.get("version") or 0)
        if lead is None or version <= lead.version:
            return
        lead.version = version
        lead.state = data.get("state")
        lead.reason = data.get("reason")
        lead.record_link = data.get("record_link") or lead.record_link
        lead.state_at = announcement.received_at

    def _pay(self, announcement: Announcement) -> None:
        data = announcement.data
        identifier = str(announcement.event["id"])
        self._rewards[identifier] = Reward(
            identifier,
            str(data.get("account_id")),
            str(data.get("campaign_id")),
            str(data.get("lead_id")),
            str(data.get("referrer_id")),
            announcement.received_at,
        )


def matching(items: Iterable[dict[str, Any]], **wanted: str | None) -> list[dict[str, Any]]:
    """Those whose field, or whose `data` field, equals every wanted value that is not None."""
    return [
        item
        for item in items
        if all(
            value is None or item.get(name, item.get("data", {}).get(name)) == value for name, value in wanted.items()
        )
    ]
