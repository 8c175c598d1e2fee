from http.cookiejar import DefaultCookiePolicy

import pytest
import requests

from referral_hubspot.domain.errors import (
    ConnectionLostError,
    CrmUnavailableError,
    NoSlotError,
    RequestRefusedError,
    ScopeMissingError,
    TokenRefusedError,
)
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.hubspot.calls import Caller, GivenToken, Reply
from referral_hubspot.hubspot.pacing import Pacer
from referral_hubspot.hubspot.transport import new_session
from referral_hubspot.usecases.access import Grant
from tests.hubspot.scripted import Said, ScriptedHubSpot
from tests.hubspot.stand_ins import PORTAL, OpenBudget, Tokens
from tests.hubspot.virtual_time import VirtualTime


def caller(hubspot: ScriptedHubSpot, budget: OpenBudget, tokens: Tokens | None = None, expected: int = 1) -> Caller:
    time = VirtualTime()
    pacer = Pacer(budget, clock=time.clock, sleep=time.sleep)
    return Caller(hubspot.transport(), tokens or Tokens(), pacer, PORTAL, Lane.LIVE, expected)


def call(*answers: Said | Exception, tokens: Tokens | None = None) -> tuple[Reply, ScriptedHubSpot]:
    hubspot = ScriptedHubSpot(*answers)
    return caller(hubspot, OpenBudget(), tokens).call("POST", "/x", {"a": 1}), hubspot


def test_success_is_answered_with_its_body() -> None:
    reply, hubspot = call(Said(207, {"results": []}))

    assert reply == Reply(207, {"results": []})
    assert hubspot.paths == ["POST /x"]
    assert hubspot.bearers == ["Bearer token-1"]
    assert hubspot.sent() == {"a": 1}


def test_an_empty_body_is_an_empty_object() -> None:
    assert call(Said(204, b""))[0] == Reply(204, {})


def test_an_accepted_status_is_an_answer() -> None:
    hubspot = ScriptedHubSpot(Said(409, {"category": "CONFLICT"}))

    assert caller(hubspot, OpenBudget()).call("POST", "/x", accept=(409,)).status == 409


@pytest.mark.parametrize(
    ("answer", "status", "retry_after_s", "stopped"),
    [
        (Said(429, {"policyName": "TEN_SECONDLY_ROLLING"}), 429, 10.0, [("general", 10.0)]),
        (Said(429, {"policyName": "SECONDLY"}), 429, 1.0, [("general", 1.0)]),
        (Said(429, {"policyName": "DAILY"}), 429, 600.0, [("general", 600.0)]),
        (Said(429, b"slow down", {"Retry-After": "3"}), 429, 3.0, [("general", 3.0)]),
        (Said(423, {}), 423, 2.0, []),
        (Said(423, {}, {"Retry-After": "5"}), 423, 5.0, []),
        (Said(477, {}), 477, 10.0, [("all", 10.0)]),
        (Said(477, {}, {"Retry-After": "7200"}), 477, 7200.0, [("all", 600.0)]),
        (Said(500, {}), 500, None, []),
        (Said(503, {}, {"Retry-After": "4"}), 503, 4.0, []),
        (Said(521, b"<html>"), 521, None, []),
        (Said(301, b"", {"Location": "https://elsewhere.example"}), 301, None, []),
        (Said(200, b"<html>"), 200, None, []),
        (Said(200, b"[1]"), 200, None, []),
        (requests.ConnectTimeout(), None, None, []),
        (requests.ReadTimeout(), None, None, []),
        (requests.ConnectionError(), None, None, []),
        (requests.exceptions.ChunkedEncodingError(), None, None, []),
    ],
)
def test_hubspot_being_unable_is_told_with_the_time_to_wait(
    answer: Said | Exception, status: int | None, retry_after_s: float | None, stopped: list[tuple[str, float]]
) -> None:
    hubspot, budget = ScriptedHubSpot(answer), OpenBudget()

    with pytest.raises(CrmUnavailableError) as raised:
        caller(hubspot, budget).call("POST", "/x")

    assert (raised.value.status, raised.value.retry_after_s) == (status, retry_after_s)
    assert budget.stopped == stopped
    assert len(hubspot.requests) == 1  # a write is never tried again blindly


def test_a_whole_refusal_names_its_problems_and_no_value() -> None:
    detail = {
        "message": "ada@example.com is not valid",
        "code": "INVALID_EMAIL",
        "context": {"propertyName": ["email"]},
    }

    with pytest.raises(RequestRefusedError) as raised:
        call(Said(400, {"category": "VALIDATION_ERROR", "errors": [detail]}))

    assert (raised.value.status, raised.value.category) == (400, "VALIDATION_ERROR")
    assert [problem.property for problem in raised.value.problems] == ["email"]
    assert "ada@example.com" not in str(raised.value) + repr(raised.value.problems)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_a_refusal_without_a_readable_body_is_still_a_refusal(body: bytes) -> None:
    with pytest.raises(RequestRefusedError):
        call(Said(414, body))


def test_a_missing_permission_is_named() -> None:
    detail = {"message": "…", "context": {"requiredGranularScopes": ["crm.objects.contacts.write"]}}

    with pytest.raises(ScopeMissingError) as raised:
        call(Said(403, {"category": "MISSING_SCOPES", "errors": [detail]}))

    assert raised.value.scopes == ("crm.objects.contacts.write",)


def test_a_permission_that_was_granted_since_the_token_in_hand_is_used() -> None:
    refused = Said(403, {"category": "MISSING_SCOPES"})
    reply, hubspot = call(refused, Said(200, {"results": []}), tokens=Tokens(since="token-of-the-new-grant"))

    assert reply.status == 200
    assert hubspot.bearers == ["Bearer token-1", "Bearer token-of-the-new-grant"]


def test_a_stored_token_that_is_refused_too_is_renewed_before_it_counts_as_fresh() -> None:
    """The app was removed in HubSpot after another worker had refreshed: only a refresh tells that."""
    lost = ConnectionLostError("acme", PORTAL)
    tokens = Tokens(lost, since="token-of-another-worker")

    with pytest.raises(ConnectionLostError):
        call(Said(401), Said(401), tokens=tokens)


def test_a_permission_that_the_newest_grant_lacks_too_is_missing() -> None:
    refused = Said(403, {"category": "MISSING_SCOPES"})

    with pytest.raises(ScopeMissingError):
        call(refused, refused, tokens=Tokens(since="token-of-the-new-grant"))


def test_a_401_renews_the_token_once_and_repeats() -> None:
    reply, hubspot = call(Said(401), Said(200, {"ok": 1}), tokens=Tokens("token-2"))

    assert reply.body == {"ok": 1}
    assert hubspot.bearers == ["Bearer token-1", "Bearer token-2"]
    assert hubspot.sent(0) == hubspot.sent(1)


def test_a_second_401_pauses_the_portal_for_ten_minutes() -> None:
    hubspot, budget = ScriptedHubSpot(Said(401), Said(401)), OpenBudget()

    with pytest.raises(TokenRefusedError):
        caller(hubspot, budget, Tokens("token-2")).call("POST", "/x")

    assert budget.stopped == [("all", 600.0)]
    assert len(hubspot.requests) == 2


def test_a_lost_connection_is_told_as_such() -> None:
    with pytest.raises(ConnectionLostError):
        call(Said(401), tokens=Tokens(ConnectionLostError("acc", PORTAL)))


def test_a_grant_that_is_stored_nowhere_is_not_renewed() -> None:
    tokens = GivenToken(Grant("token-9", "refresh-9", 1800, PORTAL))

    assert tokens.bearer() == "token-9"
    with pytest.raises(TokenRefusedError):
        tokens.renewed("token-9")


def test_nothing_is_sent_without_a_slot() -> None:
    hubspot = ScriptedHubSpot()

    with pytest.raises(NoSlotError):
        caller(hubspot, OpenBudget(full=True)).call("POST", "/x")

    assert hubspot.requests == []


def test_the_last_call_that_hubspot_allows_slows_us_down() -> None:
    budget = OpenBudget()
    headers = {"X-HubSpot-RateLimit-Remaining": "0"}

    caller(ScriptedHubSpot(Said(200, {}, headers)), budget).call("POST", "/x")

    assert budget.stopped == [("general", 1.0)]


def test_searches_have_a_rate_of_their_own() -> None:
    budget = OpenBudget()
    answers = [Said(429, {"policyName": "SECONDLY"}), Said(200, {}, {"X-HubSpot-RateLimit-Remaining": "0"}), Said(401)]
    client = caller(ScriptedHubSpot(*answers, Said()), budget, Tokens("token-2"))

    with pytest.raises(CrmUnavailableError):
        client.call("POST", "/x/search", kind="search")
    client.call("POST", "/x/search", kind="search")
    client.call("POST", "/x/search", kind="search")  # with another token

    assert budget.kinds == ["search"] * 4
    assert budget.stopped == [("search", 1.0), ("search", 1.0)]


def test_no_slots_are_reserved_for_searches_to_come() -> None:
    budget = OpenBudget()
    client = caller(ScriptedHubSpot(*[Said()] * 4), budget, expected=3)

    client.call("POST", "/x/search", kind="search")
    client.call("POST", "/x")

    assert list(zip(budget.kinds, budget.reserved, strict=True)) == [("search", 1), ("general", 3)]


def test_slots_are_reserved_for_the_calls_that_are_expected() -> None:
    budget = OpenBudget()
    client = caller(ScriptedHubSpot(*[Said()] * 4), budget, expected=3)

    for _ in range(4):
        client.call("POST", "/x")

    assert budget.reserved == [3, 1]


def test_a_session_takes_nothing_from_the_environment_and_keeps_no_cookie() -> None:
    session = new_session()

    assert session.trust_env is False
    policy = session.cookies.get_policy()
    assert isinstance(policy, DefaultCookiePolicy)
    assert policy.is_not_allowed("api.hubapi.com")
