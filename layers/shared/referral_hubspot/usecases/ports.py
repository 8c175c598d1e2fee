"""What many use cases need of the outside: campaigns, and HubSpot as one account's grant opens it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from referral_hubspot.domain.crm import (
    Contact,
    ContactList,
    ContactPage,
    ContactRow,
    DealRow,
    History,
    HubSpotAccount,
    Matches,
    Members,
    ObjectType,
    Option,
    Pipeline,
    Property,
    RowAnswer,
)
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.settings import CampaignState


class CampaignStates(Protocol):
    """What is known of campaigns; see `storage.campaigns`."""

    def load(self, campaigns: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], CampaignState]:
        """Each campaign asked for, known or not."""
        ...


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

    def create_deals(self, rows: Sequence[DealRow]) -> list[RowAnswer]:
        """Create deals, each with its key and its association inline; a key HubSpot knows is a Conflict."""
        ...

    def deals_by_key(self, deal_keys: Sequence[str]) -> Mapping[str, str]:
        """Record ids of the deals that carry these keys; a key of no deal is left out. At most 100."""
        ...

    def search(
        self, object_type: ObjectType, property_name: str, value: str, modified_since: datetime, after: str = ""
    ) -> Matches:
        """Records at a value that were modified since; a page of at most 200, by record id. The index lags."""
        ...

    def histories(
        self, object_type: ObjectType, record_ids: Sequence[str], property_name: str
    ) -> Mapping[str, History]:
        """What a property was, by the record id asked for, at most 50; a record that is gone is left out."""
        ...

    def surviving(self, object_type: ObjectType, record_id: str) -> str:
        """What a record is called today: a merge may have given it another id; "" if it is gone.

        For those that `histories` left out: HubSpot may be silent there about a record that was merged.
        """
        ...

    def archive(self, object_type: ObjectType, record_ids: Sequence[str]) -> None:
        """Move records to HubSpot's recycle bin, at most 100; one that is gone already is no failure."""
        ...

    def lists(self, query: str) -> list[ContactList]:
        """Lists of contacts whose name holds the text, at most 100, with their sizes."""
        ...

    def contact_list(self, list_id: str) -> ContactList:
        """One list; ListGoneError if there is none."""
        ...

    def members(self, list_id: str, after: str, order: Literal["joining", "id"]) -> Members:
        """A page of at most 250 members; ListGoneError if the list is gone.

        In the order of joining the oldest members may stand first, or the newest: HubSpot does not say.
        """
        ...

    def contacts(self, after: str, properties: Sequence[str]) -> ContactPage:
        """A page of at most 100 of all contacts."""
        ...

    def contacts_lacking(
        self, lacking: str, having: str, modified_since: datetime, after: str, properties: Sequence[str]
    ) -> ContactPage:
        """A page of at most 200 contacts with a value of one property and none of another. The index lags."""
        ...

    def count_contacts(self, having: str = "") -> int:
        """How many contacts there are; with `having`, how many of them have a value of that property."""
        ...

    def properties(self, object_type: ObjectType) -> list[Property]:
        """Every property of an object, archived ones left out."""
        ...

    def pipelines(self) -> list[Pipeline]:
        """The pipelines of deals in their order, archived ones left out."""
        ...

    def owners(self) -> list[Option]:
        """HubSpot's users that a record may belong to: id and name."""
        ...

    def create_contact_properties(self, group: str, group_label: str, new: Sequence[Property]) -> None:
        """Make contact properties in a group, which is made if it is not there; names that are taken stay as they are.

        An archived name comes back. Whether all are there now is told by `properties`.
        """
        ...

    def create_deal_key(self) -> None:
        """Make the unique deal property `DEAL_KEY`; that it is there already is success."""
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
