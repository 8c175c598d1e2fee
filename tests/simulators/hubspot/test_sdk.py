"""HubSpot's own SDK, which speaks another API version, is content with every answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubspot_sdk import APIStatusError, ConflictError, HubSpot, NotFoundError, RateLimitError
from hubspot_sdk.types.auth import AccessTokenResponse, PublicAccessTokenInfoResponse

from tests.simulators.hubspot.driver import CLIENT, EU, Account, Driver, deal


@pytest.fixture
def sdk(account: Account) -> Iterator[HubSpot]:
    client = HubSpot(access_token=account.tokens["access_token"], base_url=account.driver.url, max_retries=0)
    yield client
    client.close()


def test_it_reads_tokens_and_what_introspection_says(hubspot: Driver) -> None:
    """The specs describe no successful token answer, so the SDK's model is the judge of it."""
    exchanged = AccessTokenResponse.model_validate(hubspot.exchange(hubspot.code()).json(), strict=True)
    refreshed = AccessTokenResponse.model_validate(hubspot.refresh(exchanged.refresh_token).json(), strict=True)

    form = CLIENT | {"token": refreshed.access_token}
    described = hubspot.session.post(hubspot.url + "/oauth/2026-03/token/introspect", data=form, timeout=10)
    assert PublicAccessTokenInfoResponse.model_validate(described.json()).hub_id == EU


def test_its_own_token_call_is_refused_because_it_sends_json(hubspot: Driver, sdk: HubSpot) -> None:
    """Specs and documentation want a form; this release of the SDK does not send one."""
    with pytest.raises(APIStatusError) as refused:
        sdk.auth.oauth.create_token(grant_type="refresh_token", refresh_token="x", client_id="x", client_secret="x")

    assert refused.value.status_code == 415


def test_it_works_on_single_contacts(sdk: HubSpot) -> None:
    contacts = sdk.crm.objects.contacts
    made = contacts.create(properties={"email": "ada@example.com", "firstname": "Ada"}, associations=[])

    assert contacts.get(made.id, properties=["firstname"]).properties["firstname"] == "Ada"
    assert contacts.update(made.id, properties={"plan": "pro"}).properties["plan"] == "pro"
    assert [item.id for item in contacts.list()] == [made.id]
    with pytest.raises(ConflictError, match=made.id):
        contacts.create(properties={"email": "ada@example.com"}, associations=[])

    contacts.delete(made.id)
    with pytest.raises(NotFoundError):
        contacts.get(made.id)


def test_it_works_on_batches(sdk: HubSpot) -> None:
    batch = sdk.crm.objects.contacts.batch
    made = batch.create(inputs=[{"properties": {"email": f"{name}@example.com"}, "associations": []} for name in "ab"])
    upserted = batch.upsert(
        inputs=[{"id": f"{name}@example.com", "id_property": "email", "properties": {"plan": "pro"}} for name in "bc"]
    )
    read = batch.get(
        inputs=[{"id": item.id} for item in made.results], properties=["plan"], properties_with_history=["plan"]
    )
    updated = batch.update(inputs=[{"id": made.results[0].id, "properties": {"plan": "free"}}])

    assert {(item.properties["email"], item.new) for item in upserted.results} == {
        ("b@example.com", False),
        ("c@example.com", True),
    }
    assert len(read.results) == 2
    assert updated.results[0].properties["plan"] == "free"
    batch.delete(inputs=[{"id": item.id} for item in made.results])
    assert len(list(sdk.crm.objects.contacts.list())) == 1


def test_it_searches_merges_and_erases(hubspot: Driver, sdk: HubSpot) -> None:
    a, b = hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})
    contacts = sdk.crm.objects.contacts

    found = contacts.search(
        filter_groups=[{"filters": [{"property_name": "email", "operator": "EQ", "value": "b@example.com"}]}],
        properties=["email"],
        sorts=[],
        limit=10,
        after="0",
    )
    merged = contacts.merge(primary_object_id=a, object_id_to_merge=b)
    contacts.gdpr_delete(object_id="a@example.com", id_property="email")

    assert [item.id for item in found.results] == [b]
    assert merged.id not in (a, b)
    assert hubspot.look(f"portals/{EU}/contacts")["count"] == 0


def test_it_works_on_deals(hubspot: Driver, sales: Account) -> None:
    (contact,) = hubspot.seed({"email": "ada@example.com"})
    row = deal(contact)
    spec = {"association_category": "HUBSPOT_DEFINED", "association_type_id": 3}
    with HubSpot(access_token=sales.tokens["access_token"], base_url=hubspot.url, max_retries=0) as client:
        deals = client.crm.objects.deals
        made = deals.create(properties=row["properties"], associations=[{"to": {"id": contact}, "types": [spec]}])
        read = deals.get(made.id, associations=["contacts"], properties=["dealstage"])
        found = client.crm.pipelines.list("deals")

    assert read.properties["dealstage"] == "appointmentscheduled"
    assert read.associations is not None
    assert [one.id for one in read.associations["contacts"].results] == [contact]
    assert [pipeline.id for pipeline in found.results] == ["default", "71204418"]


def test_it_reads_properties_and_the_account_and_uninstalls(hubspot: Driver, sdk: HubSpot) -> None:
    names = {prop.name for prop in sdk.crm.properties.list("contacts").results}

    assert {"email", "lifecyclestage"} <= names
    assert sdk.crm.properties.get("plan", object_type="contacts").label == "Plan"
    assert sdk.account.get().portal_id == EU
    sdk.crm.app_uninstalls.uninstall()
    assert hubspot.look("state")["portals"][0]["installed"] is False


def test_it_knows_a_rate_limit_when_it_meets_one(hubspot: Driver, sdk: HubSpot) -> None:
    hubspot.switch(rate_scale=1 / 110)
    sdk.crm.properties.list("contacts")

    with pytest.raises(RateLimitError):
        sdk.crm.properties.list("contacts")


def test_its_calls_are_told_from_ours_by_their_version(hubspot: Driver, sdk: HubSpot) -> None:
    hubspot.control("journal", method="DELETE")

    sdk.crm.properties.list("contacts")

    assert [entry["version"] for entry in hubspot.journal()] == ["2026-03"]
