"""Odd answers and wrong clocks: nothing is lost, nothing is told twice."""

import asyncio
import json
from dataclasses import replace

import pytest

from core.accept import Inbox
from core.errors import PermanentError
from core.guilds import Link
from core.inbox import Delivery
from core.members import Campaign
from core.posts import Post
from tests import factories
from tests.factories import replace_links
from tests.flows.conftest import GUILD
from tests.flows.doubles import bend
from tests.readings import everybody, listed

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def events(bot):
    async with bot.store.read() as work:
        return await work.events.backlog()


async def posts(bot) -> int:
    async with bot.store.read() as work:
        return await work.posts.count([bot.campaign_id])


async def test_a_burst_is_dealt_with_although_the_posts_cannot_be_read(bot):
    async def no_posts(api, *args, **kwargs):
        raise PermanentError("The token lacks the scope campaigns.posts.")

    await bot.take_stock()
    bend(bot, posts_page=no_posts)
    for number in range(45):
        await bot.deliver(*bot.world.join(name=f"Patron {number}").deliveries)

    await bot.settle()

    assert (await events(bot)).waiting == 0
    assert len(bot.titles()) == 45


async def test_waiting_for_the_first_sync_is_no_failure(bot):
    attempts = []

    async def fails_once(api, member_id):
        attempts.append(member_id)
        if len(attempts) == 1:
            raise PermanentError("Once.")
        return await api.member(member_id)

    await bot.sync.discover()
    await bot.deliver(*bot.world.join(name="Ada").deliveries)
    for _ in range(12):
        await bot.processor.process_due()
        bot.clock.advance(seconds=6)
    await bot.take_stock()
    bend(bot, member=fails_once)

    for _ in range(5):
        bot.clock.advance(minutes=6)
        await bot.processor.process_due()

    backlog = await events(bot)
    assert (backlog.waiting, backlog.parked) == (0, 0)


async def test_an_event_that_fails_by_itself_is_set_aside_at_last(bot):
    async def refused(api, member_id):
        raise PermanentError("Patreon refuses this member.")

    await bot.take_stock()
    bend(bot, member=refused)
    await bot.deliver(*bot.world.join(name="Ada").deliveries)

    for _ in range(15):
        bot.clock.advance(minutes=6)
        await bot.processor.process_due()

    backlog = await events(bot)
    assert backlog.waiting == 0
    assert backlog.parked > 0
    assert backlog.reason == "Patreon refuses this member."


async def test_a_clock_that_ran_ahead_swallows_nothing(bot):
    bot.clock.advance(hours=6)
    await bot.take_stock()
    member = bot.world.join(name="Ada", webhook=False).member.id
    await bot.sync.run(bot.campaign_id)
    await bot.settle()
    bot.clock.advance(hours=-6)

    await bot.happen(bot.world.cancel(member))

    assert bot.titles() == ["Ada joined", "Ada cancelled"]


async def test_what_a_clock_put_off_too_far_is_taken_up_by_the_next_round(bot):
    await bot.take_stock()
    bot.clock.advance(hours=6)
    await bot.deliver(*bot.world.join(name="Ada").deliveries)
    bot.clock.advance(hours=-6)
    await bot.settle()
    assert bot.titles() == []

    await bot.rounds.mend()
    await bot.settle()

    assert bot.titles() == ["Ada joined"]


async def test_a_member_twice_in_one_page_is_announced_once(bot):
    await bot.take_stock()
    member = bot.world.join(name="Ada", webhook=False).member

    async def doubled(api, *args, **kwargs):
        page = await api.members_page(*args, **kwargs)
        twice = tuple(page.members.read([member.id]))
        return replace(page, members=listed(twice + everybody(page)))

    bend(bot, members_page=doubled)
    await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert bot.titles() == ["Ada joined"]


async def test_a_total_that_is_one_too_many_silences_nothing(bot):
    async def off_by_one(api, *args, **kwargs):
        page = await api.members_page(*args, **kwargs)
        return replace(page, total=page.total + 1)

    await bot.sync.discover()
    bend(bot, members_page=off_by_one)
    report = await bot.sync.run(bot.campaign_id)
    await bot.happen(bot.world.join(name="Ada"))

    assert report.is_baseline
    assert "nobody was marked as gone" in report.failures[0]
    assert bot.titles() == ["Ada joined"]


async def test_a_list_that_lacks_most_members_is_no_baseline(bot):
    async def short(api, *args, **kwargs):
        page = await api.members_page(*args, **kwargs)
        return replace(page, members=listed(everybody(page)[:5]))

    await bot.sync.discover()
    bend(bot, members_page=short)
    report = await bot.sync.run(bot.campaign_id)

    assert not report.is_baseline


async def test_a_post_that_a_webhook_stored_during_the_sync_stays(bot):
    async def meanwhile(api, *args, **kwargs):
        page = await api.posts_page(*args, **kwargs)
        if page.next_cursor is None:
            async with bot.store.write() as work:
                await work.posts.save([Post(id="999", campaign_id=bot.campaign_id)])
        return page

    await bot.take_stock()
    bend(bot, posts_page=meanwhile)
    await bot.sync.run(bot.campaign_id)

    assert await posts(bot) == 26


async def test_an_event_of_a_campaign_that_is_not_known_yet_waits_a_while(bot):
    await bot.take_stock()
    (delivery, *_) = bot.world.join(name="Ada").deliveries
    document = json.loads(delivery.body)
    document["data"]["relationships"]["campaign"]["data"]["id"] = "424242"
    await bot.store.add_deliveries(
        [
            Delivery(
                trigger=delivery.trigger,
                body=json.dumps(document).encode(),
                received_at=bot.clock(),
            )
        ]
    )

    await bot.settle()
    assert (await events(bot)).waiting == 1
    for _ in range(15):
        bot.clock.advance(minutes=6)
        await bot.processor.process_due()

    backlog = await events(bot)
    assert (backlog.waiting, backlog.parked) == (0, 0)


async def test_a_busy_campaign_does_not_cost_the_report_of_another(bot):
    await bot.take_stock()
    async with bot.store.write() as work:
        await work.campaigns.save(Campaign(id="zz", name="Other"), [], creator_id=1)
        links = [*await work.links.all(), Link(guild_id=GUILD, campaign_id="zz")]
        await replace_links(work, links, at=bot.clock())

    first, second = await bot.sync.of_guild(GUILD)

    assert first.failures == ()
    assert second.failures


async def test_requests_behind_a_bug_in_the_store_do_not_hang(store):
    class OnceBroken:
        is_broken = True

        async def add_deliveries(self, deliveries):
            given = list(deliveries)
            if self.is_broken:
                self.is_broken = False
                raise ZeroDivisionError
            await store.add_deliveries(given)

    inbox = Inbox(OnceBroken(), on_stored=lambda: None, batch=1)
    requests = [asyncio.create_task(inbox.accept(factories.delivery())) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ZeroDivisionError):
        await inbox.run()
    again = asyncio.create_task(inbox.run())

    async with asyncio.timeout(5):
        ended = await asyncio.gather(*requests, return_exceptions=True)
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)

    assert [type(end).__name__ for end in ended] == ["TemporaryError", "NoneType", "NoneType"]


async def test_a_round_leaves_the_campaigns_of_a_disconnected_account_alone(bot, patreon):
    await bot.take_stock()
    async with bot.store.write() as work:
        (creator,) = await work.creators.all()
        await work.creators.forget_tokens(creator.id, at=bot.clock())
    before = len(patreon.requests)

    assert await bot.rounds.make_round()

    assert len(patreon.requests) == before
