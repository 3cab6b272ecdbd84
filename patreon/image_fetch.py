"""Fetching pictures from Patreon's servers and from nowhere else: `core.images.ImageFetcher`."""

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp

from core.errors import BotError
from core.images import (
    Fetched,
    ImageFailure,
    ImageLink,
    ImageMissed,
    ImageRefused,
    Sink,
)
from core.ports import Clock
from patreon.answers import Answer, asked_pause
from patreon.image_addresses import is_public
from patreon.image_places import (
    CheckedResolver,
    ClosedAddressError,
    Lookup,
    Places,
    look_up,
    refused_address,
)
from patreon.image_settings import ImageSettings
from patreon.image_types import HEAD_BYTES, media_type_of

_REDIRECTS = (301, 302, 303, 307, 308)
_TEMPORARY = (408, 425, 429)
_READ_BUFFER_BYTES = 64 * 1024


class ImageDownloader:
    """Implements `core.images.ImageFetcher` over aiohttp; make it in the loop that uses it.

    It sends no cookies and keeps none, asks no proxy that the environment names, and unpacks
    nothing: what is compressed on its way is no picture. `lookup`, `is_public` and `tls` stand for
    the name server, the map of the internet and the certificates that are trusted.
    """

    def __init__(
        self,
        settings: ImageSettings,
        *,
        clock: Clock,
        lookup: Lookup = look_up,
        is_public: Callable[[str], bool] = is_public,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._places = Places(settings.hosts, settings.admitted)
        self._turns = asyncio.Semaphore(settings.at_once)
        resolver = CheckedResolver(self._places, lookup=lookup, is_public=is_public)
        connector = aiohttp.TCPConnector(
            limit=settings.at_once,
            resolver=resolver,
            socket_factory=resolver.open_socket,
            # A name is resolved for every connection, and each of its addresses checked.
            use_dns_cache=False,
            ssl=tls or True,
        )
        connect = settings.connect_timeout.total_seconds()
        self._http = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={
                "User-Agent": settings.user_agent,
                "Accept": "image/*",
                "Accept-Encoding": "identity",
            },
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=connect,
                sock_connect=connect,
                sock_read=settings.read_timeout.total_seconds(),
            ),
            read_bufsize=_READ_BUFFER_BYTES,
        )

    async def aclose(self) -> None:
        """Close all connections; a fetch under way fails."""
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def fetch(self, link: ImageLink, into: Sink) -> Fetched:
        """Fetch the picture behind `link` and write it to `into` as it arrives.

        The wait for a turn is not part of the deadline; those before it keep theirs.

        Raises:
            ImageRefused: the link will not work again (`reason`).
            ImageMissed: another try may do (`reason`, and `retry_after` when we were told).
        """
        async with self._turns:
            try:
                async with asyncio.timeout(self._settings.deadline.total_seconds()):
                    return await self._follow(link.url, into)
            except (aiohttp.ClientError, TimeoutError) as error:
                # The texts of aiohttp's errors may hold the link; those of the system do not.
                raise _translated(error) from getattr(error, "os_error", None)

    async def _follow(self, url: str, into: Sink) -> Fetched:
        for _ in range(self._settings.max_redirects + 1):
            target = self._places.check(url)
            # What is left of an answer is not read: leaving the block ends its connection.
            async with self._http.get(target, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await self._take(response, into)
                url = _next(str(target), response)
        raise ImageRefused(
            "A picture's link was redirected too often.", reason=ImageFailure.TOO_MANY_REDIRECTS
        )

    async def _take(self, response: aiohttp.ClientResponse, into: Sink) -> Fetched:
        """Write the body to `into`, having looked at its status, its length and its type."""
        most = self._settings.max_bytes
        if response.status != 200:
            raise self._unwanted(response)
        if (response.content_length or 0) > most:
            raise _too_large(most)
        head = await _head(response.content)
        media_type = media_type_of(head)
        if media_type is None:
            raise ImageRefused(
                "What was sent is no PNG, JPEG, GIF, WebP or AVIF.",
                reason=ImageFailure.NOT_AN_IMAGE,
            )
        size = 0
        chunk = head
        while chunk:
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            into.write(chunk)
            chunk = await response.content.readany()
        return Fetched(size_bytes=size, media_type=media_type)

    def _unwanted(self, response: aiohttp.ClientResponse) -> BotError:
        """Tell what a status other than 200 means for the link."""
        status = response.status
        sentence = f"Patreon's image server answered {status}."
        # Patreon's edge refuses a machine with the status of a dead link, and says so.
        is_blocked = "cf-mitigated" in response.headers
        if status in _TEMPORARY or status >= 500 or is_blocked:
            now = self._clock()
            headers = {name.lower(): value for name, value in response.headers.items()}
            pause = asked_pause(
                Answer(status=status, headers=headers, body=b"", asked_at=now, received_at=now)
            )
            return ImageMissed(sentence, reason=ImageFailure.AWAY, retry_after=pause)
        reasons = {
            403: ImageFailure.EXPIRED,
            404: ImageFailure.GONE,
            410: ImageFailure.EXPIRED,
        }
        return ImageRefused(sentence, reason=reasons.get(status, ImageFailure.REJECTED))


def _next(url: str, response: aiohttp.ClientResponse) -> str:
    """Tell where a redirect leads."""
    location = response.headers.get("Location", "")
    if not location:
        raise ImageRefused(
            "A redirect says not where to.",
            reason=ImageFailure.BROKEN,
        )
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise ImageRefused(
            "A redirect leads to something that is no address.", reason=ImageFailure.REFUSED_HOST
        ) from error


async def _head(content: aiohttp.StreamReader) -> bytes:
    try:
        return await content.readexactly(HEAD_BYTES)
    except asyncio.IncompleteReadError as error:
        return error.partial


def _too_large(most: int) -> ImageRefused:
    return ImageRefused(f"The picture is larger than {most} bytes.", reason=ImageFailure.TOO_LARGE)


def _translated(error: aiohttp.ClientError | TimeoutError) -> BotError:
    """Tell what the connection's end means for the link."""
    name = type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(
        error.os_error, ClosedAddressError
    ):
        return refused_address(error.os_error.address)
    if isinstance(error, TimeoutError):
        sentence, reason = "Patreon's image server took too long", ImageFailure.TIMED_OUT
    elif isinstance(error, aiohttp.ClientSSLError):
        sentence, reason = (
            "Patreon's image server could not prove who it is",
            ImageFailure.UNTRUSTED,
        )
    elif isinstance(error, aiohttp.ClientConnectionError):
        sentence, reason = "Patreon's image server cannot be reached", ImageFailure.AWAY
    else:
        sentence, reason = "The image server's answer is broken", ImageFailure.BROKEN
    return ImageMissed(f"{sentence} ({name}).", reason=reason)
