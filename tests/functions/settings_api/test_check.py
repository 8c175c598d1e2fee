"""The connection check: each line fails once, and says what to do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from referral_hubspot.domain.settings import Action, Duplicates
from referral_hubspot.runtime import clients
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.storage.sweep_times import SweepTimes
from referral_hubspot.usecases.pause import Pause
from referral_hubspot.usecases.round_trip import WebhookRoundTrip
from tests.admin import Admin, admin, webhooks
from tests.world import ACCOUNT, CAMPAIGN, MAPPING, PORTAL

PATH = "hubspot/check"
CODES = ["connected", "grant", "permissions", "settings", "webhooks", "budget", "sweep"]


@pytest.fixture(name="ana")
def _ana(functions_aws_url: str) -> Iterator[Admin]:
    with admin(functions_aws_url) as made:
        yield made


def serve(ana: Admin, **how: Any) -> None:
    """A campaign that works."""
    ana.world.serve(Duplicates.SKIP, **how)
    SweepTimes(ana.world.campaign_table, ana.wiring.dynamodb).finished(datetime.now(UTC))
    be_short(ana)


def be_short(ana: Admin) -> None:
    """A webhook is not waited for as long as in life."""
    ana.wiring.check_connection._round_trip = WebhookRoundTrip(ana.wiring.awaited, clients.now, wait_s=0.5)


def checked(ana: Admin) -> dict[str, dict[str, Any]]:
    """The lines by their codes."""
    reply = ana.post(PATH)
    assert reply.status == 200
    lines = reply.body["lines"]
    assert [line["code"] for line in lines] == CODES
    assert reply.body["ok"] == all(line["ok"] for line in lines)
    assert all(line["label"] and line["message"] for line in lines)
    assert all(line["next_step"] for line in lines if line["ok"] is False)
    return {line["code"]: line for line in lines}


def failed(lines: dict[str, dict[str, Any]]) -> list[str]:
    return [code for code, line in lines.items() if line["ok"] is False]


def untried(lines: dict[str, dict[str, Any]]) -> list[str]:
    return [code for code, line in lines.items() if line["ok"] is None]


def left(ana: Admin) -> list[dict[str, Any]]:
    """Contacts of checks that are still in HubSpot."""
    found: list[dict[str, Any]] = ana.world.sim(f"portals/{PORTAL}/contacts?firstname=Connection check")["contacts"]
    return found


def test_a_connection_that_works_says_so_line_by_line(ana: Admin) -> None:
    serve(ana)

    ana.wiring.check_connection._round_trip = WebhookRoundTrip(ana.wiring.awaited, clients.now)
    with webhooks(ana.world):
        lines = checked(ana)

    assert (failed(lines), untried(lines)) == ([], [])
    assert lines["connected"]["message"] == "Connected to Acme EU by Ana."
    assert "HubSpot told us" in lines["webhooks"]["message"]
    assert "free at this moment" in lines["budget"]["message"]
    assert left(ana) == []
    assert ana.world.calls("contacts.batch_create", "contacts.batch_archive") == [
        "contacts.batch_create",
        "contacts.batch_archive",
    ]


def test_nothing_of_a_check_stays_in_the_table(ana: Admin) -> None:
    serve(ana)

    with webhooks(ana.world):
        checked(ana)

    items = ana.wiring.dynamodb.scan(TableName=ana.world.campaign_table)["Items"]
    assert not [item for item in items if item["sk"]["S"].startswith(("AWAITED", "UNCLAIMED", "PERSON", "LINK"))]


def test_a_campaign_that_is_not_connected_is_told_to_connect(ana: Admin) -> None:
    serve(ana)
    ana.world.wiring.disconnect(ACCOUNT, CAMPAIGN)
    ana.world.forget_calls()

    lines = checked(ana)

    assert (failed(lines), lines["connected"]["next_step"]) == (["connected"], "Connect HubSpot.")
    assert untried(lines) == CODES[1:6]
    assert ana.world.calls() == []


def test_a_revoked_grant_is_told_to_reconnect_and_then_known_as_lost(ana: Admin) -> None:
    serve(ana)
    ana.world.sim("revoke", {"portal": PORTAL})

    found, again = checked(ana), checked(ana)

    assert (failed(found), untried(found)) == (["grant"], ["settings", "webhooks"])
    assert found["grant"]["next_step"].startswith("Reconnect HubSpot")
    assert failed(again) == ["connected"]


def test_hubspot_being_away_is_nobodys_to_mend(ana: Admin) -> None:
    serve(ana)
    ana.world.sim("faults", {"status": 503, "times": None})

    lines = checked(ana)

    ana.world.end_faults()
    assert (failed(lines), untried(lines)) == (["grant"], ["settings", "webhooks"])
    assert "does not answer" in lines["grant"]["message"]


def test_a_permission_that_the_settings_need_is_named(ana: Admin) -> None:
    ana.world.serve(Duplicates.SKIP, action=Action.CREATE_DEAL)
    ana.world.connect(without=["crm.objects.deals.write"])
    be_short(ana)

    lines = checked(ana)

    assert "permissions" in failed(lines)
    told = "HubSpot does not allow us to create deals, which the Leads settings take."
    assert lines["permissions"]["message"] == told
    assert lines["grant"]["ok"] is True


def test_a_permission_that_hubspot_took_away_is_named_where_it_was_missed(ana: Admin) -> None:
    serve(ana)
    ana.world.sim("scopes", {"portal": PORTAL, "remove": ["crm.objects.contacts.write"]})

    lines = checked(ana)

    assert lines["webhooks"]["ok"] is None
    assert lines["webhooks"]["message"] == "HubSpot does not allow us to create and change contacts."


def test_a_property_that_is_gone_is_named(ana: Admin) -> None:
    serve(ana)
    ana.world.sim(f"portals/{PORTAL}/properties", {"archive": ["referral_code"]})

    lines = checked(ana)

    assert "settings" in failed(lines)
    assert "referral_code" in lines["settings"]["message"]
    assert ana.get("hubspot/leads").body["setup_required"] is True


def test_an_incomplete_setup_says_what_is_missing(ana: Admin) -> None:
    serve(ana, mapping=MAPPING[:1])

    lines = checked(ana)

    assert lines["settings"]["message"] == "First Name is required and not mapped."


def test_a_webhook_that_is_lost_is_told_and_the_contact_deleted(ana: Admin) -> None:
    serve(ana)

    with webhooks(ana.world):
        ana.world.sim("webhooks/lose", {"type": "contact.", "times": None})
        lines = checked(ana)
        requests.delete(f"{ana.world.hubspot.url}/_sim/webhooks/lose", timeout=10).raise_for_status()

    assert failed(lines) == ["webhooks"]
    assert "are found some minutes later" in lines["webhooks"]["next_step"]
    assert left(ana) == []


@pytest.mark.parametrize("kind", ["contacts.batch_create", "contacts.batch_update"])
def test_the_contact_of_a_check_that_breaks_off_is_deleted(ana: Admin, kind: str) -> None:
    serve(ana)
    ana.world.sim("faults", {"kind": kind, "status": 503, "after_commit": True})

    lines = checked(ana)

    ana.world.end_faults()
    assert (failed(lines), left(ana)) == (["webhooks"], [])


def test_a_contact_that_hubspot_wants_more_of_makes_the_webhook_untried(ana: Admin) -> None:
    serve(ana)
    ana.world.sim(f"portals/{PORTAL}/properties", {"require": ["company"]})

    lines = checked(ana)

    assert (failed(lines), untried(lines)) == ([], ["webhooks"])


def test_without_a_lead_status_the_lifecycle_stage_is_changed(ana: Admin) -> None:
    serve(ana)
    ana.world.sim(f"portals/{PORTAL}/properties", {"archive": ["hs_lead_status"]})
    ana.world.forget_calls()

    ana.wiring.check_connection._round_trip = WebhookRoundTrip(ana.wiring.awaited, clients.now)
    with webhooks(ana.world):
        lines = checked(ana)

    assert lines["webhooks"]["ok"] is True
    assert ana.world.calls("contacts.batch_update") == ["contacts.batch_update"]


def test_calls_that_are_used_up_are_told(ana: Admin) -> None:
    serve(ana)
    ana.wiring.budget.pause(PORTAL, 30, now=datetime.now(UTC).timestamp())

    lines = checked(ana)

    assert (failed(lines), untried(lines)) == (["budget"], ["grant", "settings", "webhooks"])
    assert re.search(r"used up for the next [123]?\d s", lines["budget"]["message"])


def test_a_paused_campaign_makes_no_calls(ana: Admin) -> None:
    serve(ana)
    PauseTable(ana.world.campaign_table, ana.wiring.dynamodb).begin(Pause("all", datetime.now(UTC), "maintenance"))
    ana.world.forget_calls()

    lines = checked(ana)

    assert (failed(lines), untried(lines)) == ([], ["grant", "settings", "webhooks"])
    assert (ana.world.calls(), "paused" in lines["grant"]["message"]) == ([], True)


def test_a_sweep_that_is_late_is_told(ana: Admin) -> None:
    ana.world.serve(Duplicates.SKIP)
    be_short(ana)

    first = checked(ana)["sweep"]
    sweeps = SweepTimes(ana.world.campaign_table, ana.wiring.dynamodb)
    sweeps.finished(datetime.now(UTC) - timedelta(minutes=16))
    late = checked(ana)["sweep"]

    assert (first["ok"], late["ok"]) == (None, False)
    assert late["next_step"].startswith("Nothing to do")


def test_how_far_hubspot_was_read_is_told(ana: Admin) -> None:
    serve(ana)
    ana.world.sweep()

    assert "are known up to" in checked(ana)["sweep"]["message"]


def test_viewers_may_not_check(ana: Admin) -> None:
    serve(ana)

    assert ana.post(PATH, role="viewer").body["code"] == "read_only"
