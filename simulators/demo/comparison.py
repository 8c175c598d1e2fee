"""HubSpot's records held against the leads they were made for: who is missing there, and what is there too often."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from simulators.demo.hubspot_side import Contact, Deal
from simulators.demo.scenario import PlannedLead


@dataclass(frozen=True, slots=True)
class Records:
    """Every contact and deal of one HubSpot account."""

    contacts: Sequence[Contact]
    deals: Sequence[Deal]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`deals` are those of each lead, by its address; `linked` of them stand beside a contact from before.

    `lost` are the leads that lack their contact or their deal; `doubled` counts records that no lead accounts for.
    """

    deals: dict[str, list[Deal]]
    linked: int
    lost: list[PlannedLead]
    doubled: int


def compare(leads: Sequence[PlannedLead], before: Records, now: Records) -> Comparison:
    """Hold what came since `before` against the leads: contacts by their addresses, deals by their keys and contacts.

    Each lead accounts for one contact, which may be one from before, and for one new deal with a key of its own.
    """
    contacts = {lead.address: [one for one in now.contacts if lead.address in one.emails] for lead in leads}
    former = {contact.id for contact in before.contacts}
    former_deals = {deal.id for deal in before.deals}
    new_deals = [deal for deal in now.deals if deal.id not in former_deals]
    address_of = {contact.id: address for address, found in contacts.items() for contact in found}
    deals: dict[str, list[Deal]] = defaultdict(list)
    for deal in new_deals:
        for address in {address_of[contact] for contact in deal.contacts if contact in address_of}:
            deals[address].append(deal)
    ours = {contact.id for contact in now.contacts} - former | address_of.keys()
    keys = {deal.key for deal in new_deals} - {""}
    return Comparison(
        deals=dict(deals),
        linked=sum(not former.isdisjoint(deal.contacts) for deal in new_deals),
        lost=[lead for lead in leads if not contacts[lead.address] or lead.address not in deals],
        doubled=len(ours) - sum(map(bool, contacts.values())) + len(new_deals) - min(len(deals), len(keys)),
    )
