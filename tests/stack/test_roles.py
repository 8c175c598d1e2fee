"""Each function may do what its work needs and is denied everything else, as the deployed roles have it.

What logging and tracing need comes from SAM's ready-made policies, which the emulator does not know: those are read in
the template (test_made_roles).
"""

import pytest

from simulators.local import Stack
from tests.stack.probes import may, probes


def on(table: str, *verbs: str) -> frozenset[str]:
    return frozenset(f"{verb} {table}" for verb in verbs)


WORK_ON_CAMPAIGNS = on(
    "campaigns", "get from", "batch get from", "query", "put into", "update in", "pause in", "delete from", "check in"
)
LIST_PEOPLE = on("campaigns", "query an index of")
WORK_ON_TOKENS = on("credentials", "get from", "batch get from", "put into", "update in", "delete from", "check in")
LIST_TOKENS = on("credentials", "query")
HUBSPOT = frozenset({"seal tokens", "open tokens", "read HubSpot's secret"})
KNOW_PEOPLE = frozenset({"read the pepper"})

DEAD_LETTERS = ("lead", "referrer", "change", "sync", "announcement", "sweep")


def letters(*verbs: str) -> frozenset[str]:
    return frozenset(f"{verb} {name} dead letters" for verb in verbs for name in DEAD_LETTERS)


# SAM's ready-made policy lets whoever polls a queue read every queue of the AWS account.
POLLING = letters("count", "take from", "delete from") | {
    f"{verb} {queue}"
    for verb in ("count", "take from", "delete from")
    for queue in ("leads", "referrers", "changes", "syncs")
}

HUBSPOTS_PEOPLE = WORK_ON_CAMPAIGNS | LIST_PEOPLE | WORK_ON_TOKENS | HUBSPOT | KNOW_PEOPLE
DELIVERY = HUBSPOTS_PEOPLE | POLLING | {"send to syncs"}

GRANTS = {
    "LeadJoinedFunction": DELIVERY | {"postpone in leads", "send to lead dead letters"},
    "ReferrerJoinedFunction": DELIVERY | {"postpone in referrers", "send to referrer dead letters"},
    "ListSyncFunction": HUBSPOTS_PEOPLE
    | POLLING
    | {"send to syncs", "postpone in syncs", "send to sync dead letters", "end a sync's schedule"},
    "HubSpotWebhookFunction": frozenset({"read HubSpot's secret", "send to changes"}),
    "QualificationFunction": (WORK_ON_CAMPAIGNS - on("campaigns", "get from"))
    | LIST_PEOPLE
    | KNOW_PEOPLE
    | POLLING
    | {"postpone in changes", "send to change dead letters"},
    "AnnouncementsFunction": frozenset({"announce", "send to announcement dead letters"}),
    "SweepFunction": WORK_ON_CAMPAIGNS
    | LIST_PEOPLE
    | WORK_ON_TOKENS
    | LIST_TOKENS
    | HUBSPOT
    | KNOW_PEOPLE
    | {"send to sweep dead letters"},
    "ConsoleFunction": frozenset(),
    "OAuthCallbackFunction": WORK_ON_CAMPAIGNS | WORK_ON_TOKENS | LIST_TOKENS | HUBSPOT | {"invoke the sweep"},
    "SettingsApiFunction": WORK_ON_CAMPAIGNS
    | LIST_PEOPLE
    | WORK_ON_TOKENS
    | HUBSPOT
    | KNOW_PEOPLE
    | letters("count")
    | {"invoke the sweep", "ask for an alarm", "send to syncs"}
    | {f"{verb} a sync's schedule" for verb in ("make", "change", "end")},
    "OperationFunction": on("campaigns", "batch get from", "query", "scan", "pause in")
    | LIST_PEOPLE
    | KNOW_PEOPLE
    | letters("count", "take from", "postpone in", "delete from")
    | {"send to leads", "send to referrers", "send to changes", "send to syncs"}
    | {"send to announcement dead letters"}
    | {"announce", "replay what was announced", "invoke the sweep", "read the log"},
}


def test_every_function_has_its_line_here(stack: Stack) -> None:
    pages = stack.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.stack_name)
    functions = {
        one["LogicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
        if one["ResourceType"] == "AWS::Lambda::Function"
    }

    assert functions == GRANTS.keys()


@pytest.mark.parametrize("function", GRANTS)
def test_a_function_may_do_what_its_work_needs_and_nothing_else(stack: Stack, function: str) -> None:
    tried = dict(probes(stack, function))

    allowed = {name for name, probe in tried.items() if may(probe)}

    assert GRANTS[function] <= tried.keys()
    assert allowed == GRANTS[function]
