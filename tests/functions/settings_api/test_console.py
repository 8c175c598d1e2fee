"""What the settings page shows and asks beside the settings, on stored rows and the simulated HubSpot."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.domain.people import State
from referral_hubspot.domain.settings import Campaign, Duplicates
from tests.admin import Admin, admin
from tests.functions.settings_api.world import FORM
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, lead_joined_event


@pytest.fixture(name="ana")
def _ana(functions_aws_url: str) -> Iterator[Admin]:
    with admin(functions_aws_url) as made:
        made.world.serve(Duplicates.SKIP)
        yield made


def join(ana: Admin, lead_id: str, email: str, ago: timedelta = timedelta(0)) -> None:
    joined = lead_joined_event(lead_id, email)
    joined["data"]["joined_at"] = (datetime.now(UTC) - ago).isoformat()
    assert ana.world.deliver(joined) == []


def test_activity_is_counted_out_of_the_rows_of_all_parts(ana: Admin) -> None:
    for number in range(12):
        join(ana, f"l{number}", f"one{number}@example.com", timedelta(days=number))
    join(ana, "x1", "nobody")
    join(ana, "x2", "one0@example.com")
    join(ana, "old", "old@example.com", timedelta(days=40))
    assert ana.post("hubspot/test-lead").status == 200

    body = ana.get("activity").body

    assert (body["totals"]["in_hubspot"], body["totals"]["failing"], body["totals"]["left_out"]) == (12, 1, 1)
    assert [day["in_hubspot"] for day in body["days"]] == [0] * 18 + [1] * 12
    assert [one["label"] for one in body["left_out"] + body["failing"]] == [
        "Already referred by someone else",
        "No usable e-mail",
    ]


def test_the_newest_of_many_are_counted_in_their_order(ana: Admin) -> None:
    for number in range(9):
        join(ana, f"l{number}", f"one{number}@example.com", timedelta(days=number))

    since = datetime.now(UTC) - timedelta(days=30)
    found = ana.wiring.people.joined_since(ACCOUNT, CAMPAIGN, "lead", since, 5)

    assert [one.state for one in found] == [State.SENT] * 5
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert found[-1].at > datetime.now(UTC) - timedelta(days=5)


def test_a_second_campaign_takes_the_account_and_works(ana: Admin) -> None:
    ana.world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, "autumn", "Autumn", "live", version=1))
    ana.world.forget_calls()

    reply = ana.call("PUT", "hubspot", {"hubspot_account_id": PORTAL}, campaign="autumn")

    assert (reply.status, reply.body["status"], reply.body["account"]["id"]) == (200, "connected", PORTAL)
    assert {kind.partition(".")[0] for kind in ana.world.calls()} <= {"properties", "pipelines", "owners"}
    saved: Any = ana.call("PUT", "hubspot/leads", FORM, campaign="autumn")
    assert (saved.status, saved.body["setup_required"]) == (200, False)
    event = lead_joined_event("a1", "ada@example.com")
    event["data"]["campaign_id"] = "autumn"
    ana.world.deliver(event)
    autumn = ana.world.lead("a1", campaign="autumn")
    assert autumn is not None
    assert autumn.state is State.SENT


def test_a_form_is_tried_with_one_read_and_no_write(ana: Admin) -> None:
    join(ana, "l1", "ada@example.com")
    form = FORM | {"duplicates": "update"}
    ana.post("hubspot/leads/preview", form)  # reads the properties, once
    ana.world.forget_calls()

    body = ana.post("hubspot/leads/preview", form, role="viewer").body

    assert ana.world.calls() == ["contacts.batch_read"]
    assert [(one["value"], one["now"]) for one in body["rows"]] == [
        ("ada@example.com", "ada@example.com"),
        ("Ada", "Ada"),
    ]
    assert (body["in_hubspot"], body["sends"], body["problems"]) == (True, True, [])
