"""The function as the template deploys it: its environment, its handler, its addresses."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from functions.settings_api import app
from functions.settings_api.routes import ROUTES
from referral_hubspot.domain.crm import Property
from referral_hubspot.runtime.settings_api import SettingsApiEnvironment
from tests.cloudformation import routes
from tests.functions.settings_api.world import World
from tests.tables import CAMPAIGNS

ROOT = Path(__file__).parents[3]


@dataclass
class Context:
    function_name: str = "settings_api"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:settings_api"
    aws_request_id: str = "request-1"


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / f"events/settings_api.{name}.json").read_text())
    return event


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for field in fields(SettingsApiEnvironment):
        monkeypatch.setenv(field.name.upper(), "1" if field.name.startswith("budget") else field.name)
    monkeypatch.setenv("CAMPAIGN_TABLE", CAMPAIGNS)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    app.wiring.cache_clear()
    yield
    app.wiring.cache_clear()


@pytest.mark.usefixtures("environment")
def test_the_handler_answers_api_gateway(world: World) -> None:
    world.tell(account_id="acme", campaign_id="spring")

    answer = app.lambda_handler(sample("read"), Context())

    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (200, "not_connected")


def test_a_body_in_base64_is_read(world: World) -> None:
    world.tell(account_id="acme", campaign_id="spring")
    encoded = b64encode(b'{"version": "0"}').decode()

    reply = world.send(sample("save") | {"body": encoded, "isBase64Encoded": True})

    assert ("not_a_whole_number", "version") in reply.problems


def test_no_log_line_names_a_person(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "referral-hubspot")
    world.connect()

    world.save()
    world.save({"ada@example.com": 1})

    logged = [str(vars(record)) for record in caplog.records]
    assert ["settings_saved" in logged[0], "request_refused" in logged[1]] == [True, True]
    assert not [line for line in logged if "Ada" in line or "ada@" in line]


def test_the_sample_of_a_read_is_answered(world: World) -> None:
    world.tell(account_id="acme", campaign_id="spring")

    assert world.send(sample("read")).status == 200


def test_the_sample_of_a_save_is_saved(world: World) -> None:
    world.tell(account_id="acme", campaign_id="spring")
    world.connect("spring", account_id="acme")
    for name in ("referred_by", "referral_source"):
        world.hubspot.listed.append(Property(name, name, "string", "text", "g", True))

    reply = world.send(sample("save"))

    assert (reply.status, reply.body["setup_required"], reply.body["saved_by"]) == (200, False, "Vera Admin")


def test_every_operation_has_its_address_in_the_template() -> None:
    deployed = {route.key for route in routes() if route.function == "SettingsApiFunction"}

    assert deployed == {endpoint.route_key for endpoint in ROUTES}
