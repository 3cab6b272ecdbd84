"""What waits in a channel becomes one message; nothing is lost and nothing is told twice."""

# The fixtures come from `tests.flows.telling`: each is imported, and then is a parameter.
# ruff: noqa: F401, F811

import asyncio
from datetime import timedelta

import pytest

from core.announcements import Wanted
from core.digest import MOST_FOLDED, DigestPolicy
from core.errors import TemporaryError, Throttled
from core.guilds import Link
from tests.factories import replace_links
from tests.flows.telling import (
    FEED,
    GUILD,
    OTHER,
    backlog,
    channels,
    drain,
    happen,
    link,
    names,
    new_outbox,
    notify,
    outbox,
    told,
)


async def test_a_few_changes_stay_messages_of_their_own(outbox, happen, channels, clock):
    await happen(*names(1, 5))

    await drain(outbox, clock)

    assert channels.titles() == names(1, 5)


async def test_a_burst_becomes_one_message(store, outbox, happen, channels, clock):
    burst = [f"Patron {number} of the workshop joined" for number in range(300)]
    await happen(*burst)

    await drain(outbox, clock)

    (digest,) = channels.titles()
    lines = told(channels)
    assert digest == "300 changes in the last hour"
    assert lines[:-1] == burst[: len(lines) - 1]
    assert lines[-1] == f"and {300 - len(lines) + 1} more; /patreon members shows all."
    assert ((await backlog(store)).waiting, (await backlog(store)).parked) == (0, 0)


async def test_stale_news_become_one_message(outbox, happen, channels, clock):
    await happen("Ada joined")
    clock.advance(hours=13)
    await happen("Bob joined")

    await drain(outbox, clock)

    assert channels.titles() == ["2 changes while this channel was not served"]
    assert told(channels) == ["Ada joined", "Bob joined"]
    assert "Ada's Workshop: 2 joined." in channels.shown[0].card.text


async def test_a_single_stale_change_stays_itself(outbox, happen, channels, clock):
    await happen("Ada joined")
    clock.advance(hours=13)

    await drain(outbox, clock)

    assert channels.titles() == ["Ada joined"]


async def test_a_digest_can_be_turned_off(new_outbox, happen, channels, clock):
    await happen(*names(1, 30))
    clock.advance(hours=13)

    await drain(new_outbox(DigestPolicy()), clock, rounds=40)

    assert channels.titles() == names(1, 30)


async def test_a_digest_keeps_its_place_between_other_messages(
    outbox, notify, happen, channels, clock
):
    await notify("before")
    await happen(*names(1, 6))
    await notify("between")
    await happen(*names(7, 12))
    await notify("after")

    await drain(outbox, clock)

    assert channels.titles() == [
        "before",
        "6 changes in the last hour",
        "between",
        "6 changes in the last hour",
        "after",
    ]
    everything = ["before", *names(1, 6), "between", *names(7, 12), "after"]
    assert told(channels) == everything


async def test_other_channels_keep_their_own(outbox, happen, channels, clock):
    await happen(*names(1, 6))
    await happen("Ada joined", channel_id=OTHER)

    await drain(outbox, clock)

    assert channels.titles(OTHER) == ["Ada joined"]
    assert told(channels) == names(1, 6)


async def test_two_campaigns_in_one_channel_have_a_digest_each(
    store, outbox, happen, channels, clock, link
):
    async with store.write() as work:
        second = Link(guild_id=GUILD, campaign_id="2", feed_channel_id=FEED)
        await replace_links(work, [link, second], at=clock())
        (other,) = await work.links.of_campaign("2")
    for number in range(6):
        await happen(f"A{number}")
        await happen(f"B{number}", link_id=other.id)

    await drain(outbox, clock)

    assert len(channels.titles()) == 2
    assert told(channels) == [f"{name}{number}" for name in "AB" for number in range(6)]


async def test_what_arrives_while_discord_is_away_is_told_once_it_is_back(
    outbox, happen, channels, clock
):
    await happen(*names(1, 6))
    channels.failures.extend([TemporaryError("away")] * 40)
    await drain(outbox, clock, rounds=60)
    await happen(*names(7, 30))
    channels.failures.clear()
    clock.advance(minutes=10)

    await drain(outbox, clock)

    assert told(channels) == names(1, 30)
    assert len(channels.titles()) == 2


async def test_a_digest_that_is_slowed_down_waits_and_is_told_once(outbox, happen, channels, clock):
    await happen(*names(1, 8))
    channels.failures.append(Throttled("slow down", retry_after=timedelta(seconds=40)))

    await drain(outbox, clock)

    assert told(channels) == names(1, 8)


async def test_a_deleted_digest_is_not_put_back(store, outbox, happen, channels, clock):
    await happen(*names(1, 8))
    await drain(outbox, clock)
    channels.shown.clear()

    async with store.write() as work:
        await work.announcements.change(1, card=None, wanted=Wanted.SHOWN, at=clock())
    await drain(outbox, clock)

    assert channels.titles() == []


async def test_what_was_folded_is_done_and_says_where_it_is_told(store, outbox, happen, clock):
    await happen(*names(1, 8))
    await outbox.deliver_due()

    clock.advance(hours=1)

    assert await outbox.revive(younger_than=timedelta(days=1)) == 0
    assert await outbox.deliver_due() == 0
    waits = await backlog(store)
    assert (waits.waiting, waits.parked, waits.oldest) == (0, 0, None)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_very_long_queue_becomes_several_digests(store, outbox, happen, channels, clock):
    await happen(*names(1, 2 * MOST_FOLDED + 3))

    await drain(outbox, clock)

    assert channels.titles() == [
        "1,000 changes in the last hour",
        "1,000 changes in the last hour",
        *names(2 * MOST_FOLDED + 1, 2 * MOST_FOLDED + 3),
    ]
    assert (await backlog(store)).waiting == 0


async def test_news_that_come_while_a_digest_is_sent_follow_it(outbox, happen, channels, clock):
    await happen(*names(1, 8))
    send = channels.send

    async def send_while_more_happens(channel_id, card):
        if not channels.shown:
            await happen("late")
        return await send(channel_id, card)

    channels.send = send_while_more_happens
    await drain(outbox, clock)

    assert told(channels) == [*names(1, 8), "late"]


async def test_two_outboxes_on_one_database_tell_everything_once(
    store, new_outbox, happen, channels, clock
):
    for channel_id in (FEED, OTHER, 30):
        await happen(*names(1, 40), channel_id=channel_id)
    both = (new_outbox(), new_outbox())

    for _ in range(10):
        await asyncio.gather(*(outbox.deliver_due() for outbox in both))

    assert {tuple(told(channels, i)) for i in (FEED, OTHER, 30)} == {tuple(names(1, 40))}
    assert len(channels.titles()) == 3
