from __future__ import annotations

import pytest

from tests.simulators.hubspot.driver import CONTACTS, EU, Account, Driver


def test_a_contact_is_created_read_changed_and_archived(account: Account) -> None:
    made = account.post("", {"properties": {"email": "Ada@Example.com", "firstname": "Ada"}, "associations": []})
    contact_id = made.json()["id"]
    assert made.status_code == 201
    assert made.json()["properties"]["email"] == "ada@example.com"
    assert made.json()["url"] == f"https://app-eu1.hubspot.com/contacts/{EU}/record/0-1/{contact_id}"

    changed = account.call("PATCH", f"{CONTACTS}/{contact_id}", {"properties": {"firstname": "A.", "phone": "1"}})
    assert changed.json()["properties"]["firstname"] == "A."

    cleared = account.call("PATCH", f"{CONTACTS}/{contact_id}", {"properties": {"phone": ""}})
    assert cleared.status_code == 200
    assert account.get(f"/{contact_id}", properties="firstname,phone").json()["properties"]["phone"] is None

    assert account.call("DELETE", f"{CONTACTS}/{contact_id}").status_code == 204
    assert account.call("DELETE", f"{CONTACTS}/{contact_id}").status_code == 204
    assert account.get(f"/{contact_id}").status_code == 404
    assert account.get(f"/{contact_id}", archived="true").json()["archived"] is True


def test_an_existing_address_is_a_conflict_that_names_the_contact(hubspot: Driver, account: Account) -> None:
    (existing,) = hubspot.seed({"email": "ada@example.com"})

    answer = account.post("", {"properties": {"email": "ADA@example.com"}})

    assert answer.status_code == 409
    assert answer.json()["category"] == "CONFLICT"
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {existing}"


def test_a_secondary_address_is_a_conflict_too(hubspot: Driver, account: Account) -> None:
    (existing,) = hubspot.seed({"properties": {"email": "ada@example.com"}, "additional_emails": ["old@example.com"]})

    answer = account.post("", {"properties": {"email": "old@example.com"}})

    assert answer.json()["message"].endswith(f"Existing ID: {existing}")


def test_one_contact_is_found_by_any_of_its_addresses(hubspot: Driver, account: Account) -> None:
    (existing,) = hubspot.seed({"properties": {"email": "ada@example.com"}, "additional_emails": ["old@example.com"]})

    found = account.get("/old@example.com", idProperty="email", properties="email,hs_additional_emails").json()

    assert found["id"] == existing
    assert found["properties"]["email"] == "ada@example.com"
    assert found["properties"]["hs_additional_emails"] == "old@example.com"


def test_a_contact_is_found_by_a_unique_value_and_by_no_other(hubspot: Driver, account: Account) -> None:
    (existing,) = hubspot.seed({"email": "ada@example.com", "customer_number": "C-1", "firstname": "Ada"})

    assert account.get("/C-1", idProperty="customer_number").json()["id"] == existing
    assert account.get("/C-2", idProperty="customer_number").status_code == 404
    assert account.get("/Ada", idProperty="firstname").status_code == 400


def test_a_contact_needs_an_address_or_a_name(account: Account) -> None:
    assert account.post("", {"properties": {"phone": "1"}}).status_code == 400
    assert account.post("", {"properties": {"lastname": "L"}}).status_code == 201


def test_writing_a_secondary_address_as_the_primary_swaps_them(hubspot: Driver, account: Account) -> None:
    (existing,) = hubspot.seed({"properties": {"email": "ada@example.com"}, "additional_emails": ["old@example.com"]})

    account.call("PATCH", f"{CONTACTS}/{existing}", {"properties": {"email": "old@example.com"}})

    seen = hubspot.look(f"portals/{EU}/contacts?email=ada@example.com")["contacts"][0]
    assert seen["properties"]["email"] == "old@example.com"
    assert seen["additional_emails"] == ["ada@example.com"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("no_such_property", "x", "PROPERTY_DOESNT_EXIST"),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE"),
        ("hs_email_domain", "x", "READ_ONLY_VALUE"),
        ("email", "not an address", "INVALID_EMAIL"),
        ("plan", "Professional", "INVALID_OPTION"),
        ("interests", "crm;cooking", "INVALID_OPTION"),
        ("newsletter", "yes", "INVALID_OPTION"),
        ("seats", "many", "INVALID_LONG"),
        ("trial_start", "tomorrow", "INVALID_DATE"),
        ("last_demo_at", "soon", "INVALID_DATE"),
    ],
)
def test_a_value_that_does_not_fit_its_property_is_refused_by_name(
    account: Account, name: str, value: str, code: str
) -> None:
    answer = account.post("", {"properties": {"lastname": "L", name: value}})

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["errors"][0]["code"] == code
    assert answer.json()["errors"][0]["context"]["propertyName"] == [name]
    assert answer.json()["message"].startswith("Property values were not valid: [{")


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("seats", "-12.5", "-12.5"),
        ("trial_start", "2026-11-22", "2026-11-22"),
        ("trial_start", "1795305600000", "2026-11-22"),
        ("last_demo_at", "2026-11-22T10:00:00+01:00", "2026-11-22T09:00:00.000Z"),
        ("last_demo_at", "1795305600123", "2026-11-22T00:00:00.123Z"),
        ("newsletter", "true", "true"),
        ("interests", "ops;crm", "ops;crm"),
        ("plan", "pro", "pro"),
    ],
)
def test_a_value_that_fits_reads_back_in_hubspots_form(account: Account, name: str, value: str, stored: str) -> None:
    answer = account.post("", {"properties": {"lastname": "L", name: value}})

    assert answer.status_code == 201, answer.text
    assert answer.json()["properties"][name] == stored


def test_a_leading_semicolon_appends_to_a_multi_checkbox(hubspot: Driver, account: Account) -> None:
    (existing,) = hubspot.seed({"email": "ada@example.com", "interests": "crm"})

    account.call("PATCH", f"{CONTACTS}/{existing}", {"properties": {"interests": ";ops;crm"}})

    assert account.get(f"/{existing}", properties="interests").json()["properties"]["interests"] == "crm;ops"


def test_history_tells_the_app_from_the_person(hubspot: Driver, account: Account) -> None:
    made = account.post("", {"properties": {"email": "ada@example.com", "lifecyclestage": "lead"}}).json()
    hubspot.control(f"portals/{EU}/contacts/{made['id']}", {"properties": {"lifecyclestage": "customer"}})

    read = account.get(f"/{made['id']}", propertiesWithHistory="lifecyclestage").json()

    versions = read["propertiesWithHistory"]["lifecyclestage"]
    assert [(v["value"], v["sourceType"], v["sourceId"]) for v in versions] == [
        ("customer", "CRM_UI", "userId:123"),
        ("lead", "INTEGRATION", "1001"),
    ]
    assert versions[0]["updatedByUserId"] == 123


def test_writing_what_is_there_already_changes_nothing(hubspot: Driver, account: Account) -> None:
    (existing,) = hubspot.seed({"email": "ada@example.com", "firstname": "Ada"})
    before = account.get(f"/{existing}").json()

    account.call("PATCH", f"{CONTACTS}/{existing}", {"properties": {"firstname": "Ada"}})

    assert account.get(f"/{existing}").json() == before


def test_the_list_is_paged_by_record_id(hubspot: Driver, account: Account) -> None:
    ids = hubspot.seed(*[{"email": f"p{n}@example.com"} for n in range(7)])

    first = account.get(limit=5).json()
    second = account.get(limit=5, after=first["paging"]["next"]["after"]).json()

    assert [item["id"] for item in first["results"] + second["results"]] == ids
    assert "paging" not in second
    assert account.get(limit=101).status_code == 400
    assert account.get(after="next").status_code == 400


def test_archived_contacts_have_a_list_of_their_own(hubspot: Driver, account: Account) -> None:
    gone, _ = hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})
    hubspot.control(f"portals/{EU}/contacts/{gone}", method="DELETE")

    assert [item["id"] for item in account.get(archived="true").json()["results"]] == [gone]
    assert len(account.get().json()["results"]) == 1


def test_the_address_of_an_archived_contact_is_free_again(hubspot: Driver, account: Account) -> None:
    (gone,) = hubspot.seed({"email": "a@example.com"})
    hubspot.control(f"portals/{EU}/contacts/{gone}", method="DELETE")

    assert account.post("", {"properties": {"email": "a@example.com"}}).status_code == 201


def test_portals_do_not_see_each_others_contacts_though_their_ids_overlap(hubspot: Driver, account: Account) -> None:
    (ours,) = hubspot.seed({"email": "eu@example.com"})
    (theirs,) = hubspot.seed({"email": "us@example.com"}, portal=1001002)

    assert ours == theirs
    assert account.get(f"/{ours}").json()["properties"]["email"] == "eu@example.com"


def test_a_privacy_deletion_is_for_good(hubspot: Driver, account: Account) -> None:
    (gone,) = hubspot.seed({"email": "a@example.com"})

    assert account.post("/gdpr-delete", {"objectId": "a@example.com", "idProperty": "email"}).status_code == 204

    assert account.get(f"/{gone}").status_code == 404
    assert account.get(f"/{gone}", archived="true").status_code == 404
    assert account.post("/gdpr-delete", {"objectId": "b@example.com", "idProperty": "email"}).status_code == 204
    assert account.post("/gdpr-delete", {"objectId": "1"}).status_code == 404
    assert hubspot.look("state")["portals"][0]["blocked_emails"] == 1


@pytest.mark.parametrize("raw", ["", "[]", "{", '"x"'])
def test_a_body_that_is_no_object_is_refused(account: Account, raw: str) -> None:
    headers = {"Authorization": f"Bearer {account.tokens['access_token']}"}
    answer = account.driver.session.post(account.driver.url + CONTACTS, data=raw, headers=headers, timeout=10)

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["/crm/v3/objects/contacts", "/crm/objects/2026-03/0-1", "/crm/objects/v3/contact"])
def test_the_same_contacts_answer_under_other_versions_and_names(hubspot: Driver, account: Account, path: str) -> None:
    hubspot.seed({"email": "a@example.com"})

    assert len(account.call("GET", path).json()["results"]) == 1


def test_an_address_that_hubspot_does_not_have_is_not_found(account: Account) -> None:
    assert account.call("GET", "/crm/v3/nothing").status_code == 404


def test_an_association_with_what_is_not_there_is_refused(account: Account) -> None:
    deal = {"to": {"id": "1"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 4}]}

    answer = account.post("", {"properties": {"email": "a@example.com"}, "associations": [deal]})

    assert answer.status_code == 400
