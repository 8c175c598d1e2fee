from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from referral_hubspot.hubspot.directory import HubSpotDirectory
from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.hubspot.pacing import Pacer
from referral_hubspot.hubspot.transport import Transport, new_session
from referral_hubspot.usecases.access import GrantKeeper
from simulators.hubspot import HubSpotSimulator
from tests.hubspot.simulated import Connected, app, connect
from tests.hubspot.stand_ins import OpenBudget
from tests.simulators.hubspot.driver import REDIRECT, Driver
from tests.usecases.grants_in_memory import Store


@pytest.fixture(scope="module")
def simulator() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        yield simulator


@pytest.fixture
def acme(simulator: HubSpotSimulator) -> Iterator[Connected]:
    hubspot = Driver(simulator)
    hubspot.control("reset", {"keep_app": False})
    hubspot.control("app", {"redirect_urls": [REDIRECT]})
    hubspot.switch(rate_scale=0)
    session = new_session()
    transport = Transport(session, hubspot.url)
    oauth = OAuth(transport, app(hubspot))
    store, budget = Store(None), OpenBudget()
    keeper = GrantKeeper(store, oauth, clock=lambda: datetime.now(UTC), notice_lost=lambda _: None)
    acme = Connected(hubspot, oauth, HubSpotDirectory(transport, oauth, keeper, Pacer(budget)), store, budget)
    connect(acme)
    hubspot.control("journal", method="DELETE")
    yield acme
    session.close()
    hubspot.session.close()
