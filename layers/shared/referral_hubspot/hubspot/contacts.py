"""Contacts of one HubSpot account."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from referral_hubspot.domain.crm import Contact, ContactRow, ObjectType, Problem, Refused, RowAnswer, Unanswered
from referral_hubspot.domain.errors import RequestRefusedError, RetryableError
from referral_hubspot.hubspot import answers, reads
from referral_hubspot.hubspot.answers import Sent
from referral_hubspot.hubspot.batches import REFUSALS, Batches, assert_batch, assert_rows, objects

_ALWAYS_READ = ("email", reads.SECONDARY, reads.MERGED, "createdate")


class Contacts(Batches):
    """The part of `HubSpotCrm` that reads and writes contacts."""

    def read_contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        """Contacts by the address asked for."""
        if not emails:
            return {}
        assert_batch(emails)
        body = self._read(ObjectType.CONTACT, emails, [*properties, *_ALWAYS_READ], by="email")
        return {email: reads.contact(result, properties) for email, result in reads.by_email(emails, body).items()}

    def read_contacts(self, record_ids: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        """Contacts by the id asked for."""
        if not record_ids:
            return {}
        assert_batch(record_ids)
        body = self._read(ObjectType.CONTACT, record_ids, [*properties, *_ALWAYS_READ])
        return {asked: reads.contact(result, properties) for asked, result in reads.by_id(record_ids, body).items()}

    def create_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create by `email`."""
        if not rows:
            return []
        _assert_rows(rows, [row.email for row in rows])
        return self._write(ObjectType.CONTACT, "create", [_created(row) for row in rows], created=True)

    def update_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Update by `record_id`."""
        if not rows:
            return []
        _assert_rows(rows, [row.record_id for row in rows])
        sent = [_sent(row, {"id": row.record_id, "properties": dict(row.properties)}) for row in rows]
        return self._write(ObjectType.CONTACT, "update", sent, created=False)

    def upsert_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create or update by `email`.

        Where HubSpot will not create without the address among the properties, those rows are
        created with it, in calls of their own.
        """
        if not rows:
            return []
        _assert_rows(rows, [row.email for row in rows])
        sent = [
            _sent(row, {"idProperty": "email", "id": row.email, "properties": dict(row.properties)}) for row in rows
        ]
        try:
            found = self._write(ObjectType.CONTACT, "upsert", sent, created=None)
        except RequestRefusedError as refused:
            if len(rows) > 1 or not _want_email(refused.problems):
                raise
            return self._create_instead(rows)
        wanting = {answer.trace for answer in found if isinstance(answer, Refused) and _want_email(answer.problems)}
        if not wanting:
            return found
        created = {answer.trace: answer for answer in self._create_instead([r for r in rows if r.trace in wanting])}
        return [created.get(answer.trace, answer) for answer in found]

    def _create_instead(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create what an upsert would not; one call for all, and one by one when HubSpot refuses that whole."""
        try:
            if len(rows) > 1:
                return self.create_contacts(rows)
        except RequestRefusedError:
            pass
        except RetryableError:  # what the upsert wrote is known and must be told
            return [Unanswered(row.trace) for row in rows]
        return [self._create_one(_created(row)) for row in rows]

    def _create_one(self, row: Sent) -> RowAnswer:
        try:
            reply = self._caller.call("POST", objects(ObjectType.CONTACT), row.input, accept=REFUSALS)
        except RetryableError:
            return Unanswered(row.trace)
        if reply.status in REFUSALS:
            return answers.refusal(row, reply.body)
        return answers.written(row.trace, reply.body, created=True) if reply.body.get("id") else Unanswered(row.trace)


def _created(row: ContactRow) -> Sent:
    return _sent(row, {"properties": {**row.properties, "email": row.email}, "associations": []})


def _sent(row: ContactRow, content: Mapping[str, Any]) -> Sent:
    names = frozenset({row.record_id, row.email.lower()} - {""})
    return Sent(row.trace, names, "email", {"objectWriteTraceId": row.trace, **content})


def _want_email(problems: Iterable[Problem]) -> bool:
    """Whether a row would do if only it named the address among its properties."""
    return any(
        problem.property == "email" and (problem.code.startswith("MISSING_") or "must be provided" in problem.message)
        for problem in problems
    )


def _assert_rows(rows: Sequence[ContactRow], identities: Sequence[str]) -> None:
    assert_rows([row.trace for row in rows], identities)
    if any("email" in row.properties for row in rows):
        raise ValueError("a row writes the e-mail address as a property, which could replace a primary address")
