import tomllib
from typing import Any

import locks
import pytest
from locks import LAYER, LOCKS, Lock, drift

LOCK = Lock(LAYER, project=True)
LOCKED = """\
pydantic==2.14.3 \\
    --hash=sha256:00
    # via
    #   referral-hubspot (pyproject.toml)
typing-extensions==4.16.0 \\
    --hash=sha256:00
    # via pydantic
"""


def asking(*requirements: str) -> dict[str, Any]:
    return {"project": {"dependencies": list(requirements)}}


def test_requirements_that_are_locked_as_asked_are_no_drift() -> None:
    assert list(drift(LOCK, LOCKED, asking("pydantic>=2.14,<3"), shipped={})) == []


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["pydantic>=2.14", "requests"], f"{LAYER}: requests is not locked"),
        (["pydantic<2.14"], f"{LAYER}: pydantic<2.14 is locked at 2.14.3"),
        ([], f"{LAYER}: pydantic is no longer asked for"),
    ],
)
def test_what_was_changed_without_locking_again_is_named(asked: list[str], sentence: str) -> None:
    assert list(drift(LOCK, LOCKED, asking(*asked), shipped={})) == [sentence]


def test_tests_run_with_the_versions_that_the_layer_ships() -> None:
    shipped = {"pydantic": "2.14.2"}

    assert list(drift(LOCK, LOCKED, asking("pydantic"), shipped)) == [
        f"{LAYER}: pydantic 2.14.3, but the layer ships 2.14.2"
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.path)
def test_every_locked_version_has_its_hashes_and_no_address(lock: Lock) -> None:
    text = (locks.ROOT / lock.path).read_text()

    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text
    assert "index-url" not in text


def test_the_layer_asks_for_what_the_project_depends_on() -> None:
    pyproject = tomllib.loads((locks.ROOT / "pyproject.toml").read_text())

    assert [requirement.name for requirement in LOCK.asked(pyproject)] == [
        "aws-lambda-powertools",
        "pydantic",
        "requests",
        "tzdata",
    ]
