"""Wiring of sending, which deliveries and an admin's test lead share."""

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.report import report_fault
from referral_hubspot.runtime.wiring import HubSpotWiring
from referral_hubspot.usecases.misfits import Misfits
from referral_hubspot.usecases.postpone import Patience, Postpone
from referral_hubspot.usecases.send_people import SendPeople
from referral_hubspot.usecases.send_to_portal import SendToPortal


def send_people(wiring: HubSpotWiring, stage: str, patience: Patience) -> SendPeople:
    """The one way by which people get into HubSpot."""
    portal = SendToPortal(
        wiring.directory,
        wiring.register,
        wiring.people,
        wiring.links,
        wiring.qualify,
        Misfits(wiring.refusals, wiring.fit, clients.now, report_fault),
        Postpone(wiring.people, wiring.bindings, patience, clients.now, report_fault),
        stage,
        clients.now,
    )
    return SendPeople(wiring.register, wiring.people, wiring.campaigns, portal, clients.now)
