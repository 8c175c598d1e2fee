"""Wiring of the HTTP API: what an admin does and tries, and how the whole system does."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminEnvironment, AdminWiring
from referral_hubspot.runtime.health import Health
from referral_hubspot.storage.sweep_times import SweepTimes
from referral_hubspot.usecases.status import ReadStatus

if TYPE_CHECKING:
    from referral_hubspot.usecases.check_connection import CheckConnection
    from referral_hubspot.usecases.remove_test_lead import RemoveTestLead
    from referral_hubspot.usecases.test_lead import RecentTestLeads, SendTestLead


@dataclass(frozen=True, slots=True)
class SettingsApiEnvironment(AdminEnvironment):
    """What the HTTP API takes."""

    stage: str
    lead_dead_letters_url: str
    change_dead_letters_url: str
    announcement_dead_letters_url: str
    sweep_dead_letters_url: str
    lead_queue_age_alarm: str
    change_queue_age_alarm: str


class SettingsApiWiring(AdminWiring):
    """An admin's work and tries, and the status."""

    def __init__(self, environment: SettingsApiEnvironment) -> None:
        super().__init__(environment)
        self._api = environment

    # What an admin tries is loaded when it is first asked for: most cold starts never run it.

    @cached_property
    def send_test_lead(self) -> "SendTestLead":
        from referral_hubspot.runtime import trying

        return trying.sending_test_leads(self, self._api.stage)

    @cached_property
    def recent_test_leads(self) -> "RecentTestLeads":
        from referral_hubspot.runtime import trying

        return trying.recent_test_leads(self)

    @cached_property
    def remove_test_lead(self) -> "RemoveTestLead":
        from referral_hubspot.runtime import trying

        return trying.removing_test_leads(self, self._api.stage)

    @cached_property
    def check_connection(self) -> "CheckConnection":
        from referral_hubspot.runtime import trying

        return trying.checking(self, self.sweep_times)

    @cached_property
    def sweep_times(self) -> SweepTimes:
        return SweepTimes(self._api.campaign_table, self.dynamodb)

    @cached_property
    def read_status(self) -> ReadStatus:
        here = self._api
        letters = {
            "lead": here.lead_dead_letters_url,
            "change": here.change_dead_letters_url,
            "announcement": here.announcement_dead_letters_url,
            "sweep": here.sweep_dead_letters_url,
        }
        alarms = {"lead": here.lead_queue_age_alarm, "change": here.change_queue_age_alarm}
        health = Health(clients.sqs(), letters, clients.cloudwatch(), alarms)
        return ReadStatus(health, self.sweep_times, self.campaigns, clients.now)
