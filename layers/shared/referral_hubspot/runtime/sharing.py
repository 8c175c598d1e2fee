"""Wiring of connecting to a HubSpot account that another campaign uses."""

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminWiring
from referral_hubspot.usecases.share_connection import ShareConnection


def sharing_connections(wiring: AdminWiring) -> ShareConnection:
    """On the grants that are stored."""
    return ShareConnection(wiring.connections, wiring.directory, wiring.portal_properties, wiring.releaser, clients.now)
