"""Tiers come with limit and benefits, and each server reads of them under its own names."""

from dataclasses import replace

import pytest

from core.guilds import Link
from tests.flows.bots import FEED, GUILD
from tests.flows.doubles import bend
from tests.readings import everybody, listed

OTHER_GUILD, OTHER_FEED = 2, 30


@pytest.fixture
async def two_guilds(bot, store, clock):
    async with store.write() as work:
        other = Link(guild_id=OTHER_GUILD, campaign_id=bot.campaign_id, feed_channel_id=OTHER_FEED)
        await work.links.save(other, at=clock())
    await bot.take_stock()


async def stored_tiers(bot):
    async with bot.store.read() as work:
        return {tier.title: tier for tier in (await work.campaigns.tiers(bot.campaign_id)).values()}


async def name(bot, title, shown, guild_id=GUILD):
    tier_id = bot.world.find_tier(title).id
    async with bot.store.write() as work:
        await work.tier_names.save(guild_id, tier_id, shown, at=bot.clock())


def facts(bot, channel_id):
    card = [shown.card for shown in bot.channels.shown if shown.channel_id == channel_id][-1]
    return card.text, {fact.name: fact.text for fact in card.facts}


async def test_a_sync_learns_limits_and_benefits(bot):
    bot.world.edit_tier(replace(bot.world.find_tier("Night Watch"), user_limit=50))
    await bot.take_stock()

    tiers = await stored_tiers(bot)

    assert tiers["Night Watch"].patron_limit == 50
    assert tiers["Stargazer"].patron_limit is None
    assert tiers["Stargazer"].benefits == ("Early posts", "Monthly star map")
    assert tiers["Free"].benefits == ()


async def test_a_benefit_that_ended_and_a_limit_that_was_lifted_are_gone_after_a_sync(bot):
    tier = bot.world.find_tier("Stargazer")
    bot.world.edit_tier(replace(tier, user_limit=50))
    await bot.take_stock()
    first, second = tier.benefits
    bot.world.edit_tier(replace(tier, benefits=(first, replace(second, is_ended=True))))

    await bot.sync.run(bot.campaign_id)

    stored = (await stored_tiers(bot))["Stargazer"]
    assert (stored.patron_limit, stored.benefits) == (None, ("Early posts",))


async def test_a_member_who_is_read_alone_takes_no_benefit_away(bot):
    await bot.take_stock()
    before = (await stored_tiers(bot))["Stargazer"]

    await bot.happen(bot.world.join("Stargazer", name="Ada"))

    after = (await stored_tiers(bot))["Stargazer"]
    assert after.benefits == before.benefits != ()
    assert after.patron_count == before.patron_count + 1


async def test_pages_of_members_write_no_tier_that_is_known_already(bot):
    await bot.take_stock()
    async with bot.store.write() as work:
        known = await work.campaigns.tiers(bot.campaign_id)

    api = bot.clients(1)
    read = (await api.members_page(bot.campaign_id)).tiers

    assert read
    assert all(tier.benefits is None for tier in read)
    assert all(tier.completed(known[tier.id]) == known[tier.id] for tier in read)


async def test_of_pages_that_tell_a_tier_differently_the_last_one_counts(bot):
    counts = (7, 8, 7)

    async def members_page(api, campaign_id, *, cursor=None):
        page = await api.members_page(campaign_id)
        number = int(cursor or 0)
        return replace(
            page,
            members=listed(everybody(page)[number :: len(counts)]),
            tiers=tuple(replace(tier, patron_count=counts[number]) for tier in page.tiers),
            next_cursor=str(number + 1) if number + 1 < len(counts) else None,
        )

    bend(bot, members_page=members_page)

    await bot.sync.run(bot.campaign_id)

    tiers = await stored_tiers(bot)
    assert tiers["Stargazer"].patron_count == 7


async def test_each_server_reads_its_own_name_of_a_tier(bot, two_guilds):
    await name(bot, "Night Watch", "Owl {tier} *1*")
    await name(bot, "Night Watch", "Eule", guild_id=99)

    event = bot.world.join("Night Watch", name="Ada")
    await bot.happen(event)
    own, other = facts(bot, FEED), facts(bot, OTHER_FEED)
    await bot.happen(bot.world.upgrade(event.member.id, "Keeper of the Lamp"))

    assert own[1]["Tier"] == "Owl {tier} *1*"
    assert own[0].endswith("at Owl {tier} *1*.")
    assert other[1]["Tier"] == "Night Watch"
    assert facts(bot, FEED)[1]["Tier"] == "Owl {tier} *1* → Keeper of the Lamp"
    assert facts(bot, OTHER_FEED)[1]["Tier"] == "Night Watch → Keeper of the Lamp"
