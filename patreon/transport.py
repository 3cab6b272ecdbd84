"""Sending requests: a turn under the limits, a deadline, one retry of a torn read."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from core.errors import (
    Blocked,
    BotError,
    OutcomeUnknown,
    TemporaryError,
    Throttled,
)
from core.meters import REQUESTS, Meters
from core.ports import Clock
from patreon.answers import Answer, error_of
from patreon.limits import Limiter
from patreon.protocol import Request
from patreon.settings import PatreonSettings

log = logging.getLogger(__name__)

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_TORN = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True)
class Transport:
    """The shared way out. `send` gives every answer that came whole, whatever its status."""

    http: httpx.AsyncClient
    limiter: Limiter
    settings: PatreonSettings
    clock: Clock
    meters: Meters

    async def send(self, request: Request, *, access: str, creator_id: int) -> Answer:
        """Send a request of the API with an access token.

        Raises:
            TemporaryError: no whole answer came in time (`OutcomeUnknown` if it may have acted).
        """
        headers = {"Authorization": f"Bearer {access}"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        is_read = request.method == "GET"
        try:
            return await self._once(request, headers=headers, creator_id=creator_id)
        except _Torn as error:
            if not is_read:
                raise OutcomeUnknown(str(error)) from error
            log.warning("patreon connection torn, asking again", extra={"path": request.path})
        try:
            return await self._once(request, headers=headers, creator_id=creator_id)
        except _Torn as error:
            raise TemporaryError(str(error)) from error

    async def send_form(self, form: Mapping[str, str], *, on_turn: Callable[[], None]) -> Answer:
        """Post a form to the token endpoint; it is never repeated.

        `on_turn` is called when the wait is over: from then on the form may have left.

        Raises:
            TemporaryError: no whole answer came in time (`OutcomeUnknown` if it may have acted).
        """
        request = Request(method="POST", path="/token", url=self.settings.token_url, scope="")
        try:
            return await self._once(
                request, headers={}, creator_id=None, form=form, on_turn=on_turn
            )
        except _Torn as error:
            raise OutcomeUnknown(str(error)) from error

    def error_of(self, answer: Answer, *, asked: str) -> BotError | None:
        """Tell which error an answer is, and hold everybody back when it asks for that."""
        error = error_of(answer, asked=asked)
        if isinstance(error, Throttled) or (isinstance(error, Blocked) and _is_timed(answer)):
            self.limiter.pause(error.retry_after)
        return error

    async def _once(
        self,
        request: Request,
        *,
        headers: Mapping[str, str],
        creator_id: int | None,
        form: Mapping[str, str] | None = None,
        on_turn: Callable[[], None] = lambda: None,
    ) -> Answer:
        what = f"{request.method} {request.path}"
        async with self.limiter.turn(creator_id):
            on_turn()
            status = "none"
            try:
                async with asyncio.timeout(self.settings.timeout.total_seconds()):
                    answer = await self._exchange(request, headers=headers, form=form)
                status = _status(answer)
            except _NOT_SENT as error:
                raise TemporaryError(f"Patreon cannot be reached ({_name(error)}).") from error
            except _TORN as error:
                raise _Torn(f"The connection broke during {what} ({_name(error)}).") from error
            except (TimeoutError, httpx.HTTPError) as error:
                sentence = f"Patreon gave no whole answer to {what} in time ({_name(error)})."
                lost = TemporaryError if request.method == "GET" else OutcomeUnknown
                raise lost(sentence) from error
            finally:
                self.meters.count(REQUESTS, status)
        if 400 <= answer.status < 500:
            self.limiter.note_refused()
        extra = {"method": request.method, "path": request.path, **answer.trace}
        log.log(
            logging.DEBUG if answer.is_success else logging.WARNING, "patreon answered", extra=extra
        )
        return answer

    async def _exchange(
        self, request: Request, *, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Answer:
        call = self.http.stream(
            request.method, request.url, headers=headers, content=request.body, data=form
        )
        asked_at = self.clock()
        async with call as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self.settings.max_body_bytes:
                    raise TemporaryError("Patreon's answer is larger than allowed.")
            return Answer(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=bytes(body),
                asked_at=asked_at,
                received_at=self.clock(),
            )


class _Torn(Exception):  # noqa: N818  the name says what was found
    """The connection broke after the request may have been sent."""


def _is_timed(answer: Answer) -> bool:
    return b"retry_after_seconds" in answer.body


def _status(answer: Answer) -> str:
    status = "429" if answer.status == 429 else f"{answer.status // 100}xx"
    return status if status in REQUESTS.values else "none"


def _name(error: Exception) -> str:
    return type(error).__name__
