"""Drafts as they will look on Patreon, for whoever has a link: `/preview/{token}`."""

from collections.abc import Callable

from aiohttp import web

from core.draft_pages import LinkExpired, UnknownLink
from core.errors import BotError
from core.ports import Clock
from core.previews import PATH, Previews
from web import preview_page
from web.guarded import TOKEN, Guarded
from web.limits import LimitSettings
from web.pages import Page
from web.sending import Sending


class PreviewPages:
    """Shows drafts with their pictures, and can do nothing else; guessers are slowed down.

    `caller` tells a request's client address.
    """

    def __init__(
        self,
        previews: Previews,
        *,
        clock: Clock,
        caller: Callable[[web.Request], str],
        limits: LimitSettings | None = None,
        sending: Sending | None = None,
    ) -> None:
        self._previews = previews
        self._guarded = Guarded(_word, clock=clock, caller=caller, limits=limits)
        self._sending = sending or Sending()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Make the pages reachable, for GET and HEAD."""
        router.add_get(PATH + "/{token}", self._guarded(self._show))
        router.add_get(PATH + "/{token}/{picture}", self._guarded(self._picture))

    async def _show(self, request: web.Request) -> web.StreamResponse:
        token = _token(request)
        preview = await self._previews.show(token)
        return preview_page.preview_page(preview, token).answer()

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        found = await self._previews.picture(_token(request), request.match_info["picture"])
        if found is None:
            raise web.HTTPNotFound
        return self._sending.picture(found.picture, found.path)


def _token(request: web.Request) -> str:
    token = request.match_info["token"]
    if TOKEN.fullmatch(token) is None:
        raise UnknownLink("This is no link of ours.")
    return token


def _word(error: BotError) -> Page | None:
    match error:
        case UnknownLink():
            return preview_page.unknown_page()
        case LinkExpired():
            return preview_page.expired_page()
        case _:
            return None
