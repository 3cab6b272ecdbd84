"""Announcements that go on to the channels that follow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.announcements import Wanted
from core.errors import MessageGone, OutcomeUnknown, Throttled
from core.outbox import Outbox
from sandbox.discord.records import MessageFlag
from tests.cogs.sheets import CROSSPOST, MESSAGE, MESSAGES, SHEET, requests
from tests.factories import save_campaign, save_link


@pytest.fixture
def publisher(part):
    return part.publisher


@pytest.fixture
def general(world):
    return world.channel_named("general")


@pytest.fixture
async def announced(store, clock, part, feed):
    """News that waits for the announcement channel, and what delivers it."""
    await save_campaign(store)
    link = await save_link(store)
    async with store.write() as work:
        number = await work.announcements.post(
            replace(SHEET, crosspost=True), channel_id=feed.id, link_id=link.id, at=clock()
        )
    outbox = Outbox(store, part.publisher, clock=clock, random=lambda: 0.5, alarm=Alarm(clock))

    async def deliver(rounds=12):
        for _ in range(rounds):
            while await outbox.deliver_due():
                pass
            clock.advance(seconds=30)

    return number, deliver


def crossposted(world, feed):
    """Whether each message of the feed's channel went on to its followers."""
    found = world.messages.seen_by(world.bot.id, feed)
    return [bool(message.flags & MessageFlag.CROSSPOSTED) for message in found]


async def test_an_announcement_is_handed_on_to_followers(publisher, feed, world):
    message_id = await publisher.send(feed.id, SHEET)

    await publisher.crosspost(feed.id, message_id)
    await publisher.crosspost(feed.id, message_id)

    assert world.messages.get(feed.id, message_id).flags & MessageFlag.CROSSPOSTED


async def test_a_channel_without_followers_is_left_alone(publisher, general, server):
    message_id = await publisher.send(general.id, SHEET)

    await publisher.crosspost(general.id, message_id)

    assert requests(server, "POST", CROSSPOST) == []


async def test_a_crosspost_of_a_deleted_message_says_that_it_is_gone(publisher, feed):
    message_id = await publisher.send(feed.id, SHEET)
    await publisher.delete(feed.id, message_id)

    with pytest.raises(MessageGone):
        await publisher.crosspost(feed.id, message_id)


async def test_a_crosspost_may_have_to_wait_for_long(publisher, feed, server):
    message_id = await publisher.send(feed.id, SHEET)
    server.faults.rate_limit("POST", CROSSPOST, retry_after_seconds=1_800)

    with pytest.raises(Throttled) as caught:
        await publisher.crosspost(feed.id, message_id)

    assert caught.value.retry_after == timedelta(minutes=30)


async def test_a_crosspost_cut_short_can_be_repeated(publisher, feed, server, world):
    message_id = await publisher.send(feed.id, SHEET)
    server.faults.drop("POST", CROSSPOST, after_effect=True)

    with pytest.raises(OutcomeUnknown):
        await publisher.crosspost(feed.id, message_id)
    await publisher.crosspost(feed.id, message_id)

    assert world.messages.get(feed.id, message_id).flags & MessageFlag.CROSSPOSTED


async def test_news_goes_through_the_outbox_to_the_followers(announced, world, feed, server):
    _, deliver = announced

    await deliver()

    assert crossposted(world, feed) == [True]
    assert requests(server, "PATCH", MESSAGE) == []


@pytest.mark.parametrize("route", [MESSAGES, CROSSPOST])
@pytest.mark.parametrize("after_effect", [True, False])
async def test_news_whose_answer_is_lost_is_there_once_and_goes_to_the_followers(
    announced, world, feed, server, route, after_effect
):
    _, deliver = announced
    server.faults.drop("POST", route, after_effect=after_effect, times=2)

    await deliver()

    assert crossposted(world, feed) == [True]


async def test_news_of_a_process_that_died_before_it_was_noted_goes_to_the_followers(
    announced, world, feed, store, publisher, clock
):
    number, deliver = announced
    async with store.write() as work:
        await work.announcements.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
        await work.announcements.mark_started(number, at=clock())
    await publisher.send(feed.id, replace(SHEET, crosspost=True))
    clock.advance(hours=1)
    async with store.write() as work:
        await work.announcements.release_leases()

    await deliver()

    assert crossposted(world, feed) == [True]


async def test_news_is_edited_and_taken_back(announced, world, feed, store, clock):
    number, deliver = announced
    await deliver(1)

    async with store.write() as work:
        other = replace(SHEET, crosspost=True, text="Corrected.")
        await work.announcements.reword(number, other, at=clock())
    await deliver(1)
    [message] = world.messages.seen_by(world.bot.id, feed)
    assert message.embeds[0]["description"] == "Corrected."

    async with store.write() as work:
        await work.announcements.change(number, card=None, wanted=Wanted.GONE, at=clock())
    await deliver(1)
    assert world.messages.seen_by(world.bot.id, feed) == []
