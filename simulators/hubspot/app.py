"""The one app that this HubSpot knows: what its developer has configured."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

Json = dict[str, Any]

REQUIRED_SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.read",
)
OPTIONAL_SCOPES = (
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
    "crm.schemas.contacts.write",
    "crm.objects.owners.read",
    "crm.lists.read",
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """`type` as in `subscriptionType`: contact.propertyChange, deal.merge, object.propertyChange …; the last needs
    `object_type`."""

    id: int
    type: str
    property_name: str | None = None
    object_type: str | None = None

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "subscriptionType": self.type,
            "propertyName": self.property_name,
            "objectType": self.object_type,
        }


def subscriptions(rows: list[Json]) -> list[Subscription]:
    return [
        Subscription(3_001 + index, str(row["subscriptionType"]), row.get("propertyName"), row.get("objectType"))
        for index, row in enumerate(rows)
    ]


DEFAULT_SUBSCRIPTIONS: list[Json] = [
    {"subscriptionType": "contact.propertyChange", "propertyName": "lifecyclestage"},
    {"subscriptionType": "contact.propertyChange", "propertyName": "hs_lead_status"},
    {"subscriptionType": "contact.merge"},
    {"subscriptionType": "contact.deletion"},
    {"subscriptionType": "contact.privacyDeletion"},
    {"subscriptionType": "deal.propertyChange", "propertyName": "dealstage"},
    {"subscriptionType": "deal.merge"},
    {"subscriptionType": "deal.deletion"},
]


@dataclass(slots=True)
class App:
    """Changed with `POST /_sim/app`; every field can be. Delays are seconds."""

    app_id: int = 1001
    name: str = "Referrals"
    client_id: str = "sim-client-id"
    client_secret: str = field(default="sim-client-secret-0001", repr=False)
    redirect_urls: list[str] = field(default_factory=list)
    required_scopes: list[str] = field(default_factory=lambda: list(REQUIRED_SCOPES))
    conditional_scopes: list[str] = field(default_factory=list)
    optional_scopes: list[str] = field(default_factory=lambda: list(OPTIONAL_SCOPES))
    expires_in: float = 1800
    webhook_url: str = ""
    webhook_interval_s: float = 0.1
    webhook_timeout_s: float = 5.0
    webhook_retry_delays_s: list[float] = field(default_factory=lambda: [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200])
    webhook_max_retries: int = 10
    webhook_concurrency: int = 10
    subscriptions: list[Subscription] = field(default_factory=lambda: subscriptions(DEFAULT_SUBSCRIPTIONS))

    def update(self, values: Json) -> None:
        """Raises:
        ValueError: a field is unknown or of the wrong type; nothing was changed.
        """
        kinds = get_type_hints(App)
        names = {item.name for item in fields(App)}
        converted: Json = {}
        for name, value in values.items():
            if name not in names:
                raise ValueError(f"the app has no setting {name!r}")
            if name == "subscriptions":
                converted[name] = subscriptions(value)
            elif kinds[name] in (int, float, str) and not isinstance(value, bool):
                converted[name] = kinds[name](value)
            elif isinstance(value, list):
                converted[name] = list(value)
            else:
                raise ValueError(f"{name} cannot be {value!r}")
        for name, value in converted.items():
            setattr(self, name, value)

    def as_json(self) -> Json:
        """Without the secret."""
        body = {item.name: getattr(self, item.name) for item in fields(App) if item.name != "client_secret"}
        return body | {"subscriptions": [subscription.as_json() for subscription in self.subscriptions]}
