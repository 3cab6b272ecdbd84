"""Scheduled backups: when they are due, and what the status says of them."""

import asyncio
import itertools
import logging
from datetime import timedelta

import pytest

from bot.stopping import StoppableAlarm
from bot.supervisor import Stopped
from core.backups import FIRST_RETRY, LONGEST_RETRY, BackupNote, Backups, due, load_backup
from core.errors import PermanentError
from core.notices import Notices
from tests.factories import NOW, link, replace_links

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def when(note, now=NOW, interval=DAY):
    return due(note, interval=interval, now=now, random=lambda: 1.0)


@pytest.fixture(autouse=True)
def _any_database(database):
    """The pure tests run once."""


def test_the_first_one_is_due_at_once_and_the_next_one_an_interval_later():
    assert when(BackupNote()) == NOW
    assert when(BackupNote(at=NOW)) == NOW + DAY
    assert when(BackupNote(at=NOW), now=NOW + 9 * DAY) == NOW + DAY


def test_one_that_failed_is_tried_again_soon_then_hourly_but_never_later_than_usual():
    def failed(times):
        return BackupNote(at=NOW - DAY, failures=times, failed_at=NOW)

    assert when(failed(1)) == NOW + FIRST_RETRY
    assert when(failed(2)) == NOW + 2 * FIRST_RETRY
    assert when(failed(99)) == NOW + LONGEST_RETRY
    assert when(failed(99), interval=HOUR / 2) == NOW + HOUR / 2


def test_a_note_from_the_future_does_not_put_it_off():
    assert when(BackupNote(at=NOW + 99 * DAY)) == NOW + DAY
    assert when(BackupNote(failures=1, failed_at=NOW + 99 * DAY)) == NOW + FIRST_RETRY


@pytest.fixture
def answers():
    """What the next tries come to: a size or an error."""
    return []


@pytest.fixture
def notices(store, clock):
    markers = itertools.count()
    return Notices(
        store,
        new_marker=lambda: f"notice-{next(markers)}",
        clock=clock,
        on_announced=lambda: None,
    )


@pytest.fixture
def backups(store, answers, clock, notices):
    async def make(beat):
        beat()
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    alarm = StoppableAlarm(clock)
    backups = Backups(
        store, make, notices, interval=DAY, clock=clock, random=lambda: 1.0, alarm=alarm
    )
    backups.alarm = alarm
    return backups


async def noted(store):
    async with store.read() as work:
        return await load_backup(work)


async def test_nothing_is_noted_before_the_first_try(store):
    assert await noted(store) is None


async def test_a_backup_is_noted_with_when_it_was_begun(backups, answers, store, clock):
    answers += [7_000]

    await backups.make()

    assert await noted(store) == BackupNote(at=NOW, size=7_000)


async def test_a_failure_keeps_the_last_good_one_is_logged_once_and_ends(
    backups, answers, store, clock, caplog
):
    answers += [1, PermanentError("No room."), PermanentError("No room at all."), 2]
    caplog.set_level(logging.INFO)

    await backups.make()
    for _ in range(2):
        clock.advance(hours=1)
        await backups.make()
    failed = await noted(store)
    await backups.make()

    assert (failed.at, failed.failures, failed.reason) == (NOW, 2, "No room at all.")
    assert [record.message for record in caplog.records] == [
        "backup failed",
        "backups work again",
    ]
    assert (await noted(store)).failures == 0


async def told(store, clock):
    """Take what is to be shown: channel, title and everything that is said."""
    async with store.write() as work:
        due = await work.announcements.claim_due(clock(), lease=DAY, limit=10)
        for item in due:
            await work.announcements.note_shown(
                item.id, message_id=1, version=item.version, at=clock()
            )
    return sorted((one.channel_id, one.shows.title, str(one.shows)) for one in due)


async def test_every_staff_channel_hears_once_that_backups_fail_and_once_that_they_work(
    backups, answers, store, clock
):
    async with store.write() as work:
        links = [
            link(guild_id=1, staff_channel_id=11),
            link(guild_id=1, campaign_id="1002", staff_channel_id=11),
            link(guild_id=2, staff_channel_id=22),
            link(guild_id=3),
        ]
        await replace_links(work, links, at=NOW)
    answers += [1, PermanentError("/a/secret/place"), PermanentError("/a/secret/place"), 2, 3]

    await backups.make()
    await backups.make()
    begun = await told(store, clock)
    await backups.make()
    again = await told(store, clock)
    await backups.make()
    await backups.make()
    ended = await told(store, clock)

    failed = "A scheduled backup of the bot failed"
    assert [each[:2] for each in begun] == [(11, failed), (22, failed)]
    assert not any("secret" in text for _, _, text in begun)
    assert again == []
    works = "Backups of the bot work again"
    assert [each[:2] for each in ended] == [(11, works), (22, works)]


async def test_a_staff_channel_that_is_chosen_while_backups_fail_hears_of_it(
    backups, answers, store, clock
):
    answers += [PermanentError("No."), PermanentError("No.")]
    await backups.make()
    async with store.write() as work:
        await replace_links(work, [link(guild_id=1, staff_channel_id=11)], at=NOW)

    await backups.make()

    assert [each[0] for each in await told(store, clock)] == [11]


async def test_a_note_that_cannot_be_read_counts_as_none(store):
    async with store.write() as work:
        await work.notes.set("backup", "{")

    assert await noted(store) is None


async def test_it_runs_when_it_is_due_and_stops_between_two(backups, answers, store, clock):
    answers += [1, 2]
    running = asyncio.create_task(backups.run())
    async with asyncio.timeout(5):
        while await noted(store) is None:
            await asyncio.sleep(0.01)
        clock.advance(hours=23)
        backups.alarm.ring()
        await asyncio.sleep(0.05)
        assert len(answers) == 1
        clock.advance(hours=1)
        backups.alarm.ring()
        while answers:
            await asyncio.sleep(0.01)
        backups.alarm.stop()
        with pytest.raises(Stopped):
            await running


async def test_a_stop_gives_up_the_one_in_hand_without_calling_it_a_failure(backups, store):
    backups.alarm.stop()

    with pytest.raises(Stopped):
        await backups.make()

    assert await noted(store) is None
