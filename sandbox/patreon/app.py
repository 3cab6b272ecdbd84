"""The HTTP application: routes, and what happens to a request before and after its endpoint."""

import asyncio
import json
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from sandbox.patreon import api, oauth, problems, webhooks_api
from sandbox.patreon.access import API_PREFIX, Caller, bearer
from sandbox.patreon.documents import Document
from sandbox.patreon.faults import Fault, FaultKind
from sandbox.patreon.images import draw
from sandbox.patreon.limits import Gate
from sandbox.patreon.world import PatreonWorld

CONTENT_TYPE = "application/vnd.api+json"
Endpoint = Callable[[Caller], Document | None] | Callable[[Caller], Awaitable[Document]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ENDPOINTS: Mapping[str, tuple[str, str, Endpoint, int]] = {
    "identity": ("GET", "/identity", api.identity, 200),
    "campaigns": ("GET", "/campaigns", api.campaigns, 200),
    "campaign": ("GET", "/campaigns/{id}", api.campaign, 200),
    "members": ("GET", "/campaigns/{id}/members", api.members, 200),
    "member": ("GET", "/members/{id}", api.member, 200),
    "posts": ("GET", "/campaigns/{id}/posts", api.posts, 200),
    "post": ("GET", "/posts/{id}", api.post, 200),
    "webhooks": ("GET", "/webhooks", webhooks_api.list_hooks, 200),
    "webhook": ("GET", "/webhooks/{id}", webhooks_api.read_hook, 200),
    "webhook_create": ("POST", "/webhooks", webhooks_api.create_hook, 201),
    "webhook_change": ("PATCH", "/webhooks/{id}", webhooks_api.change_hook, 200),
    "webhook_delete": ("DELETE", "/webhooks/{id}", webhooks_api.delete_hook, 204),
}
_FAULT = web.RequestKey("fault", Fault)
_FAILURES: Mapping[FaultKind, int] = {
    FaultKind.SERVER_ERROR: 500,
    FaultKind.BAD_GATEWAY: 502,
    FaultKind.UNAVAILABLE: 503,
}
_CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
    "<h1>www.patreon.com</h1><p>Checking your browser.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request that was answered; `status` is 0 when the connection was dropped."""

    at: datetime
    route: str
    method: str
    path: str
    query: str
    status: int
    seconds: float


def build_app(world: PatreonWorld, gate: Gate, requests: deque[RequestRecord]) -> web.Application:
    """Make the application that shows `world`; each request is noted in `requests`."""
    door = _Door(world, gate, requests)
    app = web.Application(middlewares=[door.guard], client_max_size=1 << 20)
    router = app.router
    for name, (method, path, endpoint, status) in ENDPOINTS.items():
        handler = _answer(world, endpoint, status)
        router.add_route(method, API_PREFIX + path, handler, name=name)

    async def show_consent(request: web.Request) -> web.Response:
        return await oauth.show_consent(request, world)

    async def decide(request: web.Request) -> web.Response:
        return await oauth.decide(request, world)

    async def exchange(request: web.Request) -> web.Response:
        return await oauth.exchange(request, world)

    async def image(request: web.Request) -> web.Response:
        return _show_image(request, world)

    router.add_get("/oauth2/authorize", show_consent, name="authorize")
    router.add_post("/oauth2/authorize", decide, name="decide")
    router.add_post("/api/oauth2/token", exchange, name="token")
    router.add_get(
        "/4/patreon-media/p/{kind}/{id}/{media:[0-9a-f]{32}}/{transform}/{file}",
        image,
        name="image",
    )
    return app


def _answer(world: PatreonWorld, endpoint: Endpoint, status: int) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        fault = request.get(_FAULT)
        document = endpoint(Caller(request, world, fault.kind if fault else None))
        if isinstance(document, Awaitable):
            document = await document
        if document is None:
            return web.Response(status=status)
        return web.Response(
            body=json.dumps(document).encode(), status=status, content_type=CONTENT_TYPE
        )

    return handle


def _show_image(request: web.Request, world: PatreonWorld) -> web.Response:
    query = request.query
    path = request.path[request.path.index("/4/patreon-media/") :]
    if not world.images.is_valid(path, query.get("token-time", ""), query.get("token-hash", "")):
        return web.Response(status=403, text="Forbidden")
    picture = draw(request.match_info["media"], request.match_info["transform"])
    return web.Response(
        body=picture, content_type="image/png", headers={"Cache-Control": "max-age=31536000"}
    )


class _Door:
    """What every request passes: limits, planned failures, headers and the log."""

    def __init__(self, world: PatreonWorld, gate: Gate, requests: deque[RequestRecord]) -> None:
        self._world = world
        self._gate = gate
        self._requests = requests

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request and note it."""
        began = time.perf_counter()
        route = request.match_info.route.name or "unknown"
        answer: web.StreamResponse | None = None
        try:
            answer = await self._respond(request, handler, route)
            return answer
        finally:
            self._requests.append(
                RequestRecord(
                    at=self._world.now(),
                    route=route,
                    method=request.method,
                    path=request.path,
                    query=request.query_string,
                    status=answer.status if answer is not None else 0,
                    seconds=time.perf_counter() - began,
                )
            )

    async def _respond(
        self, request: web.Request, handler: Handler, route: str
    ) -> web.StreamResponse:
        is_api = "/api/oauth2/" in request.path
        address = request.remote or "unknown"
        fault = self._world.faults.take(route)
        try:
            if is_api:
                self._admit(request, address)
            answer = await self._with_fault(request, handler, fault)
        except problems.ApiError as problem:
            answer = _error(problem)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            if not is_api:
                raise
            answer = _error(
                problems.method_not_allowed()
                if error.status == 405
                else problems.not_found("Path", request.path)
            )
        if is_api and 400 <= answer.status < 500:
            self._gate.note_bad(address, self._world.now())
        answer.headers["x-patreon-uuid"] = str(uuid.uuid4())
        answer.headers["cf-ray"] = f"{uuid.uuid4().hex[:16]}-SBX"
        return answer

    def _admit(self, request: web.Request, address: str) -> None:
        now = self._world.now()
        if wait := self._gate.blocked_for(address, now):
            raise problems.edge_blocked(wait)
        if not request.headers.get("User-Agent", "").strip():
            raise problems.user_agent_required()
        text = bearer(request)
        token = None if text is None else self._world.tokens.find(text)
        client = address if token is None else token.client_id
        if wait := self._gate.throttled_for(client, text, now):
            raise problems.throttled(wait, with_header=self._gate.limits.retry_after_header)

    async def _with_fault(
        self, request: web.Request, handler: Handler, fault: Fault | None
    ) -> web.StreamResponse:
        if fault is None:
            return await handler(request)
        match fault.kind:
            case FaultKind.SERVER_ERROR | FaultKind.BAD_GATEWAY | FaultKind.UNAVAILABLE:
                raise problems.server_failure(_FAILURES[fault.kind])
            case FaultKind.TOO_MANY:
                header = self._gate.limits.retry_after_header
                raise problems.throttled(max(1, round(fault.seconds)), with_header=header)
            case FaultKind.UNAUTHORIZED:
                raise problems.unauthorized()
            case FaultKind.EXPIRED_CURSOR:
                raise problems.bad_cursor()
            case FaultKind.CLOUDFLARE:
                return _challenge()
            case FaultKind.DROP_BEFORE:
                _drop(request)
            case FaultKind.SLOW:
                await asyncio.sleep(fault.seconds)
        request[_FAULT] = fault
        answer = await handler(request)
        match fault.kind:
            case FaultKind.DROP_AFTER:
                _drop(request)
            case FaultKind.ERROR_AFTER:
                raise problems.server_failure(503)
            case FaultKind.EMPTY_OBJECT:
                return web.Response(body=b"{}", content_type=CONTENT_TYPE)
            case FaultKind.TRUNCATED_JSON if isinstance(answer, web.Response):
                body = answer.body if isinstance(answer.body, bytes) else b"{"
                cut = body[: max(1, len(body) // 2)]
                return web.Response(body=cut, content_type=CONTENT_TYPE)
        return answer


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def _challenge() -> web.Response:
    return web.Response(
        text=_CHALLENGE,
        status=403,
        content_type="text/html",
        headers={"Server": "cloudflare", "cf-mitigated": "challenge"},
    )


def _error(problem: problems.ApiError) -> web.Response:
    return web.Response(
        body=json.dumps(problem.body).encode(),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )
