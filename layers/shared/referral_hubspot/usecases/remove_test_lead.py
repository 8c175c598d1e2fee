"""Delete a test lead: what it made in HubSpot, then what is stored of it here."""

from collections.abc import Callable
from datetime import datetime, timedelta

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.deals import deal_key
from referral_hubspot.domain.errors import ContendedError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.made_up import MergedMeanwhileError, OnItsWayError
from referral_hubspot.domain.people import OPEN, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import Action
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.ports import Crm, CrmDirectory
from referral_hubspot.usecases.read_people import UnknownPersonError
from referral_hubspot.usecases.test_lead import TestLeadRows

_MERGED = "hs_merged_object_ids"
_IDENTITY = ("email", "hs_additional_emails", _MERGED)
_TIME_TO_SEND = timedelta(minutes=1)
"""Longer than any request lives that could still be sending."""
_ATTEMPTS = 5


class RemoveTestLead:
    """Deletes a test lead; what is gone already is no failure.

    Records are looked up by the lead's key and address too, because a call that was not answered may
    have made them all the same.
    """

    def __init__(
        self, people: TestLeadRows, directory: CrmDirectory, stage: str, clock: Callable[[], datetime]
    ) -> None:
        self._people = people
        self._directory = directory
        self._stage = stage
        self._clock = clock

    def __call__(self, known: KnownCampaign, lead_id: str) -> None:
        """Delete it.

        Raises:
            UnknownPersonError: that is a lead of somebody's, not a test.
            OnItsWayError: it is still being sent.
            MergedMeanwhileError: what it made in HubSpot is part of another record now.
            RetryableError, ConnectionLostError, NotConnectedError, ScopeMissingError: HubSpot cannot be
                asked; nothing is forgotten here, so that it can be tried again.
        """
        campaign = known.campaign
        person = self._people.get(PersonKey(campaign.account_id, campaign.campaign_id, "lead", lead_id))
        if person is None:
            return
        if not person.test:
            raise UnknownPersonError(campaign.campaign_id, "lead", lead_id)
        if person.state is State.ERASED:
            return
        if person.state in OPEN and self._clock() - person.received_at < _TIME_TO_SEND:
            raise OnItsWayError(lead_id)
        if portal_id := _portal_id(person, known):
            crm = self._directory.open(campaign.account_id, portal_id, Lane.LIVE)
            if person.decision is not None and person.decision.action is Action.CREATE_DEAL:
                self._delete_deal(crm, person)
            _delete_contact(crm, person)
        self._forget(person)

    def _delete_deal(self, crm: Crm, person: Person) -> None:
        key = deal_key(self._stage, person.key)
        known = person.record_id if person.record_type is ObjectType.DEAL else ""
        deal_id = known or crm.deals_by_key([key]).get(key, "")
        merged = crm.histories(ObjectType.DEAL, [deal_id], _MERGED).get(deal_id) if deal_id else None
        if merged is None:
            return
        if any(past.value for past in merged.past):
            raise MergedMeanwhileError(ObjectType.DEAL)
        crm.archive(ObjectType.DEAL, [deal_id])

    def _forget(self, person: Person) -> None:
        for _ in range(_ATTEMPTS):
            refused = self._people.apply([Change(person, person.erased(self._clock()), releases=person.email)])
            stored = refused[person.key].stored if refused else None
            if stored is None or stored.state is State.ERASED:
                return
            person = stored
        raise ContendedError(person.key.account_id)


def _portal_id(person: Person, known: KnownCampaign) -> int:
    """The HubSpot account that something may have been made in; 0 for none.

    A test that was stopped because the settings do not fit HubSpot keeps no decision, though its contact may be there.
    """
    if person.decision is not None:
        return person.decision.portal_id
    return known.binding.portal_id if known.binding and person.reason is Reason.SETUP else 0


def _delete_contact(crm: Crm, person: Person) -> None:
    """The address was made for this lead alone: whoever has it and no other is the lead's own contact."""
    contact = crm.read_contacts_by_email([person.email], _IDENTITY).get(person.email)
    if contact is None:
        return
    if contact.properties != {"email": person.email}:
        raise MergedMeanwhileError(ObjectType.CONTACT)
    crm.archive(ObjectType.CONTACT, [contact.record_id])
