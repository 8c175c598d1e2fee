"""All that a batch of people needs to know, in the fewest reads."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from referral_hubspot.domain.people import Person, PersonKey, keyed_hash, normalised
from referral_hubspot.domain.settings import Side, SideSettings
from referral_hubspot.storage import keys
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.dynamo import Item, batch_get
from referral_hubspot.storage.early_updates import early_updates
from referral_hubspot.storage.early_updates import key_of as early_key_of
from referral_hubspot.storage.keys import Key
from referral_hubspot.storage.people import key_of, person_from
from referral_hubspot.usecases.people import Intake

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Register:
    """Campaigns, people and erasures read together, because a batch pays per call and not per row."""

    def __init__(self, table: str, client: "DynamoDBClient", pepper: bytes, campaigns: CampaignRepository) -> None:
        self._table = table
        self._client = client
        self._pepper = pepper
        self._campaigns = campaigns

    def read(self, people: Sequence[Person]) -> Intake:
        """Campaigns, stored rows and erasures of a batch, strongly consistent."""
        campaigns = dict.fromkeys(person.key.campaign for person in people)
        own = {person.key: self._hashes(person.email, person.key.person_id) for person in people}
        # Only of who comes for the first time: in rows that stand, an erasure has found the referrer itself.
        referrers = {
            person.key: self._hashes(normalised(person.details.get("referrer.email", "")), person.referrer_id)
            for person in people
            if not person.version
        }
        wanted = [key for campaign in campaigns for key in self._campaigns.keys(*campaign)]
        wanted += [key_of(person.key) for person in people]
        joining = [person for person in people if person.key.side == "referrer" and not person.version]
        wanted += [early_key_of(person.key) for person in joining]
        wanted += [
            keys.erased(person.account_id, one)
            for hashes in (own, referrers)
            for person, identities in hashes.items()
            for one in identities
        ]
        rows = batch_get(self._client, self._table, wanted)
        return Intake(
            campaigns={campaign: self._campaigns.state(rows, *campaign) for campaign in campaigns},
            stored={
                person.key: person_from(rows[key_of(person.key)]) for person in people if key_of(person.key) in rows
            },
            erased=_marked(rows, own),
            referrer_erased=_marked(rows, referrers),
            early=early_updates(rows, joining),
        )

    def _hashes(self, *identities: str) -> list[str]:
        return [keyed_hash(self._pepper, identity) for identity in identities if identity]

    def settings_version(self, campaign: tuple[str, str], side: Side, version: int) -> SideSettings:
        """The settings that a decision was made under."""
        return self._campaigns.settings_version(*campaign, side, version)


def _marked(rows: Mapping[Key, Item], hashes: Mapping[PersonKey, Sequence[str]]) -> frozenset[PersonKey]:
    """Those of whom one of the hashes is marked as erased."""
    return frozenset(
        person
        for person, identities in hashes.items()
        if any(one in rows.get(keys.erased(person.account_id, one), {}).get("identities", ()) for one in identities)
    )
