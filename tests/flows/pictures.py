"""The gallery over the real fetcher, decoder, files and database, against the stand-in."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from core.alarm import Alarm
from core.gallery import Gallery
from core.image_intake import Intake
from core.image_rows import ImageRow, Place, Seen
from core.image_showing import PATIENCE
from core.image_sweep import Sweeper
from core.images import ImageKind, ImageLink
from core.pictures import Size
from core.ports import Clock
from core.store import Store
from imaging.studio import Studio
from patreon.image_fetch import ImageDownloader
from patreon.image_links import read_link
from patreon.image_settings import ImageSettings
from sandbox.patreon import PatreonServer
from sandbox.patreon.images import AVATAR, BANNER
from storage.shelf import Shelf

CAMPAIGN = "1001"


def public_key(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:32]


@dataclass(repr=False)
class Pictures:
    """The parts, and a campaign whose pictures the stand-in serves."""

    gallery: Gallery
    intake: Intake
    sweeper: Sweeper
    shelf: Shelf
    store: Store
    clock: Clock
    server: PatreonServer
    folder: Path
    read: list[str]
    studio: Studio

    def link(self, kind: ImageKind, owner_id: str, slot: str = "") -> ImageLink:
        """The link that Patreon gives today."""
        spelled = {ImageKind.TIER: "reward"}.get(kind, kind.value)
        images = self.server.world.images
        transform = BANNER if slot == "banner" else AVATAR
        number = int(slot) + 1 if slot.isdecimal() else 1
        link = read_link(images.url(spelled, owner_id, transform, number=number))
        assert link is not None
        return link

    def seen(self, kind: ImageKind, owner_id: str, *slots: str) -> Seen:
        """An owner with pictures in these slots."""
        links = {slot: self.link(kind, owner_id, slot) for slot in slots or ("",)}
        return Seen(kind=kind, owner_id=owner_id, campaign_id=CAMPAIGN, links=links)

    async def see(self, *seen: Seen) -> int:
        async with self.store.write() as work:
            return await work.images.see(seen, public_key=public_key, at=self.clock())

    async def row(self, kind: ImageKind, owner_id: str, slot: str = "") -> ImageRow:
        place = Place(kind=kind, owner_id=owner_id, slot=slot)
        async with self.store.read() as work:
            return (await work.images.of([place]))[place]

    async def show(self, place: Place, size: Size = Size.AVATAR) -> bytes | None:
        """What is shown of a place; None for a place without a picture."""
        async with self.store.read() as work:
            row = (await work.images.of([place])).get(place)
        return None if row is None else await self.gallery.show(row, size)

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def make_files_old(self) -> None:
        """Let two hours pass for the files, whose times are the machine's."""
        then = time.time() - 7_200
        for path in self.files():
            os.utime(path, (then, then))

    def requests(self) -> int:
        """How many pictures were asked for."""
        return sum("/patreon-media/" in record.path for record in self.server.requests)


@asynccontextmanager
async def open_pictures(
    server: PatreonServer,
    store: Store,
    clock: Clock,
    folder: Path,
    *,
    max_bytes: int = 2**30,
    max_age: timedelta = timedelta(days=30),
    patience: timedelta = PATIENCE,
) -> AsyncIterator[Pictures]:
    server.world.images.lifetimes["user"] = timedelta(days=14)
    server.world.images.lifetimes["reward"] = timedelta(days=14)
    host, port = server.image_host, int(server.image_base_url.rpartition(":")[2])
    settings = ImageSettings(user_agent="tests", admitted=frozenset({(host.split(":")[0], port)}))
    shelf = Shelf(folder)
    read: list[str] = []
    async with ImageDownloader(settings, clock=clock) as fetcher, Studio() as studio:
        sweeper = Sweeper(store, shelf, max_age=max_age, max_bytes=max_bytes, clock=clock)

        async def read_owner(row: ImageRow) -> Seen | None:
            read.append(row.owner_id)
            if row.owner_id.startswith("gone"):
                return None
            slots = {ImageKind.CAMPAIGN: ("banner",)}.get(row.kind, ("",))
            return parts.seen(row.kind, row.owner_id, *slots)

        intake = Intake(
            store,
            shelf,
            fetcher,
            studio,
            read_link=read_link,
            read_owner=read_owner,
            public_key=public_key,
            clock=clock,
            random=lambda: 0.5,
        )
        gallery = Gallery(
            store,
            shelf,
            intake,
            sweeper,
            studio,
            clock=clock,
            alarm=Alarm(clock),
            patience=patience,
        )
        parts = Pictures(
            gallery, intake, sweeper, shelf, store, clock, server, folder, read, studio
        )
        try:
            yield parts
        finally:
            await gallery.close()
