"""What `make up` promises. These tests bring up stacks of their own, on a tiny template where that is enough."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.local import LocalStackError, Stack, down, running_stack, up
from simulators.local.folder import LOCAL, StackFolder
from simulators.local.processes import Processes

NOT_ON_THE_EMULATOR = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Architecture: {Type: String}
Resources:
  Fleet:
    Type: AWS::GameLift::Fleet
"""


@pytest.fixture
def redeployed(paces: dict[str, str]) -> Iterator[Stack]:
    """A stack of the test's own: the one that others share is not to change beneath them."""
    with running_stack(f"again-{os.getpid()}", paces) as made:
        yield made


def test_a_failed_up_says_why_and_leaves_no_process_behind(tmp_path: Path) -> None:
    name = f"failing-{os.getpid()}"
    template = tmp_path / "template.yaml"
    template.write_text(NOT_ON_THE_EMULATOR)

    try:
        with pytest.raises(LocalStackError, match=r"(?s)sam deploy ended with exit code.*sam-deploy\.log"):
            up(name, template=template)

        assert Processes(StackFolder(name)).records() == {}
        assert not StackFolder(name).stack_file.exists()
    finally:
        down(name, forget=True)


def test_a_second_up_deploys_to_the_running_emulator_and_other_values_reach_the_functions(
    redeployed: Stack, paces: dict[str, str]
) -> None:
    stack = redeployed
    before = Processes(StackFolder(stack.name)).records()["emulator"]
    stack.tables.Table(stack.resource("CampaignTable")).put_item(Item={"pk": "kept", "sk": "kept"})

    again = up(stack.name, parameters=paces | {"RetryDelaysSeconds": "1,2,4"})

    assert again == stack
    assert Processes(StackFolder(stack.name)).records()["emulator"] == before
    kept = stack.tables.Table(stack.resource("CampaignTable")).get_item(Key={"pk": "kept", "sk": "kept"})
    assert "Item" in kept
    function = stack.resource("LeadJoinedFunction")
    serving = stack.functions.get_function_configuration(FunctionName=function, Qualifier="live")
    assert serving["Environment"]["Variables"]["RETRY_DELAYS_SECONDS"] == "1,2,4"


def test_a_stack_keeps_to_its_folder(stack: Stack) -> None:
    written = {path.name for path in StackFolder(stack.name).path.iterdir()}

    assert {"stack.json", "processes.json", "ports.json", "emulator.log", "tmp"} <= written
    assert LOCAL in StackFolder(stack.name).path.parents
