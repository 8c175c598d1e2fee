"""A salesperson at work in HubSpot, and what becomes of it."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from simulators.demo.cast import Cast
from simulators.demo.expectations import LeadKey, key
from simulators.demo.scenario import PlannedLead
from simulators.demo.waiting import wait_until

# By what HubSpot calls the object, and its id.
RecordOf = Mapping[LeadKey, tuple[str, str]]

SETTLING_SECONDS = 3.0  # long enough for an announcement too many to arrive


class Sales:
    """Changes the records of leads; `changed_at` says when, for each of them."""

    def __init__(self, cast: Cast, records: RecordOf) -> None:
        self._cast = cast
        self._records = records
        self.changed_at: dict[LeadKey, str] = {}

    def work(self) -> None:
        """Everything that HubSpot tells by webhook."""
        self._cast.narrator.act("A salesperson works in HubSpot, whose webhooks tell what changed")
        heard = [lead for lead in self._cast.scenario.changes() if not lead.unheard]
        self._change(heard, "Contacts changed and deals moved")
        self._wait_for("referral.qualified.v1", sum(lead.qualifies for lead in heard), "Referrals qualified")
        left = [lead for lead in heard if lead.left_again]
        for lead in left:
            self._set(lead, lead.campaign.another_value)
        self._wait_for("referral.condition_lost.v1", len(left), "Won deals that were moved on again")

    def work_unheard(self) -> int:
        """What HubSpot tells nobody of, and the sweep that finds it; how many webhooks were lost."""
        say = self._cast.narrator.say
        self._cast.narrator.act("HubSpot changes, and its webhook never comes")
        unheard = [lead for lead in self._cast.scenario.changes() if lead.unheard]
        qualified_before = len(self._cast.announced("referral.qualified.v1"))
        self._cast.hubspot.lose_webhooks()
        try:
            self._change(unheard, "Changes that HubSpot keeps to itself")
        finally:
            lost = self._cast.hubspot.send_webhooks_again()
        time.sleep(SETTLING_SECONDS)
        more = len(self._cast.announced("referral.qualified.v1")) - qualified_before
        say(f"  {lost} records met their rule, {more} referrals qualified: nobody was told")
        say("  The sweep, due every 5 minutes, is let come now (`make sweep` does that)")
        self._cast.stack.invoke("SweepFunction", {})
        qualify = sum(lead.qualifies for lead in unheard)
        self._wait_for("referral.qualified.v1", qualified_before + qualify, "Referrals qualified")
        time.sleep(SETTLING_SECONDS)
        return lost

    def _change(self, leads: Iterable[PlannedLead], title: str) -> None:
        changes = [lead for lead in leads if key(lead) in self._records]
        with self._cast.narrator.meter(title, len(changes)) as meter:
            for number, lead in enumerate(changes, 1):
                self.changed_at[key(lead)] = datetime.now(UTC).isoformat()
                self._set(lead, str(lead.becomes))
                meter.at(number)

    def _set(self, lead: PlannedLead, value: str) -> None:
        objects, record_id = self._records[key(lead)]
        plan = lead.campaign
        self._cast.hubspot.change(plan.portal_id, objects, record_id, plan.rule_property, value)

    def _wait_for(self, kind: str, total: int, title: str) -> None:
        with self._cast.narrator.meter(title, total) as meter:

            def look() -> tuple[bool, str]:
                found = len(self._cast.announced(kind))
                meter.at(found)
                return found >= total, f"{found} of {total} announced"

            wait_until(
                f"{kind} of every lead that it must come for",
                look,
                seconds=120,
                look_at=f"{self._cast.stack.hubspot_url} (webhooks) and `make dead-letters`",
            )
