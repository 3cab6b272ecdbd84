"""The outbox brings channels to what is wanted, whatever goes wrong on the way."""

import asyncio
from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.announcements import Wanted
from core.cards import Card
from core.errors import PermanentError, TemporaryError, Throttled
from core.guilds import Link
from core.outbox import Outbox
from core.steps import CRASH_AT, STEPS
from tests import factories
from tests.factories import replace_links
from tests.flows.channels import TORN, Channels

FIRST = 1
"""The id of a fresh database's first announcement."""


@pytest.fixture
def channels(clock):
    return Channels(clock)


@pytest.fixture
def outbox(store, channels, clock):
    return Outbox(store, channels, clock=clock, random=lambda: 0.5, alarm=Alarm(clock))


@pytest.fixture
async def link(store, clock):
    async with store.write() as work:
        await replace_links(
            work,
            [Link(guild_id=1, campaign_id="c", feed_channel_id=10, staff_channel_id=20)],
            at=clock(),
        )
        (link,) = await work.links.all()
    return link


def card(title: str) -> Card:
    return factories.card(marker=f"marker-{title}", title=title)


@pytest.fixture
def announce(store, clock, link):
    async def announce(title: str, channel_id: int = 10) -> None:
        async with store.write() as work:
            await work.announcements.add(
                card(title), channel_id=channel_id, link_id=link.id, change_id=None, at=clock()
            )

    return announce


async def drain(outbox, clock, rounds=20):
    """Deliver until nothing is due, then let time pass to the next due time, and so on."""
    for _ in range(rounds):
        while await outbox.deliver_due():
            pass
        clock.advance(seconds=30)


async def test_an_announcement_is_sent_once(outbox, announce, channels, clock):
    await announce("one")

    await drain(outbox, clock)

    assert channels.titles() == ["one"]
    assert channels.calls == ["send"]


async def test_a_channel_keeps_its_order_while_its_oldest_waits(outbox, announce, channels, clock):
    for title in ("one", "two", "three"):
        await announce(title)
    await announce("elsewhere", channel_id=20)
    channels.failures.extend([TemporaryError("away")] * 3)

    await drain(outbox, clock)

    assert channels.titles(10) == ["one", "two", "three"]
    assert channels.titles(20) == ["elsewhere"]


async def test_a_send_cut_short_is_repeated_with_its_nonce(outbox, announce, channels, clock):
    await announce("one")
    channels.failures_after.append(TORN)

    await drain(outbox, clock)

    assert channels.titles() == ["one"]
    assert channels.calls == ["send", "send"]


async def test_a_send_cut_short_long_ago_is_looked_for_first(outbox, announce, channels, clock):
    await announce("one")
    channels.failures_after.append(TORN)
    await outbox.deliver_due()
    clock.advance(hours=2)

    await drain(outbox, clock)

    assert channels.titles() == ["one"]
    assert channels.calls == ["send", "find"]


async def test_a_send_that_never_arrived_is_sent_after_the_search(
    outbox, announce, channels, clock
):
    await announce("one")
    channels.failures.append(TORN)
    await outbox.deliver_due()
    clock.advance(hours=2)

    await drain(outbox, clock)

    assert channels.titles() == ["one"]
    assert channels.calls == ["send", "find", "send"]


async def test_a_process_that_died_before_noting_is_followed_by_one_that_notes(
    store, outbox, announce, channels, clock
):
    await announce("one")
    async with store.write() as work:
        (claimed,) = await work.announcements.claim_due(
            clock(), lease=timedelta(minutes=2), limit=1
        )
        await work.announcements.mark_started(claimed.id, at=clock())
    await channels.send(10, claimed.shows)
    assert await outbox.deliver_due() == 0

    async with store.write() as work:
        assert await work.announcements.release_leases() == 1
    await drain(outbox, clock)

    assert channels.titles() == ["one"]


async def test_discord_is_asked_again_when_it_said(outbox, announce, channels, clock):
    await announce("one")
    channels.failures.append(Throttled("slow down", retry_after=timedelta(seconds=40)))
    await outbox.deliver_due()

    clock.advance(seconds=39)
    assert await outbox.deliver_due() == 0
    clock.advance(seconds=2)
    await outbox.deliver_due()

    assert channels.titles() == ["one"]


async def test_a_permanent_failure_is_parked_and_blocks_nobody(
    store, outbox, announce, channels, clock
):
    await announce("one")
    await announce("two")
    channels.failures.append(PermanentError("I may not write in that channel."))

    await drain(outbox, clock)

    async with store.read() as work:
        backlog = await work.announcements.backlog()
    assert channels.titles() == ["two"]
    assert (backlog.waiting, backlog.parked) == (0, 1)
    assert backlog.reason == "I may not write in that channel."


async def test_a_bug_in_the_publisher_is_retried_without_a_second_message(
    outbox, announce, channels, clock
):
    await announce("one")
    channels.failures_after.append(ZeroDivisionError())

    await drain(outbox, clock)

    assert channels.titles() == ["one"]


async def test_changes_while_discord_is_away_become_one_message(
    store, outbox, announce, channels, clock
):
    await announce("first")
    for title in ("second", "third"):
        async with store.write() as work:
            await work.announcements.change(
                FIRST, card=card(title), wanted=Wanted.SHOWN, at=clock()
            )

    await drain(outbox, clock)

    assert channels.titles() == ["third"]
    assert channels.calls == ["send"]


async def test_a_changed_announcement_is_edited_in_place(store, outbox, announce, channels, clock):
    await announce("first")
    await drain(outbox, clock)

    async with store.write() as work:
        await work.announcements.change(FIRST, card=card("second"), wanted=Wanted.SHOWN, at=clock())
    await drain(outbox, clock)

    assert channels.titles() == ["second"]
    assert channels.calls == ["send", "edit"]


async def test_a_change_during_the_send_is_edited_after_it(
    store, outbox, announce, channels, clock
):
    await announce("first")
    send = channels.send

    async def send_while_it_changes(channel_id, shown):
        async with store.write() as work:
            await work.announcements.change(
                FIRST, card=card("second"), wanted=Wanted.SHOWN, at=clock()
            )
        return await send(channel_id, shown)

    channels.send = send_while_it_changes
    await drain(outbox, clock)

    assert channels.titles() == ["second"]


async def test_an_announcement_that_is_no_longer_wanted_is_taken_back(
    store, outbox, announce, channels, clock
):
    await announce("first")
    await drain(outbox, clock)

    async with store.write() as work:
        await work.announcements.change(FIRST, card=None, wanted=Wanted.GONE, at=clock())
    await drain(outbox, clock)

    assert channels.titles() == []


async def test_a_message_cut_short_and_no_longer_wanted_is_found_and_taken_back(
    store, outbox, announce, channels, clock
):
    await announce("first")
    channels.failures_after.append(TORN)
    await outbox.deliver_due()

    async with store.write() as work:
        await work.announcements.change(FIRST, card=None, wanted=Wanted.GONE, at=clock())
    await drain(outbox, clock)

    assert channels.titles() == []
    assert channels.calls == ["send", "find", "delete"]


async def test_a_deleted_message_is_not_put_back(store, outbox, announce, channels, clock):
    await announce("first")
    await drain(outbox, clock)
    channels.shown.clear()

    async with store.write() as work:
        await work.announcements.change(FIRST, card=card("second"), wanted=Wanted.SHOWN, at=clock())
    await drain(outbox, clock)

    assert channels.titles() == []


async def test_the_environment_names_only_known_steps():
    assert CRASH_AT == "BOT_CRASH_AT"
    assert len(set(STEPS)) == len(STEPS)


async def test_a_search_that_meets_an_outage_sends_nothing_again(outbox, announce, channels, clock):
    await announce("one")
    channels.failures_after.append(TORN)
    await outbox.deliver_due()
    clock.advance(hours=2)
    channels.failures.append(TemporaryError("The bot cannot log in at the moment."))

    await drain(outbox, clock)

    assert channels.titles() == ["one"]


async def test_a_repeat_that_is_refused_for_long_sends_nothing_again(
    outbox, announce, channels, clock
):
    await announce("one")
    channels.failures_after.append(TORN)
    await outbox.deliver_due()
    clock.advance(seconds=5)
    channels.failures.append(Throttled("slow down", retry_after=timedelta(minutes=10)))

    await drain(outbox, clock, rounds=60)

    assert channels.titles() == ["one"]


async def test_what_was_set_aside_is_shown_when_its_cause_is_mended(
    outbox, announce, channels, clock
):
    await announce("one")
    channels.failures.append(PermanentError("I may not write in that channel."))
    await drain(outbox, clock)

    assert await outbox.revive(younger_than=timedelta(days=1)) == 1
    await drain(outbox, clock)

    assert channels.titles() == ["one"]


async def test_old_news_that_was_set_aside_stays_aside(outbox, announce, channels, clock):
    await announce("one")
    channels.failures.append(PermanentError("I may not write in that channel."))
    await drain(outbox, clock)
    clock.advance(days=2)

    assert await outbox.revive(younger_than=timedelta(days=1)) == 0


async def test_a_link_that_comes_back_takes_its_announcements_up(
    store, outbox, announce, channels, clock, link
):
    await announce("one")
    async with store.write() as work:
        await replace_links(work, [], at=clock())
    await drain(outbox, clock)
    assert await outbox.revive(younger_than=timedelta(days=1)) == 0

    async with store.write() as work:
        await replace_links(work, [link], at=clock())
    await outbox.revive(younger_than=timedelta(days=1))
    await drain(outbox, clock)

    assert channels.titles() == ["one"]


async def test_one_poisonous_announcement_does_not_silence_its_channel(
    outbox, announce, channels, clock
):
    await announce("poison")
    await announce("two")
    send = channels.send

    async def choke(channel_id, shown):
        if shown.title == "poison":
            raise ZeroDivisionError
        return await send(channel_id, shown)

    channels.send = choke
    await drain(outbox, clock, rounds=300)

    assert channels.titles() == ["two"]


async def test_a_channel_that_does_not_answer_holds_up_no_other(outbox, announce, channels, clock):
    await announce("one", channel_id=10)
    await announce("two", channel_id=20)
    await announce("three", channel_id=20)
    send = channels.send

    async def hang(channel_id, shown):
        if channel_id == 10:
            await asyncio.Event().wait()
        return await send(channel_id, shown)

    channels.send = hang
    running = asyncio.create_task(outbox.run())
    for _ in range(500):
        if len(channels.titles(20)) == 2:
            break
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert channels.titles(20) == ["two", "three"]


async def test_a_delivery_that_cannot_be_written_down_comes_back_with_its_lease(
    outbox, announce, channels, clock
):
    await announce("one")
    note = outbox._note
    failures = [TemporaryError("The database is locked.")]

    async def locked(*args):
        if failures:
            raise failures.pop()
        await note(*args)

    outbox._note = locked
    await drain(outbox, clock, rounds=60)

    assert channels.titles() == ["one"]
