"""The gallery: fetcher, decoder, files and database, joined."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.config import Config
from bot.database import utc_now
from bot.settings import image_settings
from core.alarm import Alarm
from core.gallery import Gallery
from core.image_intake import Intake
from core.image_keys import own_public_keys
from core.image_notes import ImageNotes
from core.image_owners import ImageOwners
from core.image_sweep import Sweeper
from core.pictures import Imager
from core.store import Store
from imaging.studio import Studio
from patreon.clients import PatreonClients
from patreon.image_fetch import ImageDownloader
from patreon.image_links import read_link
from storage.shelf import Shelf

_MEGABYTE = 1024 * 1024


def most_bytes(config: Config) -> int:
    """Tell how many bytes the pictures of all campaigns together may take."""
    return config.images.max_megabytes * _MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Who notes pictures, and who keeps them; files and decoder serve uploads, too."""

    notes: ImageNotes
    gallery: Gallery
    shelf: Shelf
    imager: Imager


@asynccontextmanager
async def open_pictures(
    config: Config, store: Store, clients: PatreonClients, alarm: Alarm
) -> AsyncIterator[Pictures]:
    """Build the gallery; its connections and its process are closed at the block's end."""
    public_key = await own_public_keys(store, new_secret=lambda: secrets.token_urlsafe(32))
    notes = ImageNotes(read_link=read_link, public_key=public_key, clock=utc_now, ring=alarm.ring)
    shelf = Shelf(Path(config.images.folder))
    await asyncio.to_thread(shelf.move_earlier)
    async with (
        ImageDownloader(image_settings(config), clock=utc_now) as fetcher,
        Studio() as studio,
    ):
        intake = Intake(
            store,
            shelf,
            fetcher,
            studio,
            read_link=read_link,
            read_owner=ImageOwners(store, clients, notes, clock=utc_now).read,
            public_key=public_key,
            clock=utc_now,
            random=random.random,
        )
        sweeper = Sweeper(
            store,
            shelf,
            max_age=timedelta(days=config.images.max_age_days),
            max_bytes=most_bytes(config),
            clock=utc_now,
        )
        gallery = Gallery(store, shelf, intake, sweeper, studio, clock=utc_now, alarm=alarm)
        try:
            yield Pictures(notes=notes, gallery=gallery, shelf=shelf, imager=studio)
        finally:
            await gallery.close()
