"""What is around the bot: the machine, the platforms' clocks, and its own door."""

import asyncio
import os
import socket
import sys
import time
import zoneinfo
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bot.alive import is_alive
from bot.config import Config
from bot.settings import DISCORD_API_URL
from core.doctor.hook import Door
from core.doctor.machine import FLOORS, Machine
from core.errors import BotError
from core.ports import Clock
from storage.address import parse
from web.webhooks import PATHS

TIMEOUT_SECONDS = 10
_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_UNLIMITED = 1 << 60


class BotSurroundings:
    """Implements `core.doctor.examine.Surroundings` for the machine that it runs on.

    `stalls` counts how often this process stood still; None when it does not watch itself.
    """

    def __init__(
        self, config: Config, *, clock: Clock, stalls: Callable[[], int] | None = None
    ) -> None:
        self._config = config
        self._clock = clock
        self._stalls = stalls

    async def machine(self) -> Machine:
        """Look at the machine."""
        stalls = None if self._stalls is None else self._stalls()
        return await asyncio.to_thread(read_machine, self._config, stalls)

    async def clocks(self) -> tuple[timedelta | None, timedelta | None]:
        """Tell how far the clock is ahead of Patreon's and of Discord's, None when unknown.

        No token is sent.
        """
        patreon = urlsplit(self._config.patreon.api_url)
        discord = self._config.discord.api_url or DISCORD_API_URL
        async with aiohttp.ClientSession() as session:
            return await asyncio.gather(
                self._skew(session, f"{patreon.scheme}://{patreon.netloc}/robots.txt"),
                self._skew(session, f"{discord}/gateway"),
            )

    async def door(self, *, is_live: bool) -> Door:
        """Look at the server's port and, when `is_live`, at its public address."""
        server = self._config.server
        is_running = await asyncio.to_thread(is_alive, self._config)
        is_free = not is_running and await asyncio.to_thread(_is_free, server.host, server.port)
        status, why = None, ""
        if is_live and server.public_url is not None:
            status, why = await _answer_at(server.public_url + PATHS[0])
        return Door(
            public_url=server.public_url,
            proxies=server.trusted_proxies,
            port=server.port,
            is_running=is_running,
            is_free=is_free,
            status=status,
            why=why,
        )

    async def _skew(self, session: aiohttp.ClientSession, url: str) -> timedelta | None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        headers = {"User-Agent": self._config.patreon.sent_user_agent}
        try:
            async with session.get(
                url, timeout=timeout, headers=headers, allow_redirects=False
            ) as answer:
                told = parsedate_to_datetime(answer.headers["Date"])
        except (aiohttp.ClientError, TimeoutError, OSError, LookupError, ValueError):
            return None
        return self._clock() - (told if told.tzinfo else told.replace(tzinfo=UTC))


async def _answer_at(url: str) -> tuple[int, str]:
    """Ask the public address as the world would: a status, or 0 and what happened."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, timeout=timeout, allow_redirects=False) as answer,
        ):
            return answer.status, f"answers with status {answer.status} instead of the bot's 405"
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return 0, f"cannot be reached ({type(error).__name__})"


def read_machine(config: Config, stalls: int | None) -> Machine:
    """Read everything that this machine tells about itself; it may block for a moment."""
    database = _database_file(config)
    wal = database.with_name(f"{database.name}-wal") if database else None
    free_bytes, free_inodes, total_inodes = _disk(database)
    zone, is_zone_known = _zone()
    return Machine(
        python=sys.version_info[:2],
        versions={name: _version(name) for name in FLOORS},
        has_foreign_patreon=_version("patreon") is not None,
        memory_bytes=_memory(),
        descriptor_limit=_descriptor_limit(),
        descriptors_open=_count("/proc/self/fd"),
        stalls=stalls,
        free_bytes=free_bytes,
        free_inodes=free_inodes,
        total_inodes=total_inodes,
        database_bytes=_size(database),
        wal_bytes=_size(wal),
        zone=zone,
        is_zone_known=is_zone_known,
    )


def _database_file(config: Config) -> Path | None:
    try:
        return parse(config.database.url.get_secret_value()).path
    except BotError:
        return None


def _disk(path: Path | None) -> tuple[int | None, int | None, int | None]:
    """Give free bytes, free inodes and all inodes where `path` is or will be."""
    if path is None:
        return None, None, None
    folder = next((parent for parent in path.parents if parent.is_dir()), path.parent)
    try:
        found = os.statvfs(folder)
    except OSError:
        return None, None, None
    return found.f_bavail * found.f_frsize, found.f_favail, found.f_files


def _size(path: Path | None) -> int | None:
    try:
        return None if path is None else path.stat().st_size
    except OSError:
        return None


def _memory() -> int | None:
    """Give the smaller of the container's limit and the machine's memory."""
    found = [_number(Path(name)) for name in _MEMORY_LIMITS]
    try:
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (OSError, ValueError):
        found.append(None)
    return min((size for size in found if size and 0 < size < _UNLIMITED), default=None)


def _number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None


def _descriptor_limit() -> int | None:
    try:
        limit = os.sysconf("SC_OPEN_MAX")
    except (OSError, ValueError):
        return None
    return limit if limit > 0 else None


def _count(folder: str) -> int | None:
    try:
        return sum(1 for _ in Path(folder).iterdir())
    except OSError:
        return None


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _zone() -> tuple[str, bool]:
    """Give the time zone and whether the machine knows it; without TZ it is its own choice."""
    named = os.environ.get("TZ", "").lstrip(":")
    if not named:
        return time.tzname[0], True
    is_rule = any(character.isdigit() for character in named) or named in time.tzname
    if named.startswith("/") or is_rule:
        return named, True
    try:
        zoneinfo.ZoneInfo(named)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return named, False
    return named, True


def _is_free(host: str, port: int) -> bool:
    """Try whether a server could listen there; it lets go at once."""
    for family, kind, protocol, _, address in _addresses(host, port):
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError:
            return False
    return True


def _addresses(host: str, port: int) -> Sequence[tuple[int, int, int, str, tuple[object, ...]]]:
    try:
        return socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
