"""Every key shape of both tables, in one place.

CampaignTable, partition `pk`, sort `sk`:

| row | pk | sk |
|---|---|---|
| campaign | A#account | C#campaign |
| current settings of a side | A#account#C#campaign | SETTINGS#side |
| one immutable settings version | A#account#C#campaign | SETTINGS#side#V#version |
| binding | A#account#C#campaign | BINDING |
| what was settled once for a side | A#account#C#campaign | CHOICES (leads) or CHOICES#REFERRER |
| what the campaign's admin has to see to | A#account#C#campaign | ATTENTION |
| a question to the admin, and the answer | A#account#C#campaign | QUESTION#code (leads) or QUESTION#REFERRER#code |
| what HubSpot refused of mapping rows | A#account#C#campaign | REFUSALS#side |
| how far the slow pass came | A#account#C#campaign | PASS#side |
| how far a look at everyone pending came | A#account#C#campaign | HALFWAY#side |
| lead (referrer) | A#account#C#campaign#side#id | PERSON |
| what was told of a referrer before it joined | A#account#C#campaign#side#id | EARLY |
| a sync | A#account#C#campaign | SYNC#sync |
| how many syncs were started | A#account#C#campaign | STARTED |
| a run of a sync that ended | A#account#C#campaign | RUN#sync#run |
| who writes return fields now, and when next | A#account#C#campaign | RETURNS |
| what became of a contact that a sync found | A#account#C#campaign#CONTACT#portal#contact | ENROLMENT |
| contacts that the platform is asked to enrol | A#account#C#campaign#REQUEST#random | ENROLMENTS |
| guard: one person once | A#account#C#campaign#side#H#hash | GUARD |
| erased people, a bucket of keyed hashes | A#account#E#bucket | ERASED |
| record link | A#account#P#portal#type#record | LINK |
| what the portal's properties, or pipelines, are | A#account#P#portal | PROPERTIES#object or PIPELINES |
| how often the account's campaigns on the portal changed | A#account#P#portal | NEIGHBOURHOOD |
| how far a rule's search came | A#account#P#portal | WATERMARK#hash of the rule's target and value |
| when the saved names were last held against the portal | A#account#P#portal | FITTED |
| sweep's work (erasures) | WORK | due#id |
| what is paused | PAUSES | PAUSES |
| when a sweep was last finished | SWEEP | FINISHED |
| connect ticket, OAuth state, switch | ONCE#hash | TICKET, STATE or SWITCH |
| binding as webhooks find it, with its compiled rule | P#portal | BINDING#account#campaign |
| a change that a connection check waits for | P#portal | AWAITED#type#record |
| rate budget | P#portal | BUDGET#kind |
| unclaimed changes of a record | P#portal#U#type#record | UNCLAIMED |

CredentialTable: A#account#P#portal / TOKEN; CLEANUP / due rows of `A#account#P#portal`.

`side` is LEAD or REFERRER. Rows of a tenant begin with the account; routing, budget and unclaimed
changes begin with the portal, because HubSpot counts and calls per portal.
"""

from dataclasses import dataclass
from typing import Literal

from referral_hubspot.domain.settings import Side


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key of one row."""

    pk: str
    sk: str

    def item(self) -> dict[str, str]:
        """As DynamoDB's document API takes it."""
        return {"pk": self.pk, "sk": self.sk}


def account(account_id: str) -> str:
    return f"A#{account_id}"


def campaign(account_id: str, campaign_id: str) -> Key:
    return Key(account(account_id), f"C#{campaign_id}")


def campaign_partition(account_id: str, campaign_id: str) -> str:
    return f"A#{account_id}#C#{campaign_id}"


def campaign_of(partition: str) -> tuple[str, str]:
    """The account and campaign whose partition it is."""
    _, account_id, _, campaign_id = partition.split("#")
    return account_id, campaign_id


def settings(account_id: str, campaign_id: str, side: Side) -> Key:
    return Key(campaign_partition(account_id, campaign_id), f"SETTINGS#{side.upper()}")


def settings_version(account_id: str, campaign_id: str, side: Side, version: int) -> Key:
    return Key(campaign_partition(account_id, campaign_id), f"SETTINGS#{side.upper()}#V#{version:08d}")


def binding(account_id: str, campaign_id: str) -> Key:
    return Key(campaign_partition(account_id, campaign_id), "BINDING")


def choices(account_id: str, campaign_id: str, side: Side) -> Key:
    return Key(campaign_partition(account_id, campaign_id), "CHOICES" if side == "lead" else "CHOICES#REFERRER")


def attention(account_id: str, campaign_id: str) -> Key:
    return Key(campaign_partition(account_id, campaign_id), "ATTENTION")


def question(account_id: str, campaign_id: str, side: Side, code: str) -> Key:
    of_side = code if side == "lead" else f"REFERRER#{code}"
    return Key(campaign_partition(account_id, campaign_id), f"QUESTION#{of_side}")


def refusals(account_id: str, campaign_id: str, side: Side) -> Key:
    return Key(campaign_partition(account_id, campaign_id), f"REFUSALS#{side.upper()}")


def slow_pass(account_id: str, campaign_id: str, side: Side) -> Key:
    return Key(campaign_partition(account_id, campaign_id), f"PASS#{side.upper()}")


def halfway(account_id: str, campaign_id: str, side: Side) -> Key:
    return Key(campaign_partition(account_id, campaign_id), f"HALFWAY#{side.upper()}")


def watermark(account_id: str, portal_id: int, rule_hash: str) -> Key:
    return Key(account_portal(account_id, portal_id), f"WATERMARK#{rule_hash}")


def fitted(account_id: str, portal_id: int) -> Key:
    return Key(account_portal(account_id, portal_id), "FITTED")


def awaited(portal_id: int, object_type: str, record_id: str) -> Key:
    return Key(portal(portal_id), f"AWAITED#{object_type}#{record_id}")


SYNCS = "SYNC#"


def sync(account_id: str, campaign_id: str, sync_id: str) -> Key:
    return Key(campaign_partition(account_id, campaign_id), f"{SYNCS}{sync_id}")


def started_syncs(account_id: str, campaign_id: str) -> Key:
    return Key(campaign_partition(account_id, campaign_id), "STARTED")


RUNS = "RUN#"


def run(account_id: str, campaign_id: str, sync_id: str, run_id: str) -> Key:
    return Key(campaign_partition(account_id, campaign_id), f"{RUNS}{sync_id}#{run_id}")


def returns(account_id: str, campaign_id: str) -> Key:
    return Key(campaign_partition(account_id, campaign_id), "RETURNS")


def enrolment(account_id: str, campaign_id: str, portal_id: int, contact_id: str) -> Key:
    return Key(f"{campaign_partition(account_id, campaign_id)}#CONTACT#{portal_id}#{contact_id}", "ENROLMENT")


def enrolment_request(account_id: str, campaign_id: str, request_id: str) -> Key:
    return Key(f"{campaign_partition(account_id, campaign_id)}#REQUEST#{request_id}", "ENROLMENTS")


def pauses() -> Key:
    return Key("PAUSES", "PAUSES")


def sweep_finished() -> Key:
    return Key("SWEEP", "FINISHED")


def person(account_id: str, campaign_id: str, side: Side, person_id: str) -> Key:
    return Key(f"{campaign_partition(account_id, campaign_id)}#{side.upper()}#{person_id}", "PERSON")


def early_update(account_id: str, campaign_id: str, side: Side, person_id: str) -> Key:
    return Key(person(account_id, campaign_id, side, person_id).pk, "EARLY")


def guard(account_id: str, campaign_id: str, side: Side, email_hash: str) -> Key:
    return Key(f"{campaign_partition(account_id, campaign_id)}#{side.upper()}#H#{email_hash}", "GUARD")


def erased(account_id: str, identity_hash: str) -> Key:
    """Marks stand together in 64 rows an account: a batch of 100 people, each with a referrer, names 400
    identities, and rows are read 100 a call. A row takes some 8,000 marks, an account half a million.
    """
    return Key(f"A#{account_id}#E#{int(identity_hash[:2], 16) % 64:02}", "ERASED")


def record_link(account_id: str, portal_id: int, object_type: str, record_id: str) -> Key:
    return Key(f"A#{account_id}#P#{portal_id}#{object_type}#{record_id}", "LINK")


def account_portal(account_id: str, portal_id: int) -> str:
    return f"A#{account_id}#P#{portal_id}"


def properties(account_id: str, portal_id: int, object_type: str) -> Key:
    return Key(account_portal(account_id, portal_id), f"PROPERTIES#{object_type}")


def pipelines(account_id: str, portal_id: int) -> Key:
    return Key(account_portal(account_id, portal_id), "PIPELINES")


def neighbourhood(account_id: str, portal_id: int) -> Key:
    return Key(account_portal(account_id, portal_id), "NEIGHBOURHOOD")


def portal(portal_id: int) -> str:
    return f"P#{portal_id}"


def route(portal_id: int, account_id: str, campaign_id: str) -> Key:
    return Key(portal(portal_id), f"BINDING#{account_id}#{campaign_id}")


def budget(portal_id: int, kind: str) -> Key:
    return Key(portal(portal_id), f"BUDGET#{kind}")


def unclaimed(portal_id: int, object_type: str, record_id: str) -> Key:
    return Key(f"P#{portal_id}#U#{object_type}#{record_id}", "UNCLAIMED")


def once(purpose: Literal["TICKET", "STATE", "SWITCH"], secret_hash: str) -> Key:
    return Key(f"ONCE#{secret_hash}", purpose)


def token(account_id: str, portal_id: int) -> Key:
    return Key(account_portal(account_id, portal_id), "TOKEN")


CLEANUPS = "CLEANUP"


def cleanup(account_id: str, portal_id: int) -> Key:
    return Key(CLEANUPS, account_portal(account_id, portal_id))


def waiting_shard(shard: int) -> str:
    return f"WAITING#{shard}"


def waiting_group(account_id: str, campaign_id: str, side: Side, reason: str) -> str:
    """People who wait for the same thing stand together, so that the sweep can pass over them together."""
    return f"{campaign_partition(account_id, campaign_id)}#{side.upper()}#{reason}#"


def waiting_people(account_id: str, campaign_id: str, side: Side | None, reason: str | None) -> str:
    """What the groups of a campaign, of a side of it, or of those who wait there for a reason, begin with."""
    if side is None:
        return f"{campaign_partition(account_id, campaign_id)}#"
    if reason is None:
        return f"{campaign_partition(account_id, campaign_id)}#{side.upper()}#"
    return waiting_group(account_id, campaign_id, side, reason)


def work(due: str, task_id: str) -> Key:
    return Key("WORK", f"{due}#{task_id}")


def newest_shard(account_id: str, campaign_id: str, side: Side, shard: int) -> str:
    return f"{campaign_partition(account_id, campaign_id)}#{side.upper()}S#{shard}"


def standing_shard(account_id: str, campaign_id: str, side: Side, state: str, shard: int) -> str:
    """People of a campaign by where they stand."""
    return f"{campaign_partition(account_id, campaign_id)}#{side.upper()}S#{state}#{shard}"


def returns_shard(account_id: str, campaign_id: str, shard: int) -> str:
    """Referrers of a campaign whose return fields are due."""
    return f"{campaign_partition(account_id, campaign_id)}#RETURNS#{shard}"


def enrolments_shard(account_id: str, campaign_id: str, sync_id: str, state: str, shard: int) -> str:
    """Contacts that a sync found, by what became of them."""
    return f"{campaign_partition(account_id, campaign_id)}#SYNC#{sync_id}#{state}#{shard}"


def routes_shard(shard: int) -> str:
    """Routes of every portal, so that the sweep finds them."""
    return f"ROUTES#{shard}"


def open_attention() -> str:
    """Campaigns that wait for their admin, so that the sweep finds them whatever became of their connection."""
    return "ATTENTION"


def due_answers() -> str:
    """Answers that the sweep still has to carry out."""
    return "ANSWERS"


def by_email(account_id: str, email_hash: str) -> str:
    return f"A#{account_id}#M#{email_hash}"


def by_referrer(account_id: str, referrer_id: str) -> str:
    return f"A#{account_id}#R#{referrer_id}"
