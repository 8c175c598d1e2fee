"""Wiring of trying a form that is not saved yet."""

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminWiring
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.preview import PreviewSettings


def previewing(wiring: AdminWiring, lookups: LookUp) -> PreviewSettings:
    """Over what is read and kept of HubSpot anyway."""
    return PreviewSettings(wiring.campaigns, lookups, wiring.people, wiring.directory, clients.now)
