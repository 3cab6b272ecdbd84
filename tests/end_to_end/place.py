"""Both stand-ins in this process, and the real bot beside them in a process of its own."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import signal
import sys
from pathlib import Path

import aiohttp

from sandbox.discord.seeds import default_world
from sandbox.discord.server import DiscordServer
from sandbox.patreon import Limits, PatreonServer, PatreonWorld

ROOT = Path(__file__).parents[2]
SECRET = "a-webhook-secret-of-the-tests"
PATIENCE = 30.0
"""Seconds until a wait is given up: long, because two cores serve everything."""


class BotProcess:
    """`python -m bot …`, run from the checkout with a configuration of its own."""

    def __init__(self, config: Path, environ: dict[str, str], port: int) -> None:
        self.port = port
        self._config = config
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.lines: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *arguments: str, **environ: str) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "--config",
            str(self._config),
            *(arguments or ("run",)),
            cwd=ROOT,
            env=self._environ | environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.lines.append(line.decode(errors="replace").rstrip())

    async def ended(self) -> int:
        """Wait for the end; gives the exit code, negative for a signal."""
        assert self._process is not None
        assert self._reader is not None
        async with asyncio.timeout(PATIENCE):
            code = await self._process.wait()
            await self._reader
        return code

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(how)
        return await self.ended()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def ready(self) -> None:
        """Wait until the bot says that everything is in order."""
        async with aiohttp.ClientSession() as session:
            for _ in range(int(PATIENCE / 0.05)):
                if not self.is_running:
                    raise AssertionError("the bot ended:\n" + "\n".join(self.lines[-30:]))
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise AssertionError("the bot did not get ready:\n" + "\n".join(self.lines[-30:]))


class Place:
    """Everything around one bot."""

    def __init__(self, patreon: PatreonServer, discord: DiscordServer, bot: BotProcess) -> None:
        self.patreon = patreon
        self.discord = discord
        self.bot = bot

    @property
    def world(self) -> PatreonWorld:
        return self.patreon.world

    def shown(self) -> list[str]:
        """The titles of the embeds in the feed, oldest first."""
        member = self.discord.user("owner")
        return [
            embed["title"]
            for message in member.messages("patreon-feed")
            for embed in message.embeds
        ]

    async def until_shown(self, count: int) -> list[str]:
        """Wait until the feed shows `count` messages, and a little longer for one too many."""
        for _ in range(int(PATIENCE / 0.05)):
            if len(self.shown()) >= count:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        return self.shown()

    async def deliver(self, trigger: str, document: dict[str, object]) -> int | None:
        """Post a signed webhook as Patreon does; gives the status, None when nobody answered."""
        body = json.dumps(document).encode()
        headers = {
            "X-Patreon-Event": trigger,
            "X-Patreon-Signature": hmac.new(SECRET.encode(), body, hashlib.md5).hexdigest(),
            "Content-Type": "application/json",
        }
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
                session.post(
                    f"{self.bot.url}/webhooks/patreon", data=body, headers=headers
                ) as answer,
            ):
                return answer.status
        return None

    async def deliver_until_accepted(self, trigger: str, document: dict[str, object]) -> None:
        """Deliver again and again, as Patreon does, until the bot has accepted."""
        for _ in range(int(PATIENCE / 0.1)):
            if await self.deliver(trigger, document) == 204:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the webhook was never accepted")


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.asynccontextmanager
async def open_place(folder: Path, *, members: int = 20, database_url: str | None = None, **more):
    """Open both stand-ins and prepare a bot; closes everything, the bot included."""
    world = PatreonWorld(seed=7)
    campaign = world.seed_campaign(members=members)
    port = free_port()
    discord_world = default_world()
    async with (
        PatreonServer(world, limits=Limits(**more.get("limits", {}))) as patreon,
        DiscordServer(discord_world) as discord,
    ):
        guild = next(iter(discord_world.guilds.values()))
        channels = {channel.name: channel.id for channel in discord_world.channels.values()}
        config = folder / "config.toml"
        config.write_text(
            f"""
[[links]]
guild = {guild.id}
campaign = "{campaign.id}"
feed = {channels["patreon-feed"]}
staff = {channels["staff"]}
"""
        )
        pair = world.creator_token
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "DISCORD_CDN_URL": discord.cdn_url,
            "PATREON_API_URL": patreon.api_url,
            "PATREON_AUTHORIZE_URL": patreon.authorize_url,
            "PATREON_TOKEN_URL": patreon.token_url,
            "PATREON_CLIENT_ID": world.client.id,
            "PATREON_CLIENT_SECRET": world.client.secret,
            "PATREON_CREATOR_ACCESS_TOKEN": pair.access_token,
            "PATREON_CREATOR_REFRESH_TOKEN": pair.refresh_token,
            "PATREON_WEBHOOK_SECRET": SECRET,
            "PATREON_SERVER_PORT": str(port),
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'bot.db'}",
            "SECRETS_KEY_FILE": str(folder / "secret.key"),
        }
        bot = BotProcess(config, environ, port)
        place = Place(patreon, discord, bot)
        try:
            yield place
        finally:
            if bot.is_running:
                await bot.stop(signal.SIGKILL)
        assert discord.violations == [], "the bot sent what Discord would refuse"
