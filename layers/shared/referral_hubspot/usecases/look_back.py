"""What became of the records of people, by HubSpot's own memory of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched

from referral_hubspot.domain.crm import History, ObjectType
from referral_hubspot.domain.people import Person
from referral_hubspot.domain.qualification import Deletion, Merge, PropertyChange
from referral_hubspot.domain.routes import Route
from referral_hubspot.usecases.follow_records import FollowRecords, is_gone
from referral_hubspot.usecases.ports import Crm

HISTORIES_PER_CALL = 50  # HubSpot's limit


class LookBack:
    """Reads people's records by id: that finds values that came and went, merges and deletions nobody told us of."""

    def __init__(self, follow_records: FollowRecords, clock: Callable[[], datetime]) -> None:
        self._follow_records = follow_records
        self._clock = clock

    def __call__(
        self, crm: Crm, route: Route, object_type: ObjectType, property_name: str, people: Sequence[Person]
    ) -> list[PropertyChange]:
        """All that a property ever was, on the records of at most 50 people of a campaign.

        Who stands at a record that was merged is taken along first. A record that is gone is noted once,
        and asked for singly only until then.
        """
        of_record = {person.record_id: person for person in people}
        histories = dict(crm.histories(object_type, list(of_record), property_name))
        missing = [asked for asked, person in of_record.items() if asked not in histories and not is_gone(person)]
        found = {asked: crm.surviving(object_type, asked) for asked in missing}
        if again := sorted({record_id for record_id in found.values() if record_id}):
            known = crm.histories(object_type, again, property_name)
            histories |= {asked: known[record_id] for asked, record_id in found.items() if record_id in known}
        now, portal_id = self._clock(), route.portal_id
        gone = [asked for asked, record_id in found.items() if not record_id]
        deletions = [Deletion(portal_id, object_type, record_id, now, confirmed=True) for record_id in gone]
        merged = merges(portal_id, object_type, histories, now)
        if merged or deletions:
            self._follow_records.in_account(route.account_id, [route], [*merged, *deletions])
        return list(changes(portal_id, object_type, property_name, histories))


def merges(portal_id: int, object_type: ObjectType, histories: Mapping[str, History], at: datetime) -> list[Merge]:
    """What histories tell of merges: of the records asked for, and of whatever else was merged into theirs.

    Who was on one of those is followed before anybody is judged, or a later lead would have the credit.
    """
    return [
        Merge(portal_id, object_type, history.record_id, former, at)
        for asked, history in histories.items()
        if (former := tuple(one for one in {asked, *history.former_ids} if one != history.record_id))
    ]


def changes(
    portal_id: int, object_type: ObjectType, property_name: str, histories: Mapping[str, History]
) -> Iterator[PropertyChange]:
    """Histories as changes of the surviving records, each once."""
    for history in {history.record_id: history for history in histories.values()}.values():
        for past in history.past:
            yield PropertyChange(
                portal_id, object_type, history.record_id, property_name, past.value, past.at, past.ours
            )


def in_calls[T](records: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """As many as one call for histories takes."""
    return batched(records, HISTORIES_PER_CALL, strict=False)
