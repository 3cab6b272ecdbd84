"""Room for pictures: kept without adding up all files again and again, failures told together."""

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from core.image_rows import Place
from core.image_sweep import AGAIN
from core.images import ImageKind
from tests.flows.pictures import open_pictures

USER = ImageKind.USER


@pytest.fixture
async def pictures(patreon, store, clock, tmp_path):
    async with open_pictures(patreon, store, clock, tmp_path / "images") as pictures:
        yield pictures


@contextmanager
def sums(store):
    """The statements that add up the sizes of all files."""
    seen = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if "sum(" in statement and "UNION" in statement:
            seen.append(statement)

    engines = [store._engine._writer.sync_engine]
    if store._engine.path is not None:
        # Otherwise one engine is a view of the other.
        engines.append(store._engine._reader.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def fetch(pictures, owner_id):
    await pictures.see(pictures.seen(USER, owner_id))
    await pictures.gallery.fetch_due()


async def taken_by(store):
    async with store.read() as work:
        return await work.images.size_bytes()


async def size_of_one(patreon, store, clock, folder):
    async with open_pictures(patreon, store, clock, folder) as pictures:
        await fetch(pictures, "probe")
    return await taken_by(store)


async def test_while_there_is_room_all_files_are_added_up_once(pictures, store):
    with sums(store) as seen:
        for number in range(10):
            await fetch(pictures, str(number))

    assert len(seen) == 1


async def test_a_sum_is_taken_again_only_when_what_came_since_may_fill_the_shelf(
    patreon, store, clock, tmp_path
):
    one = await size_of_one(patreon, store, clock, tmp_path / "images")
    async with open_pictures(
        patreon, store, clock, tmp_path / "images", max_bytes=one * 12
    ) as pictures:
        with sums(store) as seen:
            for number in range(30):
                await fetch(pictures, str(number))
                clock.advance(hours=2)
                pictures.make_files_old()
                assert await taken_by(store) <= one * 12

    # Reading it after every picture was the test's own doing.
    assert len(seen) - 30 < 12
    assert sum(path.stat().st_size for path in pictures.files()) == await taken_by(store)


async def test_no_more_is_dropped_than_makes_room(patreon, store, clock, tmp_path):
    one = await size_of_one(patreon, store, clock, tmp_path / "images")
    async with open_pictures(
        patreon, store, clock, tmp_path / "images", max_bytes=one * 100
    ) as pictures:
        await pictures.see(*(pictures.seen(USER, str(number)) for number in range(95)))
        await pictures.gallery.fetch_due()
        clock.advance(hours=2)
        pictures.make_files_old()
        await pictures.see(*(pictures.seen(USER, f"more{number}") for number in range(15)))

        with sums(store) as seen:
            await pictures.gallery.fetch_due()

    # Fifty at a time.
    assert one * 50 < await taken_by(store) < one * 70
    assert len(seen) == 1


async def test_pictures_that_readers_fetched_count_too(patreon, store, clock, tmp_path):
    one = await size_of_one(patreon, store, clock, tmp_path / "images")
    async with open_pictures(
        patreon, store, clock, tmp_path / "images", max_bytes=one * 5
    ) as pictures:
        await pictures.gallery.fetch_due()
        for number in range(8):
            await pictures.see(pictures.seen(USER, str(number)))
            assert await pictures.show(Place(kind=USER, owner_id=str(number))) is not None
        clock.advance(hours=2)

        await pictures.gallery.fetch_due()

    assert await taken_by(store) <= one * 5


async def test_a_shelf_full_of_pictures_just_seen_is_looked_at_once_in_a_while(
    patreon, store, clock, tmp_path, caplog
):
    async with open_pictures(patreon, store, clock, tmp_path / "images", max_bytes=1) as pictures:
        with sums(store) as seen, caplog.at_level(logging.WARNING, "core.image_sweep"):
            for number in range(10):
                await fetch(pictures, str(number))
            often, warned = len(seen), len(caplog.records)
            clock.advance(AGAIN)
            await fetch(pictures, "10")
            later = len(seen)

        assert (often, warned, later) == (1, 1, 2)
        clock.advance(hours=2)
        await fetch(pictures, "11")
        assert [await pictures.show(Place(kind=USER, owner_id="0"))] != [None]
        assert (await pictures.row(USER, "1")).digest is None


async def test_failures_of_a_batch_are_one_warning_with_counts(pictures, clock, caplog):
    await pictures.see(*(pictures.seen(USER, f"gone{number}") for number in range(5)))
    clock.advance(days=20)
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(3)))
    await pictures.server.close()

    with caplog.at_level(logging.DEBUG, "core"):
        await pictures.gallery.fetch_due()

    warnings = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert [one.getMessage() for one in warnings] == ["pictures not fetched"]
    assert (warnings[0].pictures, warnings[0].gone, warnings[0].away) == (8, 5, 3)
    details = [one for one in caplog.records if one.getMessage() == "picture not fetched"]
    assert {one.levelno for one in details} == {logging.DEBUG}
    assert len(details) == 8


async def test_a_failure_that_lasts_is_not_told_again(pictures, clock, caplog):
    await pictures.see(pictures.seen(USER, "gone7"))
    clock.advance(days=20)
    await pictures.gallery.fetch_due()
    clock.advance(timedelta(days=3))
    caplog.clear()

    with caplog.at_level(logging.WARNING, "core"):
        (taken,) = await pictures.gallery.fetch_due()

    assert taken.failure is not None
    assert caplog.records == []


async def test_what_failed_for_a_reader_is_told_with_the_next_batch(pictures, caplog):
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(3)))
    await pictures.server.close()

    with caplog.at_level(logging.WARNING, "core"):
        for number in range(3):
            assert await pictures.show(Place(kind=USER, owner_id=str(number))) is None
        assert caplog.records == []
        await pictures.gallery.fetch_due()

    (warning,) = caplog.records
    assert (warning.pictures, warning.away) == (3, 3)
