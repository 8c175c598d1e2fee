"""`python -m functions.operation`: the words of a command line become an event, its answer an exit code."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any, cast

import boto3
import pytest

from functions.operation import __main__ as cli
from functions.operation import rotation
from functions.operation.stacks import StackAccess, chosen_stack
from simulators.local import LocalStackError


class FakeAws:
    """AWS with a stack whose function answers what it is told to, and whose secret is kept here."""

    def __init__(self, *answers: dict[str, Any], failed: bool = False) -> None:
        self._answers = list(answers)
        self._failed = failed
        self.events: list[dict[str, Any]] = []
        self.stored = {"client_secret": "old", "previous_client_secret": ""}

    @property
    def stack(self) -> StackAccess:
        return StackAccess("referral-hubspot-test", cast("boto3.Session", self))

    def client(self, _service: str, **_how: Any) -> Any:
        return self

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, Qualifier) == ("referral-hubspot-test-operation", "live")
        self.events.append(json.loads(Payload))
        error = {"FunctionError": "Unhandled"} if self._failed else {}
        return {"Payload": BytesIO(json.dumps(self._answers.pop(0)).encode()), **error}

    def describe_stack_resource(self, **_: str) -> Any:
        return {"StackResourceDetail": {"PhysicalResourceId": "arn:secret"}}

    def get_secret_value(self, *, SecretId: str) -> Any:  # noqa: N803
        assert SecretId == "arn:secret"
        return {"SecretString": json.dumps(self.stored)}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803
        assert SecretId == "arn:secret"
        self.stored = json.loads(SecretString)


def run(monkeypatch: pytest.MonkeyPatch, aws: FakeAws, *arguments: str) -> int:
    monkeypatch.setattr(cli, "chosen_stack", lambda _: aws.stack)
    return cli.main(arguments)


def test_words_become_the_event_whatever_is_in_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = FakeAws({"ok": True, "lines": ["one", "two"]})

    assert run(monkeypatch, aws, "pause", "TARGET=campaign:acme/spring", "WHY=limit = 4 a second") == 0

    assert aws.events == [{"command": "pause", "target": "campaign:acme/spring", "why": "limit = 4 a second"}]
    assert capsys.readouterr().out == "one\ntwo\n"


def test_a_refusal_is_a_failure_and_goes_to_the_error_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, FakeAws({"ok": False, "lines": ["Nothing was changed."]}), "resume") == 1

    assert capsys.readouterr() == ("", "Nothing was changed.\n")


def test_a_long_work_is_gone_on_with_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws({"ok": True, "lines": [], "again": {"after": "x"}}, {"ok": True, "lines": []})

    assert run(monkeypatch, aws, "announce", "SINCE=2026-11-25") == 0

    assert [event.get("after") for event in aws.events] == [None, "x"]


def test_a_function_that_dies_is_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    aws = FakeAws({"errorType": "Sandbox.Timedout", "errorMessage": "ada@example.com"}, failed=True)

    assert run(monkeypatch, aws, "why", "LEAD=l1") == 1

    assert capsys.readouterr().err == "The function ended with Sandbox.Timedout.\n"


def test_a_stack_that_is_not_up_is_a_failure_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STACK", "nobody-made-this")
    monkeypatch.delenv("AWS_STACK", raising=False)

    assert cli.main(["why", "LEAD=l1"]) == 1

    assert "make up" in capsys.readouterr().err


def test_a_stack_on_aws_is_chosen_by_its_name_alone() -> None:
    chosen = chosen_stack({"AWS_STACK": "referral-hubspot-prod", "STACK": "local"})

    assert (chosen.function, chosen.endpoint_url) == ("referral-hubspot-prod-operation", None)
    with pytest.raises(LocalStackError):
        chosen_stack({"STACK": "nobody-made-this"})


@pytest.mark.parametrize(
    ("steps", "stored"),
    [
        ([("begin", "new-s3cret")], ("new-s3cret", "old")),
        ([("begin", "new-s3cret"), ("begin", "new-s3cret")], ("new-s3cret", "old")),
        ([("begin", "old")], ("old", "")),
        ([("begin", "new-s3cret"), ("end", "")], ("new-s3cret", "")),
        ([("begin", "new-s3cret"), ("end", ""), ("end", "")], ("new-s3cret", "")),
    ],
)
def test_a_secret_is_replaced_in_two_steps_which_may_be_repeated(
    steps: Sequence[tuple[str, str]], stored: tuple[str, str]
) -> None:
    aws = FakeAws()

    for step, secret in steps:
        lines = rotation.begin(aws.stack, secret) if step == "begin" else rotation.end(aws.stack)
        assert "s3cret" not in lines[0]

    assert aws.stored == dict(zip(("client_secret", "previous_client_secret"), stored, strict=True))


@pytest.mark.parametrize("asked", [True, False])
def test_a_new_secret_stands_on_no_command_line(monkeypatch: pytest.MonkeyPatch, asked: bool) -> None:
    aws = FakeAws()
    if asked:
        monkeypatch.delenv("NEW_CLIENT_SECRET", raising=False)
        monkeypatch.setattr(cli, "getpass", lambda _: "new")
    else:
        monkeypatch.setenv("NEW_CLIENT_SECRET", "new")

    assert run(monkeypatch, aws, "rotate") == 0
    assert aws.stored["client_secret"] == "new"
    assert run(monkeypatch, aws, "rotate-end") == 0
    assert aws.stored["previous_client_secret"] == ""
