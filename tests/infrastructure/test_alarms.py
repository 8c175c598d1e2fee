"""Alarms: each is of something that is measured, says what customers notice, and has its section in the runbook."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from referral_hubspot.runtime.sync_queue import LONGEST_DELAY_S
from tests.cloudformation import ROOT, functions, of_type, parameter, template
from tests.runbook import PARTS, Section, sections

ALARMS = of_type("AWS::CloudWatch::Alarm")
NAMES = sorted(ALARMS)
OURS = sorted(name for name, alarm in ALARMS.items() if alarm["Namespace"] == "ReferralHubSpot")
LINK = re.compile(r"docs/runbook\.md#([a-z-]+)$")
SECTIONS = {section.anchor: section for section in sections()}
RATE_S = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600}


def section_of(alarm: Mapping[str, Any]) -> Section:
    found = LINK.search(alarm["AlarmDescription"])
    assert found
    return SECTIONS[found.group(1)]


def counted() -> set[str]:
    """Every metric that the code counts."""
    code = "\n".join(path.read_text() for folder in ("layers", "functions") for path in (ROOT / folder).rglob("*.py"))
    return set(re.findall(r'"([A-Z][A-Za-z]+)"', code))


@pytest.mark.parametrize("name", NAMES)
def test_an_alarm_says_what_happened_what_customers_notice_and_where_to_read_on(name: str) -> None:
    text = ALARMS[name]["AlarmDescription"]

    happened, noticed, _link = text.split(". ")
    assert happened
    assert "notice" in noticed
    assert len(text) <= 1024


@pytest.mark.parametrize("name", NAMES)
def test_the_section_of_an_alarm_names_it_and_tells_all_that_is_to_be_known(name: str) -> None:
    section = section_of(ALARMS[name])

    assert section.alarms == [name]
    assert [part for part in PARTS if not section.part(part)] == []


def test_every_section_of_an_alarm_has_its_alarm() -> None:
    assert sorted(alarm for section in SECTIONS.values() for alarm in section.alarms) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_alarm_is_told_when_it_begins_and_when_it_ends(name: str) -> None:
    told = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}

    assert (ALARMS[name]["AlarmActions"], ALARMS[name]["OKActions"]) == (told, told)


@pytest.mark.parametrize("name", OURS)
def test_an_alarm_of_ours_is_of_something_that_this_stack_counts(name: str) -> None:
    stack = {"Ref": "AWS::StackName"}

    assert ALARMS[name]["MetricName"] in counted()
    assert ALARMS[name]["Dimensions"] == [{"Name": "service", "Value": stack}]
    assert template()["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == stack


@pytest.mark.parametrize("name", NAMES)
def test_silence_is_an_alarm_where_something_must_come_and_nowhere_else(name: str) -> None:
    alarm = ALARMS[name]

    must_come = alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == ("breaching" if must_come else "notBreaching")
    assert must_come == (name == "LateSweepAlarm")


def test_a_sweep_is_late_when_some_were_missed() -> None:
    number, unit = parameter("SweepRate").split()
    alarm = ALARMS["LateSweepAlarm"]

    assert alarm["Period"] * alarm["EvaluationPeriods"] >= 3 * int(number) * RATE_S[unit]


@pytest.mark.parametrize("name", ["LeadQueueAgeAlarm", "ReferrerQueueAgeAlarm"])
def test_who_waits_for_hubspot_makes_no_queue_old(name: str) -> None:
    assert ALARMS[name]["Threshold"] >= 2 * int(parameter("ReleaseMessageAfterSeconds"))


def test_a_job_of_a_sync_that_is_put_off_makes_no_queue_old() -> None:
    assert ALARMS["SyncQueueAgeAlarm"]["Threshold"] >= 2 * LONGEST_DELAY_S


def test_the_dashboard_shows_what_is_measured() -> None:
    [dashboard] = of_type("AWS::CloudWatch::Dashboard").values()
    shown = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]

    lines = [metric for widget in shown for metric in widget["properties"]["metrics"]]
    ours = {name for namespace, name, *_ in lines if namespace == "ReferralHubSpot"}
    assert ours <= counted()
    assert {one["MetricName"] for one in ALARMS.values() if one["Namespace"] == "ReferralHubSpot"} <= ours
    assert {widget["properties"]["title"].split(" ")[0] for widget in shown} == {
        "Leads", "Qualified", "Age", "Dead", "HubSpot's", "Sweep", "Referrers", "Syncs:",
    }  # fmt: skip
    queues = of_type("AWS::SQS::Queue")
    known = {**queues, **functions()}
    named = re.findall(r"\$\{(\w+)(?:\.\w+)?\}", dashboard["DashboardBody"]["Fn::Sub"])
    assert {name for name in named if not name.startswith("AWS")} <= known.keys()
    assert queues.keys() <= set(named), "of each queue how old it is, or how much lies in it"
