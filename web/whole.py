"""The whole of a published post, for whoever knows its page's key: `/posts/{key}`."""

from collections.abc import Callable
from html import escape

from aiohttp import web

from core.ports import Clock
from core.whole import PATH, Whole, WholePosts
from web import handover_page
from web.documents import Document, asset
from web.guarded import Guarded
from web.limits import LimitSettings
from web.pages import Page
from web.sending import Sending

_STYLE = asset("posts.css")
_SHORTLY = "public, max-age=60"
"""A post that is taken back is gone after this."""

_GONE = Page(
    title="There is no such post",
    sentences=("It was taken back, or the address is not complete.",),
    status=404,
)


class WholePages:
    """Shows published posts with their pictures; everything else is one and the same page."""

    def __init__(
        self,
        posts: WholePosts,
        *,
        clock: Clock,
        caller: Callable[[web.Request], str],
        limits: LimitSettings | None = None,
        sending: Sending | None = None,
    ) -> None:
        self._posts = posts
        self._guarded = Guarded(
            lambda _: None, clock=clock, caller=caller, limits=limits, nothing=_GONE
        )
        self._sending = sending or Sending()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Make the pages reachable, for GET and HEAD."""
        router.add_get(PATH + "/{key}", self._guarded(self._show))
        router.add_get(PATH + "/{key}/{picture}", self._guarded(self._picture))

    async def _show(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        post = await self._posts.read(key)
        if post is None:
            raise web.HTTPNotFound
        return _document(post, key).answer()

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        found = await self._posts.picture(request.match_info["key"], request.match_info["picture"])
        if found is None:
            raise web.HTTPNotFound
        return self._sending.picture(found.picture, found.path, cache=_SHORTLY)


def _document(post: Whole, key: str) -> Document:
    at = post.published_at
    when = "" if at is None else f'<time datetime="{at.isoformat()}">{at:%d %B %Y}</time>'
    body = [
        f'<main class="post"><h1 dir="auto">{escape(post.title)}</h1>',
        f'<p class="faint">{when}</p>' if when else "",
        f'<article dir="auto">{post.html}</article>',
        *handover_page.figures(post.pictures, escape(key)),
    ]
    if post.post_id is not None and post.post_id.isascii() and post.post_id.isdigit():
        address = f"https://www.patreon.com/posts/{post.post_id}"
        body.append(
            f'<p><a class="go" rel="noopener noreferrer" href="{address}">On Patreon</a></p>'
        )
    body.append("</main>")
    return Document(title=post.title, body="".join(body), style=_STYLE, cache=_SHORTLY)
