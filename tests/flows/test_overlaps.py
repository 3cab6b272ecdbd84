"""Readings that overlap cannot be put in order: none of them may turn a member back."""

from dataclasses import replace

import pytest

from tests.flows.doubles import bend

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def prepare(bot):
    """Let Ada join; gives her id and the price list's two ends."""
    await bot.take_stock()
    low, high = sorted((t for t in bot.world.tiers() if t.amount_cents), key=lambda t: t.id)[:2]
    low, high = sorted((low, high), key=lambda t: t.amount_cents)
    event = bot.world.join(low, name="Ada")
    await bot.happen(event)
    return event.member.id, high


async def test_a_list_that_was_asked_for_later_but_looked_earlier_turns_nobody_back(bot):
    """The member's request is on the way for long; the list is read and written around it."""
    member, high = await prepare(bot)
    asked_at = bot.clock.advance(seconds=1)
    bot.clock.advance(seconds=1)

    async def slow_member(api, member_id):
        return replace(await api.member(member_id), asked_at=asked_at)

    async def list_before_the_upgrade(api, *args, **kwargs):
        page = await api.members_page(*args, **kwargs)
        bot.clock.advance(seconds=1)
        await bot.deliver(*bot.world.upgrade(member, high).deliveries)
        await bot.processor.process_due()
        bot.clock.advance(seconds=1)
        return page

    bend(bot, member=slow_member, members_page=list_before_the_upgrade)
    await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert bot.titles() == ["Ada joined", "Ada upgraded"]


async def test_a_member_that_was_asked_for_later_but_looked_earlier_is_read_again(bot):
    """The list is on the way for long: it knows of the upgrade, the member's answer does not."""
    member, high = await prepare(bot)
    asked_at = bot.clock.advance(seconds=1)
    bot.clock.advance(seconds=1)
    overtaken = []

    async def slow_list(api, *args, **kwargs):
        return replace(await api.members_page(*args, **kwargs), asked_at=asked_at)

    async def member_before_the_upgrade(api, member_id):
        read = await api.member(member_id)
        if not overtaken:
            overtaken.append(member_id)
            bot.clock.advance(seconds=1)
            await bot.deliver(*bot.world.upgrade(member, high).deliveries)
            await bot.sync.run(bot.campaign_id)
            bot.clock.advance(seconds=1)
        return read

    bend(bot, member=member_before_the_upgrade, members_page=slow_list)
    await bot.deliver(*bot.world.renew(member).deliveries)
    await bot.processor.process_due()
    for _ in range(3):
        bot.clock.advance(seconds=5)
        await bot.settle()

    assert overtaken == [member]
    assert bot.titles() == ["Ada joined", "Ada upgraded"]
    async with bot.store.read() as work:
        assert (await work.members.load([member]))[member].tier_ids == (high.id,)
        assert (await work.events.backlog()).waiting == 0


async def test_what_an_overtaken_reading_missed_is_read_again(bot):
    """The member changes once more after the list looked: only the event can tell."""
    member, high = await prepare(bot)
    overtaken = []

    async def overtaken_by_a_list(api, member_id):
        if overtaken:
            return await api.member(member_id)
        overtaken.append(member_id)
        await bot.sync.run(bot.campaign_id)
        bot.world.decline(member, webhook=False)
        return await api.member(member_id)

    async def asked_before_the_list(api, member_id):
        asked_at = bot.clock.advance(seconds=1)
        bot.clock.advance(seconds=1)
        return replace(await overtaken_by_a_list(api, member_id), asked_at=asked_at)

    bend(bot, member=asked_before_the_list)
    await bot.deliver(*bot.world.upgrade(member, high).deliveries)
    await bot.processor.process_due()
    for _ in range(3):
        bot.clock.advance(seconds=5)
        await bot.settle()

    assert bot.titles() == ["Ada joined", "Ada upgraded", "Ada's payment was declined"]
