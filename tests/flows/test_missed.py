"""Changes that a sync finds and no webhook told are counted."""

from datetime import timedelta

import pytest

from core.feed import FeedPolicy
from core.missed import MOST_WAITING, Missed, SyncFeed, WorkingHooks, load_missed
from core.sync import Sync
from patreon.hints import read_hint
from tests.factories import delivery


class Syncing:
    """A sync whose feed counts; the webhook has been working for a day."""

    def __init__(self, bot) -> None:
        self.bot = bot
        self.working = WorkingHooks()
        self.working.note(bot.campaign_id, at=bot.clock() - timedelta(days=1))
        feed = SyncFeed(
            FeedPolicy(),
            new_marker=lambda: f"sync-{bot.clock()}",
            read_hint=read_hint,
            working=self.working,
        )
        self._sync = Sync(
            bot.store,
            bot.clients,
            feed,
            clock=bot.clock,
            on_announced=lambda: None,
            on_baseline=lambda: None,
        )

    async def run(self) -> None:
        self.bot.clock.advance(minutes=5)
        report = await self._sync.run(self.bot.campaign_id)
        assert report.failures == ()

    async def missed(self) -> Missed:
        async with self.bot.store.read() as work:
            return await load_missed(work, self.bot.campaign_id)


@pytest.fixture
async def syncing(bot):
    syncing = Syncing(bot)
    await bot.sync.discover()
    return syncing


async def test_a_change_without_a_webhook_is_counted_once_and_still_announced(bot, syncing):
    await syncing.run()
    bot.world.join(name="Ada", webhook=False)

    await syncing.run()
    found_at = bot.clock()
    await syncing.run()
    await bot.settle()

    assert await syncing.missed() == Missed(1, found_at)
    assert bot.titles() == ["Ada joined"]


async def test_counts_add_up(bot, syncing):
    await syncing.run()
    for name in ("Ada", "Grace"):
        bot.world.join(name=name, webhook=False)
        await syncing.run()

    assert (await syncing.missed()).count == 2


async def test_the_first_sync_counts_nothing(syncing):
    await syncing.run()

    assert await syncing.missed() == Missed()


async def test_a_change_whose_event_waits_in_the_inbox_is_not_counted(bot, syncing):
    await syncing.run()
    ada = bot.world.join(name="Ada")
    bot.world.join(name="Grace", webhook=False)
    await bot.deliver(*ada.deliveries)

    await syncing.run()

    assert (await syncing.missed()).count == 1


async def test_a_change_that_a_webhook_told_is_not_counted(bot, syncing):
    await syncing.run()
    await bot.happen(bot.world.join(name="Ada"))

    await syncing.run()

    assert await syncing.missed() == Missed()


@pytest.mark.parametrize("since", [None, timedelta(minutes=1)])
async def test_nothing_is_counted_before_the_webhook_has_worked_for_a_whole_round(
    bot, syncing, since
):
    await syncing.run()
    syncing.working.forget(bot.campaign_id)
    if since is not None:
        syncing.working.note(bot.campaign_id, at=bot.clock() + since)
    bot.world.join(name="Ada", webhook=False)

    await syncing.run()

    assert await syncing.missed() == Missed()


async def test_nothing_is_counted_while_too_much_waits_to_tell(bot, syncing):
    await syncing.run()
    await bot.store.add_deliveries([delivery(received_at=bot.clock())] * (MOST_WAITING + 1))
    bot.world.join(name="Ada", webhook=False)

    await syncing.run()

    assert await syncing.missed() == Missed()
