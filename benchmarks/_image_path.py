"""The bot's own way of a picture, from its link to its files, in this process."""

import random
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks._image_server import SIZE_BYTES
from benchmarks._receivers import HOST
from benchmarks._syncing import new_store, now
from core.alarm import Alarm
from core.gallery import Gallery
from core.image_intake import Intake, Outcome
from core.image_keys import public_keys
from core.image_rows import ImageRow, Seen
from core.image_sweep import Sweeper
from core.images import ImageKind
from core.pictures import Imager, Rendered, Size
from patreon.image_fetch import ImageDownloader
from patreon.image_links import read_link
from patreon.image_settings import ImageSettings
from storage.migrate import upgrade
from storage.shelf import Shelf
from storage.store import SqlStore

CAMPAIGN = "1"
EXPIRY = 2_000_000_000
_MOST_BYTES = 2**40


class NoImager:
    """Decodes nothing and makes no sizes."""

    async def render(self, source: Path, sizes: Sequence[Size] = tuple(Size)) -> Rendered:
        return Rendered(width=1, height=1, frames=1, sizes={})

    async def clean(self, source: Path, *, most_bytes: int) -> bytes:
        return source.read_bytes()

    async def initials(self, text: str, size: Size) -> bytes | None:
        return None

    async def placeholder(self, kind: ImageKind, size: Size) -> bytes:
        return b""


def address(port: int, number: int, *, run: str = "0") -> str:
    """Give the link to a picture, of the form that Patreon's have."""
    path = f"/4/patreon-media/p/user/{number}/{run:0>32}/{number:0>8}/1.jpg"
    return f"http://{HOST}:{port}{path}?token-time={EXPIRY}&token-hash=x"


def seen(port: int, number: int, *, run: str = "0", campaign_id: str = CAMPAIGN) -> Seen:
    """Give a member with a picture."""
    link = read_link(address(port, number, run=run))
    assert link is not None
    owner_id = f"{run}-{number}"
    return Seen(kind=ImageKind.USER, owner_id=owner_id, campaign_id=campaign_id, links={"": link})


async def _nobody(row: ImageRow) -> Seen | None:
    return None


@dataclass(slots=True)
class Fetching:
    """A gallery over a store and a shelf of its own."""

    gallery: Gallery
    store: SqlStore

    async def note(self, port: int, count: int, *, run: str) -> None:
        """Note pictures as seen, so that they are due."""
        everyone = [seen(port, number, run=run) for number in range(count)]
        async with self.store.write() as work:
            await work.images.see(everyone, public_key=public_keys("bench"), at=now())

    async def fetch_all(self, count: int) -> float:
        """Fetch what is due; gives the seconds."""
        started = time.perf_counter()
        taken = []
        while some := await self.gallery.fetch_due():
            taken += some
        seconds = time.perf_counter() - started
        fetched = [each for each in taken if each.outcome is Outcome.FETCHED]
        if len(fetched) != count or min(each.size_bytes for each in fetched) < SIZE_BYTES // 2:
            raise RuntimeError(f"{len(fetched)} of {count} pictures were fetched")
        return seconds


@asynccontextmanager
async def opened(folder: Path, port: int, imager: Imager) -> AsyncIterator[Fetching]:
    """Open everything on SQLite; `port` is the stand-in's."""
    async with AsyncExitStack() as stack:
        database = f"sqlite:///{folder / 'images.db'}"
        await upgrade(database)
        store = new_store(database)
        stack.push_async_callback(store.close)
        settings = ImageSettings(user_agent="bench", admitted=frozenset({(HOST, port)}))
        fetcher = await stack.enter_async_context(ImageDownloader(settings, clock=now))
        shelf = Shelf(folder / "images")
        intake = Intake(
            store,
            shelf,
            fetcher,
            imager,
            read_link=read_link,
            read_owner=_nobody,
            public_key=public_keys(secrets.token_urlsafe()),
            clock=now,
            random=random.random,
        )
        sweeper = Sweeper(
            store, shelf, max_age=timedelta(days=30), max_bytes=_MOST_BYTES, clock=now
        )
        yield Fetching(
            Gallery(store, shelf, intake, sweeper, imager, clock=now, alarm=Alarm(now)), store
        )
