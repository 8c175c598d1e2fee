"""During a release the functions of two releases are at work: each reads what the other wrote."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Happening, PersonKey, Reason, State
from referral_hubspot.domain.settings import Broken, Part, Rule, RuleKind
from referral_hubspot.storage import dynamo
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.links import LinkRepository
from referral_hubspot.storage.people import PeopleRepository
from referral_hubspot.usecases.links import PortalRecord, Record
from tests.tables import CAMPAIGNS, local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The campaign table as the release before this one left it; written again by each release's last commit.
BEFORE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "release" / "rows.json").read_text())
NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
PORTAL = 1001001


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with local_tables() as client:
        for row in BEFORE:
            client.put_item(TableName=CAMPAIGNS, Item=row)
        yield client


def _lead(client: "DynamoDBClient", lead_id: str) -> Any:
    person = PeopleRepository(CAMPAIGNS, client, b"pepper").get(PersonKey("acme", "spring", "lead", lead_id))
    assert person is not None
    return person


def _later(client: "DynamoDBClient", sk: str, pk: str, **additions: Any) -> None:
    """What a later release may do to a row: add to it."""
    found = next(row for row in BEFORE if row["sk"]["S"] == sk and pk in row["pk"]["S"])
    client.put_item(TableName=CAMPAIGNS, Item=found | dynamo.marshal(additions))


def test_leads_of_the_release_before_are_read_as_they_stand(client: "DynamoDBClient") -> None:
    sent, held, qualified = (_lead(client, one) for one in ("sent", "held", "qualified"))
    assert (sent.state, sent.record_type, sent.record_id) == (State.SENT, ObjectType.CONTACT, "20001")
    assert (held.state, held.reason, held.held_since) == (State.HELD, Reason.SETUP, NOW)
    assert qualified.evidence["value"] == "customer"
    assert not sent.test
    assert sent.condition_lost_at is None


def test_settings_and_routes_of_the_release_before_keep_their_rule(client: "DynamoDBClient") -> None:
    campaigns = CampaignRepository(CAMPAIGNS, client)
    state = campaigns.load([("acme", "spring")])["acme", "spring"]
    rule = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)
    assert state.binding is not None
    assert state.leads.rules == (rule,)
    assert state.leads.broken == (Broken(Part.MAPPING, "favourite_colour"),)
    assert [route.rules for route in campaigns.routes(PORTAL)] == [(rule,)]


def test_records_linked_by_the_release_before_are_found(client: "DynamoDBClient") -> None:
    links = LinkRepository(CAMPAIGNS, client)
    record = Record("acme", PORTAL, ObjectType.CONTACT, "20001")
    assert [key.person_id for key in links.people([record])[record]] == ["sent"]
    kept = links.unclaimed([PortalRecord(PORTAL, ObjectType.CONTACT, "20001")], NOW)
    assert [(change.property, change.value) for change in kept] == [("lifecyclestage", "customer")]


def test_a_lead_that_a_later_release_wrote_to_is_read_without_what_is_new(client: "DynamoDBClient") -> None:
    entries = [
        {"at": dynamo.timestamp(NOW), "what": "received", "facts": {}},
        {"at": dynamo.timestamp(NOW), "what": "telephoned", "facts": {"by": "nobody"}},
    ]
    _later(client, "PERSON", "LEAD#sent", reason="because_of_the_weather", mood="sunny", timeline=entries)
    lead = _lead(client, "sent")
    assert (lead.state, lead.reason) == (State.SENT, Reason.NONE)
    assert [entry.what for entry in lead.timeline] == [Happening.RECEIVED]


def test_settings_of_a_later_release_are_incomplete_rather_than_wrong(client: "DynamoDBClient") -> None:
    """Nobody is sent by an action that is not understood: they wait until the release is through."""
    rule = {"kind": "phase_of_the_moon", "property": "moon", "value": "full", "since": dynamo.timestamp(NOW)}
    row = {"property": "email", "source": "email", "value": "", "type": "string", "field_type": "text", "options": {}}
    mapping = [row | {"colour": "green"}]
    _later(client, "SETTINGS#LEAD", "spring", action="create_ticket", rule=rule, mapping=mapping)
    settings = CampaignRepository(CAMPAIGNS, client).load([("acme", "spring")])["acme", "spring"].leads
    assert settings.action is None
    assert settings.rules == ()
    assert settings.mapping[0].source == "email"
