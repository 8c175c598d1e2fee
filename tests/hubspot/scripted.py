"""A HubSpot that answers what the test wrote down, behind the real client."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import requests
from requests.adapters import BaseAdapter

from referral_hubspot.hubspot.transport import TIMEOUT_S, Transport, new_session

API = "https://api.example.test"


@dataclass(frozen=True)
class Said:
    """One answer; a `body` that is bytes goes out as it is."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedHubSpot(BaseAdapter):
    """Gives the answers in turn, or raises those that are errors, and keeps what it was asked."""

    def __init__(self, *answers: Said | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.requests: list[requests.PreparedRequest] = []

    def transport(self) -> Transport:
        session = new_session()
        session.mount("https://", self)
        return Transport(session, API + "/")

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {str(request.url).removeprefix(API)}" for request in self.requests]

    @property
    def bearers(self) -> list[str]:
        return [str(request.headers.get("Authorization", "")) for request in self.requests]

    def sent(self, index: int = -1) -> Any:
        """The JSON of a request's body."""
        return json.loads(self.requests[index].body or "null")

    def form(self, index: int = -1) -> dict[str, str]:
        assert self.requests[index].headers["Content-Type"] == "application/x-www-form-urlencoded"
        return dict(parse_qsl(str(self.requests[index].body)))

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        assert timeout == TIMEOUT_S, "every call must set the timeouts"
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = answer.status
        response.headers.update(answer.headers)
        response.url = str(request.url)
        response.request = request
        response._content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        return response

    def close(self) -> None:
        pass
