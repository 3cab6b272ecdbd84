"""The browser's way through a consent: to Patreon, and back with a code or an error."""

import logging
import re
from collections.abc import Callable

from aiohttp import web

from core.consent import Consent
from core.consents import CodeRefused, ConsentExpired, UnknownState
from core.errors import BotError, PermanentError, UserError
from core.ports import Clock
from web import oauth_pages
from web.guarded import TOKEN, Guarded
from web.limits import LimitSettings
from web.pages import Page

log = logging.getLogger(__name__)

AUTHORIZE = "/oauth/authorize"
CALLBACKS = ("/oauth/callback", "/patreon/oauth/callback", "/auth/patreon/callback")
"""Where Patreon sends people back to: the address of today, and those of earlier installations."""

_CODE = re.compile(r"[!-~]{1,512}", re.ASCII)
_ERROR = re.compile(r"[a-z_]{1,40}", re.ASCII)


class ConsentPages:
    """`/oauth/authorize` tells what is about to happen; the callbacks finish it.

    Only a GET of a callback with a code or an error uses up a state: looking at the link, as
    previews do, does not. `caller` tells a request's client address.
    """

    def __init__(
        self,
        consent: Consent,
        *,
        clock: Clock,
        caller: Callable[[web.Request], str],
        limits: LimitSettings | None = None,
    ) -> None:
        self._consent = consent
        self._clock = clock
        self._guarded = Guarded(
            self._word,
            clock=clock,
            caller=caller,
            limits=limits,
            defect=oauth_pages.defect_page(),
        )

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Make the pages reachable, with and without a slash at the end."""
        callback = self._guarded(self._callback)
        router.add_get(AUTHORIZE, self._guarded(self._authorize))
        for path in CALLBACKS:
            for spelling in (path, f"{path}/"):
                router.add_get(spelling, callback, allow_head=False)
                router.add_head(spelling, self.look_at_callback)

    async def look_at_callback(self, _: web.Request) -> web.Response:
        """Answer a HEAD request, which uses nothing up."""
        return web.Response()

    async def _authorize(self, request: web.Request) -> Page:
        if self._consent.addresses is None:
            return oauth_pages.no_address_page()
        state = _only(request, "s", TOKEN)
        if state is None:
            return oauth_pages.malformed_page()
        question = await self._consent.look(state)
        return oauth_pages.question_page(
            question, redirect_uri=self._consent.addresses.redirect_uri, now=self._clock()
        )

    async def _callback(self, request: web.Request) -> Page:
        if self._consent.addresses is None:
            return oauth_pages.no_address_page()
        state = _only(request, "state", TOKEN)
        code = _only(request, "code", _CODE)
        if state is None:
            return oauth_pages.malformed_page()
        if "error" in request.query:
            # What the error says of itself is not shown: anybody may have written it.
            error = _only(request, "error", _ERROR) or ""
            return oauth_pages.ending_page(await self._consent.refuse(state, error))
        if code is None:
            return oauth_pages.malformed_page()
        return oauth_pages.ending_page(await self._consent.finish(state, code))

    def _word(self, error: BotError) -> Page:
        match error:
            case UnknownState():
                return oauth_pages.unknown_page()
            case ConsentExpired():
                return oauth_pages.expired_page()
            case CodeRefused() if self._consent.addresses is not None:
                return oauth_pages.code_refused_page(self._consent.addresses.redirect_uri)
            case UserError():
                return oauth_pages.refusal_page(str(error))
            case PermanentError():
                log.error("consent not possible", extra={"reason": str(error)})
                return oauth_pages.admin_page(str(error))
            case _:
                log.warning("consent not finished", extra={"reason": str(error)})
                return oauth_pages.away_page(str(error))


def _only(request: web.Request, name: str, pattern: re.Pattern[str]) -> str | None:
    """Read a parameter that must stand there once and look as it should."""
    values = request.query.getall(name, [])
    return values[0] if len(values) == 1 and pattern.fullmatch(values[0]) else None
