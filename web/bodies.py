"""Reading a request's raw body within a size and a time."""

import asyncio
from datetime import timedelta

from aiohttp import web


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
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            while chunk := await request.content.readany():
                size += len(chunk)
                if size > max_bytes:
                    raise too_large(max_bytes, size)
                chunks.append(chunk)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(
            text=f"The body had not arrived after {deadline.total_seconds():g} seconds.\n"
        ) from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise web.HTTPBadRequest(text="The body is not whole.\n") from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(max_bytes: int, size: int) -> web.HTTPRequestEntityTooLarge:
    """Word the refusal of a body that is too long."""
    return web.HTTPRequestEntityTooLarge(
        max_size=max_bytes,
        actual_size=size,
        text=f"At most {max_bytes} bytes are accepted.\n",
    )
