"""Who waits for a picture may give up, and interrupts nobody's work by it."""

import asyncio
import os
import signal
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from core.image_rows import Place
from core.image_takes import MOST_WANTED
from core.images import ImageKind
from core.pictures import Size
from core.portraits import Portrait
from tests.flows.pictures import open_pictures

USER = ImageKind.USER


@pytest.fixture
async def pictures(patreon, store, clock, tmp_path):
    patience = timedelta(milliseconds=300)
    async with open_pictures(
        patreon, store, clock, tmp_path / "images", patience=patience
    ) as pictures:
        yield pictures


def place(owner_id):
    return Place(kind=USER, owner_id=owner_id)


async def worker_of(pictures):
    """The process that decodes, once it runs."""
    await pictures.studio.placeholder(USER, Size.AVATAR)
    return pictures.studio._process.pid


@contextmanager
def standing_still(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        # Whoever closed everything has ended it.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


async def until_kept(pictures, owner_id):
    async with asyncio.timeout(10):
        while (await pictures.row(USER, owner_id)).digest is None:
            await asyncio.sleep(0.01)


async def test_a_slow_decode_is_given_up_by_the_reader_and_finished_once(pictures):
    await pictures.see(pictures.seen(USER, "7"))
    worker = await worker_of(pictures)

    with standing_still(worker):
        shown = await pictures.show(place("7"))
    await until_kept(pictures, "7")

    assert shown is None
    assert pictures.studio._process.pid == worker
    assert await pictures.show(place("7")) is not None
    assert pictures.requests() == 1


async def test_a_reader_who_is_cancelled_leaves_the_decoder_running(pictures):
    await pictures.see(pictures.seen(USER, "7"))
    worker = await worker_of(pictures)

    with standing_still(worker):
        reader = asyncio.create_task(pictures.show(place("7")))
        async with asyncio.timeout(10):
            while not pictures.requests():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
    await until_kept(pictures, "7")

    assert pictures.studio._process.pid == worker
    assert pictures.requests() == 1


async def test_who_does_not_wait_for_initials_leaves_the_decoder_running(pictures):
    worker = await worker_of(pictures)
    portrait = Portrait(kind=USER, owner_id="unknown", initials="AL")

    with standing_still(worker):
        reader = asyncio.create_task(pictures.gallery.portrait(portrait, Size.AVATAR))
        await asyncio.sleep(0.1)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader

    assert await pictures.gallery.portrait(portrait, Size.AVATAR) is not None
    assert pictures.studio._process.pid == worker


async def test_all_who_want_to_see_a_picture_have_it_fetched_once(pictures):
    await pictures.see(pictures.seen(USER, "7"))
    worker = await worker_of(pictures)

    with standing_still(worker):
        readers = [asyncio.create_task(pictures.show(place("7"))) for _ in range(20)]
        assert await asyncio.gather(*readers) == [None] * 20
        due = asyncio.create_task(pictures.gallery.fetch_due())
        await asyncio.sleep(0.1)
    (taken,) = await due

    assert taken.outcome.value == "fetched"
    assert pictures.requests() == 1


async def test_only_so_many_pictures_are_under_way_for_readers(pictures):
    owners = [str(number) for number in range(MOST_WANTED + 10)]
    await pictures.see(*(pictures.seen(USER, owner_id) for owner_id in owners))
    worker = await worker_of(pictures)

    with standing_still(worker):
        shown = await asyncio.gather(*(pictures.show(place(owner_id)) for owner_id in owners))
        asked = pictures.requests()
    await pictures.gallery.fetch_due()

    assert set(shown) == {None}
    assert asked <= MOST_WANTED
    assert None not in [await pictures.show(place(owner_id)) for owner_id in owners]
    assert pictures.requests() == len(owners)


async def test_closing_ends_what_readers_have_left_behind(patreon, store, clock, tmp_path):
    before = asyncio.all_tasks()
    async with open_pictures(
        patreon, store, clock, tmp_path / "images", patience=timedelta(milliseconds=50)
    ) as pictures:
        await pictures.see(pictures.seen(USER, "7"))
        with standing_still(await worker_of(pictures)):
            assert await pictures.show(place("7")) is None
            await pictures.gallery.close()
            left = {task for task in asyncio.all_tasks() - before if "_done" in repr(task)}

    assert left == set()
