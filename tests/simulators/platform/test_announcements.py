import json
import time
from collections.abc import Callable
from typing import Any

import requests

from tests.simulators.platform.conftest import Bench

LEAD = {"account_id": "acme", "campaign_id": "spring", "lead_id": "l1"}


def announce(bench: Bench, identifier: str, kind: str = "lead.changed.v1", **data: Any) -> None:
    event = {
        "specversion": "1.0",
        "id": identifier,
        "source": "referral-hubspot",
        "type": kind,
        "time": "2026-11-22T10:00:00Z",
        "data": {**LEAD, **data},
    }
    envelope = {"id": "bus-1", "source": "referral-hubspot", "detail-type": kind, "detail": event}
    bench.sqs.send_message(QueueUrl=bench.announcement_queue_url, MessageBody=json.dumps(envelope))


def eventually(found: Callable[[], Any], wanted: Any) -> None:
    deadline = time.monotonic() + 10
    while found() != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found() == wanted


def test_the_highest_version_of_a_lead_is_kept_whatever_the_order(bench: Bench) -> None:
    announce(bench, "a2", state="sent", reason=None, record_link="https://app.example/record/1", version=2)
    announce(bench, "a1", state="held", reason="setup_required", record_link=None, version=1)
    eventually(lambda: len(bench.get("/_sim/announcements")["announcements"]), 2)

    (lead,) = bench.get("/_sim/leads", lead_id="l1")["leads"]

    assert (lead["state"], lead["reason"], lead["version"]) == ("sent", None, 2)


def test_a_repeated_announcement_is_counted_and_changes_nothing(bench: Bench) -> None:
    for _ in range(3):
        announce(bench, "q1", "referral.qualified.v1", referrer_id="r1")

    eventually(lambda: [one["repeats"] for one in bench.get("/_sim/announcements")["announcements"]], [2])

    assert [reward["announcement_id"] for reward in bench.get("/_sim/rewards")["rewards"]] == ["q1"]


def test_announcements_are_found_by_type_lead_and_time(bench: Bench) -> None:
    announce(bench, "a1", state="sent", version=1)
    announce(bench, "a2", lead_id="l2", state="sent", version=1)
    announce(bench, "q1", "referral.qualified.v1", referrer_id="r1")
    eventually(lambda: len(bench.get("/_sim/announcements")["announcements"]), 3)

    def ids(**query: str) -> list[str]:
        return [one["id"] for one in bench.get("/_sim/announcements", **query)["announcements"]]

    assert ids(type="referral.qualified.v1") == ["q1"]
    assert ids(lead_id="l2") == ["a2"]
    last = bench.get("/_sim/announcements", type="referral.qualified.v1")["announcements"][0]["received_at"]
    assert "q1" in ids(since=last)
    assert ids(since="2999-01-01T00:00:00Z") == []


def test_what_is_no_announcement_is_counted_and_the_rest_goes_on(bench: Bench) -> None:
    for body in ("{not json", "[]", '{"detail": {"id": "x"}}'):
        bench.sqs.send_message(QueueUrl=bench.announcement_queue_url, MessageBody=body)
    announce(bench, "a1", state="sent", version=1)

    eventually(lambda: len(bench.get("/_sim/announcements")["announcements"]), 1)

    eventually(lambda: bench.get("/_sim/announcements")["unreadable"], 3)


def test_the_queue_is_left_empty(bench: Bench) -> None:
    announce(bench, "a1", state="sent", version=1)
    eventually(lambda: len(bench.get("/_sim/announcements")["announcements"]), 1)

    def left() -> list[str]:
        found = bench.sqs.get_queue_attributes(
            QueueUrl=bench.announcement_queue_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return list(found["Attributes"].values())

    eventually(left, ["0", "0"])


def test_reset_forgets_leads_but_not_how_far_versions_have_risen(bench: Bench) -> None:
    campaign = {"account_id": "acme", "campaign_id": "autumn", "name": "Autumn"}
    before = bench.post("/_sim/campaigns", campaign)["version"]
    bench.post("/_sim/leads", {"account_id": "acme", "campaign_id": "spring"})

    bench.post("/_sim/reset", {})

    assert bench.get("/_sim/leads") == {"leads": []}
    assert bench.post("/_sim/campaigns", campaign)["version"] == before + 1


def test_the_pages_escape_what_they_show(bench: Bench) -> None:
    bench.post("/_sim/campaigns", {"account_id": "acme", "campaign_id": "spring", "name": "<b>Spring</b>"})
    bench.post(
        "/_sim/leads",
        {"account_id": "acme", "campaign_id": "spring", "changes": {"first_name": "<script>", "lead_id": "l1"}},
    )
    announce(bench, "a1", state="sent", reason="<i>", record_link="javascript:alert(1)", version=1)
    eventually(lambda: len(bench.get("/_sim/announcements")["announcements"]), 1)

    home = requests.get(bench.url + "/", timeout=10).text
    page = requests.get(f"{bench.url}/campaigns/spring?account_id=acme", timeout=10).text

    assert "&lt;b&gt;Spring" in home
    assert "In HubSpot, not qualified yet" in page
    assert not any(unsafe in page + home for unsafe in ("<script>", "<i>", "<b>", "javascript:"))
    assert requests.get(bench.url + "/campaigns/none", timeout=10).status_code == 404
