"""Wiring of what an admin tries: test leads, and the check of a connection."""

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminWiring
from referral_hubspot.runtime.report import report_fault
from referral_hubspot.runtime.sending import send_people
from referral_hubspot.storage.sweep_times import SweepTimes
from referral_hubspot.usecases.check_connection import CheckConnection
from referral_hubspot.usecases.postpone import Patience
from referral_hubspot.usecases.remove_test_lead import RemoveTestLead
from referral_hubspot.usecases.round_trip import WebhookRoundTrip
from referral_hubspot.usecases.test_lead import RecentTestLeads, SendTestLead


def sending_test_leads(wiring: AdminWiring, stage: str) -> SendTestLead:
    """By the way of every lead."""
    return SendTestLead(wiring.campaigns, wiring.people, send_people(wiring, stage, Patience()), clients.now)


def recent_test_leads(wiring: AdminWiring) -> RecentTestLeads:
    """Out of the table alone."""
    return RecentTestLeads(wiring.people, clients.now)


def removing_test_leads(wiring: AdminWiring, stage: str) -> RemoveTestLead:
    """With their records in HubSpot."""
    return RemoveTestLead(wiring.people, wiring.directory, stage, clients.now)


def checking(wiring: AdminWiring, sweep_times: SweepTimes) -> CheckConnection:
    """Every line of the check."""
    return CheckConnection(
        wiring.campaigns,
        wiring.directory,
        wiring.fit,
        WebhookRoundTrip(wiring.awaited, clients.now),
        wiring.budget,
        sweep_times,
        wiring.read_progress,
        clients.now,
        report_fault,
    )
