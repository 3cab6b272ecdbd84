"""What guilds follow and show: changed by those in it, and by nobody from elsewhere."""

import asyncio
import itertools

import pytest

from core.accounts import GuildCreator
from core.audit import AuditQuery
from core.changes import Kind
from core.errors import UserError
from core.feed import FeedPolicy
from core.guild_settings import Place
from core.posts import PostDetail
from core.settings import Settings
from core.sync import AlreadyRunning
from core.trial import Trials, TrialState
from tests.factories import NOW, campaign, replace_links, save_campaign, save_link
from tests.flows.keeping import READY, Keeping

HOME, ELSEWHERE, BY = 6001, 6002, 42


@pytest.fixture
def rung():
    return []


@pytest.fixture
def settings(store, clock, rung):
    return Settings(
        store,
        FeedPolicy(staff_kinds=frozenset({Kind.DECLINED})),
        has_public_url=True,
        has_configured_secret=False,
        clock=clock,
        on_followed=lambda: rung.append(True),
    )


@pytest.fixture
def trials(store, clock):
    return Trials(store, clock=clock, new_marker=lambda: "m", on_announced=lambda: None)


@pytest.fixture
async def connected(store):
    """The account of the campaign 1001 was connected through HOME."""
    creator_id = await save_campaign(store, is_synced=False)
    async with store.write() as work:
        await work.connections.save(GuildCreator(guild_id=HOME, creator_id=creator_id), at=NOW)
    return creator_id


async def links(store, guild_id=HOME):
    async with store.read() as work:
        return list(await work.links.of_guild(guild_id))


async def test_a_connected_accounts_campaigns_may_be_followed(settings, connected):
    seen = await settings.of_guild(HOME)

    assert [one.campaign_id for one in seen.campaigns] == ["1001"]
    assert seen.followed == ()
    assert [one.id for one in seen.creators] == [connected]


async def test_the_first_channel_follows_and_wakes_the_workers(settings, connected, store, rung):
    await settings.show_in(HOME, "1001", Place.STAFF, 20, by=BY)
    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)

    [link] = await links(store)
    assert (link.feed_channel_id, link.staff_channel_id) == (10, 20)
    assert len(rung) == 2
    async with store.read() as work:
        entries = (await work.audit.page(AuditQuery(guild_id=HOME))).entries
    assert [(entry.action, entry.user_id) for entry in entries] == [
        ("link.changed", BY),
        ("link.added", BY),
    ]


async def test_nothing_is_followed_before_a_channel_is_chosen(settings, connected, store, rung):
    with pytest.raises(UserError, match="Choose a channel first"):
        await settings.announce(HOME, "1001", frozenset({Kind.JOINED}), by=BY)

    assert await links(store) == []
    assert rung == []


async def test_the_same_choice_again_changes_nothing(settings, connected, store, rung):
    for _ in range(2):
        await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)

    async with store.read() as work:
        assert len((await work.audit.page(AuditQuery(guild_id=HOME))).entries) == 1
    assert len(rung) == 1


async def test_what_a_link_leaves_open_is_as_configured(settings, connected):
    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)
    one = (await settings.of_guild(HOME)).campaign("1001")
    assert one.policy.staff_kinds == {Kind.DECLINED}
    assert one.policy.show_amounts is False

    await settings.tell_staff(HOME, "1001", frozenset(), by=BY)
    await settings.show_amounts(HOME, "1001", True, by=BY)
    one = (await settings.of_guild(HOME)).campaign("1001")
    assert one.policy.staff_kinds == frozenset()
    assert one.policy.show_amounts is True

    await settings.use_defaults(HOME, "1001", by=BY)
    one = (await settings.of_guild(HOME)).campaign("1001")
    assert one.policy.staff_kinds == {Kind.DECLINED}
    assert one.policy.show_amounts is False


async def test_changes_that_are_made_at_once_all_count(settings, connected, store):
    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)

    await asyncio.gather(
        settings.show_in(HOME, "1001", Place.STAFF, 20, by=1),
        settings.show_in(HOME, "1001", Place.POSTS, 30, by=2),
        settings.announce(HOME, "1001", frozenset({Kind.JOINED}), by=3),
        settings.tell_staff(HOME, "1001", frozenset({Kind.ENDED}), by=4),
        settings.show_amounts(HOME, "1001", True, by=5),
        settings.tell_of_posts(HOME, "1001", PostDetail.WHOLE, by=6),
    )

    [link] = await links(store)
    assert (link.feed_channel_id, link.staff_channel_id, link.posts_channel_id) == (10, 20, 30)
    assert (link.kinds, link.staff_kinds) == ({Kind.JOINED}, {Kind.ENDED})
    assert (link.shows_amounts, link.post_detail) == (True, PostDetail.WHOLE)


async def test_a_campaign_is_shown_in_two_guilds_with_settings_of_their_own(
    settings, connected, store
):
    async with store.write() as work:
        await work.connections.save(GuildCreator(guild_id=ELSEWHERE, creator_id=connected), at=NOW)

    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)
    await settings.show_in(ELSEWHERE, "1001", Place.FEED, 99, by=BY)
    await settings.show_amounts(ELSEWHERE, "1001", True, by=BY)

    assert [link.feed_channel_id for link in await links(store)] == [10]
    assert [link.shows_amounts for link in await links(store)] == [None]
    assert [link.feed_channel_id for link in await links(store, ELSEWHERE)] == [99]


async def test_a_guild_follows_several_campaigns(settings, connected, store):
    async with store.write() as work:
        await work.campaigns.save(campaign(id="1002", name="B"), (), creator_id=connected)

    await settings.show_in(HOME, "1002", Place.FEED, 10, by=BY)
    await settings.show_in(HOME, "1001", Place.FEED, 11, by=BY)

    seen = await settings.of_guild(HOME)
    assert [one.campaign_id for one in seen.followed] == ["1002", "1001"]


async def test_following_ends_and_begins_again(settings, connected, store):
    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)

    assert await settings.unfollow(HOME, "1001", by=BY) == "Ada's Workshop"
    assert await links(store) == []
    await settings.unfollow(HOME, "1001", by=BY)

    await settings.show_in(HOME, "1001", Place.STAFF, 20, by=BY)
    [link] = await links(store)
    assert (link.feed_channel_id, link.staff_channel_id) == (None, 20)


async def test_who_keeps_webhooks_is_woken_when_following_ends(settings, connected, rung):
    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)
    rung.clear()

    await settings.unfollow(HOME, "1001", by=BY)
    assert rung == [True]
    await settings.unfollow(HOME, "1001", by=BY)
    assert rung == [True]


async def test_the_settings_of_a_link_without_its_account_can_still_be_changed(
    settings, store, clock
):
    await save_campaign(store)
    await save_link(store, guild_id=HOME)

    await settings.show_amounts(HOME, "1001", True, by=BY)

    assert (await links(store))[0].shows_amounts is True


@pytest.mark.parametrize("campaign_id", ["1001", "9999"])
async def test_a_stranger_gets_the_same_words_for_what_is_not_theirs_and_what_is_not(
    settings, trials, connected, store, campaign_id
):
    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)
    before = await links(store)
    kinds = frozenset({Kind.JOINED})

    for attempt in (
        settings.show_in(ELSEWHERE, campaign_id, Place.FEED, 5, by=BY),
        settings.announce(ELSEWHERE, campaign_id, kinds, by=BY),
        settings.tell_staff(ELSEWHERE, campaign_id, kinds, by=BY),
        settings.show_amounts(ELSEWHERE, campaign_id, True, by=BY),
        settings.tell_of_posts(ELSEWHERE, campaign_id, PostDetail.WHOLE, by=BY),
        settings.use_defaults(ELSEWHERE, campaign_id, by=BY),
        settings.unfollow(ELSEWHERE, campaign_id, by=BY),
        trials.send(ELSEWHERE, campaign_id, by=BY, remove_id="x"),
        trials.remove(ELSEWHERE, campaign_id, by=BY),
    ):
        with pytest.raises(UserError, match="This server has no such campaign"):
            await attempt

    seen = await settings.of_guild(ELSEWHERE)
    assert (seen.creators, seen.campaigns) == ((), ())
    assert await trials.latest(ELSEWHERE, campaign_id) is None
    assert await links(store) == before
    assert await links(store, ELSEWHERE) == []


async def test_a_test_announcement_takes_the_usual_way_and_goes_again(bot, settings, trials, store):
    await bot.take_stock()
    link = (await links(store, 1))[0]
    await trials.send(1, link.campaign_id, by=BY, remove_id="remove")
    assert (await trials.latest(1, link.campaign_id)).state is TrialState.WAITING

    await bot.settle()
    assert bot.titles() == ["This is a test"]
    [shown] = bot.channels.shown
    assert [action.custom_id for action in shown.card.actions] == ["remove"]
    assert (await trials.latest(1, link.campaign_id)).state is TrialState.SHOWN

    await trials.remove(1, link.campaign_id, by=BY)
    await bot.settle()
    assert bot.titles() == []
    assert (await trials.latest(1, link.campaign_id)).state is TrialState.REMOVED


async def test_a_new_test_takes_the_place_of_the_one_before(bot, trials, store):
    await bot.take_stock()
    campaign_id = bot.campaign_id

    for _ in range(2):
        await trials.send(1, campaign_id, by=BY, remove_id="remove")
        await bot.settle()

    assert bot.titles() == ["This is a test"]


async def test_a_campaign_that_is_newly_followed_is_synced_without_waiting_for_the_round(
    bot, store, clock
):
    assert await bot.sync.discover() == []
    async with store.read() as work:
        [stored] = await work.campaigns.all()
    assert stored.baseline_at is None

    await bot.rounds.begin_new()

    async with store.read() as work:
        [stored] = await work.campaigns.all()
    assert stored.baseline_at is not None
    baseline = stored
    await bot.rounds.begin_new()
    async with store.read() as work:
        assert list(await work.campaigns.all()) == [baseline]


async def test_a_campaign_that_nobody_follows_is_not_synced_early(bot, store, clock):
    assert await bot.sync.discover() == []
    async with store.write() as work:
        await replace_links(work, [], at=clock())

    await bot.rounds.begin_new()

    async with store.read() as work:
        [stored] = await work.campaigns.all()
    assert stored.baseline_at is None


async def test_a_second_one_watches_the_sync_that_is_under_way(bot):
    assert await bot.sync.discover() == []
    seen = []

    async def watch(progress):
        seen.append(progress.tally.read)

    async def first(progress):
        if not seen:
            watching.append(asyncio.create_task(bot.sync.watch(bot.campaign_id, watch)))
            await asyncio.sleep(0)
            with pytest.raises(AlreadyRunning):
                await bot.sync.of_guild(1, only=bot.campaign_id)

    watching = []
    await bot.sync.run(bot.campaign_id, progress=first)

    assert await watching[0] is True
    assert not bot.sync.is_running(bot.campaign_id)
    assert await bot.sync.watch(bot.campaign_id, watch) is True


async def test_following_registers_the_webhook_at_once(bot, store, clock):
    await bot.take_stock()
    async with store.write() as work:
        await replace_links(work, [], at=clock())
        await work.connections.save(GuildCreator(guild_id=HOME, creator_id=1), at=clock())
    keeping = Keeping(bot, READY, itertools.count())
    alarm = keeping.keeper._alarm
    settings = Settings(
        store,
        FeedPolicy(),
        has_public_url=True,
        has_configured_secret=False,
        clock=clock,
        on_followed=alarm.ring,
    )
    running = asyncio.create_task(keeping.keeper.run())
    async with asyncio.timeout(10):
        while not alarm.pulse.is_resting:
            await asyncio.sleep(0.01)

        await settings.show_in(HOME, bot.campaign_id, Place.FEED, 10, by=BY)
        while not keeping.remote():
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])

    assert len(keeping.remote()) == 1


async def test_who_only_changes_kinds_asks_nothing_of_patreon(settings, connected, rung):
    await settings.show_in(HOME, "1001", Place.FEED, 10, by=BY)
    await settings.announce(HOME, "1001", frozenset({Kind.JOINED}), by=BY)
    await settings.show_amounts(HOME, "1001", True, by=BY)

    assert len(rung) == 1
