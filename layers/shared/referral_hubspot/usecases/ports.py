"""What the use cases need of the outside: HubSpot as one account's grant opens it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from referral_hubspot.domain.crm import Contact, ContactRow, HubSpotAccount, Property, RowAnswer
from referral_hubspot.domain.lanes import Lane


class Crm(Protocol):
    """One HubSpot account through one customer account's grant.

    Each method with rows is one HubSpot call of at most 100 rows and answers every row, in any order.
    Each raises RetryableError (CrmUnavailableError, NoSlotError, …), ConnectionLostError,
    ScopeMissingError, or RequestRefusedError when HubSpot refuses the call whole.
    """

    def read_contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        """Contacts by the address asked for, where primary or, as far as HubSpot says, additional."""
        ...

    def read_contacts(self, record_ids: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        """Contacts by the id asked for; a merged record answers under the old id, with its own."""
        ...

    def create_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create by `email`; an address HubSpot knows is a Conflict."""
        ...

    def update_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Update by `record_id`."""
        ...

    def upsert_contacts(self, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        """Create or update by `email`, never writing the address of a record that exists."""
        ...

    def properties(self, object_type: str) -> list[Property]:
        """Every property of `contacts` or `deals`, archived ones left out."""
        ...

    def account(self) -> HubSpotAccount:
        """Which HubSpot account this is."""
        ...

    def uninstall(self) -> None:
        """Remove our app from the HubSpot account: its admins are told by mail, webhooks stop."""
        ...


class CrmDirectory(Protocol):
    """Opens HubSpot for a customer account."""

    def open(self, account_id: str, portal_id: int, lane: Lane) -> Crm:
        """HubSpot through the stored grant; nothing is called yet.

        Raises:
            NotConnectedError: no grant is stored.
            ConnectionLostError: the stored grant is known to be lost.
        """
        ...
