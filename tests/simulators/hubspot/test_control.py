from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import CONTACTS, EU, US, Account, Driver, WebhookReceiver, row


def test_the_journal_has_every_call_and_no_token(hubspot: Driver, account: Account) -> None:
    account.upsert(row("a", "a@example.com"), row("b", "b@example.com"))
    account.call("GET", "/crm/v3/objects/contacts")
    account.get("/1")

    entries = hubspot.journal()

    assert [(entry["kind"], entry["status"], entry["rows"], entry["version"]) for entry in entries] == [
        ("oauth.exchange", 200, 0, "2026-09"),
        ("contacts.batch_upsert", 200, 2, "2026-09"),
        ("contacts.list", 200, 2, "v3"),
        ("contacts.read", 404, 1, "2026-09"),
    ]
    assert {entry["portal"] for entry in entries} == {EU}
    assert (entries[1]["method"], entries[1]["path"]) == ("POST", f"{CONTACTS}/batch/upsert")
    text = str(entries)
    assert account.tokens["access_token"] not in text
    assert account.tokens["refresh_token"] not in text


def test_the_journal_is_filtered_and_forgotten(hubspot: Driver, account: Account) -> None:
    hubspot.connect(US)
    seen = hubspot.look("journal")["last_seq"]
    account.get()

    assert [entry["portal"] for entry in hubspot.look(f"journal?portal={US}")["requests"]] == [US]
    assert [entry["kind"] for entry in hubspot.look(f"journal?since={seen}")["requests"]] == ["contacts.list"]
    assert len(hubspot.look("journal?kind=oauth.exchange&limit=1")["requests"]) == 1
    hubspot.control("journal", method="DELETE")
    assert hubspot.look("journal") == {"requests": [], "last_seq": seen + 1}


def test_a_reset_forgets_people_and_tokens_but_keeps_the_app(hubspot: Driver, account: Account) -> None:
    hubspot.control("app", {"webhook_url": "http://127.0.0.1:9/x"})
    hubspot.seed({"email": "a@example.com"})

    hubspot.control("reset", {})

    assert account.get().status_code == 401
    state = hubspot.look("state")
    assert [portal["contacts"] for portal in state["portals"]] == [0, 0]
    assert state["app"]["webhook_url"] == "http://127.0.0.1:9/x"
    assert "client_secret" not in state["app"]


def test_a_new_portal_can_be_chosen_on_the_consent_page(hubspot: Driver) -> None:
    hubspot.control("portals", {"id": 1001003, "name": "Beta", "european": False})

    details = hubspot.connect(1001003).call("GET", "/account-info/2026-09/details").json()

    assert (details["portalId"], details["uiDomain"]) == (1001003, "app.hubspot.com")


def test_seeded_contacts_can_be_told_of(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    contact = {"properties": {"email": "a@example.com", "lifecyclestage": "customer"}}

    hubspot.control("seed", {"portal": EU, "contacts": [contact], "webhooks": True})

    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    assert (event["changeSource"], event["propertyValue"]) == ("CRM_UI", "customer")


def test_contacts_are_looked_at_by_any_address(hubspot: Driver) -> None:
    hubspot.seed({"properties": {"email": "Ada@example.com"}, "additional_emails": ["OLD@example.com"]})

    found = hubspot.look(f"portals/{EU}/contacts?email=old@example.com")

    assert found["count"] == 1
    assert found["contacts"][0]["properties"]["email"] == "ada@example.com"
    assert hubspot.look(f"portals/{EU}/contacts?email=nobody@example.com")["count"] == 0
    assert hubspot.look(f"portals/{EU}/contacts?limit=1")["count"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("seed", {"portal": 9, "contacts": []}, 404),
        ("seed", {"portal": EU, "contacts": [{"properties": {"nothing": "x"}}]}, 400),
        ("seed", {"portal": EU, "contacts": [{"properties": {"email": "a@example.com"}}] * 2}, 400),
        ("seed", {"portal": EU, "contacts": [{"properties": {}, "createdate": "yesterday"}]}, 400),
        (f"portals/{EU}/contacts/nobody@example.com", {"properties": {}}, 404),
        (f"portals/{EU}/properties", {"archive": ["nothing"]}, 404),
        (f"portals/{EU}/properties", {"create": [{"name": "x"}]}, 400),
        ("app", {"webhook_uri": "x"}, 400),
        ("app", {"redirect_urls": "x"}, 400),
        ("webhooks", {"lose": 1}, 400),
        ("webhooks/send", {"raw": "[]"}, 400),
        ("release", {}, 404),
        ("reset", [], 400),
    ],
)
def test_a_wish_that_cannot_be_met_says_why(hubspot: Driver, path: str, body: Any, status: int) -> None:
    answer = hubspot.session.post(f"{hubspot.url}/_sim/{path}", json=body, timeout=10)

    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


def test_it_says_that_it_is_well(hubspot: Driver) -> None:
    assert hubspot.session.get(hubspot.url + "/healthz", timeout=10).json() == {"status": "ok"}
