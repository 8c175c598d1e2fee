"""The play itself: its acts in their order, and what was seen in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.demo.cast import Cast
from simulators.demo.comparison import Comparison, compare
from simulators.demo.evidence import Evidence, Seen, conclude
from simulators.demo.expectations import LeadKey, expected, key
from simulators.demo.hubspot_side import Contact
from simulators.demo.joining import publish, wait_for_answers, wait_for_dead_letters
from simulators.demo.outage import Outage, play_outage
from simulators.demo.sales import RecordOf, Sales
from simulators.demo.scenario import PlannedLead
from simulators.demo.setting import set_the_scene
from simulators.demo.syncing import Synced, play_sync


@dataclass(frozen=True, slots=True)
class Delivery:
    """How contacts were delivered: what the queue took, and the calls that HubSpot got for it."""

    published: int
    first_call: int
    calls: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class BeforeSales:
    """What there was when every lead was answered and sales had not begun."""

    states: Mapping[LeadKey, str | None]
    contacts: Mapping[LeadKey, Contact]
    deals: Comparison


class Play:
    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._dead_before = cast.dead_letters()
        self._unreadable_before = cast.platform.unreadable()

    def perform(self) -> Seen:
        """Every act.

        Raises:
            StillMissingError: something did not come in time.
        """
        cast = self._cast
        cast.hubspot.answer_again()  # a former play may have been killed in the middle of it
        cast.hubspot.send_webhooks_again()
        set_the_scene(cast)
        delivery = self._deliver()
        outage = play_outage(cast)
        before = self._before_sales(outage)
        sales = Sales(cast, _records(cast.scenario.leads, before))
        sales.work()
        never_told = sales.work_unheard()
        synced = play_sync(cast)
        return conclude(cast.scenario, self._evidence(delivery, outage, before, sales.changed_at, never_told, synced))

    def _deliver(self) -> Delivery:
        cast = self._cast
        first_call = cast.hubspot.last_call()
        cast.narrator.act("People join two campaigns, and become contacts in HubSpot")
        published = publish(cast, cast.scenario.messages)
        wait_for_answers(cast)
        wait_for_dead_letters(cast, self._dead_before + expected(cast.scenario).dead_letters)
        return Delivery(published, first_call, cast.hubspot.calls_since(first_call))

    def _before_sales(self, outage: Outage) -> BeforeSales:
        cast = self._cast
        found = compare(cast.scenario.joining_deals(), outage.before, cast.records())
        return BeforeSales(cast.states(cast.scenario.leads), cast.contacts(), found)

    def _evidence(
        self,
        delivery: Delivery,
        outage: Outage,
        before: BeforeSales,
        changed_at: Mapping[LeadKey, str],
        never_told: int,
        synced: Synced,
    ) -> Evidence:
        cast = self._cast
        calls = cast.hubspot.calls_since(delivery.first_call)
        return Evidence(
            states_before_sales=before.states,
            delivered=before.contacts,
            delivery=delivery.calls,
            published=delivery.published,
            published_while_away=outage.published,
            waited=outage.waited,
            compared=compare(cast.scenario.joining_deals(), outage.before, cast.records()),
            changed_at=changed_at,
            never_told=never_told,
            synced=synced,
            leads={(one["campaign_id"], one["lead_id"]): one for one in cast.leads()},
            qualified=cast.announced("referral.qualified.v1"),
            condition_lost=cast.announced("referral.condition_lost.v1"),
            rewards=len(cast.platform.rewards(cast.scenario.account_id)),
            connections=len(cast.announced("connection.established.v1")),
            refused_by_rate_limit=sum(call["status"] == 429 for call in calls),
            dead_letters=cast.dead_letters() - self._dead_before,
            unreadable_announcements=cast.platform.unreadable() - self._unreadable_before,
        )


def _records(leads: Sequence[PlannedLead], before: BeforeSales) -> RecordOf:
    """What a salesperson changes of each lead that is in HubSpot: its deal, or its contact."""
    deals = {
        key(lead): ("deals", found[0].id)
        for lead in leads
        if lead.campaign.makes_deals and (found := before.deals.deals.get(lead.address))
    }
    contacts = {
        key(lead): ("contacts", before.contacts[key(lead)].id)
        for lead in leads
        if not lead.campaign.makes_deals and key(lead) in before.contacts
    }
    return deals | contacts
