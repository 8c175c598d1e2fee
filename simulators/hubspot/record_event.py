"""What happens to records, as far as an app may hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.record import Source


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Something HubSpot may tell an app: `kind` creation, propertyChange, deletion, privacyDeletion, restore or
    merge."""

    object_type: ObjectType
    kind: str
    record_id: int
    at_ms: int
    source: Source
    details: Mapping[str, Any] = field(default_factory=dict)
