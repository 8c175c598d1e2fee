"""The sample of an order, carried out on the emulator."""

from dataclasses import fields

import pytest

from functions.operation import app
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.runtime.operation import OperationEnvironment
from tests.functions.samples import sample
from tests.world import Context, World, lead_joined_event


def test_the_story_of_a_lead_is_told(system: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for field in fields(OperationEnvironment):
        if field.name not in {"campaign_table", "pepper_secret_arn"}:
            monkeypatch.setenv(field.name.upper(), field.name)
    app.wiring.cache_clear()
    system.serve(Duplicates.UPDATE)
    system.deliver(lead_joined_event("lead-1001", "ada@example.com"))

    answer = app.lambda_handler(sample("operation"), Context())

    app.wiring.cache_clear()
    assert answer["ok"]
    assert answer["lines"][0] == "Lead lead-1001 of campaign spring of account acme"
    assert "ada@example.com" not in str(answer)
