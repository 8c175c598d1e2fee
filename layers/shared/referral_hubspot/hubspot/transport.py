"""Requests to HubSpot's API: one version, one pool of connections, always with a timeout."""

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.hubspot.refusals import mapping

API_VERSION = "2026-09"
TIMEOUT_S = (3.05, 10)  # connect, read

_CONNECTIONS = 10  # a worker keeps a few calls in flight


def new_session() -> requests.Session:
    """A session for one process. It tries nothing twice: who calls knows whether that is safe."""
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc: where a token goes is not the environment's to say
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # nothing passes from one customer to the next
    adapter = HTTPAdapter(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class Transport:
    """Sends requests; an answer of any status is an answer."""

    def __init__(self, session: requests.Session, base_url: str) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")

    def send(
        self,
        method: str,
        path: str,
        *,
        bearer: str = "",
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One request, never redirected: a token is not to follow HubSpot elsewhere.

        Raises:
            CrmUnavailableError: no answer came.
        """
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        try:
            return self._session.request(
                method,
                self._base_url + path,
                json=json,
                data=form,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise CrmUnavailableError(status=None) from error


def read_object(response: requests.Response) -> Mapping[str, Any]:
    """The JSON object of an answer; {} for an empty body.

    Raises:
        CrmUnavailableError: it is something else, so nothing is known.
    """
    if not response.content.strip():
        return {}
    try:
        body = response.json()
    except ValueError as error:
        raise CrmUnavailableError(status=response.status_code) from error
    if not isinstance(body, dict):
        raise CrmUnavailableError(status=response.status_code)
    return body


def read_refusal(response: requests.Response) -> Mapping[str, Any]:
    """The JSON object of a refusal; {} where a proxy or HubSpot sent something else."""
    try:
        return mapping(response.json())
    except ValueError:
        return {}
