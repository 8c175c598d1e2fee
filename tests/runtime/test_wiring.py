"""The wiring can build everything it names."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cached_property
from typing import Any

import boto3
import pytest
from moto import mock_aws

from referral_hubspot.domain.connection import ReturnAddressRefusedError
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminEnvironment
from referral_hubspot.runtime.connecting import ConnectWiring
from referral_hubspot.runtime.delivery import DeliveryEnvironment, DeliveryWiring
from referral_hubspot.runtime.environment import Environment
from referral_hubspot.runtime.receiving import ReceivingEnvironment, ReceivingWiring
from referral_hubspot.runtime.settings_api import SettingsApiEnvironment, SettingsApiWiring
from referral_hubspot.runtime.syncing import SyncEnvironment, SyncWiring
from referral_hubspot.runtime.tables import TableEnvironment, TableWiring

PAIRS: list[tuple[Any, type[Environment]]] = [
    (TableWiring, TableEnvironment),
    (DeliveryWiring, DeliveryEnvironment),
    (ReceivingWiring, ReceivingEnvironment),
    (SyncWiring, SyncEnvironment),
    (ConnectWiring, AdminEnvironment),
    (SettingsApiWiring, SettingsApiEnvironment),
]


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    clients._secrets.clear()
    with mock_aws():
        secret = boto3.client("secretsmanager").create_secret(Name="one", SecretString='{"client_secret": "s"}')
        for _, environment in PAIRS:
            for field in fields(environment):
                numeric = field.type in (int, float)
                monkeypatch.setenv(field.name.upper(), "10" if numeric else f"the-{field.name}")
        for name in ("PEPPER_SECRET_ARN", "HUBSPOT_SECRET_ARN"):
            monkeypatch.setenv(name, secret["ARN"])
        monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example.com, https://b.example.com,")
        yield
    clients._secrets.clear()


@pytest.mark.parametrize(("wiring", "environment"), PAIRS)
def test_everything_that_a_wiring_names_can_be_built_and_is_built_once(
    wiring: Any, environment: type[Environment]
) -> None:
    made = wiring(environment.read())
    names = [
        name for kind in type(made).__mro__ for name, one in vars(kind).items() if isinstance(one, cached_property)
    ]

    assert names
    assert all(getattr(made, name) is getattr(made, name) for name in names)


def test_blanks_around_allowed_origins_do_not_matter() -> None:
    wiring = SettingsApiWiring(SettingsApiEnvironment.read())
    assert wiring.allowed_origins == ["https://a.example.com", "https://b.example.com"]


def test_a_way_back_is_checked_against_the_allowed_origins() -> None:
    connect_url = SettingsApiWiring(SettingsApiEnvironment.read()).connect_url

    with pytest.raises(ReturnAddressRefusedError):
        connect_url.start("acme", "spring", "Ada", "https://c.example.com/")
