"""Facts about the portal, and the app's way out of it."""

from __future__ import annotations

from simulators.hubspot.answers import Answer, Call


def details(call: Call) -> Answer:
    return Answer(200, call.portal.details())


def uninstall(call: Call) -> Answer:
    """All tokens of the app for this portal end, and webhooks stop."""
    call.simulation.uninstall(call.portal.id)
    return Answer(204)
