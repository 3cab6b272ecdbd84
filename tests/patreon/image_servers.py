"""Servers on real sockets that say what a test wants, and a certificate authority for them."""

import asyncio
import ssl
import struct
import zlib
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.images import ImageLink, ImageMissed, ImageRefused
from patreon.image_fetch import ImageDownloader
from patreon.image_settings import ImageSettings
from tests.factories import FakeClock

HOST = "https://c10.patreonusercontent.com"
PATH = "/4/patreon-media/p/user/1/0123/e30%3D/1.png?token-time=2145916800&token-hash=a%2Fb%3D"
SETTINGS = ImageSettings(
    user_agent="Tests",
    at_once=1,
    connect_timeout=timedelta(seconds=5),
    read_timeout=timedelta(seconds=5),
    deadline=timedelta(seconds=20),
)


class RawServer:
    """Hands every request to `answer(head, writer)`; counts connections, keeps the heads.

    Without `tls` whoever connects is counted, whether or not they say anything.
    """

    def __init__(self, answer=None, *, tls=None, host="127.0.0.1"):
        self.answer = answer or say(ok(PNG))
        self.connections = 0
        self.heads = []
        self.host = host
        self._tls = tls
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, self.host, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{self.host}:{self.port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        try:
            with suppress(
                asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError, ssl.SSLError
            ):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    self.heads.append(head.decode())
                    await self.answer(head, writer)
                    await writer.drain()
        finally:
            writer.transport.abort()
            self._tasks.discard(asyncio.current_task())


def ok(body, *, declared="image/png", **headers):
    """A whole answer with a length."""
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Type: {declared}",
        f"Content-Length: {len(body)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location):
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode(
        "utf-8", "surrogateescape"
    )


def say(*answers, close=False):
    """Give the answers in order, the last one for ever."""
    left = list(answers)

    async def answer(_, writer):
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        if close:
            await writer.drain()
            writer.close()

    return answer


def _chunk(name, content):
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0abc"))
    + _chunk(b"IEND", b"")
)
GIF = (
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0"
    b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + b"\0" * 60 + b"\xff\xd9"
WEBP = b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0" + b"\0" * 24
AVIF = b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1A" + b"\0\0\0\x08mdat"


class Authority:
    """Signs certificates; `client` trusts them, `server(*names)` shows one."""

    def __init__(self, folder):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        root = self._sign(self._name, self._key.public_key(), is_authority=True)
        self.client = ssl.create_default_context(cadata=_pem(root).decode())

    def server(self, *names):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test server")])
        certificate = self._sign(subject, key.public_key(), names=names)
        file = self._folder / f"{names[0].replace('*', 'any')}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + _pem(certificate)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(self, subject, public_key, *, names=(), is_authority=False):
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if names:
            alternatives = [x509.DNSName(name) for name in names]
            builder = builder.add_extension(
                x509.SubjectAlternativeName(alternatives), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Names:
    """A name server that says what it is told, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Counter:
    """A file that keeps nothing."""

    size = 0

    def write(self, chunk):
        self.size += len(chunk)


def link(url):
    return ImageLink(url=url, key="/x.png")


def admitting(*servers, **changes):
    admitted = frozenset((server.host, server.port) for server in servers)
    return replace(SETTINGS, admitted=admitted, **changes)


@asynccontextmanager
async def fetcher(settings=SETTINGS, *, names=None, **others):
    """Give a fetcher; afterwards it must still be able to fetch."""
    async with RawServer() as good:
        admitted = settings.admitted | {(good.host, good.port)}
        async with ImageDownloader(
            replace(settings, admitted=admitted),
            clock=FakeClock(),
            lookup=names or Names([]),
            **others,
        ) as images:
            yield images
            fetched = await images.fetch(link(f"{good.url}/x.png"), Counter())
            assert fetched.media_type == "image/png"


async def refusal(images, url, into=None):
    """Tell why a link is refused for good."""
    with pytest.raises(ImageRefused) as refused:
        await images.fetch(link(url), into or Counter())
    return refused.value.reason


async def miss(images, url, into=None):
    """Tell why a link is missed this time."""
    with pytest.raises(ImageMissed) as missed:
        await images.fetch(link(url), into or Counter())
    return missed.value.reason
