"""Wiring of what brings people to HubSpot: built when first used, once per process."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.report import report_fault
from referral_hubspot.runtime.wiring import HubSpotEnvironment, HubSpotWiring
from referral_hubspot.storage.erasures import ErasureRepository
from referral_hubspot.storage.register import Register
from referral_hubspot.usecases.clean_up import CleanUp
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.receive import Receive
from referral_hubspot.usecases.send_people import SendPeople
from referral_hubspot.usecases.send_to_portal import Patience, SendToPortal
from referral_hubspot.usecases.sweep import Sweep


@dataclass(frozen=True, slots=True)
class DeliveryEnvironment(HubSpotEnvironment):
    """How long people wait for HubSpot."""

    hold_after_seconds: int
    release_message_after_seconds: int


class DeliveryWiring(HubSpotWiring):
    """What brings people to HubSpot."""

    def __init__(self, environment: DeliveryEnvironment) -> None:
        super().__init__(environment)
        self._delivery = environment

    @cached_property
    def register(self) -> Register:
        return Register(self._delivery.campaign_table, self.dynamodb, self.pepper, self.campaigns)

    @cached_property
    def send_people(self) -> SendPeople:
        patience = Patience(
            hold_after=timedelta(seconds=self._delivery.hold_after_seconds),
            release_message_after=timedelta(seconds=self._delivery.release_message_after_seconds),
        )
        portal = SendToPortal(
            self.directory,
            self.register,
            self.people,
            self.links,
            self.qualify,
            patience,
            clients.now,
            report_fault,
        )
        return SendPeople(self.register, self.people, portal, clients.now)

    @cached_property
    def erase(self) -> Erase:
        erasures = ErasureRepository(self._delivery.campaign_table, self.dynamodb)
        return Erase(self.people, erasures, self.links, self.campaigns, clients.now)

    @cached_property
    def receive(self) -> Receive:
        return Receive(
            self.campaigns, self.register, self.people, self.send_people, self.erase, self.disconnect, clients.now
        )

    @cached_property
    def sweep(self) -> Sweep:
        clean_up = CleanUp(self.cleanups, self.connections, self.oauth, self.directory)
        return Sweep(self.people, self.campaigns, self.send_people, self.erase, clean_up, clients.now)
