"""Wiring of what comes up by itself: built when first used, once per process."""

from functools import cached_property

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.delivery import DeliveryWiring
from referral_hubspot.runtime.report import report_fault
from referral_hubspot.storage.attention import AttentionTable
from referral_hubspot.storage.fitted import FittedTable
from referral_hubspot.storage.questions import QuestionTable
from referral_hubspot.storage.sweep_times import SweepTimes
from referral_hubspot.usecases.attention import Attend
from referral_hubspot.usecases.carry_out import CarryOut
from referral_hubspot.usecases.clean_up import CleanUp
from referral_hubspot.usecases.count_changed import CountChanged
from referral_hubspot.usecases.refit import Refit
from referral_hubspot.usecases.release import Release
from referral_hubspot.usecases.sweep import Sweep


class SweepWiring(DeliveryWiring):
    """The sweep, which sends people as a delivery does."""

    @cached_property
    def sweep(self) -> Sweep:
        table, dynamodb, now = self._delivery.campaign_table, self.dynamodb, clients.now
        questions = QuestionTable(table, dynamodb)
        return Sweep(
            routes=self.campaigns,
            erase=self.erase,
            clean_ups=CleanUp(self.cleanups, self.connections, self.oauth, self.directory),
            refit=Refit(FittedTable(table, dynamodb), self.fit, report_fault, now),
            carry_out=CarryOut(questions, self.people, self.campaigns, self.send_people, self.read_back, now),
            release=Release(self.people, self.campaigns, self.send_people, now),
            read_back=self.read_back,
            count_changed=CountChanged(questions, self.people, self.campaigns, self.read_back, now),
            attend=Attend(AttentionTable(table, dynamodb), self.people, self.campaigns, now),
            times=SweepTimes(table, dynamodb),
            clock=now,
        )
