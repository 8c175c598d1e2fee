"""The whole system in one process: real handlers and wiring, AWS by the emulator, HubSpot by its simulator.

The tables are made from the template, so that a test here and the deployed stack agree on them.
"""

import atexit
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import requests

from functions.lead_joined import app as lead_joined
from functions.list_sync import app as list_sync
from functions.qualification import app as qualification
from functions.referrer_joined import app as referrer_joined
from functions.sweep import app as sweep
from referral_hubspot.domain import scopes
from referral_hubspot.domain.connection import Arrival
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import Person, PersonKey
from referral_hubspot.domain.settings import (
    SIDES,
    Action,
    Binding,
    Campaign,
    Duplicates,
    MappingRow,
    Rule,
    RuleKind,
    Side,
    SideSettings,
)
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.receiving import ReceivingWiring
from simulators.hubspot import HubSpotSimulator
from simulators.local import programs
from simulators.local.folder import StackFolder
from simulators.local.ports import ports_for
from simulators.local.processes import Processes
from tests.cloudformation import template

# Kept open: making a session and a connection takes longer than most of what the simulator is asked.
HTTP = requests.Session()
HTTP.trust_env = False

REDIRECT = "http://127.0.0.1:9/callback"
PORTAL = 1001001
ACCOUNT = "acme"
CAMPAIGN = "spring"

MAPPING = (
    MappingRow("email", source="email"),
    MappingRow("firstname", source="first_name"),
    MappingRow("referral_code", source="referral_code"),
)
DEAL_MAPPING = (
    MappingRow("pipeline", value="default", type="enumeration", field_type="select"),
    MappingRow("dealstage", value="appointmentscheduled", type="enumeration", field_type="radio"),
    MappingRow("dealname", source="first_name"),
    MappingRow("referral_code", source="referral_code"),
)
CUSTOMER = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", datetime(2026, 1, 1, tzinfo=UTC))
WON = Rule(RuleKind.DEAL_STAGE, "dealstage", "closedwon", datetime(2026, 1, 1, tzinfo=UTC))


@dataclass
class Context:
    """What Lambda tells a function of its invocation."""

    remaining_ms: int = 200_000
    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:function"
    aws_request_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Elsewhere:
    """A simulated HubSpot in another process."""

    url: str


class World:
    """Customers, campaigns and their HubSpot, driven through the functions' own handlers."""

    def __init__(self, hubspot: HubSpotSimulator | Elsewhere) -> None:
        self.hubspot = hubspot
        self.sqs = clients.sqs()

    @property
    def wiring(self) -> ReceivingWiring:
        """The delivery worker's own, warm from one delivery to the next."""
        return lead_joined.wiring()

    @property
    def referrer_wiring(self) -> ReceivingWiring:
        """The same of the worker that takes referrers in."""
        return referrer_joined.wiring()

    @property
    def campaign_table(self) -> str:
        """The name of this world's own table."""
        return os.environ["CAMPAIGN_TABLE"]

    def restart(self) -> None:
        """Let every function start cold."""
        _restart()

    def new_worker(self) -> None:
        """The next delivery starts cold, as in another process."""
        lead_joined.wiring.cache_clear()
        referrer_joined.wiring.cache_clear()

    def sim(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The simulator's control API."""
        url = f"{self.hubspot.url}/_sim/{path}"
        answer = HTTP.post(url, json=body, timeout=10) if body is not None else HTTP.get(url, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def connect(
        self, account: str = ACCOUNT, campaign: str = CAMPAIGN, portal: int = PORTAL, *, without: Sequence[str] = ()
    ) -> Binding:
        """Connect a campaign by a consent that HubSpot gave.

        Args:
            without: Optional permissions that the HubSpot user left out.
        """
        form = {
            "client_id": "sim-client-id",
            "redirect_uri": REDIRECT,
            "scope": " ".join(scopes.REQUIRED),
            "optional_scope": " ".join(scopes.OPTIONAL),
            "without": list(without),
            "state": "state",
            "account": str(portal),
            "decision": "approve",
        }
        consent = HTTP.post(f"{self.hubspot.url}/oauth/authorize", data=form, allow_redirects=False, timeout=10)
        code = parse_qs(urlsplit(consent.headers["location"]).query)["code"][0]
        grant = self.wiring.oauth.exchange(code)
        now = datetime.now(UTC)
        binding = Binding(
            account, campaign, portal, "Acme EU", "app-eu1.hubspot.com", "Ana", now, scopes=tuple(grant.scopes)
        )
        seen = self.wiring.connections.state(account, campaign)
        over = self.wiring.campaigns.neighbourhood(account, portal).version
        broken = {side: seen.settings(side).broken for side in SIDES}
        self.wiring.connections.connect(Arrival(binding, seen, broken, over), grant, now)
        return binding

    def save(
        self, settings: SideSettings, account: str = ACCOUNT, campaign: str = CAMPAIGN, *, side: Side = "lead"
    ) -> SideSettings:
        """Save a side's settings over whatever is stored; the property that keeps deals single is made for deals."""
        state = self.wiring.connections.state(account, campaign)
        saved = replace(settings, version=state.settings(side).version + 1, saved_by="Ana", saved_at=datetime.now(UTC))
        over = 0
        if state.binding is not None:
            over = self.wiring.campaigns.neighbourhood(account, state.binding.portal_id).version
            if saved.action is Action.CREATE_DEAL and not scopes.missing(scopes.DEALS, state.binding.scopes):
                self.wiring.directory.open(account, state.binding.portal_id, Lane.LIVE).create_deal_key()
        self.wiring.campaigns.save_settings(account, campaign, side, saved, state.binding, {}, over)
        return saved

    def serve(
        self,
        duplicates: Duplicates,
        *,
        account: str = ACCOUNT,
        campaign: str = CAMPAIGN,
        action: Action = Action.CREATE_CONTACT,
        with_contact: bool = True,
        rule: Rule | None = None,
        mapping: Sequence[MappingRow] = MAPPING,
        deal_mapping: Sequence[MappingRow] = DEAL_MAPPING,
    ) -> None:
        """A campaign, connected and completely set up, as the sweep that a save asks for has seen.

        Args:
            with_contact: Whether deals have a contact beside them, which `mapping` is then of.
            rule: By default one that fits the action.
        """
        self.wiring.campaigns.put_campaign(Campaign(account, campaign, "Spring", "live", version=1))
        self.connect(account, campaign)
        settings = SideSettings(0, action, tuple(mapping), duplicates, rule or CUSTOMER)
        if action is Action.CREATE_DEAL:
            settings = replace(
                settings,
                mapping=tuple(deal_mapping),
                rule=rule or WON,
                with_contact=with_contact,
                contact_mapping=tuple(mapping) if with_contact else (),
            )
        self.save(settings, account, campaign)
        self.wiring.campaigns.first_complete(account, campaign, "lead", datetime.now(UTC))

    def deliver(
        self, *events: Mapping[str, Any] | str, received: int = 1, sent_at: datetime | None = None
    ) -> list[int]:
        """Hand events to the lead queue's function; which of them, by index, have to come again.

        Args:
            sent_at: When the messages first came into the queue; now by default.
        """
        return self._invoke(lead_joined.lambda_handler, events, received, sent_at)

    def tell(self, *events: Mapping[str, Any] | str, received: int = 1, sent_at: datetime | None = None) -> list[int]:
        """Hand events to the referrer queue's function, as `deliver` does to the other one."""
        return self._invoke(referrer_joined.lambda_handler, events, received, sent_at)

    def changed(self, *deliveries: Sequence[Mapping[str, Any]] | str) -> list[int]:
        """Hand webhook deliveries to the change queue's function."""
        return self._invoke(qualification.lambda_handler, deliveries, 1, None)

    def sweep(self, **event: str) -> None:
        """Let the sweep come by."""
        sweep.lambda_handler(dict(event), Context())

    def lead(self, lead_id: str, account: str = ACCOUNT, campaign: str = CAMPAIGN) -> Person | None:
        """A lead as it is stored."""
        return self.wiring.people.get(PersonKey(account, campaign, "lead", lead_id))

    def referrer(self, referrer_id: str, campaign: str = CAMPAIGN) -> Person | None:
        """A referrer as it is stored."""
        return self.wiring.people.get(PersonKey(ACCOUNT, campaign, "referrer", referrer_id))

    def contacts(self, email: str, portal: int = PORTAL) -> list[dict[str, Any]]:
        """HubSpot's contacts with an address, primary or secondary."""
        found: list[dict[str, Any]] = self.sim(f"portals/{portal}/contacts?email={email}")["contacts"]
        return found

    def deals(self, portal: int = PORTAL, /, **properties: str) -> list[dict[str, Any]]:
        """HubSpot's deals with these values; `contact` is the id or an address of the contact beside them."""
        found: list[dict[str, Any]] = self.sim(f"portals/{portal}/deals?{urlencode(properties)}")["deals"]
        return found

    def calls(self, *prefixes: str) -> list[str]:
        """The kinds of HubSpot calls made since the journal was emptied."""
        kinds = [entry["kind"] for entry in self.sim("journal")["requests"]]
        return [kind for kind in kinds if not prefixes or kind.startswith(prefixes)]

    def end_faults(self) -> None:
        """HubSpot is well again."""
        HTTP.delete(f"{self.hubspot.url}/_sim/faults", timeout=10).raise_for_status()

    def forget_calls(self) -> None:
        """Empty the simulator's journal."""
        HTTP.delete(f"{self.hubspot.url}/_sim/journal", timeout=10).raise_for_status()

    def dead_letters(self, queue: str = "lead") -> list[dict[str, Any]]:
        """What was moved away from the lead queue, or from the referrer queue."""
        url = os.environ[f"{queue.upper()}_DEAD_LETTERS_URL"]
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return [dict(message) for message in answer.get("Messages", [])]

    def _invoke(self, handler: Any, bodies: Sequence[Any], received: int, sent_at: datetime | None) -> list[int]:
        sent = int((sent_at or datetime.now(UTC)).timestamp() * 1000)
        records = [
            {
                "messageId": f"m{index}",
                "receiptHandle": f"r{index}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": str(received), "SentTimestamp": str(sent)},
            }
            for index, body in enumerate(bodies)
        ]
        reply = handler({"Records": records}, Context())
        return [int(failure["itemIdentifier"][1:]) for failure in reply["batchItemFailures"]]


def lead_joined_event(
    lead_id: str, email: str, *, account: str = ACCOUNT, campaign: str = CAMPAIGN, **data: Any
) -> dict[str, Any]:
    """A lead.joined.v1 as the platform publishes it; it joined a second ago."""
    joined = datetime.now(UTC) - timedelta(seconds=1)
    return event(
        "lead.joined.v1",
        account_id=account,
        campaign_id=campaign,
        campaign_name="Spring",
        lead_id=lead_id,
        email=email,
        **{"first_name": "Ada", "referral_code": "R-1", "joined_at": joined.isoformat()} | data,
    )


def referrer_event(
    kind: str, referrer_id: str, email: str, version: int = 1, *, campaign: str = CAMPAIGN, **data: Any
) -> dict[str, Any]:
    """A referrer.joined.v1 or referrer.updated.v1 as the platform publishes it; it joined a second ago."""
    joined = datetime.now(UTC) - timedelta(seconds=1)
    usual = {"first_name": "Grace", "referral_code": "R-7", "referrals_count": 0, "converted_referrals_count": 0}
    return event(
        f"referrer.{kind}.v1",
        campaign_id=campaign,
        campaign_name="Spring",
        referrer_id=referrer_id,
        email=email,
        version=version,
        **{"account_id": ACCOUNT} | usual | {"fields": {}, "joined_at": joined.isoformat()} | data,
    )


def event(kind: str, **data: Any) -> dict[str, Any]:
    """A CloudEvent."""
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/platform",
        "type": kind,
        "time": datetime.now(UTC).isoformat(),
        "data": data,
    }


def property_change(
    record_id: str,
    name: str,
    value: str,
    at: datetime,
    *,
    portal: int = PORTAL,
    source: str = "CRM_UI",
    of: str = "contact",
) -> dict[str, Any]:
    """One entry of a webhook delivery."""
    return {
        "eventId": 1,
        "subscriptionId": 2,
        "portalId": portal,
        "appId": 1001,
        "occurredAt": int(at.timestamp() * 1000),
        "subscriptionType": f"{of}.propertyChange",
        "attemptNumber": 0,
        "objectId": int(record_id),
        "propertyName": name,
        "propertyValue": value,
        "changeSource": source,
        "sourceId": "1001" if source == "INTEGRATION" else "userId:123",
    }


@contextmanager
def emulator(name: str) -> Iterator[str]:
    """An AWS emulator of this process' own; its address."""
    folder = StackFolder(name)
    with folder.locked():
        ports = ports_for(folder, ["emulator"], [])
        processes = Processes(folder)
        try:
            processes.launch("keeper", *programs.keeper(folder))
            processes.ensure(programs.emulator(folder, ports))
            yield programs.address(ports["emulator"])
        finally:
            processes.stop()
            shutil.rmtree(folder.path, ignore_errors=True)


@cache
def _session() -> boto3.Session:
    """One session for all worlds: it keeps AWS's service models, and credentials that no mock has made up."""
    return boto3.Session("test", "test", region_name="eu-west-1")


@cache
def _hubspot() -> HubSpotSimulator:
    """One simulator for all worlds of this process: starting and ending it takes longer than most tests."""
    simulator = HubSpotSimulator()
    simulator.__enter__()
    atexit.register(simulator.__exit__, None, None, None)
    return simulator


@contextmanager
def world(aws_url: str, elsewhere: Elsewhere | None = None, /, **environment: str) -> Iterator[World]:
    """A world of its own on a shared emulator; it ends with the block."""
    hubspot = elsewhere or _hubspot()
    with (
        patch.dict(os.environ, _AWS | {"AWS_ENDPOINT_URL": aws_url}),
        patch.object(boto3, "DEFAULT_SESSION", _session()),
    ):
        for path, body in (("reset", {"keep_app": False}), ("app", {"redirect_urls": [REDIRECT], "webhook_url": ""})):
            HTTP.post(f"{hubspot.url}/_sim/{path}", json=body, timeout=10).raise_for_status()
        given = {
            "HUBSPOT_API_URL": hubspot.url,
            "HUBSPOT_CLIENT_ID": "sim-client-id",
            "PUBLIC_BASE_URL": REDIRECT.removesuffix("/callback"),
            "BUDGET_PER_SECOND": "1000",
            "BUDGET_BURST": "1000",
            "HOLD_AFTER_SECONDS": "60",
            "RELEASE_MESSAGE_AFTER_SECONDS": "900",
            "RETRY_DELAYS_SECONDS": "15,30,60",
            "STAGE": "test",
            "SYNC_SLICE_SECONDS": "20",
            "SYNC_QUEUE_ARN": "arn:aws:sqs:eu-west-1:000000000000:sync",
            "SYNC_SCHEDULE_GROUP": "syncs",
            "SYNC_SCHEDULE_ROLE_ARN": "arn:aws:iam::000000000000:role/tick",
        }
        with patch.dict(os.environ, given | _made(uuid.uuid4().hex[:8]) | environment):
            _restart()
            yield World(hubspot)
        _restart()


def _restart() -> None:
    """Let every function start cold."""
    for app in (lead_joined, referrer_joined, list_sync, qualification):
        for made in (app.environment, app.wiring, app.queue):
            made.cache_clear()
    sweep.wiring.cache_clear()
    clients._secrets.clear()


_AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


def _made(suffix: str) -> dict[str, str]:
    """Tables, queues, key and secrets under names of their own: name of the variable → value."""
    resources = template()["Resources"]
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    made: dict[str, str] = {}
    for variable, resource in (("CAMPAIGN_TABLE", "CampaignTable"), ("CREDENTIAL_TABLE", "CredentialTable")):
        properties = resources[resource]["Properties"]
        wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        made[variable] = f"{resource}-{suffix}"
        dynamodb.create_table(TableName=made[variable], **{key: properties[key] for key in wanted if key in properties})
    names = ("LEAD", "REFERRER", "CHANGE", "SYNC")
    for queue in (f"{name}_{kind}" for name in names for kind in ("QUEUE", "DEAD_LETTERS")):
        made[f"{queue}_URL"] = sqs.create_queue(QueueName=f"{queue}-{suffix}")["QueueUrl"]
    secrets = boto3.client("secretsmanager")
    hubspot = json.dumps({"client_secret": "sim-client-secret-0001", "previous_client_secret": ""})
    for variable, text in (("PEPPER_SECRET_ARN", "pepper"), ("HUBSPOT_SECRET_ARN", hubspot)):
        made[variable] = secrets.create_secret(Name=f"{variable}-{suffix}", SecretString=text)["ARN"]
    made["TOKEN_KEY_ID"] = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    return made
