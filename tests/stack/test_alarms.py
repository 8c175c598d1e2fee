"""Each alarm is made to ring, its section of the runbook is followed as it stands, and then it rings no more.

What cannot be brought about here is judged by the alarm's own numbers: ages of messages, faults of API Gateway's.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.storage import keys
from simulators.local import Stack
from simulators.local.workers import kill_workers
from tests.cloudformation import of_type
from tests.runbook import sections
from tests.stack.alarms import Alarm
from tests.stack.commands import run
from tests.stack.driver import Driver, new_id
from tests.stack.hubspot_account import HTTP, HubSpotAccount
from tests.stack.waiting import wait_until

SECTIONS = {alarm: section for section in sections() for alarm in section.alarms}
BY_HAND = {
    "LeadQueueAgeAlarm",
    "ReferrerQueueAgeAlarm",
    "ChangeQueueAgeAlarm",
    "SyncQueueAgeAlarm",
    "AnnouncementDelayAlarm",
    "ApiFaultsAlarm",
}
SECRET = "sim-client-secret-0001"
CALLS_HUBSPOT = ("LeadJoinedFunction", "SweepFunction")


@pytest.fixture(scope="module")
def campaign(stack: Stack) -> Driver:
    """A campaign that works, with a lead in HubSpot."""
    made = Driver.ready(stack, duplicates="update")
    made.wait(made.join("first@example.com", "lead-1001"), "sent")
    return made


def follow(alarm: str, campaign: Driver, **words: str) -> str:
    """Run every command of an alarm's section, in its order; what they printed."""
    given = {
        "ACCOUNT": campaign.account,
        "CAMPAIGN": campaign.campaign,
        "PORTAL": str(campaign.hubspot.id),
        "LEAD": "lead-1001",
        "SINCE": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        "NEW_CLIENT_SECRET": SECRET,
    }
    return "".join(run(campaign.stack, command, **given | words).out for command in SECTIONS[alarm].commands)


def now() -> datetime:
    return datetime.now(UTC)


def wait_for_alarm(stack: Stack, name: str, since: datetime) -> None:
    alarm = Alarm.deployed(stack, name)
    wait_until(f"{name} to ring", lambda: alarm.rings(since))


def wait_for_silence(stack: Stack, name: str, since: datetime) -> None:
    alarm = Alarm.deployed(stack, name)
    wait_until(f"{name} to end", lambda: not alarm.rings(since))


def put(stack: Stack, queue: str, body: Any, **attributes: str) -> None:
    """A dead letter, as AWS would have put it there."""
    text = body if isinstance(body, str) else json.dumps(body)
    named: Any = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    url = stack.dead_letter_queue_urls[queue]
    stack.sqs.send_message(QueueUrl=url, MessageBody=text, MessageAttributes=named)


def empty(stack: Stack, queue: str) -> None:
    """Take away what tests before this one gave up on."""
    stack.sqs.purge_queue(QueueUrl=stack.dead_letter_queue_urls[queue])


def test_every_alarm_of_the_template_is_made_to_ring_here() -> None:
    tried = {name for name, one in globals().items() if name.startswith("test_")}

    for name in of_type("AWS::CloudWatch::Alarm").keys() - BY_HAND:
        assert any(name in str(one.__doc__) for one in map(globals().get, tried)), f"{name} is tried by no test"


def test_lead_dead_letters(stack: Stack, campaign: Driver) -> None:
    """LeadDeadLettersAlarm."""
    empty(stack, "lead")
    lead = new_id("lead")
    event = campaign.joined("dead@example.com", lead)
    campaign.publish({"raw": "not json"})
    wait_for_alarm(stack, "LeadDeadLettersAlarm", now())
    put(stack, "lead", _cloud_event(event))

    said = follow("LeadDeadLettersAlarm", campaign)

    assert "1 x not_json" in said
    assert f"lead_id={lead}" in said
    assert said.splitlines()[-1] == "lead: none"
    assert "dead@example.com" not in said
    wait_for_silence(stack, "LeadDeadLettersAlarm", now())
    campaign.wait(lead, "sent")


def test_referrer_dead_letters(stack: Stack, campaign: Driver) -> None:
    """ReferrerDeadLettersAlarm."""
    empty(stack, "referrer")
    stack.sqs.send_message(QueueUrl=stack.referrer_queue_url, MessageBody="not json")
    wait_for_alarm(stack, "ReferrerDeadLettersAlarm", now())
    put(stack, "referrer", _cloud_event(_referrer(campaign, "dead.referrer@example.com")))

    said = follow("ReferrerDeadLettersAlarm", campaign)

    assert "1 x not_json" in said
    assert "1 moved back" in said
    assert said.splitlines()[-1] == "referrer: none"
    assert "dead.referrer@example.com" not in said
    wait_for_silence(stack, "ReferrerDeadLettersAlarm", now())
    wait_until("the referrer in the table", lambda: _stored_referrer(campaign, "referrer-1001"))


def test_change_dead_letters(stack: Stack, campaign: Driver) -> None:
    """ChangeDeadLettersAlarm."""
    empty(stack, "change")
    put(stack, "change", [])
    wait_for_alarm(stack, "ChangeDeadLettersAlarm", now())

    said = follow("ChangeDeadLettersAlarm", campaign)

    assert "1 moved back" in said
    wait_for_silence(stack, "ChangeDeadLettersAlarm", now())


def test_sync_dead_letters(stack: Stack, campaign: Driver) -> None:
    """SyncDeadLettersAlarm."""
    empty(stack, "sync")
    stack.sqs.send_message(QueueUrl=stack.resource("SyncQueue"), MessageBody="not json")
    wait_for_alarm(stack, "SyncDeadLettersAlarm", now())
    job = {"job": "returns", "account_id": campaign.account, "campaign_id": campaign.campaign}
    put(stack, "sync", job)

    said = follow("SyncDeadLettersAlarm", campaign)

    assert "1 x not_a_job" in said
    assert {"job=returns", f"account_id={campaign.account}"} <= set(said.split())
    assert "1 moved back" in said
    assert said.splitlines()[-1] == "sync: none"
    wait_for_silence(stack, "SyncDeadLettersAlarm", now())
    wait_until("the job to be done", lambda: _job_done(campaign))


def test_announcement_dead_letters(stack: Stack, campaign: Driver) -> None:
    """AnnouncementDeadLettersAlarm."""
    empty(stack, "announcement")
    [told] = [one for one in campaign.announcements(lead_id="lead-1001") if one["data"]["state"] == "sent"]
    announcement = {name: value for name, value in told.items() if name not in {"received_at", "repeats"}}
    put(stack, "announcement", {"detail-type": told["type"], "detail": announcement}, ERROR_CODE="NO_PERMISSIONS")
    put(stack, "announcement", {"requestContext": {}, "DDBStreamBatchInfo": {"batchSize": 1}})
    wait_for_alarm(stack, "AnnouncementDeadLettersAlarm", now())

    follow("AnnouncementDeadLettersAlarm", campaign)

    wait_for_silence(stack, "AnnouncementDeadLettersAlarm", now())

    def repeats() -> int:
        [again] = [one for one in campaign.announcements(lead_id="lead-1001") if one["id"] == told["id"]]
        return int(again["repeats"])

    wait_until("the letter and the row, each announced again", lambda: repeats() >= told["repeats"] + 2)


def test_sweep_dead_letters(stack: Stack, campaign: Driver) -> None:
    """SweepDeadLettersAlarm, SweepBrokenAlarm."""
    empty(stack, "sweep")
    begun = now()
    with _broken_sweep(stack):
        function = f"{stack.resource('SweepFunction')}:live"
        stack.functions.invoke(FunctionName=function, Payload=b"{}")
        wait_for_alarm(stack, "SweepBrokenAlarm", begun)
    put(stack, "sweep", {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {}})
    wait_for_alarm(stack, "SweepDeadLettersAlarm", begun)

    assert "sweep_broke" in follow("SweepDeadLettersAlarm", campaign)

    ended = now()
    wait_for_silence(stack, "SweepDeadLettersAlarm", ended)
    assert "sweep_broke" in follow("SweepBrokenAlarm", campaign)
    wait_for_silence(stack, "SweepBrokenAlarm", ended)


def test_late_sweep(stack: Stack, campaign: Driver) -> None:
    """LateSweepAlarm."""
    begun = now()
    assert Alarm.deployed(stack, "LateSweepAlarm").rings(begun), "silence is what it is for"

    said = follow("LateSweepAlarm", campaign)

    assert "another one is started" in said
    wait_for_silence(stack, "LateSweepAlarm", begun)


def test_webhook_faults(stack: Stack, campaign: Driver) -> None:
    """WebhookFaultsAlarm."""
    begun = now()
    function = f"{stack.resource('HubSpotWebhookFunction')}:live"
    assert "FunctionError" in stack.functions.invoke(FunctionName=function, Payload=b"{}")
    wait_for_alarm(stack, "WebhookFaultsAlarm", begun)

    follow("WebhookFaultsAlarm", campaign)

    wait_for_silence(stack, "WebhookFaultsAlarm", now() + timedelta(seconds=61))


def test_webhooks_refused(stack: Stack, campaign: Driver) -> None:
    """WebhooksRefusedAlarm."""
    begun = now()
    for _ in range(20):
        assert HTTP.post(stack.webhook_url, content=b"[]").status_code == 401
    wait_for_alarm(stack, "WebhooksRefusedAlarm", begun)

    said = follow("WebhooksRefusedAlarm", campaign)

    assert "webhook_refused" in said
    assert SECRET not in said
    wait_for_silence(stack, "WebhooksRefusedAlarm", now())


def test_hubspot_app_refused(stack: Stack, campaign: Driver) -> None:
    """HubSpotAppRefusedAlarm."""
    begun, new = now(), new_id("secret")
    with _app_secret(campaign.hubspot, new):
        campaign.hubspot.expire_tokens()
        _forget_tokens(campaign)
        lead = campaign.join("refused@example.com")
        wait_for_alarm(stack, "HubSpotAppRefusedAlarm", begun)

        said = follow("HubSpotAppRefusedAlarm", campaign, NEW_CLIENT_SECRET=new)

        assert "BAD_CLIENT_SECRET" in said
        assert new not in said
        for function in CALLS_HUBSPOT:  # as if five minutes had passed
            kill_workers(stack, function)
        # One that was just renewing the token kept others from it for half a minute.
        wait_until("the lead in HubSpot", lambda: _swept(stack) and campaign.state(lead) == "sent", seconds=60)
        wait_for_silence(stack, "HubSpotAppRefusedAlarm", now())
        assert campaign.api("GET", "hubspot")["status"] == "connected", "nobody has to reconnect"
    run(stack, "make rotate", NEW_CLIENT_SECRET=SECRET)


def test_hubspot_token_refused(stack: Stack, campaign: Driver) -> None:
    """HubSpotTokenRefusedAlarm."""
    begun, hubspot = now(), campaign.hubspot
    hubspot.fault("contacts.batch_upsert", status=401, times=2)
    campaign.join("unauthorised@example.com")
    wait_for_alarm(stack, "HubSpotTokenRefusedAlarm", begun)

    said = follow("HubSpotTokenRefusedAlarm", campaign)

    assert f"portal:{hubspot.id} goes on" in said
    assert "TokenRefusedError" in said
    wait_for_silence(stack, "HubSpotTokenRefusedAlarm", now())


def test_hubspot_call_refused(stack: Stack) -> None:
    """HubSpotCallRefusedAlarm."""
    begun, campaign = now(), Driver.ready(stack, duplicates="update")
    campaign.hubspot.fault("contacts.batch_upsert", status=405, times=1)
    lead = campaign.join("method@example.com")
    wait_for_alarm(stack, "HubSpotCallRefusedAlarm", begun)
    put(stack, "lead", _cloud_event(campaign.joined("method@example.com", lead)))

    said = follow("HubSpotCallRefusedAlarm", campaign)

    assert "RequestRefusedError" in said
    campaign.wait(lead, "sent")
    wait_for_silence(stack, "HubSpotCallRefusedAlarm", now())


def test_connections_lost(stack: Stack) -> None:
    """ConnectionsLostAlarm."""
    begun = now()
    with ThreadPoolExecutor(5) as pool:
        campaigns = list(pool.map(lambda _: Driver.ready(stack, duplicates="update"), range(5)))
    for one in campaigns:
        one.hubspot.control("revoke", {"portal": one.hubspot.id})
    leads = [one.join("lost@example.com", "lead-1001") for one in campaigns]
    for one, lead in zip(campaigns, leads, strict=True):
        one.wait(lead, "held")
    wait_for_alarm(stack, "ConnectionsLostAlarm", begun)

    said = follow("ConnectionsLostAlarm", campaigns[0])

    assert "ConnectionLostError" in said
    assert "lost, to be reconnected" in said
    wait_for_silence(stack, "ConnectionsLostAlarm", now())


@pytest.mark.parametrize(
    ("name", "well", "ill"),
    [
        ("LeadQueueAgeAlarm", 900, 1801),
        ("ReferrerQueueAgeAlarm", 900, 1801),
        ("ChangeQueueAgeAlarm", 60, 901),
        ("SyncQueueAgeAlarm", 900, 1801),
        ("AnnouncementDelayAlarm", 60_000, 900_001),
        ("ApiFaultsAlarm", 0, 1),
    ],
)
def test_what_cannot_be_brought_about_here(stack: Stack, campaign: Driver, name: str, well: float, ill: float) -> None:
    alarm = Alarm.deployed(stack, name)

    assert (alarm.judges(None), alarm.judges(well), alarm.judges(ill)) == (False, False, True)
    assert follow(name, campaign)


def _referrer(campaign: Driver, email: str) -> dict[str, Any]:
    """A referrer.joined.v1 to publish."""
    ids = {"account_id": campaign.account, "campaign_id": campaign.campaign, "referrer_id": "referrer-1001"}
    return {"type": "referrer.joined.v1", "data": {**ids, "email": email, "version": 1}}


def _job_done(campaign: Driver) -> bool:
    """Whether a worker of syncs did something for the campaign."""
    log = campaign.stack.resource("FunctionLogs")
    lines = campaign.stack.logs.filter_log_events(logGroupName=log, filterPattern='"sync_job_done"')["events"]
    return any(campaign.account in line["message"] for line in lines)


def _stored_referrer(campaign: Driver, referrer_id: str) -> bool:
    key = keys.person(campaign.account, campaign.campaign, "referrer", referrer_id).item()
    table = campaign.stack.tables.Table(campaign.stack.resource("CampaignTable"))
    return "Item" in table.get_item(Key=key, ConsistentRead=True)


@contextmanager
def _broken_sweep(stack: Stack) -> Iterator[None]:
    """Work that nobody can read."""
    table = stack.tables.Table(stack.resource("CampaignTable"))
    key = {"pk": "WORK", "sk": f"2020-01-01T00:00:00.000000Z#{new_id('work')}"}
    table.put_item(Item=key)
    try:
        yield
    finally:
        table.delete_item(Key=key)


@contextmanager
def _app_secret(hubspot: HubSpotAccount, secret: str) -> Iterator[None]:
    """HubSpot's own idea of our secret is another one for a while."""
    hubspot.control("app", {"client_secret": secret})
    try:
        yield
    finally:
        hubspot.control("app", {"client_secret": SECRET})


def _swept(stack: Stack) -> bool:
    """Sweep, as the schedule would by and by."""
    stack.invoke("SweepFunction", {})
    return True


def _forget_tokens(campaign: Driver) -> None:
    """Let the stored access token have ended, so that the next worker has to ask for one."""
    for function in CALLS_HUBSPOT:
        kill_workers(campaign.stack, function)
    long_ago = "2020-01-01T00:00:00.000000Z"
    campaign.stack.tables.Table(campaign.stack.resource("CredentialTable")).update_item(
        Key={"pk": f"A#{campaign.account}#P#{campaign.hubspot.id}", "sk": "TOKEN"},
        UpdateExpression="SET renew_at = :past, valid_until = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":past": long_ago},
    )


def _cloud_event(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the platform publishes it."""
    head = {"specversion": "1.0", "id": new_id("event"), "source": "/platform", "time": now().isoformat()}
    return {**head, **event}
