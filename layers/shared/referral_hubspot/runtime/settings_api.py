"""Wiring of the HTTP API: built when first used, once per process."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminEnvironment, AdminWiring
from referral_hubspot.runtime.health import Health
from referral_hubspot.storage.questions import QuestionTable
from referral_hubspot.storage.sweep_times import SweepTimes
from referral_hubspot.usecases.ask_consent import ConnectUrl
from referral_hubspot.usecases.find_campaign import FindCampaign
from referral_hubspot.usecases.list_campaigns import ListCampaigns
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.questions import Questions
from referral_hubspot.usecases.read_people import ReadPeople
from referral_hubspot.usecases.read_warnings import ReadWarnings
from referral_hubspot.usecases.return_properties import ReturnProperties
from referral_hubspot.usecases.save_settings import SaveSettings
from referral_hubspot.usecases.status import ReadStatus

if TYPE_CHECKING:
    from referral_hubspot.usecases.check_connection import CheckConnection
    from referral_hubspot.usecases.manage_syncs import ManageSyncs
    from referral_hubspot.usecases.preview import PreviewSettings
    from referral_hubspot.usecases.read_activity import ReadActivity
    from referral_hubspot.usecases.remove_test_lead import RemoveTestLead
    from referral_hubspot.usecases.share_connection import ShareConnection
    from referral_hubspot.usecases.test_lead import RecentTestLeads, SendTestLead


@dataclass(frozen=True, slots=True)
class SettingsApiEnvironment(AdminEnvironment):
    """What the HTTP API takes."""

    stage: str
    lead_dead_letters_url: str
    referrer_dead_letters_url: str
    change_dead_letters_url: str
    sync_dead_letters_url: str
    announcement_dead_letters_url: str
    sweep_dead_letters_url: str
    lead_queue_age_alarm: str
    referrer_queue_age_alarm: str
    change_queue_age_alarm: str
    sync_queue_age_alarm: str
    sync_queue_url: str
    sync_queue_arn: str
    sync_schedule_group: str
    sync_schedule_role_arn: str


class SettingsApiWiring(AdminWiring):
    """An admin's work and tries, and the status."""

    def __init__(self, environment: SettingsApiEnvironment) -> None:
        super().__init__(environment)
        self._api = environment

    @property
    def allowed_origins(self) -> list[str]:
        """Where frames and ways back may lead."""
        return [origin.strip() for origin in self._api.allowed_origins.split(",") if origin.strip()]

    @property
    def sweep_rate(self) -> str:
        return self._api.sweep_rate

    @cached_property
    def connect_url(self) -> ConnectUrl:
        return ConnectUrl(
            self.once,
            public_base_url=self._api.public_base_url,
            allowed_origins=self.allowed_origins,
            clock=clients.now,
        )

    @cached_property
    def lookups(self) -> LookUp:
        return LookUp(self.directory, self.portal_properties, clients.now)

    @cached_property
    def return_properties(self) -> ReturnProperties:
        return ReturnProperties(self.lookups, self._api.platform_name)

    @cached_property
    def find_campaign(self) -> FindCampaign:
        return FindCampaign(self.campaigns)

    @cached_property
    def list_campaigns(self) -> ListCampaigns:
        return ListCampaigns(self.campaigns)

    @cached_property
    def save_settings(self) -> SaveSettings:
        return SaveSettings(self.campaigns, self.lookups, self.releaser, clients.now)

    @cached_property
    def questions(self) -> Questions:
        store = QuestionTable(self._api.campaign_table, self.dynamodb)
        return Questions(store, self.people, self.campaigns, self.releaser, clients.now)

    @cached_property
    def read_warnings(self) -> ReadWarnings:
        return ReadWarnings(self.campaigns)

    @cached_property
    def read_people(self) -> ReadPeople:
        return ReadPeople(self.people, self.portal_properties, self._api.platform_name)

    @cached_property
    def share_connection(self) -> "ShareConnection":
        from referral_hubspot.runtime import sharing

        return sharing.sharing_connections(self)

    @cached_property
    def read_activity(self) -> "ReadActivity":
        from referral_hubspot.usecases.read_activity import ReadActivity

        return ReadActivity(self.people, self._api.platform_name, clients.now)

    # What an admin tries is loaded when it is first asked for: most cold starts never run it.

    @cached_property
    def preview_settings(self) -> "PreviewSettings":
        from referral_hubspot.runtime import previewing

        return previewing.previewing(self, self.lookups)

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
    def manage_syncs(self) -> "ManageSyncs":
        from referral_hubspot.runtime import managing_syncs

        return managing_syncs.manage_syncs(self, self._api)

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
            "referrer": here.referrer_dead_letters_url,
            "change": here.change_dead_letters_url,
            "sync": here.sync_dead_letters_url,
            "announcement": here.announcement_dead_letters_url,
            "sweep": here.sweep_dead_letters_url,
        }
        alarms = {
            "lead": here.lead_queue_age_alarm,
            "referrer": here.referrer_queue_age_alarm,
            "change": here.change_queue_age_alarm,
            "sync": here.sync_queue_age_alarm,
        }
        health = Health(clients.sqs(), letters, clients.cloudwatch(), alarms)
        return ReadStatus(health, self.sweep_times, self.campaigns, clients.now)
