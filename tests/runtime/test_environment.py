"""A function's settings: read once, all faults named at once."""

from dataclasses import dataclass

import pytest

from referral_hubspot.runtime.environment import Environment, EnvironmentIncompleteError


@dataclass(frozen=True, slots=True)
class Base(Environment):
    table_name: str


@dataclass(frozen=True, slots=True)
class Here(Base):
    burst: int
    per_second: float
    platform_name: str = "Referral platform"


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TABLE_NAME": "campaigns", "BURST": "8", "PER_SECOND": "9.5"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PLATFORM_NAME", raising=False)


def test_each_field_is_the_variable_of_its_name() -> None:
    assert Here.read() == Here("campaigns", 8, 9.5)


def test_a_field_with_a_default_need_not_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Here.read().platform_name == "Referral platform"
    monkeypatch.setenv("PLATFORM_NAME", "Refer")
    assert Here.read().platform_name == "Refer"


def test_all_that_is_missing_or_malformed_is_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")
    monkeypatch.setenv("BURST", "8.5")
    monkeypatch.setenv("PER_SECOND", "fast")

    with pytest.raises(EnvironmentIncompleteError) as failed:
        Here.read()

    assert str(failed.value) == "TABLE_NAME is not set; BURST is not a number; PER_SECOND is not a number"


def test_a_fault_names_the_variable_and_not_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURST", "s3cret")

    with pytest.raises(EnvironmentIncompleteError) as failed:
        Here.read()

    assert "s3cret" not in str(failed.value)


def test_nothing_is_written_to_the_settings_afterwards() -> None:
    here, name = Here.read(), "burst"

    with pytest.raises(AttributeError):
        setattr(here, name, 9)
