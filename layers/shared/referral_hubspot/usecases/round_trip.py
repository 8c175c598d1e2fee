"""Does HubSpot tell of a change? A contact made for the purpose is changed, and its webhook waited for."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Protocol

from referral_hubspot.domain.crm import ContactRow, ObjectType, Property, RowAnswer, Written
from referral_hubspot.domain.errors import PermanentError, ReferralHubSpotError, RequestRefusedError
from referral_hubspot.domain.subscriptions import CONTACT_PROPERTIES
from referral_hubspot.usecases.links import PortalRecord
from referral_hubspot.usecases.ports import Crm

ROUND_TRIP_S = 10.0
"""A webhook usually comes within a few seconds."""

_POLL_S = 0.5
_KEPT_FOR = timedelta(hours=1)


class NothingToChangeError(PermanentError):
    """HubSpot does not let us make the contact, or change any property that webhooks tell of."""

    def __init__(self) -> None:
        super().__init__("no contact can be changed for a check")


class Awaited(Protocol):
    """Records that somebody waits to hear of; see `storage.awaited`."""

    def expect(self, record: PortalRecord, until: datetime) -> None:
        """Have it noted when HubSpot tells of this record."""
        ...

    def arrived_at(self, record: PortalRecord) -> datetime | None:
        """When HubSpot told of it first, None so far."""
        ...

    def forget(self, record: PortalRecord) -> None:
        """Wait for it no more."""
        ...


class WebhookRoundTrip:
    """Changes a contact in HubSpot and listens; the contact is deleted whatever happens."""

    def __init__(
        self,
        awaited: Awaited,
        clock: Callable[[], datetime],
        *,
        wait_s: float = ROUND_TRIP_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._awaited = awaited
        self._clock = clock
        self._wait_s = wait_s
        self._sleep = sleep

    def __call__(self, crm: Crm, portal_id: int) -> float | None:
        """Seconds from the change to its webhook; None if that did not come in time.

        Raises:
            NothingToChangeError: it cannot be tried in this HubSpot account.
            RetryableError, ConnectionLostError, ScopeMissingError, …: as `Crm`.
        """
        property_name, value = _change_of(crm.properties(ObjectType.CONTACT))
        email = f"connection-check-{token_hex(5)}@example.com"
        record_id = ""
        try:
            record_id = _written(crm.create_contacts, ContactRow("0", {"firstname": "Connection check"}, email))
            changed = ContactRow("0", {property_name: value}, record_id=record_id)
            return self._heard(PortalRecord(portal_id, ObjectType.CONTACT, record_id), crm, changed)
        finally:
            # HubSpot may be away by now: then the contact stays, and its address says what it is.
            with suppress(ReferralHubSpotError):
                _delete(crm, record_id, email)

    def _heard(self, record: PortalRecord, crm: Crm, row: ContactRow) -> float | None:
        self._awaited.expect(record, self._clock() + _KEPT_FOR)
        try:
            begun = self._clock()
            _written(crm.update_contacts, row)
            until = self._clock() + timedelta(seconds=self._wait_s)
            while (arrived := self._awaited.arrived_at(record)) is None and self._clock() < until:
                self._sleep(_POLL_S)
            return max(0.0, (arrived - begun).total_seconds()) if arrived else None
        finally:
            self._awaited.forget(record)


def _change_of(properties: Sequence[Property]) -> tuple[str, str]:
    """A property that webhooks tell of, and a value that a new contact does not have.

    The last choice it is, because a lifecycle stage only moves forward.
    """
    known = {one.name: one for one in properties if one.writable and one.options}
    for name in reversed(CONTACT_PROPERTIES):  # a new contact may have a lifecycle stage, and it has no lead status
        if name in known:
            return name, known[name].options[-1].value
    raise NothingToChangeError


def _written(write: Callable[[Sequence[ContactRow]], Sequence[RowAnswer]], row: ContactRow) -> str:
    """The record's id."""
    try:
        [answer] = write([row])
    except RequestRefusedError:  # as where every contact must have a value that we know nothing of
        raise NothingToChangeError from None
    if not isinstance(answer, Written):
        raise NothingToChangeError
    return answer.record_id


def _delete(crm: Crm, record_id: str, email: str) -> None:
    if not record_id:  # made or not, that was not answered
        contact = crm.read_contacts_by_email([email], ()).get(email)
        record_id = contact.record_id if contact else ""
    if record_id:
        crm.archive(ObjectType.CONTACT, [record_id])
