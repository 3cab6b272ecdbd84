"""Discord's REST API without its gateway: what the feed needs is there while one is away."""

import asyncio
from types import SimpleNamespace

import aiohttp
import discord

from core.errors import OutcomeUnknown, TemporaryError

LONGEST_PAUSE_SECONDS = 30.0
"""A longer rate limit is reported instead of waited for (discord.py takes no less than 30)."""


class Rest:
    """A client that is logged in and never connected.

    It logs in with the first call after `open`, and again after a login that failed.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._is_open = False
        self._client: discord.Client | None = None
        self._lock = asyncio.Lock()

    def open(self) -> None:
        """Allow calls from now on."""
        self._is_open = True

    async def close(self) -> None:
        """Refuse calls from now on and free the connections; safe to repeat."""
        self._is_open = False
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def client(self) -> discord.Client:
        """Give the client, logging in when it is not.

        Raises:
            TemporaryError: it cannot log in now. Nothing else is sent before it has.
        """
        async with self._lock:
            if self._client is None:
                self._client = await self._log_in()
            return self._client

    async def _log_in(self) -> discord.Client:
        self._check_open()
        client = discord.Client(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_PAUSE_SECONDS,
            http_trace=_watch(),
        )
        try:
            await client.login(self._token)
            self._check_open()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            await client.close()
            raise TemporaryError("The bot cannot log in to Discord at the moment.") from error
        except BaseException:
            await client.close()
            raise
        return client

    def _check_open(self) -> None:
        if not self._is_open:
            raise TemporaryError("The bot is not logged in to Discord.")


def _watch() -> aiohttp.TraceConfig:
    """Keep discord.py from repeating by itself what Discord would do twice."""
    watch = aiohttp.TraceConfig()
    watch.on_request_end.append(_end_unknown_thread)
    return watch


async def _end_unknown_thread(
    session: aiohttp.ClientSession, context: SimpleNamespace, answer: aiohttp.TraceRequestEndParams
) -> None:
    """Give up on a thread whose creation ended with a server error: it may exist.

    discord.py repeats such calls, and threads have no nonce.

    Raises:
        OutcomeUnknown: it is for the caller to look.
    """
    is_thread = answer.method == "POST" and answer.url.path.endswith("/threads")
    if is_thread and answer.response.status >= 500:
        answer.response.close()
        raise OutcomeUnknown(f"Discord answered with status {answer.response.status}.")
