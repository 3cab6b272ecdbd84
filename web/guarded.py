"""Pages at addresses that cannot be guessed: every error is a page, and guessing is slow."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from core.errors import BotError
from core.ports import Clock
from web import handover_page
from web.limits import LimitSettings, UnsignedLimit
from web.pages import Page, render

log = logging.getLogger(__name__)

RETRY_SECONDS = 60

Act = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
    ) -> None:
        self._word = word
        self._caller = caller
        self._limit = UnsignedLimit(limits or LimitSettings(), clock=clock)
        self._nothing = nothing

    def __call__(self, act: Act) -> Act:
        """Turn what goes wrong in `act` into pages, and count those who guess."""

        async def answer(request: web.Request) -> web.StreamResponse:
            caller = self._caller(request)
            if self._limit.wait(caller) is not None:
                return render(handover_page.too_many_page(), retry_after_seconds=RETRY_SECONDS)
            try:
                return await act(request)
            except web.HTTPNotFound:
                if self._nothing is None:
                    raise
                page = self._nothing
            except web.HTTPException:
                raise
            except BotError as error:
                page = self._word(error) or _away(error)
            except Exception:
                log.exception("page not shown")
                page = handover_page.defect_page()
            if page.status == 404:
                self._limit.note_unsigned(caller)
            retry = RETRY_SECONDS if page.status == 503 else None
            return render(page, retry_after_seconds=retry)

        return answer


def _away(error: BotError) -> Page:
    log.warning("page not shown", extra={"reason": str(error)})
    return handover_page.away_page(str(error))
