"""docs/integrate.md, block by block, on the deployed stack."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from simulators.local import Stack
from simulators.local.folder import ROOT, StackFolder

GUIDE = ROOT / "docs" / "integrate.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[int, str]]:
    """Each fenced block of this language, with the number of its first line."""
    text = GUIDE.read_text()
    return [
        (text.count("\n", 0, found.start(2)) + 1, found[2]) for found in BLOCK.finditer(text) if found[1] == language
    ]


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert {found[1] for found in BLOCK.finditer(GUIDE.read_text())} == {"python", "bash", "js"}


def test_the_script_for_the_platforms_page_is_the_one_that_the_browser_tests_open_the_console_with() -> None:
    ((_, script),) = blocks("js")

    assert script == (ROOT / "simulators" / "platform" / "opener.js").read_text()


def test_the_stack_comes_up_as_the_guide_says(stack: Stack) -> None:
    """`stack` was brought up by the very command that `make up` is; to run it again would change its paces."""
    ((_, command),) = blocks("bash")
    asked = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert command == "make up\n"
    assert "simulators.local up" in asked.stdout


def test_a_developer_who_follows_the_guide_sees_a_referral_qualify(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK_FILE", str(StackFolder(stack.name).stack_file))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    session: dict[str, Any] = {"__name__": "guide"}

    for line, code in blocks("python"):
        # Blank lines before the code make a failure's traceback point into the guide.
        exec(compile("\n" * (line - 1) + code, Path(GUIDE).name, "exec"), session)

    assert session["rewards"] == [("referrer-7", session["lead_id"])]
