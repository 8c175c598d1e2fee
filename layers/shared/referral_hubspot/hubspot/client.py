"""Contacts and properties of one HubSpot account."""

from collections.abc import Mapping, Sequence
from typing import Any

from referral_hubspot.domain.crm import (
    Contact,
    ContactRow,
    HubSpotAccount,
    Property,
    Refused,
    RowAnswer,
    Unanswered,
)
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError, RetryableError
from referral_hubspot.hubspot import answers
from referral_hubspot.hubspot.calls import Caller
from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.hubspot.refusals import mappings
from referral_hubspot.hubspot.transport import API_VERSION

MOST_ROWS = 100

_CONTACTS = f"/crm/objects/{API_VERSION}/contacts"
_ALWAYS_READ = ("email", answers.SECONDARY, answers.MERGED, "createdate")
_REFUSALS = (400, 404, 409)


class HubSpotCrm:
    """One HubSpot account through one grant; see `usecases.ports.Crm`."""

    def __init__(self, caller: Caller, oauth: OAuth) -> None:
        self._caller = caller
        self._oauth = oauth

    def read_contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        """Contacts by the address asked for."""
        if not emails:
            return {}
        _assert_batch([email.lower() for email in emails])
        return answers.by_email(emails, self._read(emails, properties, {"idProperty": "email"}), properties)

    def read_contacts(self, record_ids: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        """Contacts by the id asked for."""
        if not record_ids:
            return {}
        _assert_batch(record_ids)
        return answers.by_id(record_ids, self._read(record_ids, properties, {}), properties)

    def create_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create by `email`."""
        if not rows:
            return []
        _assert_rows(rows, [row.email for row in rows])
        return self._write("create", rows, [_new(row) for row in rows], created=True)

    def update_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Update by `record_id`."""
        if not rows:
            return []
        _assert_rows(rows, [row.record_id for row in rows])
        inputs = [
            {"id": row.record_id, "objectWriteTraceId": row.trace, "properties": dict(row.properties)} for row in rows
        ]
        return self._write("update", rows, inputs, created=False)

    def upsert_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create or update by `email`.

        Where HubSpot will not create without the address among the properties, those rows are
        created with it, in calls of their own.
        """
        if not rows:
            return []
        _assert_rows(rows, [row.email for row in rows])
        inputs = [
            {
                "idProperty": "email",
                "id": row.email,
                "objectWriteTraceId": row.trace,
                "properties": dict(row.properties),
            }
            for row in rows
        ]
        found = self._write("upsert", rows, inputs, created=None)
        wanting = {answer.trace for answer in found if isinstance(answer, Refused) and _wants_email(answer)}
        if not wanting:
            return found
        created = {answer.trace: answer for answer in self._create_instead([r for r in rows if r.trace in wanting])}
        return [created.get(answer.trace, answer) for answer in found]

    def properties(self, object_type: str) -> list[Property]:
        """Every property of `contacts` or `deals`."""
        body = self._caller.call("GET", f"/crm/properties/{API_VERSION}/{object_type}").body
        found = [
            answers.to_property(item) for item in mappings(body.get("results")) if item.get("archived") is not True
        ]
        if not found:  # no account is without properties
            raise CrmUnavailableError(status=200)
        return found

    def account(self) -> HubSpotAccount:
        """Which HubSpot account this is, named by its website's domain: HubSpot tells no other name."""
        details = self._caller.call("GET", f"/account-info/{API_VERSION}/details").body
        try:
            portal_id, ui_domain = int(details["portalId"]), str(details["uiDomain"])
        except (KeyError, TypeError, ValueError) as error:
            raise CrmUnavailableError(status=200) from error
        return HubSpotAccount(portal_id, self._name(portal_id), ui_domain, str(details.get("timeZone") or "UTC"))

    def uninstall(self) -> None:
        """Remove our app from the account."""
        self._caller.call("DELETE", f"/appinstalls/{API_VERSION}/external-install")

    def _name(self, portal_id: int) -> str:
        try:
            domain = self._oauth.introspect(self._caller.access_token()).hub_domain
        except RetryableError:  # a name is not worth failing a connection for
            domain = ""
        return domain or f"HubSpot account {portal_id}"

    def _read(self, ids: Sequence[str], properties: Sequence[str], by: Mapping[str, str]) -> Mapping[str, Any]:
        body = {
            **by,
            "inputs": [{"id": value} for value in ids],
            "properties": list(dict.fromkeys([*properties, *_ALWAYS_READ])),
            "propertiesWithHistory": [],
        }
        return self._caller.call("POST", f"{_CONTACTS}/batch/read", body).body

    def _write(
        self, verb: str, rows: Sequence[ContactRow], inputs: Sequence[Mapping[str, Any]], *, created: bool | None
    ) -> list[RowAnswer]:
        """One batch. A whole refusal of a single row is that row's answer, where it says what to do next."""
        alone = rows[0] if len(rows) == 1 else None
        body = {"inputs": list(inputs)}
        reply = self._caller.call("POST", f"{_CONTACTS}/batch/{verb}", body, accept=_REFUSALS if alone else ())
        if alone is None or reply.status < 400:
            return answers.judge(rows, reply.body, created=created)
        answer = answers.refusal(alone, reply.body)
        if isinstance(answer, Refused) and not (created is None and _wants_email(answer)):
            raise RequestRefusedError(reply.status, answer.category, answer.problems)
        return [answer]

    def _create_instead(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create what an upsert would not; one call for all, and one by one when HubSpot refuses that whole."""
        try:
            if len(rows) > 1:
                return self.create_contacts(rows)
        except RequestRefusedError:
            pass
        except RetryableError:  # what the upsert wrote is known and must be told
            return [Unanswered(row.trace) for row in rows]
        return [self._create_one(row) for row in rows]

    def _create_one(self, row: ContactRow) -> RowAnswer:
        try:
            reply = self._caller.call("POST", _CONTACTS, _new(row), accept=_REFUSALS)
        except RetryableError:
            return Unanswered(row.trace)
        if reply.status in _REFUSALS:
            return answers.refusal(row, reply.body)
        return answers.written(row, reply.body, created=True) if reply.body.get("id") else Unanswered(row.trace)


def _new(row: ContactRow) -> dict[str, Any]:
    return {
        "objectWriteTraceId": row.trace,
        "properties": {**row.properties, "email": row.email},
        "associations": [],
    }


def _wants_email(refused: Refused) -> bool:
    """Whether the row would do if only it named the address among its properties."""
    return any(
        problem.property == "email" and (problem.code.startswith("MISSING_") or "must be provided" in problem.message)
        for problem in refused.problems
    )


def _assert_rows(rows: Sequence[ContactRow], identities: Sequence[str]) -> None:
    _assert_batch([identity.lower() for identity in identities])
    if len({row.trace for row in rows}) != len(rows):
        raise ValueError("two rows of one call have the same trace")
    if any("email" in row.properties for row in rows):
        raise ValueError("a row writes the e-mail address as a property, which could replace a primary address")


def _assert_batch(identities: Sequence[str]) -> None:
    """What HubSpot refuses whole, and its callers must not let happen."""
    if len(identities) > MOST_ROWS:
        raise ValueError(f"{len(identities)} rows in one call, HubSpot takes {MOST_ROWS}")
    if not all(identities):
        raise ValueError("a row names no record")
    if len(set(identities)) != len(identities):
        raise ValueError("one record is named twice in one call")
