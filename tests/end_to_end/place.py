"""Both stand-ins in this process, and the real bot beside them in a process of its own."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from cryptography.fernet import Fernet, MultiFernet

from core.letter_box import Letter, LetterQuery
from core.steps import CRASH_AT
from sandbox.discord.seeds import default_world
from sandbox.discord.server import DiscordServer
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from sandbox.patreon.records import Member
from storage.keys import load_keys
from storage.store import SqlStore
from tests.ports import free_port
from tests.schemas import discord_schemas

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

    def beside(self) -> "BotProcess":
        """Give another process of the same bot."""
        return BotProcess(self._config, self._environ, self.port)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

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
        try:
            async with asyncio.timeout(PATIENCE):
                code = await self._process.wait()
                await self._reader
        except TimeoutError:
            raise AssertionError(f"the process did not end:\n{self.tail()}") from None
        return code

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(how)
        return await self.ended()

    async def crash(self, at: str) -> None:
        """Start it and let it die at a step."""
        await self.start(**{CRASH_AT: at})
        assert await self.ended() == -signal.SIGKILL, self.tail()

    async def health(self) -> dict[str, str]:
        """Say what `/readyz` tells: the parts that fail or are ok."""
        timeout = aiohttp.ClientTimeout(total=10)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{self.url}/readyz") as answer,
        ):
            return await answer.json()

    def freeze(self) -> None:
        """Let it stand still, all of its threads."""
        os.kill(self.pid, signal.SIGSTOP)
        for _ in range(1_000):
            if Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T":
                return
            time.sleep(0.001)
        raise AssertionError("the bot does not stand still")

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def tail(self) -> str:
        """The end of what it said."""
        return "\n".join(line[:400] for line in self.lines[-15:])

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def ready(self) -> None:
        """Wait until the bot says that everything is in order."""
        async with aiohttp.ClientSession() as session:
            for _ in range(int(PATIENCE / 0.05)):
                if not self.is_running:
                    raise AssertionError("the bot ended:\n" + self.tail())
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise AssertionError("the bot did not get ready:\n" + self.tail())


@dataclass(frozen=True)
class Reply:
    """What Patreon sees of an answer."""

    status: int
    retry_after: str | None


class Place:
    """Everything around one bot."""

    def __init__(
        self,
        patreon: PatreonServer,
        discord: DiscordServer,
        bot: BotProcess,
        *,
        database_url: str,
        key_file: Path,
    ) -> None:
        self.patreon = patreon
        self.discord = discord
        self.bot = bot
        self.database_url = database_url
        self._key_file = key_file

    @property
    def world(self) -> PatreonWorld:
        return self.patreon.world

    def shown(self, channel: str = "patreon-feed") -> list[str]:
        """The titles of the embeds in a channel, oldest first."""
        member = self.discord.user("owner")
        return [embed["title"] for message in member.messages(channel) for embed in message.embeds]

    @contextlib.asynccontextmanager
    async def store(self) -> AsyncIterator[SqlStore]:
        """Open the bot's own database, beside it."""
        keys = MultiFernet([Fernet(Fernet.generate_key())])
        if self._key_file.exists():
            keys = load_keys(None, self._key_file)
        store = SqlStore(self.database_url, keys=keys, clock=self.world.now)
        try:
            yield store
        finally:
            await store.close()

    async def letters(self) -> list[Letter]:
        """Every event of the inbox, oldest first."""
        async with self.store() as store, store.read() as work:
            page = await work.letters.page(LetterQuery(state=None, limit=10_000))
        return list(reversed(page.letters))

    async def tell(self, *arguments: str) -> str:
        """Give what the command line prints."""
        teller = self.bot.beside()
        await teller.start(*arguments)
        assert await teller.ended() == 0, "\n".join(teller.lines)
        return "\n".join(teller.lines)

    async def until(
        self,
        is_so: Callable[[], Awaitable[bool] | bool],
        what: str,
        *,
        patience: float = PATIENCE,
    ) -> None:
        """Wait until something is so."""
        for _ in range(int(patience / 0.1)):
            found = is_so()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{what}\n" + self.bot.tail())

    async def until_settled(self, *, patience: float = PATIENCE) -> None:
        """Wait until neither an event nor an announcement waits."""

        async def is_settled() -> bool:
            async with store.read() as work:
                events = await work.events.backlog()
                announcements = await work.announcements.backlog(None)
            return not events.waiting and not announcements.waiting

        async with self.store() as store:
            await self.until(is_settled, "the bot has not settled", patience=patience)

    async def until_shown(self, count: int) -> list[str]:
        """Wait until the feed shows `count` messages, and a little longer for one too many."""
        for _ in range(int(PATIENCE / 0.05)):
            if len(self.shown()) >= count:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        return self.shown()

    async def post(self, trigger: str, document: dict[str, object]) -> Reply | None:
        """Post a signed webhook as Patreon does; None when nobody answered."""
        body = json.dumps(document).encode()
        headers = {
            "X-Patreon-Event": trigger,
            "X-Patreon-Signature": hmac.new(SECRET.encode(), body, hashlib.md5).hexdigest(),
            "Content-Type": "application/json",
        }
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
                session.post(
                    f"{self.bot.url}/webhooks/patreon", data=body, headers=headers
                ) as answer,
            ):
                return Reply(answer.status, answer.headers.get("Retry-After"))
        return None

    async def deliver(self, trigger: str, document: dict[str, object]) -> int | None:
        """Post a signed webhook; gives the status, None when nobody answered."""
        reply = await self.post(trigger, document)
        return None if reply is None else reply.status

    async def deliver_until_answered(self, trigger: str, document: dict[str, object]) -> int | None:
        """Deliver again and again while nobody listens; None when the bot ended meanwhile."""
        for _ in range(int(PATIENCE / 0.05)):
            status = await self.deliver(trigger, document)
            if status is not None or not self.bot.is_running:
                return status
            await asyncio.sleep(0.05)
        raise AssertionError("the webhook was never answered")

    async def deliver_until_accepted(self, trigger: str, document: dict[str, object]) -> None:
        """Deliver again and again, as Patreon does, until the bot has accepted."""
        for _ in range(int(PATIENCE / 0.1)):
            if await self.deliver(trigger, document) == 204:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the webhook was never accepted")


@contextlib.asynccontextmanager
async def open_place(folder: Path, *, members: int = 20, database_url: str | None = None, **more):
    """Open both stand-ins and prepare a bot; closes everything, the bot included.

    With `is_new` it has the smallest configuration: its own credentials and where it stands.
    """
    world = PatreonWorld(seed=7)
    campaign = world.seed_campaign(members=members)
    port = free_port()
    discord_world = default_world()
    async with (
        PatreonServer(world, limits=Limits(**more.get("limits", {}))) as patreon,
        DiscordServer(discord_world, openapi=discord_schemas()) as discord,
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
            "SSL_CERT_FILE": os.environ["SSL_CERT_FILE"],
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "DISCORD_CDN_URL": discord.cdn_url,
            "PATREON_API_URL": patreon.api_url,
            "PATREON_AUTHORIZE_URL": patreon.authorize_url,
            "PATREON_TOKEN_URL": patreon.token_url,
            "PATREON_IMAGE_STAND_INS": urlsplit(patreon.image_base_url).netloc,
            "IMAGES_FOLDER": str(folder / "images"),
            "PATREON_CLIENT_ID": world.client.id,
            "PATREON_CLIENT_SECRET": world.client.secret,
            "PATREON_CREATOR_ACCESS_TOKEN": pair.access_token,
            "PATREON_CREATOR_REFRESH_TOKEN": pair.refresh_token,
            "PATREON_WEBHOOK_SECRET": SECRET,
            "PATREON_SERVER_PORT": str(port),
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'bot.db'}",
            "SECRETS_KEY_FILE": str(folder / "secret.key"),
        }
        if more.get("has_public_url") or more.get("is_new"):
            environ["SERVER_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        if more.get("is_new"):
            config.write_text("")
            for name in ("CREATOR_ACCESS_TOKEN", "CREATOR_REFRESH_TOKEN", "WEBHOOK_SECRET"):
                del environ[f"PATREON_{name}"]
            world.allow_redirect(f"http://127.0.0.1:{port}/oauth/callback")
        bot = BotProcess(config, environ, port)
        place = Place(
            patreon,
            discord,
            bot,
            database_url=environ["DATABASE_URL"],
            key_file=Path(environ["SECRETS_KEY_FILE"]),
        )
        try:
            yield place
        finally:
            if bot.is_running:
                await bot.stop(signal.SIGKILL)
            # The stand-ins take note of the connections that ended with it.
            await asyncio.sleep(0.05)
        assert discord.violations == [], "the bot sent what Discord would refuse"


def has_plain_name(member: Member) -> bool:
    """Whether a member's name is shown as it stands."""
    return re.fullmatch(r"[A-Za-z]{1,15}( [A-Za-z]{1,15}){,2}", member.full_name or "") is not None
