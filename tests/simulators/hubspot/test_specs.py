"""HubSpot's own specs judge every answer of every test in this folder; here is the proof that they do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from simulators.hubspot.answers import Operation
from simulators.hubspot.operations import OPERATIONS
from tests.simulators.hubspot.driver import (
    CLIENT,
    CONTACTS,
    DEAL_SCOPES,
    DEALS,
    EU,
    LIST_SCOPE,
    LISTS,
    SPECS,
    Account,
    Driver,
    deal,
    row,
)
from tests.simulators.hubspot.openapi import FILES, NOT_DESCRIBED, WHERE_TO_GET_THEM, Specs

PATH = "/account-info/2026-09/details"
PROPERTIES = "/crm/properties/2026-09/contacts"
DEAL_PROPERTIES = "/crm/properties/2026-09/deals"
NEW = {"name": "tier", "label": "Tier", "type": "string", "fieldType": "text"}


@pytest.fixture
def architect(hubspot: Driver) -> Account:
    return hubspot.connect(EU, optional_scope=f"{DEAL_SCOPES} {LIST_SCOPE} crm.schemas.contacts.write")


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
    exercise_properties(architect, PROPERTIES, "contactinformation")
    exercise_properties(architect, DEAL_PROPERTIES, "dealinformation")
    exercise_deals(hubspot, architect)
    exercise_lists(hubspot, architect)
    hubspot.control("scopes", {"portal": EU, "remove": ["crm.objects.contacts.read"]})
    architect.get()
    hubspot.control("expire", {"portal": EU})
    architect.get()
    fresh = hubspot.connect(EU)
    fresh.call("DELETE", "/appinstalls/2026-09/external-install")

    judged = {(method, path) for method, path, _ in SPECS.judged}
    assert [operation.kind for operation in OPERATIONS if not was_judged(operation, judged)] == []
    assert {status for _, _, status in SPECS.judged} == {200, 201, 204, 207, 400, 401, 403, 404, 409}


def was_judged(operation: Operation, judged: set[tuple[str, str]]) -> bool:
    """Whether some answer of it was held against the specs; so counts what they do not describe."""
    template = operation.templates[0].replace("{version}", "2026-09")
    if NOT_DESCRIBED.fullmatch(f"{operation.method} {template}"):
        return True
    pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", template))
    return any(method == operation.method and pattern.fullmatch(path) for method, path in judged)


def exercise_deals(hubspot: Driver, architect: Account) -> None:
    """Every call about deals, with what it answers when all is well and when it is not."""
    (contact,) = hubspot.seed({"email": "z@example.com"})
    a, b = hubspot.seed_deal(contact, order_number="O-1"), hubspot.seed_deal()
    inputs = [{"id": a}, {"id": "1"}]

    def batch(kind: str, *rows: object, **more: object) -> None:
        architect.call("POST", f"{DEALS}/batch/{kind}", {"inputs": rows} | more)

    architect.call("GET", DEALS, limit=1, associations="contacts", propertiesWithHistory="dealstage")
    architect.call("POST", DEALS, deal(contact))
    architect.call("POST", DEALS, deal("1"))
    architect.call("POST", DEALS, deal(order_number="O-1"))
    architect.call("POST", f"{DEALS}/search", {"properties": ["dealstage"], "limit": 1})
    batch("read", *inputs, properties=["dealstage"], propertiesWithHistory=["dealstage"])
    batch("create", deal(contact), deal())
    batch("create", *(deal(order_number="O-1") | {"objectWriteTraceId": name} for name in "xy"))
    batch("create", deal("1") | {"objectWriteTraceId": "x"}, deal() | {"objectWriteTraceId": "y"})
    batch("update", *({**item, "properties": {"dealstage": "closedwon"}} for item in inputs))
    batch("upsert", {"idProperty": "order_number", "id": "O-1", "properties": {"amount": "2"}})
    architect.call("GET", f"{DEALS}/{a}", associations="contacts", propertiesWithHistory="dealstage")
    architect.call("GET", f"{DEALS}/O-1", idProperty="dealname")
    architect.call("PATCH", f"{DEALS}/O-1?idProperty=order_number", {"properties": {"amount": "3"}})
    architect.call("PUT", f"{DEALS}/{a}/associations/default/contacts/{contact}")
    architect.call("PUT", f"{DEALS}/{a}/associations/default/contacts/1")
    architect.call("PUT", f"{CONTACTS}/{contact}/associations/default/deals/{a}")
    architect.call("GET", f"{CONTACTS}/{contact}", associations="deals")
    architect.call("POST", f"{DEALS}/merge", {"primaryObjectId": a, "objectIdToMerge": b})
    batch("archive", {"id": b})
    architect.call("DELETE", f"{DEALS}/{a}")
    architect.call("GET", "/crm/pipelines/2026-09/deals")
    architect.call("GET", "/crm/pipelines/2026-09/deals/default")
    architect.call("GET", "/crm/pipelines/2026-09/deals/nothing")


def exercise_properties(architect: Account, path: str, group: str) -> None:
    new = NEW | {"groupName": group, "hasUniqueValue": True}
    architect.call("GET", path)
    for name in ("hubspot_owner_id", "nothing"):
        architect.call("GET", f"{path}/{name}")
    architect.call("GET", f"{path}/groups")
    for _ in range(2):
        architect.call("POST", path, new)
        architect.call("POST", f"{path}/batch/create", {"inputs": [new | {"name": "level"}]})
        architect.call("POST", f"{path}/groups", {"name": "campaigns", "label": "Campaigns"})
        architect.call("DELETE", f"{path}/tier")
    for _ in range(2):
        architect.call("POST", path, new)
    architect.call("GET", path, archived="true")


def exercise_lists(hubspot: Driver, architect: Account) -> None:
    list_id = hubspot.make_list(*hubspot.seed({"email": "l@example.com"}, {"email": "m@example.com"}))

    architect.lists(
        query="vip", listIds=[], processingTypes=["MANUAL"], additionalProperties=["hs_list_size"], offset=0
    )
    architect.lists(count=501)
    for number in (list_id, "99"):
        architect.call("GET", f"{LISTS}/{number}")
        architect.members(number)
        architect.members(number, "/join-order")
    for order in ("", "/join-order"):
        after = architect.members(list_id, order, limit=1).json()["paging"]["next"]["after"]
        architect.members(list_id, order, after=after)
        architect.members(list_id, order, limit=251)


ERROR = {"type": "object", "required": ["category", "correlationId", "message", "status"]}
ACCOUNT = {"type": "object", "required": ["portalId"], "properties": {"portalId": {"type": "integer"}}}


def a_response(schema: Mapping[str, object]) -> dict[str, object]:
    return {"content": {"application/json": {"schema": schema}}}


@pytest.fixture
def judge(tmp_path: Path) -> Specs:
    """One with a document of our own, in the form of HubSpot's, that describes one operation."""
    responses = {"200": a_response(ACCOUNT), "default": {"$ref": "#/components/responses/Error"}}
    paths = {"account_info": {PATH: {"get": {"responses": responses}}}}
    for name in FILES:
        document = {"paths": paths.get(name, {}), "components": {"responses": {"Error": a_response(ERROR)}}}
        (tmp_path / f"{name}.2026-09.json").write_text(json.dumps(document))
    return Specs(tmp_path)


def test_the_judge_takes_what_is_described(judge: Specs) -> None:
    judge.judge("GET", PATH, 200, {"portalId": 1001001})
    judge.judge("GET", PATH, 401, dict.fromkeys(("category", "correlationId", "message", "status"), "x"))

    assert judge.judged == {("GET", PATH, 200), ("GET", PATH, 401)}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"portalId": "1001001"}),
        (200, None),
        (401, {"status": "error", "message": "no category, no correlation id"}),
    ],
)
def test_the_judge_is_strict(judge: Specs, status: int, body: object) -> None:
    with pytest.raises(AssertionError, match="is not as specified"):
        judge.judge("GET", PATH, status, body)


def test_the_judge_knows_what_is_not_described(judge: Specs) -> None:
    with pytest.raises(AssertionError, match="the specs know no POST"):
        judge.judge("POST", PATH, 200, {})
