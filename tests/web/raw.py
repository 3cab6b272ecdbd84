"""Requests as bytes, for what no client would send."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from tests.factories import hook, save_campaign
from tests.web.conftest import SECRET, sign
from web.limits import LimitSettings

BODY = b'{"data": {"type": "member", "id": "m-1", "attributes": {"full_name": "Ada Secret"}}}'
GOOD = sign(BODY)
HOOK_SECRET = "secret-of-the-hook"
KEY_PATH = "/webhooks/patreon/hook-key-1"
PATHS = ("/webhooks/patreon", "/api/patreon/webhooks/patreon", KEY_PATH)
NAME = b"X-Patreon-Signature: "
INSIDE = (b"aiohttp", b"python", b"traceback", b".py", b"sqlite", b"ada secret", SECRET.encode())
PATIENCE = 15
SHORT = timedelta(milliseconds=200)


@dataclass
class Answer:
    status: int
    head: bytes
    body: bytes


@asynccontextmanager
async def connected(site):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        async with asyncio.timeout(PATIENCE):
            yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def read_answer(reader):
    """Read one answer; None when the server has closed the connection without any."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((line for line in lines if line.startswith(b"content-length:")), b":0")
        body = await reader.readexactly(int(length.partition(b":")[2]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Answer(int(head.split()[1]), head, body)


async def ask(site, raw):
    """Send bytes as they are and give the first answer."""
    async with connected(site) as (reader, writer):
        with suppress(ConnectionError):
            writer.write(raw)
            await writer.drain()
        return await read_answer(reader)


def request(*headers, body=BODY, path="/webhooks/patreon", line=None, length=True):
    """Write a request; header lines are bytes, and may be wrong."""
    first = line or f"POST {path} HTTP/1.1".encode()
    sized = [b"Content-Length: %d" % len(body)] if length else []
    return b"\r\n".join([first, b"Host: bot.example", *headers, *sized, b"", body])


def signed(*headers, body=BODY, path="/webhooks/patreon", line=None, length=True):
    """Write a request with the right signature in front of other headers."""
    secret = HOOK_SECRET if path == KEY_PATH else SECRET
    header = NAME + sign(body, secret).encode()
    return request(header, *headers, body=body, path=path, line=line, length=length)


def is_refused(answer):
    """Whether a stranger got nothing: a 4xx, or a closed connection."""
    return answer is None or 400 <= answer.status < 500


def reveals(answer):
    """What an answer says about the inside."""
    said = b"" if answer is None else (answer.head + answer.body).lower()
    return [word for word in INSIDE if word.lower() in said]


async def open_doors(serve, store):
    """Start a server that knows the configured secret and a stored hook, and has no patience."""
    await save_campaign(store)
    async with store.write() as work:
        await work.hooks.save(hook(key="hook-key-1", secrets=(HOOK_SECRET,)))
    return await serve(body_deadline=SHORT, unsigned=LimitSettings(most=1_000))
