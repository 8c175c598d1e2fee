"""README.md says of the template and the Makefile what is so."""

import re
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from simulators.demo.expectations import expected
from simulators.demo.numbers import SECTIONS
from simulators.demo.scenario import make_scenario
from tests.cloudformation import ROOT, functions, of_type, template

README = (ROOT / "README.md").read_text()


def test_every_function_is_in_the_table_with_an_alarm_there_is() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (?:`(\w+Alarm)`|none) \|$", README, re.MULTILINE))

    assert set(rows) == {str(one["Handler"]).partition(".")[0] for one in functions().values()}
    assert set(rows.values()) - {""} <= set(of_type("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("name", sorted(template()["Parameters"]))
def test_every_parameter_is_explained(name: str) -> None:
    assert re.search(rf"^\|.*`{name}`.* \| .+ \|$", README, re.MULTILINE)


def test_the_first_deployment_names_every_parameter_that_has_no_default() -> None:
    [command] = re.findall(r"^sam deploy .*?```$", README, re.MULTILINE | re.DOTALL)

    assert {name for name, one in template()["Parameters"].items() if "Default" not in one} <= set(
        re.findall(r"(\w+)=", command)
    )


def test_the_numbers_shown_are_those_that_the_demo_must_give() -> None:
    must = asdict(expected(make_scenario("readme", datetime(2026, 11, 22, tzinfo=UTC))))
    shown = re.findall(r"^  (\w.*?) {2,}(\d+)  (.+)$", README, re.MULTILINE)

    rows = {name: row for section in SECTIONS.values() for name, row in section.items()}
    assert shown == [(row.label, str(must[name]), row.words) for name, row in rows.items()]


def test_every_command_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z-]+)", README.replace("make and a C", ""))) <= targets


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"(?<!!)\[[^]]*\]\(([^)]+)\)", README):
        path, _, anchor = target.partition("#")
        text = (ROOT / path).read_text()
        headings = [re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in text.splitlines()]
        assert not anchor or anchor in headings


def test_every_picture_is_small_and_is_told_to_whoever_cannot_see_it() -> None:
    shown = dict(re.findall(r"!\[([^]]*)\]\(([^)]+)\)", README))
    taken = {str(file.relative_to(ROOT)): file.stat().st_size for file in (ROOT / "docs" / "screenshots").iterdir()}

    assert set(shown.values()) <= set(taken)
    assert min(map(len, shown)) > 20
    assert max(taken.values()) <= 120_000
