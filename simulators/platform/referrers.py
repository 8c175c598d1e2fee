"""The referrers this platform knows: who they are, how often they referred, which enrolments made them."""

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from threading import RLock
from typing import Any, Literal

from simulators.platform.clock import now, stamp

ReferrerKey = tuple[str, str, str]
Count = Literal["referrals_count", "converted_referrals_count"]


@dataclass(slots=True)
class Referrer:
    """Its fields are the `data` of a referrer event. Whoever has the same e-mail in the campaign gets the same id."""

    account_id: str
    campaign_id: str
    campaign_name: str
    email: str
    first_name: str = ""
    referrer_id: str = ""
    referral_code: str = ""
    referral_link: str = ""
    source: str = "enrolment"
    referrals_count: int = 0
    converted_referrals_count: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    joined_at: str = field(default_factory=lambda: stamp(now()))

    def __post_init__(self) -> None:
        identity = f"{self.account_id}/{self.campaign_id}/{self.email.lower()}"
        digest = sha256(identity.encode()).hexdigest()
        self.referrer_id = self.referrer_id or f"referrer-{digest[:16]}"
        self.referral_code = self.referral_code or f"R{digest[:10].upper()}"
        self.referral_link = self.referral_link or f"https://refer.example.com/{self.campaign_id}/{self.referral_code}"

    @property
    def key(self) -> ReferrerKey:
        return self.account_id, self.campaign_id, self.referrer_id


class Referrers:
    """Guarded by one lock; every answer is a copy, as `data` of an event at that version."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._known: dict[ReferrerKey, Referrer] = {}
        self._by_email: dict[tuple[str, str, str], Referrer] = {}
        self._enrolled: dict[tuple[str, str, str], ReferrerKey] = {}
        self._versions: dict[ReferrerKey, int] = {}

    def keep(self, referrer: Referrer) -> tuple[bool, dict[str, Any]]:
        """Store it above its last version; also whether it was new."""
        with self._lock:
            before = self._known.get(referrer.key)
            if before:
                self._by_email.pop(_email_key(before), None)
            self._known[referrer.key] = referrer
            self._by_email[_email_key(referrer)] = referrer
            self._raise_version(referrer)
            return before is None, asdict(referrer)

    def enrol(self, enrolment_id: str, candidate: Referrer) -> dict[str, Any]:
        """The referrer of this enrolment, made once; somebody already known by this e-mail stays as they are."""
        with self._lock:
            enrolment = (candidate.account_id, candidate.campaign_id, enrolment_id)
            key = self._enrolled.get(enrolment, candidate.key)
            known = self._known.get(key) or self._by_email.get(_email_key(candidate))
            if known is None:
                self.keep(candidate)
                known = candidate
            self._enrolled[enrolment] = known.key
            return asdict(known)

    def find(self, account_id: str, campaign_id: str, referrer_id: str) -> dict[str, Any] | None:
        with self._lock:
            known = self._known.get((account_id, campaign_id, referrer_id))
            return asdict(known) if known else None

    def count(self, key: ReferrerKey, name: Count) -> dict[str, Any]:
        """One more of them, under the next version."""
        with self._lock:
            referrer = self._known[key]
            setattr(referrer, name, getattr(referrer, name) + 1)
            self._raise_version(referrer)
            return asdict(referrer)

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(referrer) for referrer in self._known.values()]

    def forget(self) -> None:
        """Versions stay: the same person gets the same id again, and a lower version would be ignored."""
        with self._lock:
            self._known.clear()
            self._by_email.clear()
            self._enrolled.clear()

    def _raise_version(self, referrer: Referrer) -> None:
        referrer.version = self._versions.get(referrer.key, 0) + 1
        self._versions[referrer.key] = referrer.version


def _email_key(referrer: Referrer) -> tuple[str, str, str]:
    return referrer.account_id, referrer.campaign_id, referrer.email.lower()
