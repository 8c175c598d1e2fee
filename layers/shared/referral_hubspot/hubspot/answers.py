"""HubSpot's answers to batches, read row by row. Results come in any order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from referral_hubspot.domain.crm import (
    Conflict,
    Contact,
    ContactRow,
    Option,
    Property,
    Refused,
    RowAnswer,
    Unanswered,
    Written,
)
from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.hubspot.refusals import (
    about_another_property,
    category,
    existing_id,
    mapping,
    mappings,
    problems,
    texts,
)

SECONDARY = "hs_additional_emails"
MERGED = "hs_merged_object_ids"

Json = Mapping[str, Any]

# Of a row that was not written for such a reason nothing is known; it may be tried again.
_PASSING = frozenset({"RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})


def judge(rows: Sequence[ContactRow], body: Json, *, created: bool | None) -> list[RowAnswer]:
    """What became of each row of a write.

    Args:
        created: Whether a row that was written is a new record; None: the result's `new` says.
    """
    answers: dict[str, RowAnswer] = {}
    open_rows = {row.trace: row for row in rows}
    for result in mappings(body.get("results")):
        row = _row_of_result(result, open_rows)
        if row is not None:
            answers[row.trace] = written(row, result, created=created)
            del open_rows[row.trace]
    unnamed: list[Json] = []
    for error in mappings(body.get("errors")):
        named = _rows_of_error(error, open_rows)
        for row in named:
            answers[row.trace] = refusal(row, error)
            del open_rows[row.trace]
        if not named:
            unnamed.append(error)
    if len(open_rows) == len(unnamed) == 1:  # only one row is left for it to be about
        row = next(iter(open_rows.values()))
        answers[row.trace] = refusal(row, unnamed[0])
    refused = any(category(error) not in _PASSING for error in unnamed)
    return [answers.get(row.trace, Unanswered(row.trace, one_of_these_refused=refused)) for row in rows]


def written(row: ContactRow, result: Json, *, created: bool | None) -> Written:
    """A result as the answer to its row."""
    is_new = result.get("new") is True if created is None else created
    return Written(row.trace, str(result["id"]), is_new, _values(result))


def refusal(row: ContactRow, error: Json) -> RowAnswer:
    """An error as the answer to its row."""
    if (existing := existing_id(error)) is not None and not about_another_property(error):
        return Conflict(row.trace, existing)
    if category(error) in _PASSING:
        return Unanswered(row.trace)
    return Refused(row.trace, category(error), problems(error))


def by_email(emails: Sequence[str], body: Json, wanted: Sequence[str]) -> dict[str, Contact]:
    """Contacts by the address asked for, primary or secondary."""
    results = _results(body)
    matches: dict[str, Json] = {}
    for result in results:
        for address in _addresses(result):
            matches[address] = result
    found = {email: matches[email.lower()] for email in emails if email.lower() in matches}
    return {email: contact(result, wanted) for email, result in _with_last_pair(emails, found, results, body)}


def by_id(record_ids: Sequence[str], body: Json, wanted: Sequence[str]) -> dict[str, Contact]:
    """Contacts by the id asked for; a merged record answers under each of its former ids."""
    results = _results(body)
    matches: dict[str, Json] = {}
    for result in results:
        for former in _listed(result, MERGED):
            matches.setdefault(former, result)
    matches |= {str(result["id"]): result for result in results}
    found = {record_id: matches[record_id] for record_id in record_ids if record_id in matches}
    return {asked: contact(result, wanted) for asked, result in _with_last_pair(record_ids, found, results, body)}


def contact(result: Json, wanted: Sequence[str]) -> Contact:
    """A record with those of the `wanted` properties that are not blank."""
    values = _values(result)
    created_at = _moment(values.get("createdate")) or _moment(result.get("createdAt"))
    if created_at is None:
        raise CrmUnavailableError(status=200)
    return Contact(str(result["id"]), created_at, {name: values[name] for name in wanted if name in values})


def to_property(item: Json) -> Property:
    """A property's definition; hidden options are not offered."""
    options = [option for option in mappings(item.get("options")) if option.get("hidden") is not True]
    options.sort(key=lambda option: _order(option.get("displayOrder")))
    return Property(
        name=str(item.get("name", "")),
        label=str(item.get("label") or item.get("name", "")),
        type=str(item.get("type", "string")),
        field_type=str(item.get("fieldType", "text")),
        group=str(item.get("groupName", "")),
        writable=mapping(item.get("modificationMetadata")).get("readOnlyValue") is not True
        and item.get("calculated") is not True,
        options=tuple(Option(str(option.get("value", "")), str(option.get("label", ""))) for option in options),
        hidden=item.get("hidden") is True,
    )


def _row_of_result(result: Json, rows: Mapping[str, ContactRow]) -> ContactRow | None:
    if not result.get("id"):
        return None
    for trace in texts(result.get("objectWriteTraceId")):
        return rows.get(trace)
    addresses = _addresses(result)
    for row in rows.values():
        if (row.record_id and row.record_id == str(result["id"])) or (row.email and row.email.lower() in addresses):
            return row
    return None


def _rows_of_error(error: Json, rows: Mapping[str, ContactRow]) -> list[ContactRow]:
    context = mapping(error.get("context"))
    if traces := texts(context.get("objectWriteTraceId")):
        return [rows[trace] for trace in traces if trace in rows]
    named = {name.lower() for key in ("ids", "id") for name in texts(context.get(key))}
    return [row for row in rows.values() if named & {row.record_id, row.email.lower()} - {""}]


def _results(body: Json) -> list[Json]:
    """The results of a read.

    HubSpot may leave out what does not exist without a word, so an empty list is an answer; no list is none.
    """
    if not isinstance(body.get("results"), list):
        raise CrmUnavailableError(status=200)
    return [result for result in mappings(body["results"]) if result.get("id")]


def _with_last_pair(
    asked: Sequence[str], found: Mapping[str, Json], results: Sequence[Json], body: Json
) -> Iterable[tuple[str, Json]]:
    """Besides what was found: the one result left belongs to the one asked for that is neither found nor missing."""
    yield from found.items()
    missing = {
        text.lower()
        for error in mappings(body.get("errors"))
        for text in texts(mapping(error.get("context")).get("ids"))
    }
    used = {str(result["id"]) for result in found.values()}
    left = [result for result in results if str(result["id"]) not in used]
    unknown = [value for value in asked if value not in found and value.lower() not in missing]
    if len(left) == len(unknown) == 1:
        yield unknown[0], left[0]


def _values(result: Json) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in mapping(result.get("properties")).items()
        if value is not None and value != ""
    }


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


def _order(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 10**6
