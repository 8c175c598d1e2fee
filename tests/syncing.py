"""Syncs in one process: real handlers and tables, a platform that answers at once, and time that passes when it is
waited for.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import local
from typing import Any
from unittest.mock import patch

import boto3
from botocore.hooks import BaseEventHooks

from functions.list_sync import app as list_sync
from referral_hubspot.domain.people import Person, PersonKey
from referral_hubspot.domain.settings import Action, Campaign, SideSettings
from referral_hubspot.domain.syncs import EnrolmentRequest, Newcomer, Plan, Return, Sync
from referral_hubspot.events.sync_jobs import Job
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.sync_queue import SqsSyncQueue
from referral_hubspot.runtime.syncing import SyncWiring
from referral_hubspot.storage.dynamo import unmarshal
from referral_hubspot.storage.enrolments import request_from
from referral_hubspot.usecases.sync_contacts import LEASE
from tests.dying import Death, Died, dying
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, Context, World, event

FIELDS = {"email": "email", "first_name": "firstname"}
RETURNS = {Return.LINK: "referral_link", Return.REFERRALS: "referrals"}

_WRITE = "dynamodb.TransactWriteItems"

_MISSED_AFTER = timedelta(seconds=20) + LEASE  # as long as a worker's slice of time, and its lease

Answer = Callable[[Newcomer], dict[str, Any] | None]


@dataclass
class Platform:
    """Answers enrolments as told, by default each with a referrer of its own."""

    answer: Answer
    requests: list[EnrolmentRequest] = field(default_factory=list)
    owed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """The enrolment ids that were asked for, in their order."""
        return [one.enrolment_id for request in self.requests for one in request.contacts]

    def requested(self, request: EnrolmentRequest) -> None:
        """Owe each of them an answer."""
        self.requests.append(request)
        self.owed += [answer for one in request.contacts if (answer := self.answer(one))]


class Stream:
    """Tells the platform what a session's clients wrote, as the table's stream does: whoever wrote it may be dead."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._writing = local()

    def register(self, events: BaseEventHooks) -> None:
        """Look at each write of the clients that are made from now on."""
        events.register(f"before-parameter-build.{_WRITE}", self._written, "stream-before")
        events.register(f"after-call.{_WRITE}", self._answered, "stream-after")

    def unregister(self, events: BaseEventHooks) -> None:
        """Look no more."""
        events.unregister(f"before-parameter-build.{_WRITE}", unique_id="stream-before")
        events.unregister(f"after-call.{_WRITE}", unique_id="stream-after")

    def _written(self, params: Mapping[str, Any], **_: Any) -> None:
        items = [action["Put"]["Item"] for action in params["TransactItems"] if "Put" in action]
        self._writing.rows = [item for item in items if item["sk"]["S"] == "ENROLMENTS"]

    def _answered(self, http_response: Any, **_: Any) -> None:
        if http_response.status_code < 300:
            for item in self._writing.rows:
                self._platform.requested(request_from(unmarshal(item)))


class Syncing:
    """A campaign's syncs, worked on until nothing is left to do."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.platform = Platform(joins)
        self.later = timedelta(0)
        self.jobs: list[tuple[datetime, str]] = []
        self.sent = 0
        self.death: Death | None = None

    @property
    def wiring(self) -> SyncWiring:
        """The worker's own."""
        return list_sync.wiring()

    def now(self) -> datetime:
        """What the clock of the functions says."""
        return datetime.now(UTC) + self.later

    def send(self, job: Job, after: timedelta) -> None:
        """Put a message into the sync queue."""
        if self.death is not None:
            self.death.before("SendMessage")
        self.jobs.append((self.now() + after, job.model_dump_json()))
        self.sent += 1
        if self.death is not None:
            self.death.afterwards()

    def pass_by(self, time: timedelta) -> None:
        """Let time pass."""
        self.later += time

    def plan(self, list_id: str = "", every_minutes: int = 0, **returns: str) -> Plan:
        """A plan for a list, or for all contacts."""
        chosen = {Return(kind): name for kind, name in returns.items()} or RETURNS
        return Plan(list_id, "Customers" if list_id else "", FIELDS, chosen, every_minutes)

    def start(self, plan: Plan, sync_id: str = "s1") -> Sync:
        """Start a sync as the API does, without a schedule."""
        sync = Sync(ACCOUNT, CAMPAIGN, sync_id, PORTAL, plan, "Ana", self.now())
        stored = self.wiring.syncs.put(sync)
        self.wiring.sync_queue.go_on(stored, due=True)
        return stored

    def tick(self, sync_id: str = "s1") -> None:
        """What the schedule does."""
        self.wiring.sync_queue.go_on(self.sync(sync_id), due=True)

    def sync(self, sync_id: str = "s1") -> Sync:
        """The sync as it is stored."""
        found = self.wiring.syncs.get(ACCOUNT, CAMPAIGN, sync_id)
        assert found is not None
        return found

    def referrer(self, contact_id: str) -> Person | None:
        """Who came of a contact."""
        found = self.wiring.enrolments.load(ACCOUNT, CAMPAIGN, PORTAL, [contact_id]).get(contact_id)
        if found is None or not found.referrer_id:
            return None
        return self.wiring.people.get(PersonKey(ACCOUNT, CAMPAIGN, "referrer", found.referrer_id))

    def answers(self) -> None:
        """Deliver what the platform owes."""
        while self.platform.owed:
            events = self.platform.owed[:100]
            again = self.world.tell(*events)
            self.platform.owed = [*self.platform.owed[len(events) :], *(events[index] for index in again)]

    def step(self) -> bool:
        """Do the next job, waiting until it is due; whether there was one."""
        if not self.jobs:
            return False
        self.jobs.sort()
        due, body = self.jobs.pop(0)
        self.later += max(due - self.now(), timedelta(0))
        try:
            self.work(body)
        except Died:  # its message comes again
            self.jobs.append((self.now() + _MISSED_AFTER, body))
            list_sync.wiring.cache_clear()
            raise
        return True

    def next(self) -> str:
        """Which kind of job is the next: "sync" or "returns"."""
        self.jobs.sort()
        kind: str = json.loads(self.jobs[0][1])["job"]
        return kind

    def kill(self, at: int, *, after: bool) -> bool:
        """Do the next job with a worker that dies at a call; whether it did."""
        return self._dies(self.wiring.dynamodb.meta.events, at, after, self.step)

    def kill_answering(self, at: int, *, after: bool) -> bool:
        """Take in the platform's answers with a worker that dies at a call; whether it did."""
        died = self._dies(self.world.referrer_wiring.dynamodb.meta.events, at, after, self.answers)
        if died:
            self.world.new_worker()
        return died

    def _dies(self, events: BaseEventHooks, at: int, after: bool, work: Callable[[], object]) -> bool:
        try:
            with dying(events, at, after=after) as self.death:
                work()
        except Died:
            return True
        finally:
            self.death = None
        return False

    def work(self, body: str) -> None:
        """Hand one message to the sync queue's function."""
        record = {
            "messageId": "m",
            "receiptHandle": "r",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "0"},
        }
        with (
            patch("referral_hubspot.runtime.batch.Queue.expect_back"),  # the message is in no queue
            patch("referral_hubspot.runtime.batch.Queue.postpone"),
        ):
            reply = list_sync.lambda_handler({"Records": [record]}, Context())
        assert not reply["batchItemFailures"]

    def settle(self) -> None:
        """Work, with the platform's answers in between, until nothing is left to do."""
        self.answers()
        while self.step():
            self.answers()

    def contact(self, contact_id: str) -> Mapping[str, str]:
        """The properties of a contact in HubSpot."""
        found: Mapping[str, str] = self.world.sim(f"portals/{PORTAL}/contacts/{contact_id}")["properties"]
        return found


def joins(newcomer: Newcomer) -> dict[str, Any]:
    """The platform makes a referrer of a contact."""
    _, _, contact_id = newcomer.enrolment_id.rpartition(":")
    return event("referrer.joined.v1", enrolment_id=newcomer.enrolment_id, **referrer_data(contact_id, newcomer))


def referrer_data(contact_id: str, newcomer: Newcomer, **data: Any) -> dict[str, Any]:
    """What the platform tells of a referrer."""
    return {
        "account_id": ACCOUNT,
        "campaign_id": CAMPAIGN,
        "referrer_id": f"r-{contact_id}",
        "email": newcomer.email,
        "first_name": newcomer.first_name,
        "referral_link": f"https://refer.example.com/{contact_id}",
        "referral_code": f"R-{contact_id}",
        "referrals_count": 0,
        "converted_referrals_count": 0,
        "version": 1,
    } | data


@contextmanager
def syncing(world: World) -> Iterator[Syncing]:
    """A connected campaign whose syncs can be worked on."""
    made = Syncing(world)
    stream = Stream(made.platform)
    session = boto3.DEFAULT_SESSION
    assert session is not None, "the world has one"
    stream.register(session.events)
    with (
        patch.object(clients, "now", made.now),
        patch.object(SqsSyncQueue, "_send", lambda _queue, job, after: made.send(job, after)),
    ):
        world.restart()
        world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
        world.connect()
        world.save(SideSettings(0, Action.NONE))
        try:
            yield made
        finally:
            stream.unregister(session.events)
    world.restart()
