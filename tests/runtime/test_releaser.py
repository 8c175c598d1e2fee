"""Asking the sweep to come now: a hint that may be lost."""

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from referral_hubspot.runtime.releaser import SweepReleaser
from tests.functions.logs import logging

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class FakeLambda:
    def __init__(self, fault: Exception | None = None) -> None:
        self.invoked: list[dict[str, Any]] = []
        self._fault = fault

    def invoke(self, **request: Any) -> None:
        self.invoked.append(request)
        if self._fault:
            raise self._fault


def releaser(fake: FakeLambda) -> SweepReleaser:
    return SweepReleaser(cast("LambdaClient", fake), "arn:sweep:live")


def test_the_sweep_is_asked_for_one_campaign_and_not_waited_for() -> None:
    fake = FakeLambda()

    releaser(fake).release("acme", "spring")

    [request] = fake.invoked
    assert (request["FunctionName"], request["InvocationType"]) == ("arn:sweep:live", "Event")
    assert json.loads(request["Payload"]) == {"account_id": "acme", "campaign_id": "spring"}


@pytest.mark.parametrize(
    "fault",
    [
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
        ConnectTimeoutError(endpoint_url="https://lambda"),
    ],
)
def test_a_save_does_not_fail_because_the_sweep_could_not_be_asked(fault: Exception) -> None:
    with logging() as logged:
        releaser(FakeLambda(fault)).release("acme", "spring")

    [line] = logged.lines
    assert (line["level"], line["message"], line["campaign_id"]) == ("WARNING", "release_not_asked_for", "spring")


def test_a_fault_of_ours_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        releaser(FakeLambda(ZeroDivisionError())).release("acme", "spring")


def test_everyone_can_be_swept_before_it_is_time() -> None:
    fake = FakeLambda()

    releaser(fake).sweep_now()

    [request] = fake.invoked
    assert (json.loads(request["Payload"]), request["InvocationType"]) == ({}, "Event")
