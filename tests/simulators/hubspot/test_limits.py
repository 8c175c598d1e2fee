from __future__ import annotations

import time

from tests.simulators.hubspot.driver import EU, US, Account, Driver

DETAILS = "/account-info/2026-09/details"


def statuses(account: Account, times: int) -> list[int]:
    return [account.call("GET", DETAILS).status_code for _ in range(times)]


def test_a_hundred_and_ten_calls_in_ten_seconds_and_no_more(account: Account) -> None:
    assert statuses(account, 110) == [200] * 110

    refused = account.call("GET", DETAILS)

    assert refused.status_code == 429
    assert refused.json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert refused.json()["errorType"] == "RATE_LIMIT"
    assert refused.json()["message"] == "You have reached your ten_secondly_rolling limit."
    assert refused.headers["X-HubSpot-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in refused.headers


def test_every_answer_says_what_is_left(account: Account) -> None:
    first, second = account.call("GET", DETAILS), account.call("GET", DETAILS)

    left = [int(answer.headers["X-HubSpot-RateLimit-Remaining"]) for answer in (first, second)]
    assert left == [109, 108]
    assert first.headers["X-HubSpot-RateLimit-Max"] == "110"
    assert first.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"


def test_portals_have_limits_of_their_own(hubspot: Driver, account: Account) -> None:
    statuses(account, 110)

    assert hubspot.connect(US).call("GET", DETAILS).status_code == 200


def test_two_grants_of_one_portal_share_its_limit(hubspot: Driver, account: Account) -> None:
    statuses(account, 110)

    assert hubspot.connect(EU).call("GET", DETAILS).status_code == 429


def test_search_has_its_own_limit_and_no_headers(account: Account) -> None:
    answers = [account.post("/search", {}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["policyName"] == "SECONDLY"
    assert not [name for name in answers[0].headers if "ratelimit" in name.lower()]
    assert account.call("GET", DETAILS).status_code == 200


def test_the_token_endpoint_is_not_counted(hubspot: Driver, account: Account) -> None:
    statuses(account, 110)

    assert hubspot.refresh(account.tokens["refresh_token"]).status_code == 200


def test_a_batch_is_one_request(account: Account) -> None:
    inputs = [{"id": str(n)} for n in range(100)]

    answer = account.post("/batch/read", {"inputs": inputs, "properties": [], "propertiesWithHistory": []})

    assert answer.headers["X-HubSpot-RateLimit-Remaining"] == "109"


def test_the_window_rolls(hubspot: Driver, account: Account) -> None:
    hubspot.switch(rate_scale=1 / 110)
    assert statuses(account, 2) == [200, 429]

    hubspot.simulator.simulation.limits.clock = lambda: time.monotonic() + 10

    assert statuses(account, 2) == [200, 429]


def test_both_limits_can_be_wider(hubspot: Driver, account: Account) -> None:
    hubspot.switch(rate_scale=20)

    assert account.call("GET", DETAILS).headers["X-HubSpot-RateLimit-Max"] == "2200"
    assert statuses(account, 150) == [200] * 150
    assert [account.post("/search", {}).status_code for _ in range(20)] == [200] * 20


def test_the_limits_can_be_turned_off(hubspot: Driver, account: Account) -> None:
    hubspot.switch(rate_scale=0)

    assert statuses(account, 150) == [200] * 150
