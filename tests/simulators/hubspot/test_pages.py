from __future__ import annotations

from tests.simulators.hubspot.driver import EU, US, Account, Driver, WebhookReceiver


def test_the_page_shows_accounts_contacts_and_calls(hubspot: Driver, account: Account) -> None:
    hubspot.seed({"email": "ada@example.com", "firstname": "<Ada>", "lifecyclestage": "lead"})
    account.get()

    page = hubspot.session.get(hubspot.url + "/", timeout=10)

    assert page.status_code == 200
    assert "Acme EU" in page.text
    assert "ada@example.com" in page.text
    assert "&lt;Ada&gt;" in page.text
    assert "<option value='lead' selected>" in page.text
    assert "/crm/objects/2026-09/contacts" in page.text


def test_it_shows_the_fifty_newest_of_the_chosen_account(hubspot: Driver) -> None:
    hubspot.control("seed", {"portal": US, "count": 60, "properties": {"email": "p{n}@example.com"}})

    page = hubspot.session.get(hubspot.url + "/", params={"portal": US}, timeout=10).text

    assert "p60@example.com" in page
    assert "p11@example.com" in page
    assert "p10@example.com" not in page


def test_the_chosen_account_stands_alone(hubspot: Driver, account: Account) -> None:
    account.get()

    page = hubspot.session.get(hubspot.url + "/", params={"portal": US}, timeout=10).text

    assert "Newest contacts of Acme US" in page
    assert "Acme EU" not in page
    assert "/crm/objects/2026-09/contacts" not in page
    assert "<a href='/'>All accounts</a>" in page


def test_a_person_changes_stage_and_status_by_its_form(
    hubspot: Driver, account: Account, receiver: WebhookReceiver
) -> None:
    (contact,) = hubspot.seed({"email": "ada@example.com", "lifecyclestage": "customer"})
    form = {"lifecyclestage": "lead", "hs_lead_status": "OPEN", "email": "x@example.com"}

    answer = hubspot.session.post(f"{hubspot.url}/portals/{EU}/contacts/{contact}", data=form, timeout=10)

    assert answer.status_code == 200
    assert answer.history[0].status_code == 303
    seen = hubspot.look(f"portals/{EU}/contacts/{contact}")["properties"]
    assert (seen["lifecyclestage"], seen["hs_lead_status"]) == ("lead", "OPEN")
    assert seen["email"] == "ada@example.com"
    events = receiver.wait_for(lambda events: len(events) == 2)
    assert {event["changeSource"] for event in events} == {"CRM_UI"}


def test_the_page_shows_deals_with_pipeline_stage_and_contacts(hubspot: Driver) -> None:
    hubspot.seed({"email": "ada@example.com"})
    hubspot.seed_deal("ada@example.com", dealname="<Deal>", stage="contractsent")

    page = hubspot.session.get(hubspot.url + "/", timeout=10).text

    assert "<td>&lt;Deal&gt;</td><td>ada@example.com</td><td>Sales Pipeline</td>" in page
    assert "<option value='contractsent' selected>Contract Sent</option>" in page
    assert "138829001" not in page


def test_a_person_moves_a_deal_within_its_pipeline_by_its_form(
    hubspot: Driver, sales: Account, receiver: WebhookReceiver
) -> None:
    known = hubspot.seed_deal()

    for stage in ("closedwon", "138829001"):
        form = {"dealstage": stage, "dealname": "x"}
        answer = hubspot.session.post(f"{hubspot.url}/portals/{EU}/deals/{known}", data=form, timeout=10)
        assert answer.history[0].status_code == 303

    seen = hubspot.look(f"portals/{EU}/deals/{known}")["properties"]
    assert (seen["dealstage"], seen["dealname"]) == ("closedwon", "Ada")
    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    assert event["changeSource"] == "CRM_UI"


def test_a_contact_that_does_not_exist_cannot_be_changed(hubspot: Driver) -> None:
    answer = hubspot.session.post(f"{hubspot.url}/portals/{EU}/contacts/1", data={}, timeout=10)

    assert answer.status_code == 404
