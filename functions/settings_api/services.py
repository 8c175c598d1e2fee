"""The use cases that this function runs, as the wiring names them; each is built when it is first asked for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from referral_hubspot.domain.refusals import RowRefusal
from referral_hubspot.domain.settings import Part, Side
from referral_hubspot.usecases.ask_consent import ConnectUrl
from referral_hubspot.usecases.disconnect import Disconnect
from referral_hubspot.usecases.find_campaign import FindCampaign
from referral_hubspot.usecases.list_campaigns import ListCampaigns
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.questions import Questions
from referral_hubspot.usecases.read_people import ReadPeople
from referral_hubspot.usecases.read_progress import ReadProgress
from referral_hubspot.usecases.read_warnings import ReadWarnings
from referral_hubspot.usecases.return_properties import ReturnProperties
from referral_hubspot.usecases.save_settings import SaveSettings
from referral_hubspot.usecases.status import ReadStatus

if TYPE_CHECKING:  # a cold start loads these when they are first asked for
    from referral_hubspot.usecases.check_connection import CheckConnection
    from referral_hubspot.usecases.manage_syncs import ManageSyncs
    from referral_hubspot.usecases.preview import PreviewSettings
    from referral_hubspot.usecases.read_activity import ReadActivity
    from referral_hubspot.usecases.remove_test_lead import RemoveTestLead
    from referral_hubspot.usecases.share_connection import ShareConnection
    from referral_hubspot.usecases.test_lead import RecentTestLeads, SendTestLead


class Refusals(Protocol):
    """What HubSpot refused of mapping rows; see `storage.refusals`."""

    def refusals(
        self, account_id: str, campaign_id: str, side: Side, version: int
    ) -> Mapping[tuple[Part, str], RowRefusal]: ...


class Services(Protocol):
    """One of each."""

    @property
    def find_campaign(self) -> FindCampaign: ...

    @property
    def list_campaigns(self) -> ListCampaigns: ...

    @property
    def connect_url(self) -> ConnectUrl: ...

    @property
    def share_connection(self) -> "ShareConnection": ...

    @property
    def disconnect(self) -> Disconnect: ...

    @property
    def save_settings(self) -> SaveSettings: ...

    @property
    def lookups(self) -> LookUp: ...

    @property
    def return_properties(self) -> ReturnProperties: ...

    @property
    def refusals(self) -> Refusals: ...

    @property
    def sweep_rate(self) -> str:
        """How often the sweep looks for what webhooks do not tell, as "5 minutes"."""
        ...

    @property
    def read_warnings(self) -> ReadWarnings: ...

    @property
    def read_people(self) -> ReadPeople: ...

    @property
    def read_activity(self) -> "ReadActivity": ...

    @property
    def read_progress(self) -> ReadProgress: ...

    @property
    def questions(self) -> Questions: ...

    @property
    def read_status(self) -> ReadStatus: ...

    @property
    def preview_settings(self) -> "PreviewSettings": ...

    @property
    def send_test_lead(self) -> "SendTestLead": ...

    @property
    def recent_test_leads(self) -> "RecentTestLeads": ...

    @property
    def remove_test_lead(self) -> "RemoveTestLead": ...

    @property
    def manage_syncs(self) -> "ManageSyncs": ...

    @property
    def check_connection(self) -> "CheckConnection": ...
