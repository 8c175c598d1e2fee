"""samconfig.toml: a section per stage, and nothing that the template does not know."""

import shlex

import pytest

from tests.cloudformation import samconfig, template

STAGES = ["default", "local", "staging", "prod"]


def overrides(stage: str, command: str) -> dict[str, str]:
    text = samconfig()[stage][command]["parameters"].get("parameter_overrides", "")
    return dict(pair.split("=", 1) for pair in shlex.split(text))


def test_every_stage_has_its_section_and_no_other() -> None:
    assert set(samconfig()) - {"version"} == set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", ["build", "deploy"])
def test_a_stage_gives_only_parameters_that_the_template_has(stage: str, command: str) -> None:
    known = template()["Parameters"]

    for name, value in overrides(stage, command).items():
        assert value in known[name].get("AllowedValues", [value])
        assert "NoEcho" not in known[name]


@pytest.mark.parametrize("stage", ["local", "staging", "prod"])
def test_a_stage_deploys_as_itself(stage: str) -> None:
    assert overrides(stage, "deploy")["Stage"] == stage


def test_no_two_stages_are_one_stack() -> None:
    names = [samconfig()[stage]["global"]["parameters"]["stack_name"] for stage in STAGES]

    assert len(set(names)) == len(names)


def test_production_is_changed_only_after_a_look_at_the_changes() -> None:
    assert samconfig()["prod"]["deploy"]["parameters"]["confirm_changeset"] is True


@pytest.mark.parametrize("stage", STAGES)
def test_sam_may_make_the_roles_of_functions_and_no_named_ones(stage: str) -> None:
    assert samconfig()[stage]["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"


@pytest.mark.parametrize("stage", STAGES)
def test_the_template_is_linted(stage: str) -> None:
    assert samconfig()[stage]["validate"]["parameters"]["lint"] is True
