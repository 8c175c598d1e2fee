"""The function of whoever is on call: every command reaches its use case, and nothing of it reaches the log."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from functions.operation import app
from functions.operation.commands import COMMANDS
from referral_hubspot.usecases.announce_again import Told
from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.dead_letters import Chosen
from referral_hubspot.usecases.why import Asked
from tests.functions.logs import Counted, Logged
from tests.world import Context


@dataclass
class Desk:
    """Every use case, which notes what it was asked."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)
    fault: Exception | None = None
    told: Told = field(default_factory=lambda: Told(3))

    def note(self, *asked: Any) -> list[str]:
        if self.fault:
            raise self.fault
        self.asked.append(asked)
        return ["done"]

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(
            sweep_now=lambda: self.note("sweep"),
            shown=lambda: self.note("shown"),
            pause=lambda target, why: self.note("pause", target, why),
            resume=lambda target: self.note("resume", target),
            listed=lambda chosen, _: self.note("listed", chosen),
            replay=lambda chosen, _: self.note("replay", chosen),
            drop=lambda chosen, _: self.note("drop", chosen),
            period=lambda since, until, archived: SimpleNamespace(
                since=SimpleNamespace(isoformat=lambda: since), until=SimpleNamespace(isoformat=lambda: until or "now")
            ),
            from_archive=lambda period: self.note("archive")[0],
            from_table=lambda period, so_far, _: [self.note("table", so_far), self.told][1],
        )

    @property
    def sweep_times(self) -> Any:
        return SimpleNamespace(finished_at=lambda: None)

    def why(self, asked: Asked) -> list[str]:
        return self.note("why", asked)

    def read_faults(self, _: Any) -> Any:
        return lambda minutes, _now: self.note("errors", minutes)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    monkeypatch.setattr(app, "wiring", lambda: made)
    return made


def run(command: str, **words: str) -> dict[str, Any]:
    answer: dict[str, Any] = app.lambda_handler({"command": command, **words}, Context())
    assert json.loads(json.dumps(answer)) == answer
    return answer


CASES: list[tuple[str, dict[str, str], tuple[Any, ...]]] = [
    ("why", {"lead": "l1"}, ("why", Asked("l1"))),
    (
        "why",
        {"account": "acme", "email": "ada@example.com"},
        ("why", Asked(account_id="acme", email="ada@example.com")),
    ),
    ("dead-letters", {}, ("listed", Chosen())),
    ("replay", {"queue": "lead", "reason": "failed"}, ("replay", Chosen("lead", "failed"))),
    ("drop", {"queue": "lead", "id": "m1"}, ("drop", Chosen("lead", id="m1"))),
    ("pause", {}, ("shown",)),
    ("pause", {"target": "all", "why": "asked to"}, ("pause", "all", "asked to")),
    ("pause", {"target": ""}, ("pause", "", "")),
    ("resume", {"target": "all"}, ("resume", "all")),
    ("sweep", {}, ("sweep",)),
    ("announce", {"since": "2026-11-25"}, ("table", Told(0))),
    ("announce", {"since": "2026-11-25", "from": "archive"}, ("archive",)),
    ("errors", {"minutes": "5"}, ("errors", "5")),
]


@pytest.mark.parametrize(("command", "words", "asked"), CASES)
def test_a_command_reaches_its_use_case(
    desk: Desk, command: str, words: Mapping[str, str], asked: tuple[Any, ...]
) -> None:
    answer = run(command, **words)

    assert answer["ok"]
    assert desk.asked == [asked]


def test_every_command_is_tried_here() -> None:
    assert {command for command, _, _ in CASES} == COMMANDS.keys()


def test_a_long_work_is_gone_on_with_where_it_stopped(desk: Desk) -> None:
    desk.told = Told(3, "position")
    event = {"since": "2026-11-25"}

    again = run("announce", **event)["again"]
    desk.told = Told(5)
    answer = run("announce", **event | again)

    assert again == {"since": "2026-11-25", "until": "now", "rows": "3", "after": "position"}
    assert desk.asked[1] == ("table", Told(3, "position"))
    assert "again" not in answer


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "There is no such command. There are why, dead-letters, replay"),
        ({"command": "delete"}, "There is no such command."),
        ({"command": "resume", "email": "x"}, "EMAIL is not taken; resume takes TARGET."),
        ({"command": "announce", "from": "memory"}, "FROM=memory does not exist: it is table or archive."),
    ],
)
def test_what_is_no_command_is_answered_with_what_is(desk: Desk, event: dict[str, str], said: str) -> None:
    answer = app.lambda_handler(event, Context())

    assert not answer["ok"]
    assert answer["lines"][0].startswith(said)
    assert desk.asked == []


@pytest.mark.parametrize(
    "fault", [None, CommandRefusedError("ada@example.com"), ValueError("ada@example.com is no address")]
)
def test_an_address_is_in_no_log_whatever_happens(desk: Desk, logged: Logged, fault: Exception | None) -> None:
    desk.fault = fault

    run("why", account="acme", email="ada@example.com")
    run("ada@example.com")

    assert len(logged.lines) == 2
    assert "ada@" not in logged.text


def test_what_breaks_is_counted_and_says_where(desk: Desk, logged: Logged, counted: Counted) -> None:
    desk.fault = ZeroDivisionError()

    answer = run("errors")

    assert answer == {"ok": False, "lines": ["It broke: ZeroDivisionError. The log says where: make errors."]}
    assert counted.sums() == {"CommandBroken": 1}
    [line] = logged.of("command_broke")
    assert "test_app.py" in str(line["frames"])
