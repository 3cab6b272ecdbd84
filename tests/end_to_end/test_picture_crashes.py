"""SIGKILL between every two steps of a picture: no half file is shown, none is left over."""

import os
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from core.image_sweep import Sweeper
from core.steps import STEPS
from storage.shelf import Shelf
from tests.end_to_end.matrix import sampled
from tests.end_to_end.place import open_place

# Long, because two cores serve everything.
pytestmark = pytest.mark.timeout(180)

STEPS_OF_A_PICTURE = [step for step in STEPS if step.startswith("images.")]


@pytest.mark.parametrize("at", sampled(STEPS_OF_A_PICTURE, ["images.kept"]))
async def test_pictures_are_whole_and_all_there_after_a_crash_at(at, tmp_path):
    async with open_place(tmp_path) as place:
        images = place.world.images
        if at == "images.renewed":
            images.lifetimes["campaign"] = timedelta(days=-3)

        await place.bot.crash(at)
        images.lifetimes["campaign"] = timedelta(days=14)
        names = {path.name: path.read_bytes() for path in kept_in(tmp_path)}
        await place.bot.start()
        await place.until(lambda: all_are_there(place), "not every picture is there")
        await place.bot.stop()

        assert {
            name for name, content in names.items() if sha256(content).hexdigest() != name
        } == set()
        async with place.store() as store:
            await sweep(store, tmp_path)
            async with store.read() as work:
                used = await work.images.used([path.name for path in kept_in(tmp_path)])
        left = {
            path.name: path.read_bytes()
            for path in (tmp_path / "images").rglob("*")
            if path.is_file()
        }
        assert set(left) == used
        assert all(sha256(content).hexdigest() == name for name, content in left.items())


async def test_pictures_of_an_earlier_version_are_at_their_place_when_the_bot_has_started(tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start()
        await place.bot.ready()
        await place.until(lambda: all_are_there(place), "not every picture is there")
        await place.bot.stop()
        digests = {path.name for path in kept_in(tmp_path)}
        for path in kept_in(tmp_path):
            earlier = tmp_path / "images" / path.name[:2] / path.name[2:4]
            earlier.mkdir(parents=True, exist_ok=True)
            path.rename(earlier / path.name)

        await place.bot.start()
        await place.bot.ready()

        assert {path.name for path in kept_in(tmp_path)} == digests
        assert not list((tmp_path / "images").glob("??/"))
        await place.bot.stop()


def kept_in(folder):
    """The files that have their place."""
    return [path for path in (folder / "images").glob("?/?/*") if path.is_file()]


async def all_are_there(place):
    """Whether the campaign's two pictures and one of a tier have their files."""
    async with place.store() as store, store.read() as work:
        counts = await work.images.counts([place.world.campaign().id])
    known = sum(count.known for count in counts.values())
    return known >= 3 and known == sum(count.cached for count in counts.values())


async def sweep(store, folder):
    """Sweep as the bot does, with every file an hour and more old."""
    then = time.time() - 7_200
    for path in (folder / "images").rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))
    sweeper = Sweeper(
        store,
        Shelf(folder / "images"),
        max_age=timedelta(days=30),
        max_bytes=2**30,
        clock=lambda: datetime.now(UTC),
    )
    await sweeper.sweep()
