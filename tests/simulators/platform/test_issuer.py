import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from simulators.platform import PlatformSimulator
from tests.simulators.platform.conftest import Bench


def verified(url: str, token: str, audience: str = "referral-hubspot") -> dict[str, Any]:
    discovery = requests.get(f"{url}/.well-known/openid-configuration", timeout=10).json()
    key = jwt.PyJWKClient(discovery["jwks_uri"]).get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=discovery["issuer"])
    return claims


def test_a_token_verifies_by_discovery_and_carries_the_claims_the_api_reads(bench: Bench) -> None:
    asked = {"account_id": "acme", "sub": "u7", "name": "Vera", "role": "viewer", "campaign_ids": ["c1", "c2"]}

    claims = verified(bench.url, bench.post("/_sim/token", asked)["token"])

    assert {**asked, "campaign_ids": "c1 c2", "iss": bench.url, "aud": "referral-hubspot"}.items() <= claims.items()
    assert claims["exp"] - claims["iat"] == 3600


def test_without_campaigns_the_claim_is_absent(bench: Bench) -> None:
    assert "campaign_ids" not in verified(bench.url, bench.post("/_sim/token", {"account_id": "acme"})["token"])


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"expires_in": -60}, jwt.ExpiredSignatureError),
        ({"issuer": "https://elsewhere.example"}, jwt.InvalidIssuerError),
        ({"audience": "another-service"}, jwt.InvalidAudienceError),
    ],
)
def test_tokens_that_must_be_refused_can_be_had(bench: Bench, wrong: dict[str, Any], refusal: type[Exception]) -> None:
    token = bench.post("/_sim/token", {"account_id": "acme", **wrong})["token"]

    with pytest.raises(refusal):
        verified(bench.url, token)


def test_the_key_file_keeps_the_key_set_over_a_restart(tmp_path: Path) -> None:
    key_sets = []
    for _ in range(2):
        with PlatformSimulator(key_file=tmp_path / "keys" / "platform.pem") as platform:
            key_sets.append(requests.get(f"{platform.url}/jwks.json", timeout=10).json())

    assert key_sets[0] == key_sets[1]
    assert (tmp_path / "keys" / "platform.pem").stat().st_mode & 0o077 == 0
    assert set(key_sets[0]["keys"][0]) == {"kty", "n", "e", "kid", "use", "alg", "key_ops"}, "no private part"


def test_it_starts_alone_says_where_and_stops_when_told() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "simulators.platform", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        url = line.removeprefix("listening on ").strip()
        assert requests.get(f"{url}/_sim/health", timeout=10).json() == {"stack_name": None, "listening": False}

        process.terminate()

        assert process.wait(timeout=15) == 0
