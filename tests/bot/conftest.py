"""Stand-ins for both platforms, a configuration for them, and the real command line."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.discord.seeds import default_world
from sandbox.discord.server import DiscordServer
from sandbox.patreon.server import PatreonServer
from sandbox.patreon.world import PatreonWorld
from tests.ports import free_port
from tests.schemas import discord_schemas

ROOT = Path(__file__).parents[2]
HOOK_SECRET = "hook-secret-0815"
PATIENCE = 20


@dataclass
class Bot:
    """Runs `python -m bot` in a folder of its own."""

    folder: Path
    environ: dict[str, str]
    port: int
    log: list[dict[str, object]] = field(default_factory=list)

    async def start(self, *arguments):
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-W", "error::ResourceWarning", "-m", "bot", *arguments),
            cwd=self.folder,
            env=self.environ | {"PYTHONPATH": str(ROOT), **inherited()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *arguments):
        """Run a command to its end: exit code, standard output, standard error."""
        process = await self.start(*arguments)
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    @asynccontextmanager
    async def running(self):
        """Run the bot for the block; `log` holds its lines when it has ended."""
        process = await self.start("run")
        reading = asyncio.create_task(self._read(process.stderr))
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(PATIENCE):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
            await reading
            process._transport.close()

    async def _read(self, stream):
        async for line in stream:
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.log.append({"message": line.decode()})

    def said(self, message):
        return [entry for entry in self.log if entry["message"] == message]


def inherited():
    """What a process of the bot gets of the tests' own environment."""
    return {name: os.environ[name] for name in ("PATH", "SSL_CERT_FILE")}


async def until(condition):
    """Wait until something is true."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


@pytest.fixture
async def discord():
    async with DiscordServer(default_world(), openapi=discord_schemas()) as server:
        yield server


@pytest.fixture
async def patreon():
    world = PatreonWorld(seed=7)
    world.seed_campaign(members=30, posts=3)
    async with PatreonServer(world) as server:
        yield server


@pytest.fixture
def bot(discord, patreon, tmp_path):
    """The bot, configured by its environment for both stand-ins."""
    world = discord.world
    port = free_port()
    token = patreon.world.creator_token
    return Bot(
        tmp_path,
        {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "DISCORD_CDN_URL": discord.cdn_url,
            "PATREON_CLIENT_ID": patreon.world.client.id,
            "PATREON_CLIENT_SECRET": patreon.world.client.secret,
            "PATREON_CREATOR_ACCESS_TOKEN": token.access_token,
            "PATREON_CREATOR_REFRESH_TOKEN": token.refresh_token,
            "PATREON_API_URL": patreon.api_url,
            "PATREON_TOKEN_URL": patreon.token_url,
            "PATREON_IMAGE_STAND_INS": urlsplit(patreon.image_base_url).netloc,
            "PATREON_WEBHOOK_SECRET": HOOK_SECRET,
            "PATREON_SERVER_PORT": str(port),
            "SERVER_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "LINKS_GUILD": str(world.guild.id),
            "LINKS_CAMPAIGN": patreon.world.campaign().id,
            "LINKS_FEED": str(world.channel_named("patreon-feed").id),
            "LOG_FORMAT": "json",
        },
        port,
    )
