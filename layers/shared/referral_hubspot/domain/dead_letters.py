"""Messages that nobody could process: why, and what may be said of them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

FAILED = "failed"
"""Reason of a message that we failed on again and again: SQS moved it."""
STREAM = "stream"
"""Reason of changes of the table that we failed to announce: Lambda gave up on them."""
NOT_SWEPT = "not_swept"
"""Reason of a sweep that failed or was not started."""

# What a message holds was checked by nobody: only what cannot be an address is repeated.
_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_TOLD = ("account_id", "campaign_id", "lead_id", "referrer_id", "job", "sync_id")


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `attributes` are the message's own, `group` is its sender's fair share, `handle` takes it off."""

    id: str
    sent_at: datetime
    body: str = field(repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    handle: str = field(default="", repr=False)

    @property
    def reason(self) -> str:
        """Why it is here: our own code, the code of AWS' service that refused it, or one of those above."""
        named = self.attributes.get("reason") or self.attributes.get("ERROR_CODE")
        if named:
            return named
        content = self._content
        if "DDBStreamBatchInfo" in content:
            return STREAM
        return NOT_SWEPT if "requestContext" in content else FAILED

    @property
    def about(self) -> dict[str, str]:
        """Type and ids in it, as far as it can be read; never what could be a person's."""
        content = self._content
        event = content.get("detail") or content
        data = event.get("data", event) if isinstance(event, dict) else None  # a job of a sync has no envelope
        told: dict[str, Any] = {"type": event.get("type")} if isinstance(event, dict) else {}
        told |= {name: data.get(name) for name in _TOLD} if isinstance(data, dict) else {}
        changes = self._json()
        if isinstance(changes, list):
            told["portal"] = ",".join(sorted({str(one.get("portalId")) for one in changes if isinstance(one, dict)}))
        return {name: value for name, value in told.items() if isinstance(value, str) and _ID.fullmatch(value)}

    @property
    def announcement(self) -> Mapping[str, Any] | None:
        """The CloudEvent in it, whether the bus refused it or the platform's queue did; None in anything else."""
        content = self._content
        event = content.get("detail") if "detail-type" in content else content
        return event if isinstance(event, dict) and {"type", "time", "specversion"} <= event.keys() else None

    @property
    def _content(self) -> dict[str, Any]:
        content = self._json()
        return content if isinstance(content, dict) else {}

    def _json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None
