from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.hubspot import HubSpotSimulator
from tests.simulators.hubspot.driver import DEAL_SCOPES, EU, LIST_SCOPE, REDIRECT, Account, Driver, WebhookReceiver


@pytest.fixture(scope="module")
def simulator() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        yield simulator


@pytest.fixture
def hubspot(simulator: HubSpotSimulator) -> Iterator[Driver]:
    """A HubSpot as after its start, whose app may send people back to `REDIRECT`."""
    driver = Driver(simulator)
    driver.control("reset", {"keep_app": False})
    driver.control("app", {"redirect_urls": [REDIRECT], "webhook_interval_s": 0.02})
    driver.switch(search_lag_s=0)
    yield driver
    driver.control("reset", {"keep_app": False})
    driver.session.close()


@pytest.fixture
def account(hubspot: Driver) -> Account:
    """Acme EU, connected."""
    return hubspot.connect(EU)


@pytest.fixture
def sales(hubspot: Driver) -> Account:
    """Acme EU, connected with all that deals need."""
    return hubspot.connect(EU, optional_scope=DEAL_SCOPES)


@pytest.fixture
def reader(hubspot: Driver) -> Account:
    """Acme EU, connected with lists."""
    return hubspot.connect(EU, optional_scope=LIST_SCOPE)


@pytest.fixture
def receiver(hubspot: Driver) -> Iterator[WebhookReceiver]:
    """Where the app's webhooks go."""
    receiver = WebhookReceiver()
    hubspot.control("app", {"webhook_url": receiver.url, "webhook_retry_delays_s": [0.05]})
    yield receiver
    hubspot.control("app", {"webhook_url": ""})
    receiver.close()
