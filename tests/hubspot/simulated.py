"""An account that is connected to a portal of the HubSpot simulator, through the real client."""

from dataclasses import dataclass
from datetime import UTC, datetime

from referral_hubspot.domain import scopes
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.hubspot.client import HubSpotCrm
from referral_hubspot.hubspot.directory import HubSpotDirectory
from referral_hubspot.hubspot.oauth import HubSpotApp, OAuth
from referral_hubspot.usecases.access import Grant, StoredGrant, lifetime
from tests.hubspot.stand_ins import OpenBudget
from tests.simulators.hubspot.driver import CLIENT, EU, REDIRECT, SCOPES, Driver
from tests.usecases.grants_in_memory import Store


@dataclass
class Connected:
    """Account `acc`, connected to a portal, with all that a process has."""

    hubspot: Driver
    oauth: OAuth
    directory: HubSpotDirectory
    store: Store
    budget: OpenBudget

    @property
    def crm(self) -> HubSpotCrm:
        return self.directory.open("acc", EU, Lane.LIVE)

    @property
    def kinds(self) -> list[str]:
        return [row["kind"] for row in self.hubspot.journal()]


def app(hubspot: Driver, *secrets: str) -> HubSpotApp:
    known = secrets or (CLIENT["client_secret"],)
    consent = hubspot.url + "/oauth/authorize"
    return HubSpotApp(CLIENT["client_id"], lambda: known, REDIRECT, consent, tuple(SCOPES.split()), scopes.OPTIONAL)


def connect(acme: Connected, portal: int = EU) -> Grant:
    grant = acme.oauth.exchange(acme.hubspot.code(portal, optional_scope=" ".join(scopes.OPTIONAL)))
    renew_at, expires_at = lifetime(grant.expires_in, datetime.now(UTC))
    version = acme.store.grant.version + 1 if acme.store.grant else 1
    acme.store.grant = acme.store.cached = StoredGrant(
        "acc", grant.portal_id, grant.access_token, grant.refresh_token, renew_at, expires_at, grant.scopes, version
    )
    return grant
