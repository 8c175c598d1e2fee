"""The numbers that the demo is judged by, and what each says in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Numbers:
    """One column of the demo's table, either as it must be or as it was seen."""

    sent: int
    created: int
    updated: int
    already_in_hubspot: int
    already_referred: int
    rejected: int
    dead_letters: int
    qualified: int
    sent_while_away: int
    waited: int
    still_waiting: int
    lost: int
    doubled: int
    deals: int
    contacts_linked: int
    deals_qualified: int
    condition_lost: int
    never_told: int
    seen_by_sweep: int
    synced: int
    synced_later: int
    sync_workers_killed: int
    sync_lost: int
    sync_doubled: int
    rewards: int
    connections: int
    touched_though_known: int = 0
    unexpected_states: int = 0
    unexpected_qualified: int = 0
    refused_by_rate_limit: int = 0
    unreadable_announcements: int = 0


class Row(NamedTuple):
    """A number's name, and what it says."""

    label: str
    words: str


SECTIONS: Mapping[str, Mapping[str, Row]] = {
    "People join two campaigns, and become contacts in HubSpot": {
        "sent": Row("Events sent", "some of them twice, as queues deliver now and then"),
        "created": Row("Created in HubSpot", "new to HubSpot: one contact each"),
        "updated": Row("Updated in HubSpot", "known there: updated, and counts in this campaign"),
        "already_in_hubspot": Row("Already in HubSpot", "known there: left alone, and does not count in the other one"),
        "already_referred": Row("Already referred by someone else", "two leads, one person: the first has the credit"),
        "rejected": Row("Rejected (no usable e-mail)", "no address, or one that cannot be any"),
        "dead_letters": Row("Unreadable, in the dead letters", "broken messages, kept for a person to look at"),
        "qualified": Row("Qualified", "changed there as the rule says: the referrer is rewarded"),
    },
    "HubSpot is away while people join a third campaign, and become deals": {
        "sent_while_away": Row("Events sent meanwhile", "some of them twice here, too"),
        "waited": Row("Leads waiting for HubSpot", "each of them is kept, and shown as waiting"),
        "still_waiting": Row("Still waiting afterwards", "they went out by themselves"),
        "lost": Row("Lost", "leads without their contact or their deal"),
        "doubled": Row("Doubled", "contacts or deals that HubSpot has too many"),
        "deals": Row("Deals created", "one for each lead, told apart by its key"),
        "contacts_linked": Row("Deals beside a known contact", "linked, not created a second time"),
        "deals_qualified": Row("Deals won: qualified", "their stage became Closed Won"),
        "condition_lost": Row("Won deal moved on again", "the platform is told, and decides on the reward"),
    },
    "HubSpot changes, and its webhook never comes": {
        "never_told": Row("Changes that HubSpot told nobody of", "contacts and deals that met their rule"),
        "seen_by_sweep": Row("Qualified by the sweep", "it reads in HubSpot what webhooks missed"),
    },
    "A HubSpot list becomes referrers": {
        "synced": Row("Contacts with their link", "enrolled by the platform, the link written back to HubSpot"),
        "sync_workers_killed": Row("Worker killed in the middle", "the sync went on where it had stopped"),
        "synced_later": Row("Joined the list later", "found by the next run, without reading the list again"),
        "sync_lost": Row("Lost", "members of the list without a link"),
        "sync_doubled": Row("Doubled", "contacts enrolled under two ids"),
    },
    "In the end": {
        "rewards": Row("Rewards paid", "one for each lead that qualified, no matter how it was seen"),
    },
}

# Shown only when they are not as they must be.
QUIET: Mapping[str, Row] = {
    "connections": Row("HubSpot connections announced", "one for each campaign"),
    "touched_though_known": Row("Known people touched under 'Do nothing'", "must not happen"),
    "unexpected_states": Row("Leads in another state than planned", "each is named below"),
    "unexpected_qualified": Row("Leads qualified though they must not, or not though they must", "named below"),
    "refused_by_rate_limit": Row("HubSpot answers 429", "more calls than HubSpot allows"),
    "unreadable_announcements": Row("Announcements the platform could not read", "must not happen"),
}

LABELS: Mapping[str, str] = {name: row.label for rows in (*SECTIONS.values(), QUIET) for name, row in rows.items()}


def differences(wanted: Numbers, seen: Numbers) -> list[str]:
    """One line for each number that is not what it must be; empty when all are."""
    return [
        f"{label}: {getattr(seen, name)}, must be {getattr(wanted, name)}"
        for name, label in LABELS.items()
        if getattr(seen, name) != getattr(wanted, name)
    ]
