"""What a record of the table's stream says, in the domain's words."""

from collections.abc import Mapping
from typing import Any

from referral_hubspot.domain.attention import AttentionChange
from referral_hubspot.domain.bindings import BindingChange, BindingImage
from referral_hubspot.domain.people import Person
from referral_hubspot.domain.syncs import EnrolmentRequest, PastRun
from referral_hubspot.storage.attention import attention_from
from referral_hubspot.storage.dynamo import unmarshal
from referral_hubspot.storage.enrolments import request_from
from referral_hubspot.storage.keys import RUNS
from referral_hubspot.storage.people import person_from
from referral_hubspot.storage.syncs import past_from

PersonChange = tuple[Person | None, Person]
Change = PersonChange | BindingChange | AttentionChange | EnrolmentRequest | PastRun


def change_from(record: Mapping[str, Any]) -> Change | None:
    """The change that a stream record carries; None for rows that nobody is told of, and for removals."""
    images = record["dynamodb"]
    if "NewImage" not in images:
        return None
    after = unmarshal(images["NewImage"])
    before = unmarshal(images["OldImage"]) if "OldImage" in images else None
    if after["sk"] == "PERSON":
        return (person_from(before) if before else None), person_from(after)
    if after["sk"] == "BINDING":
        return BindingChange(
            account_id=after["account_id"],
            campaign_id=after["campaign_id"],
            version=after["version"],
            before=_image(before) if before else None,
            after=_image(after),
        )
    if after["sk"] == "ATTENTION":
        former = attention_from(before) if before else None
        return AttentionChange(after["account_id"], after["campaign_id"], former, attention_from(after))
    if after["sk"] == "ENROLMENTS":
        return request_from(after)
    if after["sk"].startswith(RUNS):
        return past_from(after)
    return None


def _image(row: Mapping[str, Any]) -> BindingImage:
    return BindingImage(row["portal_id"], row["portal_name"], row["state"], row.get("reason", ""))
