"""Serve the REST routes: check, count, refuse and record every request."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .calls import Call, Route, read_body
from .errors import Refused
from .faults import Fault, FaultKind, Faults
from .openapi import RequestSchemas
from .ratelimits import RateLimits
from .state import State
from .wire import Json, reply

log = logging.getLogger(__name__)

_VIA = {"Via": "1.1 google"}
"""discord.py retries a 429 only with this header: without it, it suspects a ban."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A request that a correct bot would not make."""

    method: str
    path: str
    reason: str
    body: Any = None

    def __str__(self) -> str:
        """Say in one line what was wrong."""
        return f"{self.method} {self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was answered."""

    method: str
    route: str
    path: str
    status: int
    body: Any = None


class Rest:
    """Runs every request through the same steps: fault, token, body, limits, schema, route.

    `violations` lists what a correct bot would not have done; `exchanges` the last 2,000 requests.
    """

    def __init__(
        self,
        state: State,
        *,
        token: str,
        faults: Faults,
        limits: RateLimits,
        schemas: RequestSchemas | None,
    ) -> None:
        self._state = state
        self._token = token
        self._faults = faults
        self._limits = limits
        self._schemas = schemas
        self.violations: list[Violation] = []
        self.exchanges: deque[Exchange] = deque(maxlen=2000)
        self._in_flight = 0
        self._finished_at = 0.0

    def quiet_seconds(self) -> float:
        """Tell for how long no request has been in flight; 0 while there is one."""
        return 0.0 if self._in_flight else time.monotonic() - self._finished_at

    def mount(self, app: web.Application, prefix: str, routes: Iterable[Route]) -> None:
        """Serve `routes` below `prefix`; anything else there is refused and recorded."""
        for route in routes:
            app.router.add_route(route.method, prefix + route.path, self._bind(route))
        app.router.add_route("*", prefix + "/{rest:.*}", self._unknown)

    def _bind(self, route: Route) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            self._in_flight += 1
            try:
                return await self._serve(request, route)
            finally:
                self._in_flight -= 1
                self._finished_at = time.monotonic()

        return handle

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        self._record(request, "There is no such route in this stand-in.", None)
        return reply({"message": "404: Not Found", "code": 0}, status=404)

    async def _serve(self, request: web.Request, route: Route) -> web.StreamResponse:
        fault = self._faults.take(route.method, route.path)
        if fault and fault.kind is FaultKind.DROP_BEFORE:
            return _cut(request)
        if fault and fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        headers, wait = self._limits.count(route.method, route.path, dict(request.match_info))
        is_global = False
        if route.needs_token and not wait:
            wait = self._limits.count_global()
            is_global = wait > 0
        call = Call(request, route.path)
        if fault and fault.kind is FaultKind.RATE_LIMIT:
            response = _limited(fault)
        elif fault and fault.kind is FaultKind.STATUS:
            response = reply({"message": f"{fault.status}: Planned", "code": 0}, fault.status)
        elif wait:
            response = _limited(Fault(FaultKind.RATE_LIMIT, "", "", 1, wait, is_global=is_global))
        else:
            response = await self._answer(call, route)
        if fault and fault.kind is FaultKind.DROP_AFTER:
            return _cut(request)
        self.exchanges.append(
            Exchange(route.method, route.path, request.path, response.status, call.body)
        )
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    async def _answer(self, call: Call, route: Route) -> web.Response:
        try:
            if route.needs_token and call.request.headers.get("Authorization") != (
                f"Bot {self._token}"
            ):
                return reply({"message": "401: Unauthorized", "code": 0}, status=401)
            await read_body(call)
            if self._schemas is not None:
                self._schemas.check(route.method, route.path, call.body)
            return await route.handle(call)
        except Refused as refusal:
            if refusal.is_mistake:
                self._record(call.request, f"{refusal.code} {refusal.args[0]}", call.body)
            return reply(refusal.body, status=refusal.status)
        except ConnectionResetError:
            raise  # the client went away in mid-request; nothing was asked
        except Exception as error:
            log.exception("the stand-in failed")
            self._record(call.request, f"The stand-in failed: {error!r}", call.body)
            return reply({"message": "500: Internal Server Error", "code": 0}, status=500)

    def _record(self, request: web.Request, reason: str, body: Any) -> None:
        violation = Violation(request.method, request.path, reason, body)
        self.violations.append(violation)
        data: Json = {"method": request.method, "path": request.path, "reason": reason}
        self._state.emit("violation", data)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _limited(fault: Fault) -> web.Response:
    if fault.is_cloudflare:
        return web.Response(status=429, text="<h1>You are being rate limited</h1>")
    body: Json = {
        "message": "You are being rate limited.",
        "retry_after": round(fault.seconds, 3),
        "global": fault.is_global,
    }
    if fault.code:
        body["code"] = fault.code
    scope = {"X-RateLimit-Scope": "global" if fault.is_global else "user"}
    if fault.is_global:
        scope["X-RateLimit-Global"] = "true"
    after = {"Retry-After": str(max(1, round(fault.seconds)))}
    return reply(body, 429, {**_VIA, **scope, **after})
