"""The parts that touch the world: waiting, reading forms, telling the person at the terminal."""

import io

import pytest
from rich.console import Console

from simulators.demo.consent import Form, new_browser, read_forms
from simulators.demo.narrator import Narrator
from simulators.demo.waiting import StillMissingError, wait_until

PAGE = """
<form action="/decline"><button name="decision" value="decline">Decline</button></form>
<form method="post" action="/oauth/authorize">
  <input type="hidden" name="state" value="s1">
  <input type="radio" name="account" value="1001001"><input type="radio" name="account" value="1001002">
  <button name="decision" value="approve">Approve</button>
</form>
"""


def test_a_form_is_read_as_a_browser_reads_it() -> None:
    assert read_forms(PAGE)[1] == Form(
        "/oauth/authorize",
        "post",
        {"state": "s1"},
        {"account": ["1001001", "1001002"]},
        [("decision", "approve")],
    )


def test_a_select_is_a_choice_too() -> None:
    (form,) = read_forms('<form><select name="account"><option value="1"><option value="2"></select></form>')

    assert form.choices == {"account": ["1", "2"]}


def test_secure_cookies_come_back_on_loopback() -> None:
    policy = new_browser().cookies.get_policy()

    assert "http" in vars(policy)["secure_protocols"]


def test_a_deadline_says_what_is_missing_and_where_to_look() -> None:
    with pytest.raises(StillMissingError, match=r"missing: ten leads\. Seen: 9 of 10\. Look at: the dead letters"):
        wait_until("ten leads", lambda: (False, "9 of 10"), seconds=0, look_at="the dead letters")


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the narrator's clock says; it stands still unless a test moves it."""
    clock = [0.0]
    monkeypatch.setattr("simulators.demo.narrator.time.monotonic", lambda: clock[0])
    return clock


def test_in_a_log_progress_is_a_line_now_and_then_and_one_in_the_end(seconds: list[float]) -> None:
    log = io.StringIO()
    narrator = Narrator(Console(file=log, width=80))

    with narrator.meter("Leads answered", 20) as meter:
        for done in (*range(21), 20):
            seconds[0] += 0.25
            meter.at(done)

    assert log.getvalue().splitlines() == [
        "  Leads answered: 7 of 20",
        "  Leads answered: 15 of 20",
        "  Leads answered: 20 of 20",
    ]


def test_in_a_log_what_changes_all_the_while_is_a_line_now_and_then(seconds: list[float]) -> None:
    log = io.StringIO()
    narrator = Narrator(Console(file=log, width=80))

    with narrator.ticker() as tick:
        for waiting in range(10, 0, -1):
            seconds[0] += 0.5
            tick(f"waiting 10 → {waiting}")

    assert log.getvalue().splitlines() == ["  waiting 10 → 7", "  waiting 10 → 3"]


def test_on_a_terminal_it_is_one_line_that_goes_in_the_end() -> None:
    screen = io.StringIO()
    narrator = Narrator(Console(file=screen, width=80, force_terminal=True))

    with narrator.ticker() as tick:
        tick("waiting [214]")

    assert "waiting [214]" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K"), "the line is cleared"
