"""Deals of one HubSpot account. They have no natural key, so each carries one of ours in a unique property."""

from collections.abc import Mapping, Sequence

from referral_hubspot.domain.crm import DEAL_KEY, DealRow, ObjectType, RowAnswer
from referral_hubspot.hubspot import reads
from referral_hubspot.hubspot.answers import Sent
from referral_hubspot.hubspot.batches import Batches, assert_batch, assert_rows

# From the deal's side. Source: HubSpot, "Association type IDs".
_DEAL_TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}


class Deals(Batches):
    """The part of `HubSpotCrm` that creates and finds deals."""

    def create_deals(self, rows: Sequence[DealRow]) -> list[RowAnswer]:
        """Create deals, never again with a key that HubSpot knows.

        The Conflict of such a row holds the deal's id where HubSpot names it, else "".
        """
        if not rows:
            return []
        assert_rows([row.trace for row in rows], [row.key for row in rows])
        if any(DEAL_KEY in row.properties for row in rows):
            raise ValueError("a row writes the key as a property, which would make it another lead's deal")
        return self._write(ObjectType.DEAL, "create", [_created(row) for row in rows], created=True)

    def deals_by_key(self, deal_keys: Sequence[str]) -> Mapping[str, str]:
        """Record ids by the key asked for."""
        if not deal_keys:
            return {}
        assert_batch(deal_keys)
        body = self._read(ObjectType.DEAL, deal_keys, [DEAL_KEY], by=DEAL_KEY)
        return {key: str(result["id"]) for key, result in reads.by_value(deal_keys, DEAL_KEY, body).items()}


def _created(row: DealRow) -> Sent:
    associations = [{"to": {"id": row.contact_id}, "types": [_DEAL_TO_CONTACT]}] if row.contact_id else []
    content = {"properties": {**row.properties, DEAL_KEY: row.key}, "associations": associations}
    return Sent(row.trace, frozenset({row.key.lower()}), DEAL_KEY, {"objectWriteTraceId": row.trace, **content})
