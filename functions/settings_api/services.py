"""The use cases that this function runs, as the wiring names them; each is built when it is first asked for."""

from typing import Protocol

from referral_hubspot.usecases.ask_consent import ConnectUrl
from referral_hubspot.usecases.disconnect import Disconnect
from referral_hubspot.usecases.find_campaign import FindCampaign
from referral_hubspot.usecases.lookups import LookUpProperties
from referral_hubspot.usecases.read_leads import ReadLeads
from referral_hubspot.usecases.save_settings import SaveSettings


class Services(Protocol):
    """One of each."""

    @property
    def find_campaign(self) -> FindCampaign: ...

    @property
    def connect_url(self) -> ConnectUrl: ...

    @property
    def disconnect(self) -> Disconnect: ...

    @property
    def save_settings(self) -> SaveSettings: ...

    @property
    def lookups(self) -> LookUpProperties: ...

    @property
    def read_leads(self) -> ReadLeads: ...
