"""The door for Patreon's webhooks: check the signature, store the raw body, answer."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from aiohttp import web

from core.accept import Inbox
from core.errors import BadSignature, BotError, TemporaryError
from core.inbox import Delivery, Hook, check_signature
from core.meters import NO_METERS, WEBHOOKS, Meters
from core.ports import Clock
from core.store import Store
from web.accepted import Accepted
from web.bodies import read_body
from web.limits import LimitSettings, UnsignedLimit
from web.refusals import Refusals

log = logging.getLogger(__name__)

PATHS = ("/webhooks/patreon", "/api/patreon/webhooks/patreon")
"""Where deliveries that are signed with the configured secret arrive."""

MAX_BODY_BYTES = 1024 * 1024
RETRY_AFTER = timedelta(seconds=30)
MOST_SUSPECTS = 8
"""So many deliveries are read at once of clients that sent too many without a valid signature:
Patreon may share an address with a forger, and must not be put off for it."""

_SIGNATURE = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TRIGGER = re.compile(r"[A-Za-z0-9:._-]{1,64}")

_SecretsOf = Callable[[web.Request], Awaitable[tuple[Sequence[str], int | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """What the door needs to know.

    `secrets` are the configured secret and, while it is being replaced, the previous one; with
    none set every delivery to `PATHS` is refused. `body_deadline` bounds the arrival of a body,
    `hook_deadline` the look-up of the hook; how long the commit may take is the inbox's to say.
    `unsigned` says how many deliveries without a valid signature a client may send.
    """

    secrets: tuple[str, ...] = field(default=(), repr=False)
    max_body_bytes: int = MAX_BODY_BYTES
    body_deadline: timedelta = timedelta(seconds=10)
    hook_deadline: timedelta = timedelta(seconds=10)
    unsigned: LimitSettings = field(default_factory=LimitSettings)


class Webhooks:
    """Answers Patreon. No call to Patreon or Discord happens inside a request.

    204: signed and durable, whatever the event. 403: not signed with the right secret, or the
    address has none. 408, 413: too slow, too long. 429: too many of those from one client, and
    a signed one only while `MOST_SUSPECTS` others of such clients are being read. 503: not stored,
    so Patreon must try again.

    Source: docs.patreon.com, "Webhooks" (retries after anything but a 2xx).
    """

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        settings: WebhookSettings,
        *,
        clock: Clock,
        caller: Callable[[web.Request], str],
        meters: Meters = NO_METERS,
    ) -> None:
        self._meters = meters
        self._inbox = inbox
        self._store = store
        self._settings = settings
        self._clock = clock
        self._caller = caller
        self._accepted = Accepted(clock)
        self._refusals = Refusals(clock)
        self._losses = Refusals(clock, "webhook not stored", level=logging.ERROR)
        self._is_losing = False
        self._limit = UnsignedLimit(settings.unsigned, clock=clock)
        self._suspects = 0

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Make the door reachable."""
        for path in PATHS:
            router.add_route("*", path, partial(self._receive, secrets_of=self._configured))
        stored = partial(self._receive, secrets_of=self._stored)
        router.add_route("*", PATHS[0] + "/{key}", stored)

    async def _receive(self, request: web.Request, *, secrets_of: _SecretsOf) -> web.StreamResponse:
        """Take a delivery that is signed with one of the secrets of its address."""
        if request.method != "POST":
            return _not_for_reading()
        client = self._caller(request)
        wait = self._limit.wait(client)
        if wait is None:
            return await self._judge(request, client, secrets_of)
        if self._suspects >= MOST_SUSPECTS:
            return self._turned_away(client, wait)
        self._suspects += 1
        try:
            return await self._judge(request, client, secrets_of, wait)
        finally:
            self._suspects -= 1

    async def _judge(
        self,
        request: web.Request,
        client: str,
        secrets_of: _SecretsOf,
        wait: timedelta | None = None,
    ) -> web.StreamResponse:
        """Take what is signed; what is not counts, and after too many of those is put off."""
        try:
            signature = _only_signature(request)
            body = await read_body(
                request,
                max_bytes=self._settings.max_body_bytes,
                deadline=self._settings.body_deadline,
            )
            secrets, hook_id = await secrets_of(request)
            check_signature(body, signature, secrets)
            self._limit.note_signed(client)
            await self._inbox.accept(
                Delivery(
                    trigger=_trigger(request),
                    body=body,
                    received_at=self._clock(),
                    hook_id=hook_id,
                )
            )
        except BadSignature as error:
            if wait is not None:
                return self._turned_away(client, wait)
            self._limit.note_unsigned(client)
            self._refusals.note(client, str(error))
            self._meters.count(WEBHOOKS, "refused")
            return web.Response(status=403, text="The signature does not fit.\n")
        except web.HTTPException:
            if wait is not None:
                return self._turned_away(client, wait)
            # Too long, too slow or broken off: nobody can say who signed it.
            self._limit.note_unsigned(client)
            self._meters.count(WEBHOOKS, "refused")
            raise
        except (BotError, TimeoutError) as error:
            return self._not_stored(client, error)
        if self._is_losing:
            self._is_losing = False
            log.info("webhooks are stored again")
        self._meters.count(WEBHOOKS, "accepted")
        return self._accepted.answer(request)

    async def _configured(self, _: web.Request) -> tuple[Sequence[str], int | None]:
        return self._settings.secrets, None

    async def _stored(self, request: web.Request) -> tuple[Sequence[str], int | None]:
        hook = await self._look_up(request.match_info["key"])
        # No hook, no secret: refused by the same check as a delivery that is signed wrongly.
        return ((), None) if hook is None else (hook.secrets, hook.id)

    async def _look_up(self, key: str) -> Hook | None:
        if _KEY.fullmatch(key) is None:
            return None
        async with (
            asyncio.timeout(self._settings.hook_deadline.total_seconds()),
            self._store.read() as work,
        ):
            return await work.hooks.by_key(key)

    def _turned_away(self, client: str, wait: timedelta) -> web.Response:
        self._meters.count(WEBHOOKS, "throttled")
        self._refusals.note(client, "Too many deliveries without a valid signature.")
        response = web.Response(
            status=429,
            text="Too many requests without a valid signature.\n",
            headers={"Retry-After": str(max(1, round(wait.total_seconds())))},
        )
        # The body may not have been read, and is not waited for.
        response.force_close()
        return response

    def _not_stored(self, client: str, error: Exception) -> web.Response:
        wait = RETRY_AFTER
        if isinstance(error, TemporaryError) and error.retry_after is not None:
            wait = error.retry_after
        reason = str(error) or "It took too long."
        self._meters.count(WEBHOOKS, "not_stored")
        self._is_losing = True
        self._losses.note(client, reason)
        return web.Response(
            status=503,
            text="It could not be stored; please try again.\n",
            headers={"Retry-After": str(max(1, round(wait.total_seconds())))},
        )


def _only_signature(request: web.Request) -> str:
    """Give the signature, before the body is read.

    Two of them are refused, because a proxy may check the other one.

    Raises:
        BadSignature: there is none that could fit any body.
    """
    given = request.headers.getall("X-Patreon-Signature", [])
    if len(given) > 1:
        raise BadSignature("The signature header is repeated.")
    if not given or _SIGNATURE.fullmatch(given[0]) is None:
        raise BadSignature("The signature is missing or malformed.")
    return given[0]


def _trigger(request: web.Request) -> str:
    """Give the event's name, "" when there is none that could be one: it is not signed."""
    name = request.headers.get("X-Patreon-Event", "").strip()
    return name if _TRIGGER.fullmatch(name) else ""


def _not_for_reading() -> web.Response:
    return web.Response(
        status=405,
        text="Patreon sends its webhooks here with POST; there is nothing to read.\n",
        headers={"Allow": "POST"},
    )
