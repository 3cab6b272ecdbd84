"""Pages at addresses that cannot be guessed: every error is a page, and guessing is slow."""

import logging
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from core.errors import BotError
from core.ports import Clock
from web.limits import LimitSettings, UnsignedLimit
from web.pages import Page, render

log = logging.getLogger(__name__)

RETRY_SECONDS = 60
_GUESSED = (400, 404)

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}", re.ASCII)
"""What a token looks like that no one can guess."""

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Act = Callable[[web.Request], Awaitable[web.StreamResponse | Page]]

DEFECT = Page(
    title="Something went wrong in the bot",
    sentences=("Nothing is lost. The bot's admin finds the details in the log.",),
    status=500,
)
_TOO_MANY = Page(
    title="Too many attempts",
    sentences=("Too many links that do not work came from your address. Wait a minute.",),
    status=429,
)


class Guarded:
    """Wraps what answers requests; clients who ask for too much that is not there are put off.

    `word` gives the page for an error, None for one that is no fault of the client. `nothing` is
    the page for what is not there; without one aiohttp's own answer is given, and not counted.
    `caller` tells a request's client address.
    """

    def __init__(
        self,
        word: Callable[[BotError], Page | None],
        *,
        clock: Clock,
        caller: Callable[[web.Request], str],
        limits: LimitSettings | None = None,
        nothing: Page | None = None,
        defect: Page = DEFECT,
    ) -> None:
        self._word = word
        self._caller = caller
        self._limit = UnsignedLimit(limits or LimitSettings(), clock=clock)
        self._nothing = nothing
        self._defect = defect

    def __call__(self, act: Act) -> Answer:
        """Turn what `act` says, and what goes wrong in it, into pages; count those who guess."""

        async def answer(request: web.Request) -> web.StreamResponse:
            caller = self._caller(request)
            if self._limit.wait(caller) is not None:
                return render(_TOO_MANY, retry_after_seconds=RETRY_SECONDS)
            answered = await self._answered(act, request)
            if not isinstance(answered, Page):
                return answered
            if answered.status in _GUESSED:
                self._limit.note_unsigned(caller)
            retry = RETRY_SECONDS if answered.status == 503 else None
            return render(answered, retry_after_seconds=retry)

        return answer

    async def _answered(self, act: Act, request: web.Request) -> web.StreamResponse | Page:
        try:
            return await act(request)
        except web.HTTPNotFound:
            if self._nothing is None:
                raise
            return self._nothing
        except web.HTTPException:
            raise
        except BotError as error:
            return self._word(error) or _away(error)
        except Exception:
            log.exception("page not shown")
            return self._defect


def _away(error: BotError) -> Page:
    """Say that something does not answer at the moment."""
    log.warning("page not shown", extra={"reason": str(error)})
    return Page(
        title="Not possible at the moment",
        sentences=(str(error), "Nothing is lost. Wait a minute and load this page again."),
        status=503,
    )
