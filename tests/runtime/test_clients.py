"""Secrets: kept for minutes, two valid at once while one is being replaced."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from referral_hubspot.runtime import clients


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    clients._secrets.clear()
    with mock_aws():
        yield
    clients._secrets.clear()


def stored(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return boto3.client("secretsmanager").create_secret(Name="one", SecretString=text)["ARN"]


def test_a_secret_is_its_text() -> None:
    assert clients.secret(stored("pepper")) == "pepper"


@pytest.mark.parametrize(
    ("content", "secrets"),
    [
        ({"client_secret": "new", "previous_client_secret": "old"}, ["new", "old"]),
        ({"client_secret": "new", "previous_client_secret": ""}, ["new"]),
        ({"client_secret": "new"}, ["new"]),
    ],
)
def test_the_secret_before_counts_as_long_as_it_is_stored(content: dict[str, str], secrets: list[str]) -> None:
    assert clients.client_secrets(stored(content)) == secrets


def test_a_warm_function_does_not_ask_for_a_secret_each_time() -> None:
    arn = stored("pepper")
    clients.secret(arn)
    boto3.client("secretsmanager").delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)

    assert clients.secret(arn) == "pepper"


@pytest.mark.parametrize("make", [clients.dynamodb, clients.sqs, clients.kms, clients.events, clients.lambda_])
def test_a_client_gives_up_before_its_function_does(make: object) -> None:
    assert callable(make)
    config = make().meta.config

    assert config.connect_timeout + config.read_timeout <= 8
    assert config.retries["total_max_attempts"] == 4


def test_the_clock_knows_its_zone() -> None:
    assert clients.now().utcoffset() is not None
