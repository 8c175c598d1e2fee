import json
from typing import Any

import pytest
import requests
from botocore.client import BaseClient

from simulators.platform import PlatformSimulator, messages
from tests.simulators.platform.conftest import Bench


def test_an_event_becomes_a_cloudevent_in_its_accounts_group(bench: Bench) -> None:
    data = {"account_id": "acme", "campaign_id": "spring", "lead_id": "l1"}

    published = bench.post("/_sim/publish", {"events": [{"type": "lead.joined.v1", "data": data}]})["published"]

    (message,) = bench.queued()
    body = json.loads(message["Body"])
    assert message["Attributes"]["MessageGroupId"] == "acme"
    assert {name: body[name] for name in ("specversion", "type", "datacontenttype", "data")} == {
        "specversion": "1.0",
        "type": "lead.joined.v1",
        "datacontenttype": "application/json",
        "data": data,
    }
    assert published == [
        {
            "event_id": body["id"],
            "lead_id": "l1",
            "message_id": message["MessageId"],
            "published_at": published[0]["published_at"],
        }
    ]


def test_a_raw_body_is_sent_as_it_is(bench: Bench) -> None:
    bench.post("/_sim/publish", {"events": [{"raw": "{not json", "group": "acme"}]})

    (message,) = bench.queued()
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("{not json", "acme")


def test_made_up_leads_are_the_same_for_the_same_seed(bench: Bench) -> None:
    asked = {"account_id": "acme", "campaign_id": "spring", "count": 25, "seed": "s", "changes": {"source": "fair"}}

    first, second = (bench.post("/_sim/leads", asked)["leads"] for _ in range(2))

    assert [{**lead, "joined_at": ""} for lead in first] == [{**lead, "joined_at": ""} for lead in second]
    assert {lead["source"] for lead in first} == {"fair"}
    assert len({lead["email"] for lead in first}) == 25
    assert len(bench.queued()) == 50


def test_given_addresses_are_used(bench: Bench) -> None:
    asked = {"account_id": "acme", "campaign_id": "spring", "emails": ["x@example.com", "y@example.com"]}

    assert [lead["email"] for lead in bench.post("/_sim/leads", asked)["leads"]] == asked["emails"]


def test_each_campaign_update_has_a_higher_version(bench: Bench) -> None:
    campaign = {"account_id": "acme", "campaign_id": "spring", "name": "Spring"}

    versions = [bench.post("/_sim/campaigns", {**campaign, "state": state})["version"] for state in ("live", "ended")]

    sent = [json.loads(message["Body"])["data"] for message in bench.queued()]
    assert versions == [1, 2]
    assert [(data["state"], data["version"]) for data in sent] == [("live", 1), ("ended", 2)]


def test_entries_that_sqs_refuses_are_sent_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_third_entry(monkeypatch, times=1)

    bench.post("/_sim/leads", {"account_id": "acme", "campaign_id": "spring", "count": 10})

    assert len(bench.queued()) == 10


def test_what_sqs_keeps_refusing_is_reported(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "sleep", lambda _: None)
    refuse_third_entry(monkeypatch, times=messages.ATTEMPTS)

    answer = requests.post(
        f"{bench.url}/_sim/leads", json={"account_id": "a", "campaign_id": "c", "count": 3}, timeout=10
    )

    assert answer.status_code == 502
    assert len(answer.json()["published"]) == 2


def test_without_a_stack_it_says_what_to_do_first() -> None:
    with PlatformSimulator() as platform:
        answer = requests.post(f"{platform.url}/_sim/leads", json={"account_id": "a", "campaign_id": "c"}, timeout=10)

    assert answer.status_code == 409
    assert "/_sim/stack" in answer.json()["detail"]


def refuse_third_entry(monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Make SQS refuse one entry (the third of the first call) `times` times."""
    genuine = vars(BaseClient)["_make_api_call"]  # botocore's one seam for every call; its types do not name it
    left, refused = [times], list[str]()

    def call(self: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if operation != "SendMessageBatch" or not left[0]:
            return genuine(self, operation, arguments)
        entries = arguments["Entries"]
        refused[:] = refused or [entries[min(2, len(entries) - 1)]["Id"]]
        left[0] -= 1
        rest = [entry for entry in entries if entry["Id"] not in refused]
        answer = genuine(self, operation, {**arguments, "Entries": rest}) if rest else {"Successful": []}
        return {**answer, "Failed": [{"Id": refused[0], "Code": "InternalError", "SenderFault": False}]}

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
