"""The way of every API call: faults, token, scopes, rate limit, handler, journal."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from simulators.hubspot import oauth
from simulators.hubspot.answers import Answer, Call, Operation
from simulators.hubspot.connection import drop_connection
from simulators.hubspot.faults import Fault
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.problems import ProblemError, RefusalError, correlation_id, missing_scopes
from simulators.hubspot.simulation import Simulation


class Endpoint:
    """One operation as an ASGI application."""

    def __init__(self, simulation: Simulation, operation: Operation) -> None:
        self._simulation = simulation
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        started, moment = time.perf_counter(), now_ms()
        call = Call(
            self._simulation,
            request.method,
            request.url.path,
            self._operation.kind,
            {name: str(value) for name, value in request.path_params.items()},
            parse_qs(request.url.query, keep_blank_values=True),
            {name.lower(): value for name, value in request.headers.items()},
            await request.body(),
            self._operation.object_type,
        )
        fault = self._prepare(call)
        answer = await self._answer(call, fault)
        with self._simulation.lock:
            self._simulation.journal.write(
                time=iso(moment),
                portal=call.portal_id,
                method=call.method,
                path=call.path,
                status=answer.status if answer else 0,
                kind=call.kind,
                version=call.version,
                rows=call.rows,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
                fault=fault.describe() if fault else None,
            )
        if answer is None:
            await drop_connection(scope)
        else:
            await send_answer(send, answer)

    def _prepare(self, call: Call) -> Fault | None:
        with self._simulation.lock:
            if self._operation.public:
                call.portal_id = oauth.portal_of(call)
            elif issued := self._simulation.tokens.access(_bearer(call)):
                call.portal_id = issued.grant.portal_id
            return self._simulation.faults.take(call.method, call.path, call.kind, call.portal_id)

    async def _answer(self, call: Call, fault: Fault | None) -> Answer | None:
        if fault is None:
            return self._carry_out(call)
        if fault.after_commit:
            answer: Answer | None = self._carry_out(call)
            await self._wait(fault)
            return fault.answer() if fault.replaces else answer
        await self._wait(fault)
        return fault.answer() if fault.replaces else self._carry_out(call)

    async def _wait(self, fault: Fault) -> None:
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.hold is not None:
            await self._simulation.faults.hold(fault.hold)

    def _carry_out(self, call: Call) -> Answer:
        with self._simulation.lock:
            headers: dict[str, str] = {}
            try:
                if not self._operation.public:
                    headers = self._admit(call)
                answer = self._operation.handle(call)
            except ProblemError as problem:
                answer = Answer(problem.status, problem.body(), problem.headers)
            except RefusalError as refusal:
                answer = Answer(refusal.status, refusal.body, refusal.headers)
            answer.headers = headers | answer.headers
            return answer

    def _admit(self, call: Call) -> dict[str, str]:
        simulation = self._simulation
        issued = simulation.tokens.access(_bearer(call))
        if issued is None:
            raise _unauthorised("INVALID_AUTHENTICATION", "Authentication credentials not found or not valid.")
        late_s = (now_ms() - issued.expires_ms) // 1000
        if now_ms() >= issued.expires_ms:
            message = f"The OAuth token used to make this call expired {late_s} second(s) ago."
            raise _unauthorised("EXPIRED_AUTHENTICATION", message)
        call.grant = issued.grant
        cost = 1
        if not simulation.switches.batch_costs_one_request and "batch" in call.kind:
            rows = call.json().get("inputs")
            cost = max(1, len(rows)) if isinstance(rows, list) else 1
        headers = simulation.limits.spend(issued.grant.portal_id, search=self._operation.search, cost=cost)
        scopes = self._operation.scopes
        if scopes and not set(scopes) & set(issued.grant.scopes):
            raise missing_scopes(scopes)
        return headers


def _bearer(call: Call) -> str:
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _unauthorised(category: str, message: str) -> RefusalError:
    body = {"status": "error", "message": message, "correlationId": correlation_id(), "category": category}
    return RefusalError(401, body)


async def send_answer(send: Send, answer: Answer) -> None:
    payload = answer.payload()
    headers = {"X-HubSpot-Correlation-Id": correlation_id(), **answer.headers}
    if answer.status != 204:
        headers = {"Content-Type": "application/json;charset=utf-8", "Content-Length": str(len(payload)), **headers}
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if answer.status == 204 else payload})
