"""Keep the page to this machine and this browser tab: who may ask, and what the page may load."""

from collections.abc import Awaitable, Callable, Collection

from aiohttp import web
from aiohttp.typedefs import Middleware

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Server": "demo",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(hosts: Callable[[], Collection[str]]) -> Middleware:
    """Make the middleware that refuses requests under a foreign name.

    A page elsewhere can let its own name point at 127.0.0.1 (DNS rebinding); its requests carry
    that name in `Host`. `hosts` tells the names that are ours.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host", "") not in hosts():
            return web.Response(status=421, text="This server goes by another name.")
        return await handler(request)

    return check


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers that keep the page to itself."""
    for name, value in HEADERS.items():
        response.headers[name] = value


def is_own_origin(request: web.Request, hosts: Collection[str]) -> bool:
    """Tell whether a WebSocket is opened by our own page: browsers do not check that themselves."""
    origins = request.headers.getall("Origin", [])
    return len(origins) == 1 and origins[0] in {f"http://{host}" for host in hosts}
