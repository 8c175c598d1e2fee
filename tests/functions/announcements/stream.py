"""Records as the table's stream makes them of what the repositories really write."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.storage.keys import Key
from referral_hubspot.storage.people import PeopleRepository, key_of
from referral_hubspot.usecases.people import Change
from tests.tables import CAMPAIGNS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LINK = "https://app-eu1.hubspot.com/contacts/1001001/record/0-1/20001"


class Stream:
    """Watches rows while something writes them; `records` is what the function would be handed."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self._people = PeopleRepository(CAMPAIGNS, client, b"pepper")
        self.records: list[dict[str, Any]] = []

    def watch(self, key: Key, write: Callable[[], object]) -> None:
        """Do something and take down what it made of a row, if anything."""
        before = self._image(key)
        write()
        after = self._image(key)
        if after == before:
            return
        images = {"OldImage": before, "NewImage": after}
        number = len(self.records)
        self.records.append(
            {
                "eventName": "MODIFY" if before and after else "INSERT" if after else "REMOVE",
                "dynamodb": {
                    "ApproximateCreationDateTime": (NOW + timedelta(seconds=number)).timestamp(),
                    "Keys": {"pk": {"S": key.pk}, "sk": {"S": key.sk}},
                    "SequenceNumber": f"{number:05d}",
                    **{name: image for name, image in images.items() if image},
                },
            }
        )

    def put(self, before: Person, after: Person) -> Person:
        """One change of a person."""

        def write() -> None:
            assert not self._people.apply([Change(before, after)])

        self.watch(key_of(after.key), write)
        return after

    def put_new(self, person_id: str, state: State, reason: Reason = Reason.NONE) -> Person:
        """A lead that is stored for the first time."""
        blank = Person(
            PersonKey("acme", "spring", "lead", person_id),
            NOW,
            NOW,
            email=f"{person_id}@example.com",
            details={"first_name": "Ada", "email": f"{person_id}@example.com"},
            referrer_id="referrer-7",
        )
        return self.put(blank, blank.became(state, reason, Entry(NOW, Happening.RECEIVED)))

    def _image(self, key: Key) -> Any:
        return self._client.get_item(TableName=CAMPAIGNS, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}).get("Item")
