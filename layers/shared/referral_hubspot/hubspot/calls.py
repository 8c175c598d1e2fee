"""One call to one HubSpot account: a token, a slot, the request, and what its status means."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from referral_hubspot.domain.errors import (
    CrmUnavailableError,
    RequestRefusedError,
    ScopeMissingError,
    TokenRefusedError,
)
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.hubspot import refusals
from referral_hubspot.hubspot.pacing import Kind, Pacer
from referral_hubspot.hubspot.transport import Transport, read_object, read_refusal
from referral_hubspot.usecases.access import Grant, GrantKeeper

_PAUSE_S = 600.0  # after a fresh token was refused
_WAIT_S = {"SECONDLY": 1.0, "DAILY": 600.0}  # by the policy that a 429 names
_ROLLING_WAIT_S = 10.0
_LOCKED_WAIT_S = 2.0
_EXHAUSTED_WAIT_S = 1.0


class TokenSource(Protocol):
    """Where a call gets its access token."""

    def bearer(self) -> str:
        """A token that is valid as far as we know."""
        ...

    def renewed(self, refused: str) -> str:
        """Another one than HubSpot answers 401 to."""
        ...

    def newer(self, used: str) -> str | None:
        """The one of a grant that was given since; None while there is no other."""
        ...


class KeptToken:
    """The stored grant of an account, refreshed when due."""

    def __init__(self, keeper: GrantKeeper, account_id: str, portal_id: int) -> None:
        self._keeper = keeper
        self._account_id = account_id
        self._portal_id = portal_id

    def bearer(self) -> str:
        return self._keeper.usable(self._account_id, self._portal_id).access_token

    def renewed(self, refused: str) -> str:
        return self._keeper.renewed(self._account_id, self._portal_id, refused).access_token

    def newer(self, used: str) -> str | None:
        stored = self._keeper.latest(self._account_id, self._portal_id).access_token
        return stored if stored != used else None


class GivenToken:
    """A grant that is stored nowhere, just issued; it is not renewed."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def bearer(self) -> str:
        return self._grant.access_token

    def renewed(self, refused: str) -> str:
        raise TokenRefusedError(self._grant.portal_id)

    def newer(self, used: str) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class Reply:
    """HubSpot's answer; an empty body is an empty object."""

    status: int
    body: Mapping[str, Any] = field(repr=False)


class Caller:
    """Calls one HubSpot account with one grant.

    `expected_calls` is what the caller thinks it will need, searches left out: that many slots are
    reserved in one go.
    """

    def __init__(
        self,
        transport: Transport,
        tokens: TokenSource,
        pacer: Pacer,
        portal_id: int,
        lane: Lane,
        expected_calls: int = 1,
    ) -> None:
        self.portal_id = portal_id
        self._transport = transport
        self._tokens = tokens
        self._pacer = pacer
        self._lane = lane
        self._expected = expected_calls

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        accept: Collection[int] = (),
        kind: Kind = "general",
    ) -> Reply:
        """Make the call; statuses in `accept` are answered as success is.

        `kind` says which of HubSpot's rates the call counts against, and slows down when HubSpot asks us to.

        Raises:
            NoSlotError: the rate budget has no slot soon enough; nothing was sent.
            CrmUnavailableError: nothing is known of what HubSpot did.
            TokenRefusedError: a fresh token is refused too; the portal is paused.
            ScopeMissingError, RequestRefusedError: HubSpot refused the call whole.
        """
        bearer = self._tokens.bearer()
        response = self._send(method, path, body, bearer, kind)
        if response.status_code in (401, 403) and (newer := self._tokens.newer(bearer)) is not None:
            # Another worker refreshed it, or the account was reconnected, perhaps to allow more.
            bearer = newer
            response = self._send(method, path, body, bearer, kind)
        if response.status_code == 401:
            response = self._send(method, path, body, self._tokens.renewed(bearer), kind)
        return self._judged(response, accept, kind)

    def access_token(self) -> str:
        """The token in use, for the calls that take one in their body."""
        return self._tokens.bearer()

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, bearer: str, kind: Kind
    ) -> requests.Response:
        if kind == "search":
            self._pacer.take(self.portal_id, kind, self._lane)
        else:
            self._pacer.take(self.portal_id, kind, self._lane, self._expected)
            self._expected = max(1, self._expected - 1)
        response = self._transport.send(method, path, bearer=bearer, json=body)
        if response.headers.get("X-HubSpot-RateLimit-Remaining") == "0" and response.status_code != 429:
            # The next call would be refused: HubSpot counts more calls than our budget knows of.
            self._pacer.penalise(self.portal_id, kind, _EXHAUSTED_WAIT_S)
        return response

    def _judged(self, response: requests.Response, accept: Collection[int], kind: Kind) -> Reply:
        wait_s = refusals.retry_after_s(response.headers)
        match response.status_code:
            case status if 200 <= status < 300 or status in accept:  # a 207 is judged row by row
                return Reply(status, read_object(response))
            case 401:
                self._pacer.pause(self.portal_id, _PAUSE_S)
                raise TokenRefusedError(self.portal_id)
            case 403:
                raise ScopeMissingError(self.portal_id, refusals.missing_scopes(read_refusal(response)))
            case 429:
                policy = str(read_refusal(response).get("policyName", ""))
                wait_s = wait_s if wait_s is not None else _WAIT_S.get(policy, _ROLLING_WAIT_S)
                self._pacer.penalise(self.portal_id, kind, wait_s)
                raise CrmUnavailableError(status=429, retry_after_s=wait_s)
            case 423:
                raise CrmUnavailableError(status=423, retry_after_s=max(wait_s or 0.0, _LOCKED_WAIT_S))
            case 477:  # the account is being moved to another data centre, which can take a day
                wait_s = wait_s if wait_s is not None else _ROLLING_WAIT_S
                self._pacer.pause(self.portal_id, min(wait_s, _PAUSE_S))
                raise CrmUnavailableError(status=477, retry_after_s=wait_s)
            case status if status >= 500 or status < 400:  # no endpoint of ours redirects
                raise CrmUnavailableError(status=status, retry_after_s=wait_s)
            case status:
                refused = read_refusal(response)
                raise RequestRefusedError(status, refusals.category(refused), refusals.problems(refused))
