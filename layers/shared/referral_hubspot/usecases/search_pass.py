"""Search one HubSpot account for the records that reached a rule's value since it was last read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.reading import OpenPass, Target, Watermark
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Rule
from referral_hubspot.usecases.follow_records import FollowRecords
from referral_hubspot.usecases.links import Links, Record
from referral_hubspot.usecases.look_back import changes, in_calls, merges
from referral_hubspot.usecases.people import People
from referral_hubspot.usecases.ports import Crm
from referral_hubspot.usecases.qualify import Qualify
from referral_hubspot.usecases.reading import Reading

OVERLAP = timedelta(minutes=10)
"""HubSpot's search index lags behind: what was modified shortly before a pass is looked for again by the next."""

HORIZON = timedelta(days=365)
"""How far back anything is read at all."""

_MOST_PAGES = 50  # of a target in one sweep, so that a first reading keeps nobody else waiting


class SearchPass:
    """Passes over one target. Only a pass that came to its end moves the watermark, and to its own start."""

    def __init__(
        self,
        people: People,
        links: Links,
        qualify: Qualify,
        follow_records: FollowRecords,
        reading: Reading,
        clock: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._links = links
        self._qualify = qualify
        self._follow_records = follow_records
        self._reading = reading
        self._clock = clock

    def __call__(
        self,
        crm: Crm,
        target: Target,
        rules: Mapping[str, Rule],
        watermark: Watermark,
        qualified: list[PersonKey],
        time_left: Callable[[], bool],
    ) -> None:
        """Read a target as far as time and HubSpot allow; what is cut short is gone on with the next time.

        Args:
            rules: The rules that this target serves, by campaign.
            qualified: Takes in who is qualified, whatever becomes of the rest.

        Raises:
            RetryableError, PermanentError: HubSpot could not or would not be read.
        """
        current = self._opened(rules, watermark)
        routes = [Route(target.portal_id, target.account_id, campaign, (rule,)) for campaign, rule in rules.items()]
        try:
            for _ in range(_MOST_PAGES):
                if not time_left():
                    break
                found = crm.search(target.object_type, target.property, target.value, current.since, current.after)
                self._judge(crm, target, found.record_ids, routes, qualified)
                current = replace(current, after=found.after)
                if not current.after:
                    # Campaigns that are not read for now, as while they are paused, stand where they stood.
                    watermark = Watermark({**watermark.read_until, **dict.fromkeys(rules, current.started_at)})
                    self._reading.keep_watermark(target, watermark)
                    break
        finally:
            if current.after:
                self._reading.keep_watermark(target, replace(watermark, open=current))

    def _opened(self, rules: Mapping[str, Rule], watermark: Watermark) -> OpenPass:
        now = self._clock()
        cut = watermark.open
        if cut is not None and rules.keys() <= cut.campaigns:
            return cut
        return OpenPass(now, begins(rules, watermark, now) - OVERLAP, frozenset(rules))

    def _judge(
        self,
        crm: Crm,
        target: Target,
        record_ids: Sequence[str],
        routes: Sequence[Route],
        qualified: list[PersonKey],
    ) -> None:
        """Look back on those records that somebody pending is linked to; of all others HubSpot is asked nothing."""
        records = [Record(target.account_id, target.portal_id, target.object_type, one) for one in record_ids]
        campaigns = {route.campaign_id for route in routes}
        linked = {
            record.record_id: [key for key in keys if key.campaign_id in campaigns and key.side == "lead"]
            for record, keys in self._links.people(records).items()
        }
        people = self._people.load({key for keys in linked.values() for key in keys})
        pending = [
            record_id
            for record_id, keys in linked.items()
            if any(_pending(people[key], target) for key in keys if key in people)
        ]
        for ids in in_calls(pending):
            histories = crm.histories(target.object_type, ids, target.property)
            if merged := merges(target.portal_id, target.object_type, histories, self._clock()):
                self._follow_records.in_account(target.account_id, routes, merged)
            told = list(changes(target.portal_id, target.object_type, target.property, histories))
            qualified += self._qualify.found(told, routes)


def begins(rules: Mapping[str, Rule], watermark: Watermark, now: datetime) -> datetime:
    """From when on a target has to be read: where it was read up to, and never before its rules' own dates."""
    earliest = now - HORIZON
    return min(
        max(watermark.read_until.get(campaign, earliest), rule.since or earliest, earliest)
        for campaign, rule in rules.items()
    )


def _pending(person: Person, target: Target) -> bool:
    return person.state is State.SENT and person.record_type is target.object_type and not person.test
