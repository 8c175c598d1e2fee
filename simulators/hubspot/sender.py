"""Puts webhook deliveries on the wire, signed as HubSpot signs them."""

from __future__ import annotations

import threading
import time
from typing import Any

import requests

from simulators.hubspot.app import App
from simulators.hubspot.moments import now_ms
from simulators.hubspot.signing import signature_v1, signature_v3
from simulators.hubspot.switches import Switches

Json = dict[str, Any]


class _Sessions(threading.local):
    """One HTTP session a thread."""

    session: requests.Session | None = None


class Sender:
    def __init__(self, app: App, switches: Switches) -> None:
        self._app = app
        self._switches = switches
        self._sessions = _Sessions()

    def send(self, body: bytes, headers: dict[str, str], url: str) -> Json:
        """One POST as it is given; what came back."""
        started = time.monotonic()
        try:
            answer = self._session().post(
                url, data=body, headers=headers, timeout=self._app.webhook_timeout_s, allow_redirects=False
            )
            return {"status": answer.status_code, "body": answer.text[:2000], "latency_ms": _since(started)}
        except requests.RequestException as error:
            return {"status": 0, "body": type(error).__name__, "latency_ms": _since(started)}

    def headers(self, body: bytes, url: str, *, timestamp_ms: int | None = None) -> dict[str, str]:
        """As HubSpot sets them."""
        timestamp_ms = now_ms() if timestamp_ms is None else timestamp_ms
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebhooksExecutorDaemon-executor",
            "X-HubSpot-Request-Timestamp": str(timestamp_ms),
            "X-HubSpot-Signature-v3": signature_v3(self._app.client_secret, "POST", url, body, timestamp_ms),
        }
        if self._switches.v1_signature_too:
            headers["X-HubSpot-Signature"] = signature_v1(self._app.client_secret, body)
            headers["X-HubSpot-Signature-Version"] = "v1"
        return headers

    def _session(self) -> requests.Session:
        if self._sessions.session is None:
            self._sessions.session = requests.Session()
            self._sessions.session.trust_env = False
        return self._sessions.session


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
