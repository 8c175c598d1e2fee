import httpx
import pytest

from simulators.local import Stack

PATH = "/v1/campaigns/c1/hubspot"


def token(stack: Stack, **asked: object) -> str:
    answer = httpx.post(f"{stack.platform_url}/_sim/token", json={"account_id": "public-address", **asked})
    return str(answer.raise_for_status().json()["token"])


@pytest.mark.parametrize(
    "asked",
    [{"expires_in": -60}, {"audience": "another-api"}, {"issuer": "http://127.0.0.1:1"}],
    ids=["expired", "for another audience", "of another issuer"],
)
def test_a_token_that_is_not_for_this_api_is_refused(stack: Stack, asked: dict[str, object]) -> None:
    answer = httpx.get(stack.api_url + PATH, headers={"Authorization": f"Bearer {token(stack, **asked)}"})

    assert answer.status_code == 401


def test_without_a_token_only_the_public_paths_are_reached(stack: Stack) -> None:
    assert httpx.get(stack.api_url + PATH).status_code == 401
    assert httpx.put(f"{stack.api_url}{PATH}/leads", json={}).status_code == 401
    assert httpx.get(f"{stack.api_url}/nothing-here").status_code == 404


def test_a_token_of_the_platform_is_let_in(stack: Stack) -> None:
    answer = httpx.get(stack.api_url + PATH, headers={"Authorization": f"Bearer {token(stack)}"}, timeout=30)

    assert answer.status_code not in (401, 403)


def test_a_page_of_the_platform_may_call_the_api(stack: Stack) -> None:
    asks = {"Origin": stack.platform_url, "Access-Control-Request-Method": "GET"}

    answer = httpx.options(stack.api_url + PATH, headers=asks)

    assert answer.headers.get("access-control-allow-origin") == stack.platform_url
