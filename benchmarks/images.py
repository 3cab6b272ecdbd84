"""Pictures: the whole way from a link to files, with sizes made, and what else goes on meanwhile.

A server in a process of its own gives out 1,000 JPEG files of 100 kB, each with bytes of its own.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image, ImageOps
from sqlalchemy import text

from benchmarks._bot import RunningBot, running_bot
from benchmarks._figures import report
from benchmarks._image_path import NoImager, address, opened, seen
from benchmarks._image_server import pictures, unique
from benchmarks._loop import p99
from benchmarks._many_images import fill
from benchmarks._receivers import HOST, postgresql, running
from benchmarks._syncing import new_store, now
from bot.collector import tune_collector
from core.image_keys import public_keys
from imaging.limits import BOXES
from imaging.studio import Studio
from storage.address import parse
from storage.engine import Engine
from storage.images import SqlImages
from storage.migrate import upgrade

ROUNDS = 5
ROUNDS_OF_FILES = 11
"""More of those that write thousands of files: the disk has better moments and worse."""

WARM_UP = 10
"""Questions to the million pictures before those that count: the bot has asked them for weeks."""

COUNT = 1_000
DECODED = 100
CONNECTIONS = 32
ROWS = 1_000_000
ASKED = 40
_PATIENCE = 10.0


async def _only_download(port: int, count: int, run: str) -> float:
    """Download with httpx and do nothing with it; gives the seconds."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits) as client:
        numbers = iter(range(count))

        async def download() -> None:
            for number in numbers:
                answer = await client.get(address(port, number, run=run))
                answer.raise_for_status()

        started = time.perf_counter()
        await asyncio.gather(*(download() for _ in range(CONNECTIONS)))
        return time.perf_counter() - started


async def _whole_way(folder: Path, port: int) -> None:
    ratios, rates = [], []
    for turn in range(ROUNDS_OF_FILES + 1):
        place = folder / f"way-{turn}"
        place.mkdir()
        async with opened(place, port, NoImager()) as path:
            await path.note(port, COUNT, run=str(turn))
            ours = await path.fetch_all(COUNT)
        bare = await _only_download(port, COUNT, str(turn))
        if turn:  # The first turn warms up.
            ratios.append(bare / ours)
            rates.append(COUNT / ours)
    report("pictures stored a second / httpx that only downloads", ratios, at_least=3)
    report("pictures stored a second", rates)


def _ceiling(files: Sequence[bytes]) -> float:
    """Decode, scale and write WebP in a loop; gives the seconds."""
    started = time.perf_counter()
    for file in files:
        with Image.open(BytesIO(file)) as image:
            picture = image.convert("RGB")
        for box in BOXES.values():
            side = (box.width, box.height)
            fit = ImageOps.fit if box.is_cut else ImageOps.contain
            is_small = picture.width <= box.width and picture.height <= box.height
            scaled = picture if is_small else fit(picture, side, Image.Resampling.LANCZOS)
            scaled.save(BytesIO(), "WEBP", quality=82, method=1)
    return time.perf_counter() - started


async def _with_sizes(folder: Path, port: int) -> None:
    drawn = pictures()
    files = [unique(drawn[number % len(drawn)], str(number)) for number in range(DECODED)]
    ratios, rates = [], []
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1) as pillow:
        await loop.run_in_executor(pillow, _ceiling, files[:5])
        for turn in range(ROUNDS):
            place = folder / f"sizes-{turn}"
            place.mkdir()
            async with Studio() as studio, opened(place, port, studio) as path:
                await path.note(port, DECODED, run=f"s{turn}")
                ours = await path.fetch_all(DECODED)
            bare = await loop.run_in_executor(pillow, _ceiling, files)
            ratios.append(bare / ours)
            rates.append(DECODED / ours)
    report("pictures with their sizes / Pillow alone in a loop", ratios, at_least=0.5)
    report("pictures with their sizes a second", rates)


async def _answer_seconds(bot: RunningBot) -> float:
    """Use a command and wait for what it says."""
    started = time.perf_counter()
    answer = await bot.sandbox.scene.discord.user("moderator").slash("patreon status")
    async with asyncio.timeout(_PATIENCE):
        while answer.thinking:
            await asyncio.sleep(0.001)
    return time.perf_counter() - started


async def _command_meanwhile(folder: Path, port: int) -> None:
    ratios, busy_times = [], []
    for turn in range(ROUNDS):
        place = folder / f"bot-{turn}"
        place.mkdir()
        database = f"sqlite:///{place / 'bot.db'}"
        environment: Mapping[str, str] = {
            "DATABASE_URL": database,
            "PATREON_IMAGE_STAND_INS": f"{HOST}:{port}",
        }
        async with AsyncExitStack() as stack:
            bot = await stack.enter_async_context(running_bot(place, environment=environment))
            await _answer_seconds(bot)
            idle = [await _answer_seconds(bot) for _ in range(ASKED)]
            store = new_store(database)
            stack.push_async_callback(store.close)
            campaign_id = bot.sandbox.campaign_id
            everyone = [
                seen(port, number, run=f"b{turn}", campaign_id=campaign_id)
                for number in range(COUNT)
            ]
            async with store.write() as work:
                await work.images.see(everyone, public_key=public_keys("bench"), at=now())
            owner = bot.sandbox.scene.discord.user("owner")
            refresh = await owner.slash("patreon images refresh")
            busy = [await _answer_seconds(bot) for _ in range(ASKED)]
            if not refresh.thinking and "Fetched" not in str(refresh.embeds):
                raise RuntimeError(f"the refresh says {refresh.embeds}")
            async with store.read() as work:
                if await work.images.next_due() is None:
                    raise RuntimeError("the refresh was over before the measurement was")
        ratios.append(p99(busy) / p99(idle))
        busy_times += busy
    report("p99 of /patreon status, during a refresh / idle", ratios, at_most=3)
    report("/patreon status during a refresh in ms", [each * 1000 for each in busy_times])


async def _next_to_expire(title: str, database: str) -> None:
    await upgrade(database)
    engine = Engine(parse(database))
    try:
        async with engine.write() as connection:
            await fill(connection, ROWS)
        due, next_due, walk = [], [], []
        for _ in range(WARM_UP + ROUNDS):
            async with engine.read() as connection:
                images = SqlImages(connection)
                started = time.perf_counter()
                rows = await images.due(now(), limit=100)
                due.append((time.perf_counter() - started) * 1000)
                started = time.perf_counter()
                await images.next_due()
                next_due.append((time.perf_counter() - started) * 1000)
                started = time.perf_counter()
                await connection.all(text("SELECT count(*), max(url) FROM images"))
                walk.append((time.perf_counter() - started) * 1000)
            if len(rows) != 100:
                raise RuntimeError(f"{len(rows)} pictures are due")
    finally:
        await engine.close()
    due, next_due, walk = due[WARM_UP:], next_due[WARM_UP:], walk[WARM_UP:]
    report(f"the next 100 of {ROWS:,} pictures in ms, {title}", due)
    report(f"when the next is due in ms, {title}", next_due)
    shares = [one / whole for one, whole in zip(due, walk, strict=True)]
    report(f"the next 100 / reading the whole table, {title}", shares, at_most=0.1)


async def main() -> None:
    """Measure everything, in a process that is tuned as the bot's is."""
    tune_collector()
    # What was deleted a moment ago slows down making files, so all stays until the end.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = [sys.executable, "-m", "benchmarks._image_server"]
        async with running(server) as port:
            await _whole_way(folder, port)
            await _with_sizes(folder, port)
            await _command_meanwhile(folder, port)
        await _next_to_expire("SQLite", f"sqlite:///{folder / 'many.db'}")
        with postgresql(folder / "postgresql") as database:
            await _next_to_expire("PostgreSQL", database)


if __name__ == "__main__":
    asyncio.run(main())
