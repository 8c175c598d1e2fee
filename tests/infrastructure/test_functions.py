"""How the functions are deployed: a change reaches the alias, logs end, each is given what it reads."""

from dataclasses import fields
from importlib import import_module

import pytest

from referral_hubspot.runtime.environment import Environment
from tests.cloudformation import ROOT, functions, logical_id, of_type, template

NAMES = sorted(functions())
LOG_GROUPS = of_type("AWS::Logs::LogGroup")


@pytest.mark.parametrize("name", NAMES)
def test_a_change_of_the_layer_reaches_the_alias(name: str) -> None:
    """Without any of the three the alias silently stays on the old layer."""
    [layer] = of_type("AWS::Serverless::LayerVersion").values()

    assert functions()[name]["AutoPublishAlias"] == "live"
    assert functions()[name]["AutoPublishAliasAllProperties"] is True
    assert layer["PublishLambdaVersion"] is True


def test_a_rollback_still_finds_its_layer() -> None:
    assert of_type("AWS::Serverless::LayerVersion")["SharedLayer"]["RetentionPolicy"] == "Retain"


@pytest.mark.parametrize("name", NAMES)
def test_a_function_logs_as_json_into_a_group_that_forgets(name: str) -> None:
    logging = functions()[name]["LoggingConfig"]

    assert logging["LogFormat"] == "JSON"
    assert logical_id(logging["LogGroup"]) in LOG_GROUPS


@pytest.mark.parametrize("name", sorted(LOG_GROUPS))
def test_a_log_group_has_a_retention(name: str) -> None:
    assert LOG_GROUPS[name]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def _module(name: str) -> str:
    """The handler's module as the tests import it."""
    return "functions." + str(functions()[name]["Handler"]).removesuffix(".lambda_handler")


def _given(name: str) -> set[str]:
    own = functions()[name].get("Environment", {}).get("Variables", {})
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {variable for variable in own | everywhere if not variable.startswith("POWERTOOLS_")}


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_given_what_it_reads(name: str) -> None:
    found = [one for one in vars(import_module(_module(name))).values() if isinstance(one, type)]
    known = [one for one in found if issubclass(one, Environment)]
    [read] = [one for one in known if not any(other is not one and issubclass(other, one) for other in known)]

    assert _given(name) == {field.name.upper() for field in fields(read)}


@pytest.mark.parametrize("name", NAMES)
def test_no_function_logs_whole_events(name: str) -> None:
    own = functions()[name].get("Environment", {}).get("Variables", {})

    assert "POWERTOOLS_LOGGER_LOG_EVENT" not in own | template()["Globals"]["Function"]["Environment"]["Variables"]


def test_every_folder_of_functions_is_deployed_and_the_other_way_round() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

    assert folders == {_module(name).split(".")[1] for name in NAMES}


def test_hubspot_is_answered_before_it_gives_up() -> None:
    assert functions()["HubSpotWebhookFunction"]["Timeout"] < 5
