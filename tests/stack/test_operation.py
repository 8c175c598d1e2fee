"""Operation, on the deployed stack: each job of the runbook as it stands there, and every command that is refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.storage import keys
from simulators.local import Stack
from tests.runbook import Section, sections
from tests.stack.commands import Ran, attempt, run
from tests.stack.driver import Driver
from tests.stack.evidence import log_lines
from tests.stack.hubspot_account import HTTP
from tests.stack.test_alarms import SECRET
from tests.stack.waiting import wait_for_value, wait_until

SECTIONS = {section.anchor: section for section in sections()}
EMAIL = "story@example.com"


@pytest.fixture(scope="module")
def campaign(stack: Stack) -> Driver:
    """A campaign that works, with a lead in HubSpot."""
    made = Driver.ready(stack, duplicates="update")
    made.wait(made.join(EMAIL, "lead-1001"), "sent")
    return made


def words(campaign: Driver, **further: str) -> dict[str, str]:
    """What a reader of the runbook fills in."""
    return {
        "ACCOUNT": campaign.account,
        "CAMPAIGN": campaign.campaign,
        "LEAD": "lead-1001",
        "EMAIL": EMAIL,
        "SINCE": (datetime.now(UTC) - timedelta(minutes=10)).isoformat(),
        **further,
    }


def follow(campaign: Driver, title: str, **further: str) -> list[Ran]:
    """Run every command of a section in its order; what came of each block."""
    section: Section = SECTIONS[title]
    assert section.commands
    return [run(campaign.stack, command, **words(campaign, **further)) for command in section.commands]


def test_every_section_is_followed_by_some_test() -> None:
    followed = {
        "why-a-lead-stands-where-it-stands",
        "pause-and-resume",
        "announce-again",
        "rotate-the-client-secret",
        "reconnect-many-customers",
        "release-and-roll-back",
        "restore-a-table",
    }

    assert {anchor for anchor, section in SECTIONS.items() if not section.alarms} == followed


def test_a_lead_tells_its_story_however_it_is_asked_for(stack: Stack, campaign: Driver) -> None:
    [ran] = follow(campaign, "why-a-lead-stands-where-it-stands")

    head = f"Lead lead-1001 of campaign {campaign.campaign} of account {campaign.account}"
    assert ran.lines.count(head) >= 3
    assert "  stands      In HubSpot, not qualified yet (sent, version " in ran.out
    assert campaign.lead("lead-1001")["next_step"] in ran.out
    assert [line for line in ran.lines if "connection" in line and str(campaign.hubspot.id) in line]


def test_a_pause_as_the_runbook_has_it(campaign: Driver) -> None:
    [ran] = follow(campaign, "pause-and-resume")

    assert "the customer cleans up HubSpot" in ran.out
    assert "goes on; a sweep was started" in ran.out


def test_a_pause_holds_leads_who_say_so_and_go_out_when_it_ends(stack: Stack, campaign: Driver) -> None:
    target = f"campaign:{campaign.account}/{campaign.campaign}"
    run(stack, f'make pause TARGET={target} WHY="a test of it"')
    lead = campaign.join("paused@example.com")
    campaign.wait(lead, "held")

    shown = campaign.lead(lead)
    assert shown["reason"] == "paused"
    assert "paused" in shown["state_label"].lower()
    assert f"  paused      {target} since" in run(stack, f"make why LEAD={lead} ACCOUNT={campaign.account}").out
    assert _status(campaign)["paused"]["ok"] is False
    assert campaign.hubspot.contacts("paused@example.com") == []

    run(stack, f"make resume TARGET={target}")

    campaign.wait(lead, "sent")
    assert _status(campaign)["paused"]["ok"] is True


def test_who_is_paused_by_several_names_waits_for_the_last_to_end(stack: Stack, campaign: Driver) -> None:
    targets = ["all", f"account:{campaign.account}", f"portal:{campaign.hubspot.id}"]
    try:
        for target in targets:
            assert f"  {target} since" in "\n".join(order(stack, "pause", target=target)["lines"])
        lead = campaign.join("several@example.com")
        campaign.wait(lead, "held")
        for target in targets[:2]:
            order(stack, "resume", target=target)
        stack.invoke("SweepFunction", {})
        assert campaign.lead(lead)["state"] == "held"
    finally:
        for target in targets:
            order(stack, "resume", target=target)
    campaign.wait(lead, "sent")


def test_the_platform_is_told_again_and_knows_all_of_it(campaign: Driver) -> None:
    before = {one["id"]: one["repeats"] for one in campaign.announcements()}

    follow(campaign, "announce-again")

    def again() -> dict[str, int]:
        return {one["id"]: one["repeats"] for one in campaign.announcements()}

    wait_until("every one again", lambda: all(again()[one] > repeats for one, repeats in before.items()))
    assert again().keys() == before.keys(), "nothing is new to the platform"


def test_a_secret_is_replaced_while_both_are_valid(stack: Stack, campaign: Driver) -> None:
    new = "another-client-secret"
    try:
        ran = follow(campaign, "rotate-the-client-secret", NEW_CLIENT_SECRET=new)
        assert new not in "".join(one.out + one.err for one in ran)
        assert _secret(stack) == {"client_secret": new, "previous_client_secret": ""}
    finally:
        run(stack, "make rotate", NEW_CLIENT_SECRET=SECRET)
    assert _secret(stack) == {"client_secret": SECRET, "previous_client_secret": new}
    run(stack, "make rotate-end")


def test_many_are_reconnected(campaign: Driver) -> None:
    [ran] = follow(campaign, "reconnect-many-customers")

    assert "leads and connections were announced as they stand" in ran.out


def test_rows_that_were_deleted_come_back_and_others_stay_as_they_are(stack: Stack, campaign: Driver) -> None:
    table, moment = stack.resource("CampaignTable"), datetime.now(UTC).replace(microsecond=0)
    # The emulator restores a table as it is: so the copy is made now, as a command that was cut off would leave it.
    stack.dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=f"{table}-{moment:%Y%m%d%H%M%S}", RestoreDateTime=moment
    )
    kept = campaign.join("after@example.com")
    campaign.wait(kept, "sent")
    gone = keys.person(campaign.account, campaign.campaign, "lead", "lead-1001").item()
    stack.tables.Table(table).delete_item(Key=gone)
    assert campaign.ask("GET", "leads/lead-1001").status_code == 404

    [ran] = follow(campaign, "restore-a-table", AT=moment.isoformat())

    assert "1 were gone and are back" in ran.out
    assert campaign.lead("lead-1001")["state"] == "sent"
    assert campaign.lead(kept)["state"] == "sent"
    assert f"{table}-{moment:%Y%m%d%H%M%S}" not in stack.dynamodb.list_tables()["TableNames"]


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("why", "", "Say whom: LEAD=<id>"),
        ("why", "lead=nobody account={account}", "There is no lead nobody. Campaigns of {account}: {campaign}."),
        ("why", "email=eve@example.com account={account}", "Nobody with this address is stored"),
        ("replay", "", "No QUEUE was given, so nothing was changed. Dead letters: lead ("),
        ("replay", "queue=leads", "There is no queue 'leads', so nothing was changed."),
        ("replay", "queue=sweep", "Nothing was moved. The next sweep does what this one did not"),
        ("replay", "queue=lead reason=tired", "No dead letter of lead with reason tired"),
        ("drop", "queue=lead", "Nothing was dropped: say which, by REASON=… or ID=…."),
        ("drop", "queue=lead id=nothing", "No dead letter of lead with id nothing, so nothing was dropped."),
        ("pause", "target={account}", "'{account}' is no target, so nothing was changed."),
        ("pause", "target=account:nobody", "There is no account:nobody, so nothing was paused."),
        ("resume", "", "No TARGET was given, so nothing was changed."),
        ("resume", "target=account:{account}", "account:{account} is not paused, so nothing was changed."),
        ("announce", "", "No SINCE was given, so nothing was announced."),
        ("announce", "since=2999-01-01", "SINCE must be before UNTIL and before now"),
        ("announce", "since=2020-01-01 from=archive", "The archive goes back to"),
        ("announce", "since=2020-01-01 from=memory", "FROM=memory does not exist: it is table or archive."),
        ("errors", "minutes=never", "MINUTES=never is not between 1 and 20160."),
    ],
)
def test_a_command_without_or_with_a_wrong_target_changes_nothing_and_says_what_exists(
    stack: Stack, campaign: Driver, command: str, words: str, said: str
) -> None:
    ids = {"account": campaign.account, "campaign": campaign.campaign}

    answer = order(stack, command, **dict(word.split("=") for word in words.format(**ids).split()))

    assert not answer["ok"]
    assert answer["lines"][0].startswith(said.format(**ids))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("make resume", "No TARGET was given, so nothing was changed."),
        ("make restore", "AT is a moment of the last 35 days"),
        ("make restore TABLE=Campaigns AT=2026-11-25", "TABLE is one of CampaignTable, CredentialTable."),
        ("make restore TABLE=CampaignTable AT=2026-11-25", "ROWS is how the pk of the rows begins"),
    ],
)
def test_a_shell_is_told_that_a_command_was_refused(stack: Stack, command: str, said: str) -> None:
    ran = attempt(stack, command)

    assert ran.code != 0
    assert ran.err.startswith(said)
    assert ran.out == ""


def test_what_exists_is_told_with_a_wrong_target(stack: Stack, campaign: Driver) -> None:
    answer = order(stack, "pause", target="account:nobody")

    line = f"account:{campaign.account}  portal:{campaign.hubspot.id}  campaign:{campaign.account}/{campaign.campaign}"
    assert f"  {line}" in answer["lines"]


def test_an_address_that_was_asked_for_stands_in_no_log(stack: Stack, campaign: Driver) -> None:
    order(stack, "why", account=campaign.account, email=EMAIL)
    order(stack, "why", account=campaign.account, email="eve@example.com")

    def commands() -> list[str]:
        return [line for line in log_lines(stack) if '"command"' in line]

    wait_until("the commands in the log", lambda: len(commands()) >= 2)
    assert not [line for line in log_lines(stack) if EMAIL in line or "eve@example.com" in line]


def test_the_status_tells_everyone_how_the_system_does(stack: Stack, campaign: Driver) -> None:
    checks = _status(campaign, role="viewer")

    assert list(checks) == ["leads", "referrers", "changes", "syncs", "dead_letters", "sweep", "paused"]
    cloudwatch: Any = stack.session.client("cloudwatch", endpoint_url=stack.aws_endpoint_url)
    alarm = stack.resource("LeadQueueAgeAlarm")
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    try:
        assert _status(campaign)["leads"]["ok"] is False
    finally:
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")
    assert _status(campaign)["leads"]["ok"] is True
    assert HTTP.get(f"{stack.api_url}/v1/status").status_code == 401


def test_a_release_is_deployed_over_the_one_before(stack: Stack, campaign: Driver) -> None:
    deployed, looked = follow(campaign, "release-and-roll-back")

    assert "is up after" in deployed.out
    assert "lead:" in looked.out
    lead = campaign.join("released@example.com")
    wait_for_value("the lead after the release", lambda: campaign.wait(lead, "sent"), "sent")


def order(stack: Stack, command: str, **words: str) -> dict[str, Any]:
    """A command as the function is given it; what it answers."""
    answer: dict[str, Any] = stack.invoke("OperationFunction", {"command": command, **words})
    return answer


def _status(campaign: Driver, **claims: str) -> dict[str, Any]:
    """The checks of GET /v1/status by their names."""
    answer = HTTP.get(
        f"{campaign.stack.api_url}/v1/status", headers={"Authorization": f"Bearer {campaign.token(**claims)}"}
    )
    return {check["name"]: check for check in answer.raise_for_status().json()["checks"]}


def _secret(stack: Stack) -> dict[str, str]:
    text = stack.secrets.get_secret_value(SecretId=stack.resource("HubSpotSecret"))["SecretString"]
    found: dict[str, str] = json.loads(text)
    return found
