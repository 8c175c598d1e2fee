"""Where Chromium is missing, whoever runs the tests is told the command that installs it."""

import os
import subprocess
import sys

import pytest

from tests.cloudformation import ROOT

TESTS = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/browser/test_platform_page.py"]


def run(*command: str, chromium: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    return subprocess.run(
        command, cwd=ROOT, env=inherited | {"CHROMIUM": chromium}, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("command", [[".ci/browser", "check"], TESTS], ids=["make test", "the tests themselves"])
def test_without_chromium_tests_fail_and_name_the_command(command: list[str]) -> None:
    ran = run(*command, chromium="/nowhere/chromium")

    assert ran.returncode == 1
    assert "run `make browser` first" in ran.stdout + ran.stderr
    assert "skipped" not in ran.stdout


def test_where_chromium_is_nothing_is_installed() -> None:
    ran = run(".ci/browser", chromium=sys.executable)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_ci_installs_it_before_the_tests() -> None:
    assert "\nmake browser\nexec make test\n" in (ROOT / ".ci/run").read_text()
