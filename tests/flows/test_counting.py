"""What the use cases count."""

import pytest

from core.errors import MessageGone, TemporaryError
from tests.flows.bots import build_bot
from tests.flows.counted import Counted
from tests.flows.doubles import Bent

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def build(bot, patreon):
    """Give the same bot with meters, and with methods of its publisher replaced."""

    def build(**methods):
        counted = Counted()
        publisher = Bent(bot.channels, **methods)
        metered = build_bot(
            patreon,
            bot.store,
            bot.clock,
            bot.channels,
            bot.clients,
            publisher=publisher,
            meters=counted,
        )
        return metered, counted.counts

    return build


async def test_a_webhook_that_becomes_a_message_is_counted_at_each_stage(build):
    bot, counts = build()
    await bot.take_stock()
    assert counts == {("syncs", "complete"): 1}

    joined = bot.world.join(name="Ada Lovelace")
    await bot.happen(joined)

    assert counts["events", "done"] == len(joined.deliveries)
    assert counts["announcements", "sent"] == 1


async def test_a_sync_that_failed_in_part_is_told_apart(build):
    bot, counts = build()
    await bot.take_stock()
    bot.world.faults.plan("members", "unavailable", times=20)

    await bot.sync.run(bot.campaign_id)

    assert counts["syncs", "in_part"] == 1


async def test_events_that_wait_for_the_first_sync_are_put_off(build):
    bot, counts = build()
    await bot.sync.discover()

    await bot.deliver(*bot.world.join(name="Ada Lovelace").deliveries)
    await bot.processor.process_due()

    assert counts["events", "put_off"] >= 1
    assert counts["events", "done"] == 0


async def test_events_that_are_given_up_are_counted_as_set_aside(build):
    bot, counts = build()
    await bot.take_stock()

    await bot.deliver(Junk())
    await bot.processor.process_due()

    assert counts["events", "set_aside"] == 1


class Junk:
    trigger = "members:update"
    body = b"\x00 no json"


async def test_deliveries_that_do_not_succeed_are_counted_by_how_they_ended(build):
    async def refuse(_, *__, **___):
        raise TemporaryError("Discord is away.")

    bot, counts = build(send=refuse)
    await bot.take_stock()

    await bot.deliver(*bot.world.join(name="Ada Lovelace").deliveries)
    bot.clock.advance(seconds=1)
    await bot.processor.process_due()
    await bot.outbox.deliver_due()

    assert counts["announcements", "put_off"] == 1
    assert counts["announcements", "sent"] == 0


async def test_a_message_that_somebody_deleted_is_counted_as_set_aside(build):
    async def gone(_, *__, **___):
        raise MessageGone("Somebody deleted it.")

    bot, counts = build(send=gone)
    await bot.take_stock()

    await bot.happen(bot.world.join(name="Ada Lovelace"))

    assert counts["announcements", "set_aside"] == 1
