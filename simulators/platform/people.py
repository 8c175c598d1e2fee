"""Made-up leads and referrers: the same seed always makes the same people."""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from simulators.platform.clock import stamp

# fmt: off
FIRST_NAMES = (
    "Ada", "Amir", "Anouk", "Bao", "Carmen", "Chidi", "Dalia", "Emil", "Farah", "Greta", "Hiro", "Ines", "Ivo",
    "Jonas", "Kaja", "Lena", "Luis", "Mai", "Milo", "Nadia", "Noor", "Olga", "Omar", "Petra", "Rosa", "Sami",
    "Tariq", "Uma", "Vera", "Wanda", "Xenia", "Yusuf", "Zoe",
)
# fmt: on
SOURCES = ("email", "link", "whatsapp", "facebook", "qr")


def people(
    *, account_id: str, campaign_id: str, campaign_name: str, count: int, seed: str, joined_at: datetime
) -> Iterator[dict[str, Any]]:
    """`data` of `count` lead.joined events. Referrers repeat (one in five leads brings a new one)."""
    random = Random(f"{seed}/{account_id}/{campaign_id}")
    site = f"https://refer.example.com/{campaign_id}"
    for number in range(count):
        name, referrer_name = random.choice(FIRST_NAMES), random.choice(FIRST_NAMES)
        referrer = random.randrange(max(1, count // 5))
        code, referrer_code = f"L{random.randrange(16**6):06X}", f"R{referrer:05d}"
        yield {
            "account_id": account_id,
            "campaign_id": campaign_id,
            "campaign_name": campaign_name,
            "lead_id": f"lead-{seed}-{number:05d}",
            "email": f"{name.lower()}.{seed}.{number:05d}@example.com",
            "first_name": name,
            "referral_code": code,
            "source": random.choice(SOURCES),
            "referral_link": f"{site}/{code}",
            "referrer": {
                "id": f"referrer-{referrer:05d}",
                "first_name": referrer_name,
                "email": f"referrer.{referrer:05d}@example.org",
                "referral_code": referrer_code,
                "referral_link": f"{site}/{referrer_code}",
                "referrals_count": 1 + random.randrange(9),
            },
            "fields": {},
            "joined_at": stamp(joined_at),
        }


def referrer_people(
    *, account_id: str, campaign_id: str, campaign_name: str, count: int, seed: str, joined_at: datetime
) -> Iterator[dict[str, Any]]:
    """What is made up about `count` referrers; id, code and link follow from the e-mail."""
    random = Random(f"referrers/{seed}/{account_id}/{campaign_id}")
    for number in range(count):
        name = random.choice(FIRST_NAMES)
        yield {
            "account_id": account_id,
            "campaign_id": campaign_id,
            "campaign_name": campaign_name,
            "email": f"{name.lower()}.referrer.{seed}.{number:05d}@example.org",
            "first_name": name,
            "source": random.choice(SOURCES),
            "joined_at": stamp(joined_at),
        }
