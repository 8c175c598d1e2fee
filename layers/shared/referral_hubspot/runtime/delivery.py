"""Wiring of what brings people to HubSpot: built when first used, once per process."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.report import report_fault
from referral_hubspot.runtime.sending import send_people
from referral_hubspot.runtime.wiring import HubSpotEnvironment, HubSpotWiring
from referral_hubspot.usecases.changed_before import ChangedBefore
from referral_hubspot.usecases.look_back import LookBack
from referral_hubspot.usecases.postpone import Patience
from referral_hubspot.usecases.read_back import ReadBack
from referral_hubspot.usecases.search_pass import SearchPass
from referral_hubspot.usecases.send_people import SendPeople
from referral_hubspot.usecases.slow_pass import SlowPass


@dataclass(frozen=True, slots=True)
class DeliveryEnvironment(HubSpotEnvironment):
    """How long people wait for HubSpot."""

    hold_after_seconds: int
    release_message_after_seconds: int
    stage: str


class DeliveryWiring(HubSpotWiring):
    """What brings people to HubSpot."""

    def __init__(self, environment: DeliveryEnvironment) -> None:
        super().__init__(environment)
        self._delivery = environment

    @cached_property
    def send_people(self) -> SendPeople:
        patience = Patience(
            hold_after=timedelta(seconds=self._delivery.hold_after_seconds),
            release_message_after=timedelta(seconds=self._delivery.release_message_after_seconds),
        )
        return send_people(self, self._delivery.stage, patience)

    @cached_property
    def read_back(self) -> ReadBack:
        look_back = LookBack(self.follow_records, clients.now)
        return ReadBack(
            self.campaigns,
            self.directory,
            self.reading,
            SearchPass(self.people, self.links, self.qualify, self.follow_records, self.reading, clients.now),
            SlowPass(self.people, self.qualify, look_back, self.reading, clients.now, report_fault),
            ChangedBefore(self.people, self.qualify, look_back, self.reading, clients.now),
            clients.now,
            report_fault,
        )
