"""The local copy follows Patreon, and a faulty answer takes nobody away."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest

from core.accounts import TokenPair
from core.errors import UserError
from core.feed import Feed, FeedPolicy
from core.inbox import Delivery
from core.listing import MemberQuery
from core.members import Status
from core.members_pass import CHUNK, SMALL_CHUNK
from core.update import update_members
from sandbox.patreon import FaultKind

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def present(bot) -> set[str]:
    async with bot.store.read() as work:
        page = await work.members.page(MemberQuery(campaign_ids=(bot.campaign_id,), limit=1_000))
    return {member.id for member in page.members}


def expected(bot) -> set[str]:
    return {member.id for member in bot.world.members()}


async def test_the_first_sync_takes_everything_over_and_announces_nothing(bot):
    assert await bot.sync.discover() == []

    report = await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert report.is_baseline
    assert (report.members.new, report.tiers, report.posts_new) == (40, 4, 25)
    assert await present(bot) == expected(bot)
    assert bot.titles() == []


async def test_a_second_sync_finds_nothing_to_do(bot):
    await bot.take_stock()

    report = await bot.sync.run(bot.campaign_id)

    assert not report.is_baseline
    assert (report.members.unchanged, report.members.new, report.members.changed) == (40, 0, 0)
    assert (report.posts_new, report.posts_changed, report.posts_gone) == (0, 0, 0)


async def test_nobody_is_announced_because_fingerprints_are_made_in_a_new_way(bot):
    await bot.take_stock()
    ids = sorted(await present(bot))
    async with bot.store.write() as work:
        before = await work.members.load(ids)
        made_otherwise = [(one, bytes(16)) for one in before.values()]
        await work.members.save(made_otherwise, seen_at=bot.clock())

    bot.clock.advance(minutes=1)
    first = await bot.sync.run(bot.campaign_id)
    second = await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert (first.members.changed, first.members.announced) == (40, 0)
    assert (second.members.unchanged, second.members.changed) == (40, 0)
    assert bot.titles() == []
    async with bot.store.read() as work:
        assert await work.members.load(ids) == before


async def test_a_sync_announces_what_no_webhook_told(bot):
    await bot.take_stock()
    bot.world.join(name="Ada", webhook=False)

    report = await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert report.members.new == report.members.announced == 1
    assert bot.titles() == ["Ada joined"]


async def test_a_sync_and_a_webhook_that_see_the_same_change_tell_it_once(bot):
    await bot.take_stock()
    event = bot.world.join(name="Ada")

    await bot.sync.run(bot.campaign_id)
    await bot.happen(event)

    assert bot.titles() == ["Ada joined"]


async def test_a_member_missing_from_a_complete_list_is_marked_as_gone(bot):
    member = bot.world.join(kind="free", name="Ada", webhook=False).member
    await bot.take_stock()
    bot.world.delete(member, webhook=False)

    report = await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert report.members.gone == 1
    assert bot.titles() == ["Ada left"]
    assert member.id not in await present(bot)


@pytest.mark.parametrize("fault", [FaultKind.SHORT_PAGE, FaultKind.EMPTY_PAGE])
async def test_a_truncated_or_empty_list_removes_nobody(bot, fault):
    await bot.take_stock()
    bot.world.faults.plan("members", fault, times=1)

    report = await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert report.failures
    assert report.members.gone == 0
    assert bot.titles() == []
    assert await present(bot) == expected(bot)


async def test_a_list_that_shrinks_too_much_is_not_believed(bot):
    await bot.take_stock()
    for number, member in enumerate(list(bot.world.members())):
        if number < 30:
            bot.world.roster(bot.campaign_id).remove(member)

    report = await bot.sync.run(bot.campaign_id)

    assert report.question.is_open
    assert len(await present(bot)) == 40


async def test_a_last_page_that_repeats_ends_the_sync(bot):
    await bot.take_stock()
    bot.world.quirks.repeat_last_page = True

    async with asyncio.timeout(20):
        report = await bot.sync.run(bot.campaign_id)

    assert report.members.gone == 0
    assert await present(bot) == expected(bot)


async def test_an_expired_cursor_starts_the_pass_again(bot):
    await bot.take_stock()
    bot.world.faults.plan("members", FaultKind.EXPIRED_CURSOR, times=2)

    report = await bot.sync.run(bot.campaign_id)

    assert report.failures == ()
    assert await present(bot) == expected(bot)


async def test_a_cursor_that_always_expires_stops_the_pass(bot):
    await bot.take_stock()
    bot.world.faults.plan("members", FaultKind.EXPIRED_CURSOR, times=50)

    report = await bot.sync.run(bot.campaign_id)

    assert len(report.failures) == 1


@pytest.mark.parametrize(
    ("route", "name"), [("members", "Members"), ("posts", "Posts"), ("campaigns", "Tiers")]
)
async def test_one_part_that_fails_does_not_stop_the_others(bot, route, name):
    await bot.take_stock()
    bot.world.join(name="Ada", webhook=False)
    bot.world.publish_post(title="News", webhook=False)
    bot.world.faults.plan(route, FaultKind.SERVER_ERROR, times=50)

    report = await bot.sync.run(bot.campaign_id)

    assert [failure.split(":")[0] for failure in report.failures] == [name]
    assert report.members.new == (0 if route == "members" else 1)
    assert report.posts_new == (0 if route == "posts" else 1)


async def test_a_failed_first_sync_is_no_baseline(bot):
    await bot.sync.discover()
    bot.world.faults.plan("members", FaultKind.SERVER_ERROR, times=50)

    report = await bot.sync.run(bot.campaign_id)

    async with bot.store.read() as work:
        stored = await work.campaigns.get(bot.campaign_id)
    assert not report.is_baseline
    assert stored.baseline_at is None
    assert "Members" in stored.sync_error


async def test_two_syncs_of_one_campaign_do_not_run_at_once(bot):
    await bot.take_stock()

    first = asyncio.create_task(bot.sync.run(bot.campaign_id))
    await asyncio.sleep(0)
    with pytest.raises(UserError, match="running"):
        await bot.sync.run(bot.campaign_id)

    assert (await first).failures == ()


async def test_a_guild_without_a_link_is_told_what_to_do(bot):
    with pytest.raises(UserError, match="/patreon setup"):
        await bot.sync.of_guild(999)


async def test_a_campaign_of_nobody_is_refused_with_the_reason(bot):
    with pytest.raises(UserError, match="None of the connected"):
        await bot.sync.run("424242")


async def test_progress_is_told_with_the_total(bot):
    told = []

    async def note(progress):
        told.append((progress.tally.read, progress.total))

    await bot.sync.discover()
    await bot.sync.of_guild(1, progress=note)

    assert told == [(40, 40)]


async def test_an_older_reading_does_not_turn_a_member_back(bot):
    await bot.take_stock()
    member = next(m for m in bot.world.members() if m.patron_status is None)
    read = await bot.clients(1).member(member.id)
    bot.clock.advance(seconds=10)
    await bot.happen(bot.world.upgrade(member, bot.world.tiers()[1]))
    before = bot.titles()

    async with bot.store.write() as work:
        stored = await work.campaigns.get(bot.campaign_id)
        updated = await update_members(
            work,
            [(read.member, read.fingerprint)],
            asked_at=read.asked_at,
            stored=stored,
            feed=Feed(FeedPolicy(), new_marker=lambda: "never"),
            now=bot.clock(),
        )
    await bot.settle()

    assert updated.tally.outdated == 1
    assert bot.titles() == before
    async with bot.store.read() as work:
        assert (await work.members.load([member.id]))[member.id].status is Status.ACTIVE


async def test_a_member_seen_while_the_pass_ran_is_not_marked_as_gone(bot):
    """A newcomer who joined after the pages were read is in no page of the pass."""
    await bot.take_stock()
    joined = []

    async def join_meanwhile(progress):
        bot.clock.advance(seconds=1)
        event = bot.world.join(kind="free", name="Ada")
        joined.append(event.member.id)
        await bot.deliver(*event.deliveries)
        await bot.processor.process_due()
        bot.clock.advance(seconds=1)

    report = await bot.sync.run(bot.campaign_id, progress=join_meanwhile)
    await bot.settle()

    assert report.members.gone == 0
    assert set(joined) <= await present(bot)
    assert bot.titles() == ["Ada joined"]


async def add_campaign(bot, *, members):
    """Connect another creator with a campaign, and give its id."""
    second = bot.world.seed_campaign(members=members, name="Second", posts=0)
    pair = bot.world.issue_tokens(second.creator_id)
    async with bot.store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.save_tokens(
            creator_id, TokenPair(access=pair.access_token, refresh=pair.refresh_token)
        )
    assert await bot.sync.discover() == []
    return second.id


async def test_a_campaign_of_several_pages_is_read_whole(bot):
    campaign_id = await add_campaign(bot, members=2_345)

    report = await bot.sync.run(campaign_id)

    async with bot.store.read() as work:
        assert await work.members.count_present(campaign_id) == 2_345
    assert report.is_baseline
    assert report.members.new == 2_345


async def test_while_webhooks_come_in_members_are_written_a_few_at_a_time(bot, monkeypatch):
    transactions = 0
    write = bot.store.write
    comes = Delivery(trigger="members:update", body=b"{}", received_at=bot.clock())

    @asynccontextmanager
    async def counted(*, is_busy):
        nonlocal transactions
        transactions += 1
        if is_busy:
            await bot.store.add_deliveries([comes])
        async with write() as work:
            yield work

    async def transactions_of(campaign_id, *, is_busy):
        nonlocal transactions
        transactions = 0
        monkeypatch.setattr(bot.store, "write", partial(counted, is_busy=is_busy))
        report = await bot.sync.run(campaign_id)
        assert report.members.new == 400
        return transactions

    campaigns = [await add_campaign(bot, members=400) for _ in range(2)]
    quiet = await transactions_of(campaigns[0], is_busy=False)
    busy = await transactions_of(campaigns[1], is_busy=True)

    assert busy - quiet == 400 // SMALL_CHUNK - 400 // CHUNK


async def test_the_time_of_a_sync_is_kept(bot):
    await bot.take_stock()
    first = bot.clock()
    bot.clock.advance(hours=1)

    await bot.sync.run(bot.campaign_id)

    async with bot.store.read() as work:
        stored = await work.campaigns.get(bot.campaign_id)
    assert stored.synced_at - first == timedelta(hours=1)
    assert stored.baseline_at < stored.synced_at
