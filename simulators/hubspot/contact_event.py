"""What happens to contacts, as far as an app may hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.contact import Source


@dataclass(frozen=True, slots=True)
class ContactEvent:
    """Something HubSpot may tell an app: `kind` creation, propertyChange, deletion, privacyDeletion or merge."""

    kind: str
    contact_id: int
    at_ms: int
    source: Source
    details: Mapping[str, Any] = field(default_factory=dict)
