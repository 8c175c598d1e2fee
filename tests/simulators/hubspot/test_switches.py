"""Both positions of every switch. A switch without a test here fails the first one."""

from __future__ import annotations

import base64
import hashlib
import time
from pathlib import Path
from typing import Any

import pytest

from simulators.hubspot import Switches
from tests.simulators.hubspot.driver import (
    CLIENT,
    CONTACTS,
    DEALS,
    EU,
    US,
    Account,
    Driver,
    WebhookReceiver,
    deal,
    row,
)

Json = dict[str, Any]


def both(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(names[0] if len(names) == 1 else names, [False, True])


@pytest.fixture
def ada(hubspot: Driver) -> str:
    """Ada, who has an additional address."""
    (contact,) = hubspot.seed({"properties": {"email": "ada@example.com"}, "additional_emails": ["old@example.com"]})
    return contact


@pytest.fixture
def pair(hubspot: Driver) -> list[str]:
    return hubspot.seed({"email": "kept@example.com"}, {"email": "lost@example.com", "lifecyclestage": "customer"})


def merge(account: Account, pair: list[str]) -> str:
    survivor: str = account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": pair[1]}).json()["id"]
    return survivor


def test_every_switch_is_tested_here_and_explains_itself() -> None:
    text = Path(__file__).read_text()

    assert [name for name in Switches.__dataclass_fields__ if f"{name}=" not in text] == []
    for name in Switches.__dataclass_fields__:
        assert f"{name} = " in Switches.documentation()


@both("matches")
def test_batch_read_and_secondary_addresses(hubspot: Driver, account: Account, ada: str, matches: bool) -> None:
    hubspot.switch(batch_read_matches_secondary_email=matches)

    answer = account.read_by_email("old@example.com")

    found = [(result["id"], result["properties"]["email"]) for result in answer.json()["results"]]
    assert found == ([(ada, "ada@example.com")] if matches else [])
    assert answer.status_code == (200 if matches else 207)


@both("matches")
def test_batch_upsert_and_secondary_addresses(hubspot: Driver, account: Account, ada: str, matches: bool) -> None:
    hubspot.switch(batch_upsert_matches_secondary_email=matches)

    answer = account.upsert(row("a", "old@example.com", firstname="A"))

    if matches:
        result = answer.json()["results"][0]
        assert (result["id"], result["new"], result["properties"]["email"]) == (ada, False, "ada@example.com")
    else:
        error = answer.json()["errors"][0]
        assert (error["category"], error["context"]["existingId"]) == ("CONFLICT", [ada])


@both("needed")
def test_upsert_without_the_email_property(hubspot: Driver, account: Account, needed: bool) -> None:
    hubspot.switch(upsert_needs_email_property=needed)

    answer = account.upsert(row("a", "a@example.com", firstname="A"), row("b", "b@example.com", email="b@example.com"))

    results = sorted(result["objectWriteTraceId"] for result in answer.json()["results"])
    assert results == (["b"] if needed else ["a", "b"])
    if needed:
        assert answer.json()["errors"][0]["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"


@both("together")
def test_one_bad_row_in_an_upsert_by_email(hubspot: Driver, account: Account, together: bool) -> None:
    hubspot.switch(upsert_by_email_all_or_nothing=together)

    answer = account.upsert(row("a", "a@example.com"), row("b", "b@example.com", plan="gold"))

    assert answer.status_code == (400 if together else 207)
    assert hubspot.look(f"portals/{EU}/contacts")["count"] == (0 if together else 1)


@pytest.mark.parametrize(("position", "status", "count"), [("works", 200, 1), ("ignored", 200, 0), ("refused", 207, 0)])
def test_batch_update_by_email(
    hubspot: Driver, account: Account, ada: str, position: str, status: int, count: int
) -> None:
    hubspot.switch(batch_update_by_email=position)

    answer = account.post("/batch/update", {"inputs": [row("a", "ada@example.com", plan="pro")]})

    assert (answer.status_code, len(answer.json()["results"])) == (status, count)
    seen = hubspot.look(f"portals/{EU}/contacts/{ada}")["properties"].get("plan")
    assert seen == ("pro" if position == "works" else None)


@both("kept")
def test_the_order_of_results(hubspot: Driver, account: Account, kept: bool) -> None:
    hubspot.switch(results_in_input_order=kept)

    answer = account.upsert(*[row(str(n), f"p{n}@example.com") for n in range(4)])

    traces = [result["objectWriteTraceId"] for result in answer.json()["results"]]
    assert (traces == ["0", "1", "2", "3"]) is kept


@pytest.mark.parametrize("position", ["silent", "error"])
def test_a_backward_lifecycle_stage(hubspot: Driver, account: Account, position: str) -> None:
    (contact,) = hubspot.seed({"email": "a@example.com", "lifecyclestage": "customer"})
    hubspot.switch(lifecycle_backwards=position)

    answer = account.upsert(row("a", "a@example.com", lifecyclestage="lead"))

    assert hubspot.look(f"portals/{EU}/contacts/{contact}")["properties"]["lifecyclestage"] == "customer"
    if position == "silent":
        assert answer.json()["results"][0]["properties"]["lifecyclestage"] == "customer"
    else:
        assert answer.json()["errors"][0]["errors"][0]["context"]["propertyName"] == ["lifecyclestage"]
    account.upsert(row("a", "a@example.com", lifecyclestage=""))
    assert account.upsert(row("a", "a@example.com", lifecyclestage="lead")).status_code == 200


@pytest.mark.parametrize("stage", ["", "lead"])
def test_the_lifecycle_stage_of_new_contacts(hubspot: Driver, account: Account, stage: str) -> None:
    hubspot.switch(new_contact_lifecycle_stage=stage)

    account.upsert(row("a", "a@example.com"), row("b", "b@example.com", lifecyclestage="customer"))

    seen = hubspot.look(f"portals/{EU}/contacts/a@example.com")["properties"]
    assert seen.get("lifecyclestage", "") == stage
    other = hubspot.look(f"portals/{EU}/contacts/b@example.com")["properties"]
    assert other["lifecyclestage"] == "customer"


@both("normalised")
def test_odd_dates(hubspot: Driver, account: Account, normalised: bool) -> None:
    hubspot.switch(dates_are_normalised=normalised)

    answer = account.post("", {"properties": {"lastname": "L", "trial_start": "2026-11-22T10:00:00Z"}})
    older = account.call(
        "POST", "/crm/v3/objects/contacts", {"properties": {"lastname": "L", "last_demo_at": "2026-1"}}
    )

    assert older.status_code == 400
    if normalised:
        assert answer.json()["properties"]["trial_start"] == "2026-11-22"
        warning = answer.json()["warnings"][0]
        assert (warning["category"], warning["context"]["rawValue"]) == (
            "PROPERTY_VALUE_NORMALIZED",
            "2026-11-22T10:00:00Z",
        )
    else:
        assert answer.json()["errors"][0]["code"] == "INVALID_DATE"


@pytest.mark.parametrize("status", [400, 409])
def test_taking_anothers_address(hubspot: Driver, account: Account, ada: str, status: int) -> None:
    (bob,) = hubspot.seed({"email": "bob@example.com"})
    hubspot.switch(email_conflict_status=status)

    answer = account.call("PATCH", f"{CONTACTS}/{bob}", {"properties": {"email": "old@example.com"}})

    assert answer.status_code == status
    assert f"{ada} already has that value" in answer.json()["message"]


@pytest.mark.parametrize("position", ["409_existing_id", "400_has_value"])
def test_a_unique_value_that_another_deal_has(hubspot: Driver, sales: Account, position: str) -> None:
    hubspot.switch(unique_conflict=position)
    known, other = hubspot.seed_deal(order_number="O-1"), hubspot.seed_deal()
    batch = {"inputs": [deal(order_number="O-1") | {"objectWriteTraceId": "a"}]}

    single = sales.call("POST", DEALS, deal(order_number="O-1"))
    changed = sales.call("PATCH", f"{DEALS}/{other}", {"properties": {"order_number": "O-1"}})
    (row,) = sales.call("POST", f"{DEALS}/batch/create", batch).json()["errors"]

    for refusal in (single.json(), changed.json(), row):
        if position == "409_existing_id":
            assert (refusal["category"], refusal["message"]) == (
                "CONFLICT",
                f"Deal already exists. Existing ID: {known}",
            )
        else:
            assert refusal["category"] == "VALIDATION_ERROR"
            assert refusal["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
            assert f"{known} already has that value" in refusal["message"]
    assert single.status_code == changed.status_code == int(position[:3])
    assert row["context"] == {"objectWriteTraceId": ["a"]}


@pytest.mark.parametrize(("most", "status"), [(1, 400), (2, 200)])
def test_the_most_inputs_with_history(hubspot: Driver, account: Account, most: int, status: int) -> None:
    ids = hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})
    hubspot.switch(history_batch_max=most)
    body = {"inputs": [{"id": contact} for contact in ids], "properties": [], "propertiesWithHistory": ["plan"]}

    assert account.post("/batch/read", body).status_code == status


@both("ordered")
def test_the_order_of_the_list(hubspot: Driver, account: Account, ordered: bool) -> None:
    ids = hubspot.seed(*[{"email": f"p{n}@example.com"} for n in range(5)])
    hubspot.switch(list_ordered_by_id=ordered)

    seen, after = [], "0"
    while after:
        page = account.get(limit=2, after=after).json()
        seen += [item["id"] for item in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after", "")

    assert sorted(seen) == ids
    assert (seen == ids) is ordered


@both("newest_first")
def test_the_join_order_of_a_list(hubspot: Driver, reader: Account, newest_first: bool) -> None:
    ids = hubspot.seed(*[{"email": f"p{n}@example.com"} for n in range(7)])
    joined = [*ids[4:], *ids[:4]]
    hubspot.switch(join_order_newest_first=newest_first)
    list_id = hubspot.make_list(*joined)
    expected = joined[::-1] if newest_first else joined

    seen: list[str] = []
    query: Json = {"limit": 2}
    while query:
        page = reader.members(list_id, "/join-order", **query).json()
        seen += [item["recordId"] for item in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
        query = {"limit": 2, "after": after} if after else {}
        if len(seen) == 2:
            hubspot.change_list(list_id, remove=[expected[1], expected[2]])

    assert seen == [*expected[:2], *expected[3:]]
    assert reader.member_ids(list_id, before=page["paging"]["prev"]["before"]) == [
        expected[4],
        expected[3],
        expected[0],
    ]


@pytest.mark.parametrize("lag_s", [0, 1])
def test_the_lag_of_search(hubspot: Driver, account: Account, lag_s: float) -> None:
    hubspot.switch(search_lag_s=lag_s)
    account.upsert(row("a", "a@example.com"))

    assert account.search("email", "HAS_PROPERTY").json()["total"] == (0 if lag_s else 1)
    time.sleep(lag_s)
    assert account.search("email", "HAS_PROPERTY").json()["total"] == 1


@both("kept")
def test_the_id_after_a_merge(
    hubspot: Driver, account: Account, pair: list[str], receiver: WebhookReceiver, kept: bool
) -> None:
    hubspot.switch(merge_keeps_primary_id=kept)

    survivor = merge(account, pair)

    assert (survivor == pair[0]) is kept
    assert survivor != pair[1]
    assert {account.get(f"/{old}").json()["id"] for old in pair} == {survivor}
    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    assert event["newObjectId"] == int(survivor)
    assert event["mergedObjectIds"] == [int(old) for old in (pair[1:] if kept else pair)]


@both("more")
def test_the_events_of_a_merge(
    hubspot: Driver, account: Account, pair: list[str], receiver: WebhookReceiver, more: bool
) -> None:
    hubspot.switch(merge_sends_more_events=more)

    merge(account, pair)

    receiver.wait_for(lambda events: len(events) >= (4 if more else 1))
    assert hubspot.simulator.simulation.dispatcher.wait_until_idle(5)
    kinds = [event["subscriptionType"] for event in receiver.events()]
    further = ["contact.deletion", "contact.deletion", "contact.propertyChange"] if more else []
    assert kinds == ["contact.merge", *further]


@both("dropped")
def test_merged_away_ids_in_batches(hubspot: Driver, account: Account, pair: list[str], dropped: bool) -> None:
    hubspot.switch(batch_drops_merged_ids=dropped)
    survivor = merge(account, pair)

    read = account.post("/batch/read", {"inputs": [{"id": pair[1]}], "properties": [], "propertiesWithHistory": []})
    written = account.post("/batch/update", {"inputs": [{"id": pair[1], "properties": {"plan": "pro"}}]})

    for answer in (read, written):
        assert answer.status_code == 200
        assert [result["id"] for result in answer.json()["results"]] == ([] if dropped else [survivor])


@both("enforced")
def test_a_code_challenge(hubspot: Driver, enforced: bool) -> None:
    hubspot.switch(pkce_is_enforced=enforced)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    fields = {"code_challenge": challenge, "code_challenge_method": "S256"}

    wrong = hubspot.exchange(hubspot.code(EU, **fields), code_verifier="another")
    right = hubspot.exchange(hubspot.code(EU, **fields), code_verifier="verifier")
    none = hubspot.exchange(hubspot.code())

    assert (wrong.status_code, right.status_code, none.status_code) == (400 if enforced else 200, 200, 200)


@pytest.mark.parametrize(("lifetime_s", "status"), [(0, 400), (60, 200)])
def test_the_life_of_a_code(hubspot: Driver, lifetime_s: float, status: int) -> None:
    hubspot.switch(code_lifetime_s=lifetime_s)
    code = hubspot.code()
    time.sleep(0.005)

    assert hubspot.exchange(code).status_code == status


@both("rotates")
def test_the_refresh_token_after_a_refresh(hubspot: Driver, account: Account, rotates: bool) -> None:
    hubspot.switch(refresh_token_rotates=rotates)

    fresh = hubspot.refresh(account.tokens["refresh_token"]).json()["refresh_token"]

    assert (fresh != account.tokens["refresh_token"]) is rotates
    assert hubspot.refresh(account.tokens["refresh_token"]).status_code == (400 if rotates else 200)


@both("same")
def test_the_refresh_token_of_a_second_consent(hubspot: Driver, account: Account, same: bool) -> None:
    hubspot.switch(reconnect_returns_same_refresh_token=same)

    assert (hubspot.connect(EU).tokens["refresh_token"] == account.tokens["refresh_token"]) is same
    assert hubspot.connect(US).tokens["refresh_token"] != account.tokens["refresh_token"]


@both("ends")
def test_access_tokens_after_a_revoke(hubspot: Driver, account: Account, ends: bool) -> None:
    hubspot.switch(revoke_ends_access_tokens=ends)
    form = CLIENT | {"token": account.tokens["refresh_token"]}

    hubspot.session.post(hubspot.url + "/oauth/2026-09/token/revoke", data=form, timeout=10)

    assert account.get().status_code == (401 if ends else 200)


@both("short")
def test_what_introspection_says(hubspot: Driver, account: Account, short: bool) -> None:
    hubspot.switch(introspect_says_active_only=short)
    form = CLIENT | {"token": account.tokens["access_token"]}

    answer = hubspot.session.post(hubspot.url + "/oauth/2026-09/token/introspect", data=form, timeout=10).json()

    assert (answer == {"active": True}) is short


@both("said")
def test_retry_after(hubspot: Driver, account: Account, said: bool) -> None:
    hubspot.switch(retry_after_on_429=said, rate_scale=1 / 110)
    account.get()

    refused = account.get()

    assert refused.status_code == 429
    assert (refused.headers.get("Retry-After") in ("9", "10")) is said


@both("one")
def test_what_a_batch_costs(hubspot: Driver, account: Account, one: bool) -> None:
    hubspot.switch(batch_costs_one_request=one)

    answer = account.upsert(*[row(str(n), f"p{n}@example.com") for n in range(40)])

    assert answer.headers["X-HubSpot-RateLimit-Remaining"] == ("109" if one else "70")


@pytest.mark.parametrize(("scale", "status"), [(0, 200), (1 / 110, 429)])
def test_the_scale_of_the_limits(hubspot: Driver, account: Account, scale: float, status: int) -> None:
    hubspot.switch(rate_scale=scale)
    account.get()

    assert account.get().status_code == status


@both("mixed")
def test_portals_in_a_delivery(hubspot: Driver, account: Account, receiver: WebhookReceiver, mixed: bool) -> None:
    hubspot.connect(US)
    hubspot.switch(mixed_portals_in_delivery=mixed)
    hubspot.control("app", {"webhook_interval_s": 0.5})
    for portal in (EU, US):
        hubspot.seed({"email": "a@example.com"}, portal=portal)
        hubspot.control(f"portals/{portal}/contacts/a@example.com", {"properties": {"lifecyclestage": "lead"}})

    events = receiver.wait_for(lambda events: len(events) == 2)

    assert {event["portalId"] for event in events} == {EU, US}
    assert len(receiver.requests) == (1 if mixed else 2)


@both("stable")
def test_the_event_id_of_a_retry(hubspot: Driver, account: Account, receiver: WebhookReceiver, stable: bool) -> None:
    hubspot.switch(event_id_stable_on_retry=stable)
    hubspot.seed({"email": "a@example.com"})
    receiver.answers = [500]

    hubspot.control(f"portals/{EU}/contacts/a@example.com", {"properties": {"lifecyclestage": "lead"}})

    first, second = receiver.wait_for(lambda events: len(events) == 2)
    assert (first["eventId"] == second["eventId"]) is stable


@both("told")
def test_the_changes_of_a_creation(hubspot: Driver, account: Account, receiver: WebhookReceiver, told: bool) -> None:
    hubspot.switch(property_change_on_create=told)

    account.upsert(row("a", "a@example.com", lifecyclestage="lead"))
    account.upsert(row("a", "a@example.com", lifecyclestage="customer"))

    events = receiver.wait_for(lambda events: "customer" in [event["propertyValue"] for event in events])
    assert [event["propertyValue"] for event in events] == (["lead"] if told else []) + ["customer"]


@both("fires")
def test_calculated_properties(hubspot: Driver, account: Account, receiver: WebhookReceiver, fires: bool) -> None:
    rows = [
        {"subscriptionType": "contact.propertyChange", "propertyName": name} for name in ("email", "hs_email_domain")
    ]
    hubspot.control("app", {"subscriptions": rows})
    hubspot.switch(calculated_properties_fire=fires)

    account.upsert(row("a", "a@example.com"))

    receiver.wait_for(lambda events: len(events) >= (2 if fires else 1))
    assert hubspot.simulator.simulation.dispatcher.wait_until_idle(5)
    names = [event["propertyName"] for event in receiver.events()]
    assert names == (["email", "hs_email_domain"] if fires else ["email"])


@both("first")
def test_the_order_of_a_privacy_deletion(
    hubspot: Driver, account: Account, receiver: WebhookReceiver, first: bool
) -> None:
    hubspot.switch(privacy_deletion_comes_first=first)
    hubspot.seed({"email": "a@example.com"})

    account.post("/gdpr-delete", {"objectId": "a@example.com", "idProperty": "email"})

    events = receiver.wait_for(lambda events: len(events) == 2)
    kinds = ["contact.privacyDeletion", "contact.deletion"]
    assert [event["subscriptionType"] for event in events] == (kinds if first else kinds[::-1])


@both("too")
def test_the_older_signature(hubspot: Driver, receiver: WebhookReceiver, too: bool) -> None:
    hubspot.switch(v1_signature_too=too)

    hubspot.control("webhooks/send", {"raw": "[]"})

    assert ("X-HubSpot-Signature" in receiver.requests[0][0]) is too
    assert "X-HubSpot-Signature-v3" in receiver.requests[0][0]


@pytest.mark.parametrize(
    "values",
    [{"no_such_switch": True}, {"lifecycle_backwards": "loud"}, {"rate_scale": "x"}, {"rate_scale": True},
     {"v1_signature_too": "perhaps"}, {"new_contact_lifecycle_stage": 1}],
)  # fmt: skip
def test_a_position_that_does_not_exist_is_refused_and_changes_nothing(hubspot: Driver, values: Json) -> None:
    before = hubspot.look("state")["switches"]

    answer = hubspot.session.post(hubspot.url + "/_sim/switches", json={"search_lag_s": 9} | values, timeout=10)

    assert answer.status_code == 400
    assert hubspot.look("state")["switches"] == before
