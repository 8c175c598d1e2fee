"""HubSpot's answers to reads: which result belongs to what was asked for. Results come in any order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from referral_hubspot.domain.crm import DEAL_KEY, Contact, Past
from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.hubspot.refusals import mapping, mappings, texts

SECONDARY = "hs_additional_emails"
MERGED = "hs_merged_object_ids"
INTEGRATION = "INTEGRATION"
"""The source of a value that an app wrote."""

Json = Mapping[str, Any]


def results(body: Json) -> list[Json]:
    """The results of a read.

    HubSpot may leave out what does not exist without a word, so an empty list is an answer; no list is none.
    """
    if not isinstance(body.get("results"), list):
        raise CrmUnavailableError(status=200)
    return [result for result in mappings(body["results"]) if result.get("id")]


def by_email(emails: Sequence[str], body: Json) -> dict[str, Json]:
    """Results by the address asked for, primary or secondary."""
    matches = {address: result for result in results(body) for address in _addresses(result)}
    found = {email: matches[email.lower()] for email in emails if email.lower() in matches}
    return found | _last_pair(emails, found, body)


def by_id(record_ids: Sequence[str], body: Json) -> dict[str, Json]:
    """Results by the id asked for; a merged record answers under each of its former ids."""
    matches: dict[str, Json] = {}
    for result in results(body):
        for former in _listed(result, MERGED):
            matches.setdefault(former, result)
    matches |= {str(result["id"]): result for result in results(body)}
    found = {record_id: matches[record_id] for record_id in record_ids if record_id in matches}
    return found | _last_pair(record_ids, found, body)


def by_value(wanted: Sequence[str], name: str, body: Json) -> dict[str, Json]:
    """Results by the value of a unique property, letter for letter."""
    matches = {values(result).get(name, ""): result for result in results(body)}
    return {value: matches[value] for value in wanted if value in matches}


def contact(result: Json, wanted: Sequence[str]) -> Contact:
    """A record with those of the `wanted` properties that are not blank."""
    held = values(result)
    created_at = _moment(held.get("createdate")) or _moment(result.get("createdAt"))
    if created_at is None:
        raise CrmUnavailableError(status=200)
    return Contact(str(result["id"]), created_at, {name: held[name] for name in wanted if name in held})


def written_by_an_app(result: Json, name: str) -> bool:
    """Whether an app, ours or another, wrote any value that a property took."""
    return any(_by_app(entry) for entry in _entries(result, name))


def past(result: Json, name: str, app_id: str) -> tuple[Past, ...]:
    """What a property was, oldest first.

    Args:
        app_id: Our app's; with "" whatever an app wrote counts as ours. A qualification that is missed
            so is asked about later, while one by a value that we wrote would be paid for.
    """
    entries = [
        Past(str(entry.get("value") or ""), at, _by_app(entry) and app_id in ("", str(entry.get("sourceId") or "")))
        for entry in reversed(_entries(result, name))  # HubSpot lists the newest first, of one moment too
        if (at := _moment(entry.get("timestamp"))) is not None
    ]
    return tuple(sorted(entries, key=lambda entry: entry.at))


def merged(result: Json) -> tuple[str, ...]:
    """Ids of the records that were merged into this one."""
    return tuple(_listed(result, MERGED))


def values(result: Json) -> dict[str, str]:
    """The properties of a record that are not blank."""
    return {
        name: str(value)
        for name, value in mapping(result.get("properties")).items()
        if value is not None and value != ""
    }


def names(result: Json) -> set[str]:
    """What a record may have been asked for by, in lower case: id, addresses, deal key."""
    return {str(result["id"]), *_addresses(result), values(result).get(DEAL_KEY, "").lower()} - {""}


def _last_pair(asked: Sequence[str], found: Mapping[str, Json], body: Json) -> dict[str, Json]:
    """The one result left belongs to the one asked for that is neither found nor missing."""
    missing = {
        text.lower()
        for error in mappings(body.get("errors"))
        for text in texts(mapping(error.get("context")).get("ids"))
    }
    used = {str(result["id"]) for result in found.values()}
    left = [result for result in results(body) if str(result["id"]) not in used]
    unknown = [value for value in asked if value not in found and value.lower() not in missing]
    return {unknown[0]: left[0]} if len(left) == len(unknown) == 1 else {}


def _entries(result: Json, name: str) -> list[Json]:
    return mappings(mapping(result.get("propertiesWithHistory")).get(name))


def _by_app(entry: Json) -> bool:
    return entry.get("sourceType") == INTEGRATION


def _addresses(result: Json) -> set[str]:
    primary = str(mapping(result.get("properties")).get("email") or "").lower()
    return {primary, *(address.lower() for address in _listed(result, SECONDARY))} - {""}


def _listed(result: Json, name: str) -> list[str]:
    text = str(mapping(result.get("properties")).get(name) or "")
    return [part.strip() for part in text.split(";") if part.strip()]


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
