"""The real client against the HubSpot simulator: what one believes of HubSpot and the other does must agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.domain.crm import Conflict, ContactRow, ObjectType, Property, Refused, Unanswered, Written
from referral_hubspot.domain.errors import (
    AppMisconfiguredError,
    ConnectionLostError,
    CrmUnavailableError,
    GrantRefusedError,
    RequestRefusedError,
    ScopeMissingError,
    TokenRefusedError,
)
from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.hubspot.transport import Transport, new_session
from referral_hubspot.usecases.access import StoredGrant, lifetime
from tests.hubspot.simulated import Connected, app, connect
from tests.simulators.hubspot.driver import CLIENT, EU, SCOPES


def row(trace: str, email: str, **properties: str) -> ContactRow:
    return ContactRow(trace, properties, email=email)


# Grants


def test_the_consent_page_takes_the_address_we_make(acme: Connected) -> None:
    page = acme.hubspot.session.get(acme.oauth.authorize_url("st"), timeout=10)

    assert page.status_code == 200
    assert "Acme EU" in page.text


def test_a_code_opens_the_account_and_opens_it_once(acme: Connected) -> None:
    code = acme.hubspot.code(EU)
    grant = acme.oauth.exchange(code)

    assert (grant.portal_id, grant.expires_in) == (EU, 1800)
    assert set(grant.scopes) == set(SCOPES.split())
    assert acme.directory.with_grant(grant).account().ui_domain == "app-eu1.hubspot.com"
    with pytest.raises(GrantRefusedError):
        acme.oauth.exchange(code)


def test_our_own_mistakes_are_not_the_customers(acme: Connected) -> None:
    wrong_secret = OAuth(Transport(new_session(), acme.hubspot.url), app(acme.hubspot, "wrong"))

    with pytest.raises(AppMisconfiguredError):
        wrong_secret.refresh("anything")


def test_while_hubspot_knows_only_the_former_secret_it_is_used(acme: Connected) -> None:
    rotating = OAuth(Transport(new_session(), acme.hubspot.url), app(acme.hubspot, "new", CLIENT["client_secret"]))

    assert acme.store.grant is not None
    assert rotating.refresh(acme.store.grant.refresh_token).access_token


def test_the_account_is_named_by_what_introspection_tells(acme: Connected) -> None:
    account = acme.crm.account()
    facts = acme.oauth.introspect(acme.store.grant.access_token if acme.store.grant else "")

    assert (account.portal_id, account.name) == (EU, facts.hub_domain)
    assert account.record_link(ObjectType.CONTACT, "5") == f"https://app-eu1.hubspot.com/contacts/{EU}/record/0-1/5"

    acme.hubspot.switch(introspect_says_active_only=True)
    assert acme.crm.account().name == f"HubSpot account {EU}"


def test_a_token_that_expires_in_the_middle_is_renewed_and_the_call_repeated(acme: Connected) -> None:
    acme.hubspot.control("expire", {"portal": EU})

    assert [type(answer) for answer in acme.crm.upsert_contacts([row("0", "ada@example.com")])] == [Written]
    assert acme.kinds == ["contacts.batch_upsert", "oauth.refresh", "contacts.batch_upsert"]


def test_a_due_token_is_renewed_before_hubspot_refuses_it(acme: Connected) -> None:
    assert acme.store.grant is not None
    acme.store.grant = acme.store.cached = StoredGrant(
        "acc", EU, "outdated", acme.store.grant.refresh_token, *lifetime(1800, datetime.now(UTC) - timedelta(hours=1)),
        (), 1,
    )  # fmt: skip

    acme.crm.properties(ObjectType.CONTACT)

    assert acme.kinds == ["oauth.refresh", "properties.list"]


def test_a_revoked_grant_is_lost(acme: Connected) -> None:
    acme.hubspot.control("revoke", {"portal": EU})

    with pytest.raises(ConnectionLostError):
        acme.crm.properties(ObjectType.CONTACT)

    assert acme.store.grant is not None
    assert acme.store.grant.lost
    with pytest.raises(ConnectionLostError):
        acme.crm.properties(ObjectType.CONTACT)
    assert acme.kinds.count("properties.list") == 1  # no further calls


def test_a_token_refused_although_it_is_fresh_pauses_the_portal(acme: Connected) -> None:
    acme.hubspot.control("faults", {"status": 401, "times": None, "kind": "properties.list"})

    with pytest.raises(TokenRefusedError):
        acme.crm.properties(ObjectType.CONTACT)

    assert acme.budget.stopped == [("all", 600.0)]


def test_a_scope_that_was_not_allowed_is_named(acme: Connected) -> None:
    acme.hubspot.control("scopes", {"portal": EU, "remove": ["crm.objects.contacts.write"]})

    with pytest.raises(ScopeMissingError) as raised:
        acme.crm.upsert_contacts([row("0", "ada@example.com"), row("1", "bob@example.com")])

    assert raised.value.scopes == ("crm.objects.contacts.write",)


def test_our_app_can_be_removed_and_its_grant_revoked(acme: Connected) -> None:
    acme.crm.uninstall()

    assert acme.store.grant is not None
    acme.oauth.revoke(acme.store.grant.refresh_token)
    with pytest.raises(GrantRefusedError):
        acme.oauth.refresh(acme.store.grant.refresh_token)


# Writing


def test_an_upsert_creates_and_updates_and_says_which(acme: Connected) -> None:
    [known] = acme.hubspot.seed({"email": "known@example.com", "firstname": "Old"})

    new, old = acme.crm.upsert_contacts(
        [row("n", "new@example.com", firstname="New"), row("k", "known@example.com", firstname="Ada")]
    )

    assert isinstance(new, Written)
    assert (new.trace, new.created) == ("n", True)
    assert isinstance(old, Written)
    assert (old.trace, old.created, old.record_id, old.properties["firstname"]) == ("k", False, known, "Ada")
    assert len(acme.kinds) == 1


def test_bad_rows_do_not_keep_good_ones_back(acme: Connected) -> None:
    bad, good, worse = acme.crm.upsert_contacts(
        [
            row("0", "a@example.com", no_such_property="x"),
            row("1", "b@example.com", firstname="B"),
            row("2", "not an address"),
        ]
    )

    assert isinstance(bad, Refused)
    assert [problem.property for problem in bad.problems] == ["no_such_property"]
    assert bad.problems[0].code == "PROPERTY_DOESNT_EXIST"
    assert isinstance(good, Written)
    assert isinstance(worse, Refused)
    assert worse.problems[0].code == "INVALID_EMAIL"


def test_a_portals_own_required_fields_are_named(acme: Connected) -> None:
    acme.hubspot.control(f"portals/{EU}/properties", {"require": ["phone"]})

    refused, _ = acme.crm.create_contacts([row("0", "a@example.com"), row("1", "b@example.com", phone="1")])

    assert isinstance(refused, Refused)
    assert [(problem.property, problem.code) for problem in refused.problems] == [
        ("phone", "MISSING_REQUIRED_PROPERTY")
    ]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("all_or_nothing", [True, False])
def test_new_people_are_created_where_an_upsert_wants_the_address_as_a_property(
    acme: Connected, rows: int, all_or_nothing: bool
) -> None:
    acme.hubspot.switch(upsert_needs_email_property=True)
    if all_or_nothing and rows == 1:
        acme.hubspot.switch(upsert_by_email_all_or_nothing=True)

    answers = acme.crm.upsert_contacts([row(str(number), f"p{number}@example.com") for number in range(rows)])

    assert [type(answer) for answer in answers] == [Written] * rows
    assert len(acme.kinds) == 2


def test_an_all_or_nothing_upsert_is_refused_whole(acme: Connected) -> None:
    acme.hubspot.switch(upsert_by_email_all_or_nothing=True)

    with pytest.raises(RequestRefusedError) as raised:
        acme.crm.upsert_contacts([row("0", "a@example.com", no_such_property="x"), row("1", "b@example.com")])

    assert [problem.property for problem in raised.value.problems] == ["no_such_property"]


@pytest.mark.parametrize("matches", [True, False])
def test_a_secondary_address_is_that_person_and_its_primary_address_stays(acme: Connected, matches: bool) -> None:
    acme.hubspot.switch(batch_upsert_matches_secondary_email=matches)
    contact = {"properties": {"email": "first@example.com"}, "additional_emails": ["second@example.com"]}
    [known] = acme.hubspot.seed(contact)

    [answer] = acme.crm.upsert_contacts([row("0", "second@example.com", firstname="Ada")])

    if matches:
        assert isinstance(answer, Written)
        assert answer.record_id == known
    else:
        assert answer == Conflict("0", known)
    found = acme.hubspot.look(f"portals/{EU}/contacts?email=second@example.com")["contacts"]
    assert [contact["properties"]["email"] for contact in found] == ["first@example.com"]


@pytest.mark.parametrize("others", [0, 1])
def test_creating_a_known_address_is_a_conflict_that_names_the_record(acme: Connected, others: int) -> None:
    [known] = acme.hubspot.seed({"email": "known@example.com"})

    answers = acme.crm.create_contacts(
        [row("0", "known@example.com"), *(row(f"o{number}", f"o{number}@example.com") for number in range(others))]
    )

    assert answers[0] == Conflict("0", known)
    assert [type(answer) for answer in answers[1:]] == [Written] * others


def test_an_update_of_a_deleted_record_is_refused(acme: Connected) -> None:
    ids = acme.hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})
    acme.hubspot.control(f"portals/{EU}/contacts/{ids[0]}", method="DELETE")

    gone, there = acme.crm.update_contacts(
        [ContactRow(str(number), {"firstname": "X"}, record_id=record_id) for number, record_id in enumerate(ids)]
    )

    assert isinstance(gone, Refused)
    assert gone.category == "OBJECT_NOT_FOUND"
    assert isinstance(there, Written)


@pytest.mark.parametrize("dropped", [True, False])
def test_an_update_of_a_merged_record_reaches_the_one_that_is_left(acme: Connected, dropped: bool) -> None:
    acme.hubspot.switch(batch_drops_merged_ids=dropped)
    ids = acme.hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})
    acme.hubspot.control(f"portals/{EU}/merge", {"primary": ids[0], "other": ids[1]})

    [answer] = acme.crm.update_contacts([ContactRow("0", {"firstname": "X"}, record_id=ids[1])])

    if dropped:
        assert answer == Unanswered("0")
    else:
        assert isinstance(answer, Written)
        assert answer.record_id not in ids


@pytest.mark.parametrize(
    "fault", [{"empty_2xx": True}, {"empty_2xx": True, "after_commit": True}], ids=["before the write", "after it"]
)
def test_an_empty_success_answers_nothing(acme: Connected, fault: dict[str, Any]) -> None:
    acme.hubspot.control("faults", fault | {"kind": "contacts.batch_upsert"})

    assert acme.crm.upsert_contacts([row("0", "a@example.com")]) == [Unanswered("0")]
    assert isinstance(acme.crm.upsert_contacts([row("0", "a@example.com")])[0], Written)


# Reading


@pytest.mark.parametrize("matches", [True, False])
def test_people_are_found_by_any_address_as_far_as_hubspot_says(acme: Connected, matches: bool) -> None:
    acme.hubspot.switch(batch_read_matches_secondary_email=matches)
    contact = {
        "properties": {"email": "first@example.com", "plan": "pro"},
        "additional_emails": ["second@example.com"],
        "createdate": "2020-01-02T00:00:00Z",
    }
    [known] = acme.hubspot.seed(contact)

    found = acme.crm.read_contacts_by_email(["first@example.com", "no@example.com"], ["plan"])
    by_second = acme.crm.read_contacts_by_email(["second@example.com"], [])

    assert set(found) == {"first@example.com"}
    assert [contact.record_id for contact in by_second.values()] == ([known] if matches else [])
    assert found["first@example.com"].record_id == known
    assert found["first@example.com"].created_at == datetime(2020, 1, 2, tzinfo=UTC)
    assert found["first@example.com"].properties == {"plan": "pro"}


@pytest.mark.parametrize("keeps", [True, False])
def test_a_merged_record_is_found_under_both_former_ids(acme: Connected, keeps: bool) -> None:
    acme.hubspot.switch(merge_keeps_primary_id=keeps)
    ids = acme.hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"}, {"email": "c@example.com"})
    acme.hubspot.control(f"portals/{EU}/merge", {"primary": ids[0], "other": ids[1]})

    found = acme.crm.read_contacts([*ids, "99999999"], ["email"])

    assert set(found) == set(ids)
    assert found[ids[0]].record_id == found[ids[1]].record_id
    assert (found[ids[0]].record_id == ids[0]) is keeps
    assert found[ids[2]].record_id == ids[2]


def test_a_merged_record_that_hubspot_leaves_out_is_absent(acme: Connected) -> None:
    acme.hubspot.switch(batch_drops_merged_ids=True)
    ids = acme.hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})
    acme.hubspot.control(f"portals/{EU}/merge", {"primary": ids[0], "other": ids[1]})

    assert acme.crm.read_contacts([ids[1]], ["email"]) == {}


def test_an_empty_read_is_a_failure_and_not_an_absence(acme: Connected) -> None:
    acme.hubspot.control("faults", {"empty_2xx": True, "kind": "contacts.batch_read"})

    with pytest.raises(CrmUnavailableError):
        acme.crm.read_contacts_by_email(["a@example.com"], [])


def test_properties_tell_type_options_and_whether_they_can_be_written(acme: Connected) -> None:
    found = {item.name: item for item in acme.crm.properties(ObjectType.CONTACT)}

    assert found["firstname"].writable
    assert not found["createdate"].writable
    assert found["plan"].type == "enumeration"
    assert [option.value for option in found["plan"].options] == ["free", "starter", "pro"]


# Trouble


@pytest.mark.parametrize(
    ("fault", "status", "retry_after_s"),
    [
        ({"status": 503}, 503, None),
        ({"status": 429, "headers": {"Retry-After": "1"}}, 429, 1.0),
        ({"status": 429}, 429, 10.0),
        ({"status": 477, "headers": {"Retry-After": "60"}}, 477, 60.0),
        ({"drop": True}, None, None),
        ({"status": 200, "body": "<html>"}, 200, None),
        ({"after_commit": True}, None, None),
    ],
)
def test_trouble_is_told_once_and_nothing_is_tried_blindly(
    acme: Connected, fault: dict[str, Any], status: int | None, retry_after_s: float | None
) -> None:
    acme.hubspot.control("faults", fault | {"kind": "contacts.batch_upsert"})

    with pytest.raises(CrmUnavailableError) as raised:
        acme.crm.upsert_contacts([row("0", "a@example.com")])

    assert (raised.value.status, raised.value.retry_after_s) == (status, retry_after_s)
    assert len(acme.kinds) == 1


def test_we_call_the_current_version_only(acme: Connected) -> None:
    acme.crm.upsert_contacts([row("0", "a@example.com")])
    acme.crm.create_contacts([row("0", "b@example.com")])
    acme.crm.read_contacts_by_email(["a@example.com"], [])
    acme.crm.properties(ObjectType.CONTACT)
    acme.crm.account()
    connect(acme)
    acme.crm.uninstall()

    assert {entry["version"] for entry in acme.hubspot.journal()} == {"2026-09"}


# Properties for what referrers are given back

OURS = [
    Property("our_link", "Referral link", "string", "text", "ours", True),
    Property("our_count", "Referrals", "number", "number", "ours", True),
]


def ours(acme: Connected) -> list[Property]:
    return [one for one in acme.crm.properties(ObjectType.CONTACT) if one.name.startswith("our_")]


def test_properties_of_ours_are_made_in_a_group_of_ours_and_stay_as_they_are(acme: Connected) -> None:
    acme.crm.create_contact_properties("ours", "Refer", OURS[:1])
    acme.crm.create_contact_properties("ours", "Refer", [replace(OURS[0], label="Another"), OURS[1]])

    assert sorted(ours(acme), key=lambda one: one.name, reverse=True) == OURS


def test_a_property_of_ours_comes_back_from_the_archive(acme: Connected) -> None:
    acme.crm.create_contact_properties("ours", "Refer", OURS)
    acme.hubspot.control(f"portals/{EU}/properties", {"object": "contacts", "archive": ["our_link"]})
    archived = [one.name for one in ours(acme)]

    acme.crm.create_contact_properties("ours", "Refer", OURS[:1])

    assert archived == ["our_count"]
    assert {one.name for one in ours(acme)} == {"our_link", "our_count"}


def test_making_properties_takes_its_permission(acme: Connected) -> None:
    acme.hubspot.control("scopes", {"portal": EU, "remove": ["crm.schemas.contacts.write"]})

    with pytest.raises(ScopeMissingError) as raised:
        acme.crm.create_contact_properties("ours", "Refer", OURS)

    assert raised.value.scopes == ("crm.schemas.contacts.write",)
    assert ours(acme) == []
