"""The client behind a HubSpot that is scripted, and the pieces its answers are made of."""

from datetime import UTC, datetime
from typing import Any

from referral_hubspot.domain.lanes import Lane
from referral_hubspot.hubspot.calls import Caller
from referral_hubspot.hubspot.client import HubSpotCrm
from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.hubspot.pacing import Pacer
from tests.hubspot.scripted import Said, ScriptedHubSpot
from tests.hubspot.stand_ins import APP, OpenBudget, Tokens
from tests.hubspot.virtual_time import VirtualTime

CREATED = "2026-01-02T03:04:05.678Z"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def crm(*answers: Said | Exception, budget: OpenBudget | None = None) -> tuple[HubSpotCrm, ScriptedHubSpot]:
    hubspot, time = ScriptedHubSpot(*answers), VirtualTime()
    transport = hubspot.transport()
    pacer = Pacer(budget or OpenBudget(), clock=time.clock, sleep=time.sleep)
    return HubSpotCrm(Caller(transport, Tokens(), pacer, 42, Lane.LIVE), OAuth(transport, APP)), hubspot


def record(record_id: str, trace: str = "", **properties: str | None) -> dict[str, Any]:
    result: dict[str, Any] = {"id": record_id, "properties": {"createdate": CREATED} | properties}
    return result | ({"objectWriteTraceId": trace} if trace else {})


def row_error(trace: str, category: str = "VALIDATION_ERROR", **more: Any) -> dict[str, Any]:
    context = {"objectWriteTraceId": [trace]} | more.pop("context", {})
    return {"status": "error", "category": category, "message": "no", "context": context} | more
