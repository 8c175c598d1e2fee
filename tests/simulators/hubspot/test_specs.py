"""HubSpot's own specs judge every answer of every test in this folder; here is the proof that they do."""

from __future__ import annotations

import pytest

from simulators.hubspot.operations import OPERATIONS
from tests.simulators.hubspot.driver import CLIENT, CONTACTS, EU, SPECS, Account, Driver, row
from tests.simulators.hubspot.openapi import NOT_DESCRIBED, WHERE_TO_GET_THEM

PROPERTIES = "/crm/properties/2026-09/contacts"
NEW = {"name": "tier", "label": "Tier", "type": "string", "fieldType": "text", "groupName": "contactinformation"}


@pytest.fixture
def architect(hubspot: Driver) -> Account:
    return hubspot.connect(EU, optional_scope="crm.schemas.contacts.write")


@pytest.mark.skipif(SPECS is None, reason=WHERE_TO_GET_THEM)
def test_every_operation_answers_as_hubspots_specs_say(
    hubspot: Driver, architect: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SPECS is not None
    with capsys.disabled():
        print(f"\n[HubSpot's OpenAPI specs: {SPECS.folder}]")
    SPECS.judged.clear()
    a, b, c = hubspot.seed(*[{"email": f"{name}@example.com", "plan": "free"} for name in "abc"])
    inputs = [{"id": a}, {"id": "1"}]

    hubspot.session.post(
        hubspot.url + "/oauth/2026-09/token/introspect",
        data=CLIENT | {"token": architect.tokens["access_token"]},
        timeout=10,
    )
    architect.call("GET", "/account-info/2026-09/details")
    architect.get(limit=1, propertiesWithHistory="plan")
    architect.get(limit=999)
    architect.post("", {"properties": {"email": "d@example.com"}})
    architect.post("", {"properties": {"email": "d@example.com"}})
    architect.post("", {"properties": {"email": "d"}})
    architect.post("/search", {"properties": ["plan"], "limit": 1})
    architect.post("/search", {"limit": 999})
    architect.post("/batch/read", {"inputs": inputs, "properties": ["plan"], "propertiesWithHistory": ["plan"]})
    architect.post("/batch/read", {"inputs": inputs[:1], "properties": [], "propertiesWithHistory": []})
    architect.post("/batch/create", {"inputs": [{"properties": {"email": "e@example.com"}}]})
    architect.post("/batch/create", {"inputs": [{"objectWriteTraceId": "x", "properties": {"email": "e@example.com"}}]})
    architect.post("/batch/update", {"inputs": [{**item, "properties": {"plan": "pro"}} for item in inputs]})
    architect.post("/batch/update", {"inputs": [{"id": a, "properties": {"plan": "starter"}}]})
    architect.upsert(row("x", "f@example.com"), row("y", "g@example.com", plan="gold"))
    architect.upsert(row("x", "f@example.com"))
    architect.upsert(row("x", "f@example.com"), row("y", "f@example.com"))
    architect.get(f"/{a}")
    architect.get("/1")
    architect.call("PATCH", f"{CONTACTS}/{a}", {"properties": {"plan": "pro"}})
    architect.post("/merge", {"primaryObjectId": a, "objectIdToMerge": b})
    architect.post("/batch/archive", {"inputs": [{"id": c}]})
    architect.post("/gdpr-delete", {"objectId": "d@example.com", "idProperty": "email"})
    architect.call("DELETE", f"{CONTACTS}/{a}")
    architect.call("GET", PROPERTIES)
    architect.call("GET", f"{PROPERTIES}/plan")
    architect.call("GET", f"{PROPERTIES}/nothing")
    architect.call("POST", PROPERTIES, NEW)
    architect.call("POST", PROPERTIES, NEW)
    hubspot.control("scopes", {"portal": EU, "remove": ["crm.objects.contacts.read"]})
    architect.get()
    hubspot.control("expire", {"portal": EU})
    architect.get()
    fresh = hubspot.connect(EU)
    fresh.call("DELETE", "/appinstalls/2026-09/external-install")

    operations = {
        (operation.method, template.replace("{version}", "2026-09"))
        for operation in OPERATIONS
        for template in operation.templates[:1]
        if not NOT_DESCRIBED.search(template.replace("{version}", "2026-09"))
    }
    assert len({(method, path) for method, path, _ in SPECS.judged}) == len(operations)
    assert {status for _, _, status in SPECS.judged} == {200, 201, 204, 207, 400, 401, 403, 404, 409}


@pytest.mark.skipif(SPECS is None, reason=WHERE_TO_GET_THEM)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"portalId": "1001001"}),
        (200, None),
        (401, {"status": "error", "message": "no category, no correlation id"}),
    ],
)
def test_the_judge_is_strict(status: int, body: object) -> None:
    assert SPECS is not None

    with pytest.raises(AssertionError):
        SPECS.judge("GET", "/account-info/2026-09/details", status, body)
