"""Wiring of the way to HubSpot's consent page and back: built when first used, once per process."""

from functools import cached_property

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminWiring
from referral_hubspot.usecases.ask_consent import AskConsent
from referral_hubspot.usecases.connect import Connect


class ConnectWiring(AdminWiring):
    """Connecting a campaign."""

    @cached_property
    def ask_consent(self) -> AskConsent:
        return AskConsent(self.once, self.oauth, clock=clients.now)

    @cached_property
    def connect(self) -> Connect:
        return Connect(
            once=self.once,
            tokens=self.oauth,
            hubspot=self.directory,
            connections=self.connections,
            kept=self.portal_properties,
            releaser=self.releaser,
            clock=clients.now,
        )
