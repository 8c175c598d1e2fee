"""Wiring of what takes in the platform's messages: built when first used, once per process."""

from dataclasses import dataclass
from functools import cached_property

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.delivery import DeliveryEnvironment, DeliveryWiring
from referral_hubspot.runtime.sync_queue import SqsSyncQueue
from referral_hubspot.storage.enrolments import EnrolmentRepository
from referral_hubspot.storage.turns import TurnTable
from referral_hubspot.usecases.answers import TakeAnswers
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.receive import Receive
from referral_hubspot.usecases.update_referrers import UpdateReferrers


@dataclass(frozen=True, slots=True)
class ReceivingEnvironment(DeliveryEnvironment):
    """Where syncs are told that return fields are due."""

    sync_queue_url: str


class ReceivingWiring(DeliveryWiring):
    """What takes in the platform's messages."""

    def __init__(self, environment: ReceivingEnvironment) -> None:
        super().__init__(environment)
        self._receiving = environment

    @cached_property
    def receive(self) -> Receive:
        table = self._receiving.campaign_table
        due_returns = DueReturns(
            TurnTable(table, self.dynamodb),
            SqsSyncQueue(clients.sqs(), self._receiving.sync_queue_url),
            clients.now,
        )
        enrolments = EnrolmentRepository(table, self.dynamodb, self.pepper)
        return Receive(
            self.campaigns,
            self.register,
            self.people,
            self.send_people,
            UpdateReferrers(self.register, self.people, self.early_updates, due_returns, clients.now),
            TakeAnswers(enrolments, self.register, self.people, due_returns, clients.now),
            self.erase,
            self.disconnect,
            clients.now,
        )
