"""The page from which a person brings a draft to Patreon: opened once, in one browser."""

import re
from collections.abc import AsyncIterator, Callable
from html import escape
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from core.draft_pages import LinkExpired, UnknownLink
from core.errors import BotError, UserError
from core.handover import OPEN_FOR, PATH, HandOvers, PageClosed
from core.ports import Clock
from web import handover_page
from web.guarded import TOKEN, Guarded
from web.limits import LimitSettings
from web.pages import Page, render
from web.sending import Sending, disposition, numbered

_COOKIE = "handover"
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class HandOverPages:
    """`/handover?t=…` asks, a POST there opens the page `/handover/{digest}` for this browser.

    Looking at a link uses nothing up, as previews of links do; only a POST does. Which browser
    opened a page is told by a cookie that is sent to this page and its files alone. `caller` tells
    a request's client address.
    """

    def __init__(
        self,
        hand_overs: HandOvers,
        *,
        clock: Clock,
        caller: Callable[[web.Request], str],
        limits: LimitSettings | None = None,
        sending: Sending | None = None,
    ) -> None:
        self._hand_overs = hand_overs
        self._guarded = Guarded(_word, clock=clock, caller=caller, limits=limits)
        self._sending = sending or Sending()
        address = urlsplit(hand_overs.public_url or "")
        self._is_secure = address.scheme == "https"
        self._below = address.path.rstrip("/")

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Make the pages reachable."""
        router.add_get(PATH, self._guarded(self._ask))
        router.add_post(PATH, self._guarded(self._open))
        router.add_get(PATH + "/{page}", self._guarded(self._show))
        router.add_get(PATH + "/{page}/post.html", self._guarded(self._save_text))
        router.add_get(PATH + "/{page}/pictures.zip", self._guarded(self._save_pictures))
        router.add_get(PATH + "/{page}/pictures/{picture}", self._guarded(self._picture))

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        await self._hand_overs.look(_token(request))
        return render(handover_page.confirm_page())

    async def _open(self, request: web.Request) -> web.StreamResponse:
        session = await self._hand_overs.open(_token(request))
        page = f"{self._below}{PATH}/{session.digest}"
        # 303: loading the page again does not send the token again.
        response = web.Response(status=303, headers={hdrs.LOCATION: page})
        response.set_cookie(
            _COOKIE,
            session.secret,
            path=page,
            max_age=int(OPEN_FOR.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=self._is_secure,
        )
        return response

    async def _show(self, request: web.Request) -> web.StreamResponse:
        digest, secret = _session(request)
        pack = await self._hand_overs.pack(digest, secret)
        return handover_page.pack_page(pack, digest).answer()

    async def _save_text(self, request: web.Request) -> web.StreamResponse:
        pack = await self._hand_overs.pack(*_session(request))
        text = (
            f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(pack.title)}</title>'
            f"</head><body>{pack.html}</body></html>"
        )
        headers = {hdrs.CONTENT_DISPOSITION: disposition(f"{pack.title[:60]}.html")}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        found = await self._hand_overs.picture(*_session(request), request.match_info["picture"])
        if found is None:
            raise web.HTTPNotFound
        is_kept = "save" in request.query
        save_as = numbered(found.position, found.picture) if is_kept else None
        return self._sending.picture(found.picture, found.path, save_as=save_as)

    async def _save_pictures(self, request: web.Request) -> web.StreamResponse:
        pictures = await self._hand_overs.pictures(*_session(request))

        async def parts() -> AsyncIterator[tuple[str, bytes]]:
            for position, picture in enumerate(pictures):
                content = await self._hand_overs.read(picture)
                if content is not None:
                    yield numbered(position, picture), content

        return self._sending.archive(parts(), save_as="pictures.zip")


def _token(request: web.Request) -> str:
    """Read a link's token, which must stand there once and look as it should."""
    values = request.query.getall("t", [])
    if len(values) != 1 or TOKEN.fullmatch(values[0]) is None:
        raise UnknownLink("This is no link of ours.")
    return values[0]


def _session(request: web.Request) -> tuple[str, str]:
    """Read which page is asked for, and what the browser shows for it."""
    digest, secret = request.match_info["page"], request.cookies.get(_COOKIE, "")
    if _DIGEST.fullmatch(digest) is None or TOKEN.fullmatch(secret) is None:
        raise PageClosed("This page is not open in this browser.")
    return digest, secret


def _word(error: BotError) -> Page | None:
    match error:
        case UnknownLink():
            return handover_page.unknown_page()
        case LinkExpired():
            return handover_page.expired_page()
        case PageClosed():
            return handover_page.closed_page()
        case UserError():
            return handover_page.refusal_page(str(error))
        case _:
            return None
