"""The real bot in a process of its own, beside stand-ins for Discord and Patreon."""

import asyncio
import hashlib
import hmac
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks._receivers import HOST, free_port, running
from bot.demo import bot_environment
from sandbox.demo import Sandbox, open_sandbox

_READY_SECONDS = 60.0
PATH = "/webhooks/patreon"


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot whose first sync is done; `sandbox` runs in this process."""

    port: int
    sandbox: Sandbox

    @property
    def url(self) -> str:
        """Where its web server answers."""
        return f"http://{HOST}:{self.port}"

    def headers(self, body: bytes) -> dict[str, str]:
        """Sign a webhook as Patreon does."""
        signature = hmac.new(self.sandbox.webhook_secret.encode(), body, hashlib.md5).hexdigest()
        return {"X-Patreon-Event": "members:update", "X-Patreon-Signature": signature}


@asynccontextmanager
async def running_bot(
    folder: Path,
    *,
    environment: Mapping[str, str],
    module: str = "bot",
) -> AsyncIterator[RunningBot]:
    """Run everything for the length of the block; `environment` wins over the usual one."""
    port = free_port()
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(open_sandbox(members=100))
        usual = bot_environment(sandbox, port, folder) | {"LOG_LEVEL": "error"}
        command = [sys.executable, "-m", module, "run"]
        env = usual | dict(environment)
        await stack.enter_async_context(running(command, port=port, env=env))
        bot = RunningBot(port, sandbox)
        await _ready(bot)
        yield bot


async def _ready(bot: RunningBot) -> None:
    async with asyncio.timeout(_READY_SECONDS), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{bot.url}/readyz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.2)
