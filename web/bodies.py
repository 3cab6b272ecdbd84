"""Reading a request's raw body within a size and a time."""

import asyncio
from datetime import timedelta
from typing import TypeVar

from aiohttp import StreamReader, web

_Bytes = TypeVar("_Bytes", bytes, bytearray)


async def read_body(request: web.Request, *, max_bytes: int, deadline: timedelta) -> bytes:
    """Read the body exactly as it was sent.

    The announced length is checked first and the bytes are counted while they arrive, so a
    chunked or lying request is refused as soon as it is too long.

    Raises:
        web.HTTPRequestEntityTooLarge: the body is longer than `max_bytes`.
        web.HTTPRequestTimeout: it had not arrived whole after `deadline`.
        web.HTTPBadRequest: the sender broke off.
    """
    announced = request.content_length
    if announced is not None and announced > max_bytes:
        raise too_large(max_bytes, announced)
    try:
        if request.content.is_eof():
            # Most bodies arrive with their head: a deadline would be paid for nothing.
            return _within(max_bytes, request.content.read_nowait())
        async with asyncio.timeout(deadline.total_seconds()):
            return await _read(request.content, max_bytes)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(
            text=f"The body had not arrived after {deadline.total_seconds():g} seconds.\n"
        ) from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise web.HTTPBadRequest(text="The body is not whole.\n") from error


async def _read(content: StreamReader, max_bytes: int) -> bytes:
    body = bytearray()
    while chunk := await content.readany():
        body += chunk
        _within(max_bytes, body)
    return bytes(body)


def _within(max_bytes: int, body: _Bytes) -> _Bytes:
    if len(body) > max_bytes:
        raise too_large(max_bytes, len(body))
    return body


def too_large(max_bytes: int, size: int) -> web.HTTPRequestEntityTooLarge:
    """Word the refusal of a body that is too long."""
    return web.HTTPRequestEntityTooLarge(
        max_size=max_bytes,
        actual_size=size,
        text=f"At most {max_bytes} bytes are accepted.\n",
    )
