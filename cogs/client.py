"""Discord as one part of the process: a bot that stays connected, and the feed's publisher."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import yarl
from discord import gateway, http

from cogs.base import Desk
from cogs.patreon_bot import PatreonBot
from cogs.portraits import portraits_of
from cogs.post_targets import target_in
from cogs.publisher import DiscordPublisher
from cogs.rest import Rest
from cogs.sheets import Files, no_files
from core.backoff import Random, delay
from core.drafts import Target
from core.errors import PermanentError, TemporaryError
from core.ports import Clock, Connection, Publisher
from core.services import Services
from core.store import Store

log = logging.getLogger(__name__)

_AWAY = (
    discord.HTTPException,
    discord.RateLimited,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    OSError,
    TemporaryError,
)
_STOP_TIMEOUT_SECONDS = 5.0
_BAD_TOKEN = 4004
_MISSING_INTENTS = 4014
_NEVER_ACCEPTED = frozenset({4010, 4011, 4012, 4013})
"""Source: docs.discord.com, "Opcodes and Status Codes", "Gateway Close Event Codes"."""


def point_at(api_url: str, gateway_url: str, cdn_url: str) -> None:
    """Make discord.py talk to another Discord, such as a local stand-in, in the whole process.

    Neither `api_url` (with its version) nor `cdn_url` ends in a slash. The bot's token goes to
    these addresses.
    """
    http.Route.BASE = api_url
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    discord.Asset.BASE = cdn_url


class DiscordPart:
    """Keeps the bot connected to Discord and offers the feed's publisher.

    `files` gives uploaded pictures.
    `first_retry` is the wait after the first failed attempt; it doubles up to five minutes.
    `guild_ready_timeout` is how long a start waits for a further guild to appear.
    """

    def __init__(
        self,
        token: str,
        services: Services,
        store: Store,
        *,
        clock: Clock,
        random: Random,
        files: Files = no_files,
        guild_ready_timeout: timedelta = timedelta(seconds=2),
        first_retry: timedelta = timedelta(seconds=2),
    ) -> None:
        # The bot never speaks: without this, discord.py warns at each start that it cannot.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        self._token = token
        self._store = store
        self._desk = Desk(services=services, connection=self.connection, clock=clock)
        self._random = random
        self._guild_ready_timeout = guild_ready_timeout
        self._first_retry = first_retry
        self._rest = Rest(token)
        self._publisher = DiscordPublisher(
            self._rest, self._channel_of, portraits=portraits_of(services.gallery), files=files
        )
        self._bot: PatreonBot | None = None
        self._reason: str | None = None
        self._has_logged_oddity = False
        self._at_work: set[asyncio.Task[Any]] = set()

    @property
    def publisher(self) -> Publisher:
        """The feed's publisher; it works while `run` runs, even when the gateway is away."""
        return self._publisher

    def connection(self) -> Connection:
        """Tell how the bot stands with Discord at this moment."""
        bot = self._bot
        if bot is None or bot.connected_since is None:
            return Connection(is_ready=False, reason=self._reason or "Discord is being connected.")
        return Connection(is_ready=True, latency=bot.answer_time, since=bot.connected_since)

    async def run(self) -> None:
        """Stay connected for good; cancel it to close everything.

        Discord being away is logged when it starts and when it ends, and tried again for ever.

        Raises:
            PermanentError: Discord refuses the token or what the bot asks for.
        """
        self._rest.open()
        try:
            await self._stay_connected()
        finally:
            await self._stop_commands()
            await self._rest.close()

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            bot = PatreonBot(
                self._desk,
                self._store,
                guild_ready_timeout=self._guild_ready_timeout,
                at_work=self._at_work,
            )
            self._bot = bot
            try:
                reason = await self._live(bot)
            finally:
                self._bot = None
                await bot.close()
            _heed_cancellation()
            failures = 1 if bot.was_ready else failures + 1
            if failures == 1:
                log.warning("discord is away", extra={"reason": reason})
            self._reason = reason
            wait = delay(failures, first=self._first_retry, random=self._random)
            await asyncio.sleep(wait.total_seconds())

    async def _stop_commands(self) -> None:
        """Cancel the commands that are still at work; what they have saved stays saved."""
        for task in self._at_work:
            task.cancel()
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=_STOP_TIMEOUT_SECONDS)

    async def _live(self, bot: PatreonBot) -> str:
        """Run one bot until its connection ends; gives the reason."""
        bot.add_listener(self._note_ready, "on_ready")
        try:
            await bot.login(self._token)
            await bot.connect(reconnect=False)
        except discord.LoginFailure as error:
            raise _refused_token() from error
        except discord.app_commands.CommandSyncFailure as error:
            raise PermanentError(f"Discord refuses the bot's commands: {error}") from error
        except PermanentError:
            raise
        except _AWAY as error:
            return _away(error)
        except Exception as error:  # noqa: BLE001  the door: webhooks go on whatever Discord sends
            return self._odd(error)
        return "Discord closed the connection."

    def _odd(self, error: Exception) -> str:
        """Log what nobody expected, once in an outage, and word it."""
        if not self._has_logged_oddity:
            self._has_logged_oddity = True
            log.error("discord connection failed unexpectedly", exc_info=error)
        return f"The connection to Discord failed unexpectedly ({type(error).__name__})."

    async def _note_ready(self) -> None:
        if self._reason is None:
            log.info("discord connected")
        else:
            log.info("discord is back")
        self._reason = None
        self._has_logged_oddity = False

    def target_of(self, guild_id: int, channel_id: int) -> Target:
        """Describe a channel as a post's target; one that is not known is taken for a usual one."""
        guild = None if self._bot is None else self._bot.get_guild(guild_id)
        return Target(channel_id=channel_id) if guild is None else target_in(guild, channel_id)

    def _channel_of(self, channel_id: int) -> discord.abc.GuildChannel | discord.Thread | None:
        if self._bot is None:
            return None
        channel = self._bot.get_channel(channel_id)
        return None if isinstance(channel, discord.abc.PrivateChannel) else channel


def _heed_cancellation() -> None:
    """Stop when a cancellation was swallowed, as `asyncio.wait_for` does before Python 3.12.

    Raises:
        CancelledError: this task was asked to end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _away(error: Exception) -> str:
    """Word why Discord is away.

    Raises:
        PermanentError: waiting does not help.
    """
    if isinstance(error, discord.ConnectionClosed):
        if error.code == _BAD_TOKEN:
            raise _refused_token() from error
        if error.code == _MISSING_INTENTS:
            raise PermanentError(
                "Discord refuses what the bot wants to hear (close code 4014). Switch the "
                "intents on in the Developer Portal, under Bot, and start again."
            ) from error
        if error.code in _NEVER_ACCEPTED:
            raise PermanentError(
                f"Discord refuses the connection for good (close code {error.code}). This needs "
                "a newer version of the bot."
            ) from error
        return f"Discord closed the connection with code {error.code}."
    if isinstance(error, discord.HTTPException):
        return f"Discord answered with status {error.status}."
    if isinstance(error, TemporaryError | discord.RateLimited):
        return str(error)
    return f"Discord cannot be reached ({type(error).__name__})."


def _refused_token() -> PermanentError:
    return PermanentError(
        "Discord refuses the bot's token. In the Developer Portal, under Bot, choose Reset "
        "Token, put the new one where the old one was configured, and start again."
    )
