"""A webhook that Patreon paused is woken, and what it kept back arrives."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alarm import Alarm
from tests.factories import replace_links
from tests.flows.keeping import READY, Keeping, door, status_of

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def keeping(bot):
    await bot.take_stock()
    return Keeping(bot, READY, itertools.count())


async def test_a_pause_is_ended_and_staff_are_told_once_of_each(keeping):
    await keeping.look()
    [remote] = keeping.remote()
    remote.paused, remote.failures = True, 8
    keeping.bot.world.hooks.unpause = lambda hook: setattr(hook, "paused", False)

    assert not await keeping.look()
    keeping.restart()
    assert not await keeping.look()
    [stored] = await keeping.stored()
    assert (remote.paused, stored.is_paused, stored.failures) == (False, False, 8)
    assert keeping.told() == ["Patreon paused the webhook of Lantern Observatory"]
    remote.failures = 0
    assert await keeping.look()
    assert await keeping.look()

    assert keeping.told() == [
        "Patreon paused the webhook of Lantern Observatory",
        "The webhook of Lantern Observatory works again",
    ]


async def test_a_pause_lasts_until_the_bot_is_ready(keeping):
    await keeping.look()
    [remote] = keeping.remote()
    remote.paused = True
    keeping.readiness = replace(READY, database=False)

    assert not await keeping.look()
    [stored] = await keeping.stored()
    assert (remote.paused, stored.is_paused) == (True, True)
    keeping.readiness = replace(READY, discord=False, backlog=False, token=False)
    await keeping.look()

    assert not remote.paused


async def test_patreon_is_asked_once_in_a_while_to_send_what_failed(keeping):
    await keeping.look()
    [remote] = keeping.remote()
    remote.failures = 3

    for _ in range(4):
        await keeping.look()
    assert keeping.asked("PATCH") == 1
    keeping.bot.clock.advance(minutes=45)
    await keeping.look()

    assert keeping.asked("PATCH") == 2
    assert keeping.told() == []


async def test_a_webhook_counts_as_working_only_while_it_surely_delivers(keeping):
    campaign_id = keeping.bot.campaign_id
    await keeping.look()
    began = keeping.bot.clock() - timedelta(seconds=1)
    await keeping.look()
    assert keeping.working.since(campaign_id) == began

    keeping.remote()[0].failures = 1
    await keeping.look()
    assert keeping.working.since(campaign_id) is None
    keeping.remote()[0].failures = 0
    await keeping.look()

    assert keeping.working.since(campaign_id) == keeping.bot.clock() - timedelta(seconds=1)


async def test_the_loop_ends_a_pause_as_soon_as_the_bot_is_ready(keeping):
    await keeping.look()
    [remote] = keeping.remote()
    remote.paused = True
    keeping.readiness = replace(READY, baseline=False)
    alarm = Ringing(keeping)
    keeping.keeper._alarm = alarm

    with pytest.raises(asyncio.CancelledError):
        await keeping.keeper.run()

    assert alarm.paused == [True, True, True, False]


class Ringing(Alarm):
    """An alarm without a wait; the bot gets ready after the third."""

    def __init__(self, keeping) -> None:
        super().__init__(keeping.bot.clock)
        self._keeping = keeping
        self.paused: list[bool] = []

    async def wait(self, until) -> None:
        self.paused.append(self._keeping.remote()[0].paused)
        if len(self.paused) == 3:
            self._keeping.readiness = READY
        if len(self.paused) == 4:
            raise asyncio.CancelledError


async def test_a_link_without_a_staff_channel_is_told_nothing(keeping):
    bot = keeping.bot
    await keeping.look()
    keeping.remote()[0].paused = True
    keeping.readiness = replace(READY, database=False)
    async with bot.store.write() as work:
        [link] = await work.links.all()
        await replace_links(work, [replace(link, staff_channel_id=None)], at=bot.clock())

    await keeping.look()

    assert bot.titles() == []
    [campaign] = (await status_of(bot)).campaigns
    assert campaign.hook.is_paused
    assert len(campaign.troubles) == 1


async def test_what_patreon_kept_back_during_a_pause_arrives_after_it(keeping):
    bot = keeping.bot
    async with door(bot) as port:
        keeping.public_url = f"http://127.0.0.1:{port}"
        keeping.restart()
        await keeping.look()
        [remote] = keeping.remote()
        remote.paused, remote.failures = True, 8
        bot.world.join(name="Ada")
        await bot.server.drain()
        await bot.settle()
        assert bot.titles() == []

        assert not await keeping.look()
        await bot.server.drain()
        assert await keeping.look()

    assert bot.channels.titles(10) == ["Ada joined"]
    assert len(keeping.told()) == 2
