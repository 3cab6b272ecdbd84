"""Posts whose pictures Discord takes long to receive: shown once, however often they are tried."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.outbox import Outbox
from tests.cogs.conftest import running
from tests.cogs.sheets import MESSAGES, SHEET, Shelf, content, picture
from tests.factories import save_campaign, save_link

WITH_PICTURES = replace(SHEET, pictures=(picture(1), picture(2)))


@pytest.fixture
async def part(new_part):
    async with running(new_part(files=Shelf())) as part:
        yield part


@pytest.fixture
def general(world):
    return world.channel_named("general")


@pytest.fixture
async def number(store, clock, general):
    """A post with pictures that is to be sent."""
    await save_campaign(store)
    link = await save_link(store)
    async with store.write() as work:
        return await work.announcements.post(
            WITH_PICTURES, channel_id=general.id, link_id=link.id, at=clock()
        )


@pytest.fixture
def outbox(store, part, clock):
    """One for which an upload may take a quarter of a second."""
    return Outbox(
        store,
        part.publisher,
        clock=clock,
        random=lambda: 0.5,
        alarm=Alarm(clock),
        monotonic=lambda: clock().timestamp(),
        allowed=lambda _: timedelta(seconds=0.25),
    )


async def test_an_upload_that_arrives_after_it_was_given_up_is_shown_once(
    server, store, world, outbox, clock, general, number
):
    server.faults.slow("POST", MESSAGES, seconds=0.5)

    for _ in range(5):
        await outbox.deliver_due()
        clock.advance(minutes=5)

    [message] = world.messages.seen_by(world.bot.id, general)
    assert content(message) == ["picture 1", "picture 2"]
    async with store.read() as work:
        assert (await work.announcements.standing(number)).message_id == message.id
