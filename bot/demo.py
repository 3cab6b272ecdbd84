"""`python -m bot demo`: the real bot against local stand-ins, without any account."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.demo import Sandbox, open_sandbox

DEFAULT_PORT = 8900
"""The page's port unless told otherwise; another one when it is taken."""

BOT = (sys.executable, "-m", "bot", "run")
READY_SECONDS = 60.0
STOP_SECONDS = 12.0
LAST_LINES = 25

_ROOT = Path(__file__).resolve().parent.parent
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


def main(port: int | None) -> int:
    """Run the demo until Ctrl+C or SIGTERM; gives the exit code."""
    return asyncio.run(run_demo(port))


async def run_demo(port: int | None = None, *, command: Sequence[str] = BOT) -> int:
    """Start the stand-ins and the bot, say where the page is, and end all together.

    `command` is the bot's process, which gets its configuration by environment.

    Returns:
        0 when it was told to stop, 1 when it could not start or the bot died; why is printed.
    """
    stop = asyncio.Event()
    _stop_on_signals(stop)
    bot_port = _free_port()
    with tempfile.TemporaryDirectory(prefix="patreon-bot-demo-") as folder:
        try:
            async with _sandbox(port, f"http://127.0.0.1:{bot_port}/webhooks/patreon") as sandbox:
                environment = bot_environment(sandbox, bot_port, Path(folder))
                async with _bot(command, environment, Path(folder)) as bot:
                    return await _watch(bot, bot_port, sandbox.page_url, stop)
        except OSError as error:
            print(f"The demo cannot start: {error.strerror or error}.", file=sys.stderr)
            return 1


def bot_environment(sandbox: Sandbox, port: int, folder: Path) -> dict[str, str]:
    """Write the bot's whole configuration: the stand-ins, a port, files in `folder`.

    Nothing of the caller's own configuration gets through.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {
        "PYTHONPATH": str(_ROOT),
        "PYTHONUNBUFFERED": "1",
        "DISCORD_TOKEN": sandbox.discord_token,
        "DISCORD_API_URL": sandbox.discord_api_url,
        "DISCORD_GATEWAY_URL": sandbox.discord_gateway_url,
        "DISCORD_CDN_URL": sandbox.discord_cdn_url,
        "PATREON_CLIENT_ID": sandbox.client_id,
        "PATREON_CLIENT_SECRET": sandbox.client_secret,
        "PATREON_CREATOR_ACCESS_TOKEN": sandbox.access_token,
        "PATREON_CREATOR_REFRESH_TOKEN": sandbox.refresh_token,
        "PATREON_WEBHOOK_SECRET": sandbox.webhook_secret,
        "PATREON_API_URL": sandbox.patreon_api_url,
        "PATREON_AUTHORIZE_URL": sandbox.patreon_authorize_url,
        "PATREON_TOKEN_URL": sandbox.patreon_token_url,
        "PATREON_IMAGE_STAND_INS": sandbox.patreon_images,
        "IMAGES_FOLDER": str(folder / "images"),
        "PATREON_SERVER_HOST": "127.0.0.1",
        "PATREON_SERVER_PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "SECRETS_KEY_FILE": str(folder / "secret.key"),
        "LINKS_GUILD": str(sandbox.guild_id),
        "LINKS_CAMPAIGN": sandbox.campaign_id,
        "LINKS_FEED": str(sandbox.feed_channel_id),
        "LINKS_STAFF": str(sandbox.staff_channel_id),
        "LINKS_POSTS": str(sandbox.posts_channel_id),
        "LOG_FORMAT": "text",
    }


class Bot:
    """The bot's process and the last lines it wrote."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: deque[str] = deque(maxlen=LAST_LINES)

    async def read(self) -> None:
        """Keep the last lines until the process closes its output."""
        if self.process.stderr is None:
            return
        while chunk := await self.process.stderr.read(1 << 16):
            self.lines.extend(chunk.decode(errors="replace").splitlines())

    async def end(self) -> None:
        """Ask it to stop, and end it when it takes too long."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def _sandbox(port: int | None, hook_url: str) -> AsyncIterator[Sandbox]:
    """Open the stand-ins on `port`; without one on the usual port, or any when that is taken."""
    wanted = port if port is not None else DEFAULT_PORT if _is_free(DEFAULT_PORT) else 0
    async with open_sandbox(wanted, hook_url=hook_url) as sandbox:
        yield sandbox


@asynccontextmanager
async def _bot(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> AsyncIterator[Bot]:
    # A session of its own: Ctrl+C in the terminal is for us, and we end the bot in order.
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    bot = Bot(process)
    reading = asyncio.create_task(bot.read(), name="bot output")
    try:
        yield bot
    finally:
        await bot.end()
        await reading


async def _watch(bot: Bot, port: int, page_url: str, stop: asyncio.Event) -> int:
    print("Starting the bot and its stand-ins for Discord and Patreon…", flush=True)
    stopped = asyncio.create_task(stop.wait())
    died = asyncio.create_task(bot.process.wait())
    ready = asyncio.create_task(_ready(f"http://127.0.0.1:{port}/readyz"))
    tasks = {stopped, died, ready}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if ready.done() and not stopped.done() and not died.done():
            if not ready.result():
                print(f"The bot was not ready after {READY_SECONDS:g} seconds.", file=sys.stderr)
                _print_last_lines(bot)
                return 1
            print(_WELCOME.format(url=page_url), flush=True)
            await asyncio.wait({stopped, died}, return_when=asyncio.FIRST_COMPLETED)
        if stopped.done():
            print("\nThe demo ends.", flush=True)
            return 0
        print(f"The bot ended by itself (exit code {died.result()}).", file=sys.stderr)
        _print_last_lines(bot)
        return 1
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_WELCOME = """
Open  {url}

Press "Someone joins" and see the message appear in #patreon-feed; then type /patreon there.
Everything stays on this machine. Ctrl+C ends it."""


async def _ready(url: str) -> bool:
    """Wait until the bot is connected and its first sync is done; False after `READY_SECONDS`."""
    deadline = time.monotonic() + READY_SECONDS
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        while time.monotonic() < deadline:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return True
            await asyncio.sleep(0.2)
    return False


def _print_last_lines(bot: Bot) -> None:
    print("Its last lines:", file=sys.stderr)
    for line in bot.lines:
        print(f"  {line}", file=sys.stderr)


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
