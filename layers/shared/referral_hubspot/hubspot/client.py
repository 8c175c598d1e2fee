"""One HubSpot account: its parts together, and the account itself."""

from referral_hubspot.domain.crm import HubSpotAccount
from referral_hubspot.domain.errors import CrmUnavailableError, RetryableError
from referral_hubspot.hubspot.calls import Caller
from referral_hubspot.hubspot.contacts import Contacts
from referral_hubspot.hubspot.deals import Deals
from referral_hubspot.hubspot.lists import Lists
from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.hubspot.records import Records
from referral_hubspot.hubspot.schema import Schema
from referral_hubspot.hubspot.transport import API_VERSION


class HubSpotCrm(Contacts, Deals, Lists, Records, Schema):
    """One HubSpot account through one grant; see `usecases.ports.Crm`."""

    def __init__(self, caller: Caller, oauth: OAuth) -> None:
        self._caller = caller
        self._oauth = oauth

    def account(self) -> HubSpotAccount:
        """Which HubSpot account this is, named by its website's domain: HubSpot tells no other name."""
        details = self._caller.call("GET", f"/account-info/{API_VERSION}/details").body
        try:
            portal_id, ui_domain = int(details["portalId"]), str(details["uiDomain"])
        except (KeyError, TypeError, ValueError) as error:
            raise CrmUnavailableError(status=200) from error
        return HubSpotAccount(portal_id, self._name(portal_id), ui_domain, str(details.get("timeZone") or "UTC"))

    def uninstall(self) -> None:
        """Remove our app from the account."""
        self._caller.call("DELETE", f"/appinstalls/{API_VERSION}/external-install")

    def _name(self, portal_id: int) -> str:
        try:
            domain = self._oauth.introspect(self._caller.access_token()).hub_domain
        except RetryableError:  # a name is not worth failing a connection for
            domain = ""
        return domain or f"HubSpot account {portal_id}"
