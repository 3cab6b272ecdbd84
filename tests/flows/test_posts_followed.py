"""Posts written on Patreon: announced once, then followed, by webhooks or by syncs alone."""

import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.audit import AuditQuery
from core.feed import FeedPolicy
from core.posts import Post, PostDetail
from core.settings import Settings
from sandbox.patreon import FaultKind, Limits, PatreonServer, PatreonWorld
from tests.factories import replace_links
from tests.flows.doubles import bend
from tests.flows.posting import GUILD, OTHER_POSTS, links, open_bot, sheets, sync, titles


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=3, posts=25)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def bot(store, clock, patreon):
    bot = await open_bot(patreon, store, clock)
    await bot.take_stock()
    await bot.settle()
    yield bot
    await bot.clients.aclose()


@pytest.fixture(params=["webhook", "sync"])
def learn(request, bot):
    """How the bot learns of what happened."""

    async def by_webhook(event):
        await bot.happen(event)

    async def by_sync(event):
        bot.clock.advance(seconds=1)
        await sync(bot)

    return by_webhook if request.param == "webhook" else by_sync


async def test_the_first_sync_announces_nothing(bot):
    assert bot.channels.shown == []
    await sync(bot)
    assert bot.channels.shown == []


async def test_a_new_post_is_announced_once_in_each_channel_of_posts(bot, learn):
    event = bot.world.publish_post(title="Comet", content="<p>One.</p><p>Two.</p>")

    await learn(event)

    [sheet] = sheets(bot)
    assert (sheet.title, sheet.text) == ("Comet", "One.\n\nTwo.")
    assert sheet.url == sheet.link
    assert event.post.id in sheet.url
    assert sheet.footer.endswith("for everyone")
    assert titles(bot, OTHER_POSTS) == ["Comet"]


async def test_webhooks_again_and_syncs_add_nothing(bot):
    event = bot.world.publish_post(title="Comet")
    for _ in range(2):
        await bot.happen(event)
        await sync(bot)
    bot.clock.advance(days=7)
    await bot.happen(event)

    assert titles(bot) == ["Comet"]
    assert bot.channels.calls == ["send", "send"]


async def test_an_edit_edits_the_message(bot, learn):
    event = bot.world.publish_post(title="Comet", content="<p>Old.</p>")
    await learn(event)

    await learn(bot.world.update_post(event.post, title="Comet 2", content="<p>New.</p>"))

    [sheet] = sheets(bot)
    assert (sheet.title, sheet.text) == ("Comet 2", "New.")
    assert bot.channels.calls.count("send") == 2


async def test_a_deletion_removes_the_message(bot, learn):
    event = bot.world.publish_post(title="Comet")
    await learn(event)

    await learn(bot.world.delete_post(event.post))

    assert bot.channels.shown == []


@pytest.mark.parametrize("fault", [FaultKind.SHORT_PAGE, FaultKind.EMPTY_PAGE])
async def test_a_torn_list_takes_no_message_back_and_tells_nothing_again(bot, learn, fault):
    await learn(bot.world.publish_post(title="Comet"))
    calls = list(bot.channels.calls)
    bot.world.faults.plan("posts", fault, times=1)

    await bot.sync.run(bot.campaign_id)
    await sync(bot)

    assert titles(bot) == ["Comet"]
    assert bot.channels.calls == calls


async def test_a_post_that_a_torn_list_lacks_is_told_as_it_is_now(bot):
    event = bot.world.publish_post(title="Comet", content="<p>Old.</p>")
    await sync(bot)
    bot.world.update_post(event.post, content="<p>New.</p>", webhook=False)
    bot.clock.advance(seconds=1)
    bot.world.faults.plan("posts", FaultKind.EMPTY_PAGE, times=1)

    await sync(bot)

    [sheet] = sheets(bot)
    assert sheet.text == "New."


async def test_what_becomes_private_is_no_longer_told(bot, learn):
    event = bot.world.publish_post(title="Comet", content="<p>Secret.</p>")
    await learn(event)

    await learn(bot.world.update_post(event.post, is_public=False))

    [sheet] = sheets(bot)
    assert sheet.text == ""
    assert sheet.footer.endswith("for patrons")


async def test_a_post_for_tiers_names_them_and_shows_no_text(bot, learn):
    tier = bot.world.tiers(bot.campaign_id)[-1]

    await learn(
        bot.world.publish_post(title="Comet", content="<p>Secret.</p>", tiers=(tier.title,))
    )

    [sheet] = sheets(bot)
    assert sheet.text == ""
    assert sheet.footer.endswith(f"for {tier.title}")


async def test_a_link_may_say_how_much_is_told(bot, clock):
    first, second = links(bot.campaign_id)
    async with bot.store.write() as work:
        await replace_links(
            work,
            [
                replace(first, post_detail=PostDetail.WHOLE),
                replace(second, post_detail=PostDetail.TITLE),
            ],
            at=clock(),
        )
    await bot.happen(
        bot.world.publish_post(title="Comet", content="<p>Secret.</p>", is_public=False)
    )

    assert sheets(bot)[0].text == "Secret."
    assert sheets(bot, OTHER_POSTS)[0].text == ""


async def test_a_link_without_a_channel_of_posts_hears_nothing(bot, clock):
    first, _ = links(bot.campaign_id)
    async with bot.store.write() as work:
        await replace_links(work, [replace(first, posts_channel_id=None)], at=clock())

    await bot.happen(bot.world.publish_post(title="Comet"))

    assert bot.channels.shown == []


@pytest.mark.parametrize(("days", "expected"), [(6.9, ["Comet"]), (7.1, [])])
async def test_a_post_that_is_a_week_old_when_it_is_first_seen_is_no_news(bot, days, expected):
    event = bot.world.publish_post(title="Comet")
    bot.clock.advance(days=days)

    await bot.happen(event)
    await sync(bot)

    assert titles(bot) == expected


async def test_an_old_post_that_is_edited_is_not_announced(bot, learn):
    async with bot.store.read() as work:
        [old, *_] = await work.posts.ids(bot.campaign_id)

    await learn(bot.world.update_post(old, title="New words"))

    assert bot.channels.shown == []


def scheduled(bot, post_id, at):
    """Let Patreon say that a post comes out at that time (None: it is a draft)."""

    def changed(post: Post | None) -> Post | None:
        is_it = post is not None and post.id == post_id
        return replace(post, published_at=at) if is_it else post

    async def one(api, asked):
        return changed(await api.post(asked))

    async def page(api, campaign_id, *, cursor=None):
        read = await api.posts_page(campaign_id, cursor=cursor)
        return replace(read, posts=tuple(changed(post) for post in read.posts))

    bend(bot, post=one, posts_page=page)


async def test_a_scheduled_post_waits_until_it_is_out(bot, learn):
    event = bot.world.publish_post(title="Comet")
    scheduled(bot, event.post.id, bot.clock() + timedelta(days=3))
    await learn(event)
    assert bot.channels.shown == []

    bot.clock.advance(days=3)
    await learn(event)

    assert titles(bot) == ["Comet"]


async def test_a_post_that_is_taken_back_to_a_draft_goes_and_comes_again(bot, learn):
    event = bot.world.publish_post(title="Comet")
    await learn(event)

    scheduled(bot, event.post.id, None)
    await learn(event)
    assert bot.channels.shown == []

    scheduled(bot, event.post.id, bot.clock())
    await learn(event)
    assert titles(bot) == ["Comet"]


async def test_only_the_id_of_a_webhook_is_believed(bot):
    event = bot.world.publish_post(title="Comet", content="<p>True.</p>")
    body = json.loads(event.deliveries[0].body)
    body["data"]["attributes"] |= {"title": "Forged", "content": "<p>Forged.</p>"}
    forged = replace(event.deliveries[0], body=json.dumps(body).encode())

    await bot.deliver(forged, replace(forged, trigger="posts:delete"))
    await bot.settle()

    assert [(one.title, one.text) for one in sheets(bot)] == [("Comet", "True.")]


async def test_a_message_that_somebody_deleted_is_not_put_back(bot, learn):
    event = bot.world.publish_post(title="Comet")
    await learn(event)
    bot.channels.shown.clear()

    for title in ("Comet 2", "Comet 3"):
        await learn(bot.world.update_post(event.post, title=title))
    await learn(bot.world.delete_post(event.post))

    assert bot.channels.shown == []
    async with bot.store.read() as work:
        assert (await work.announcements.backlog()).parked == 0


async def test_changes_while_discord_is_away_become_one_message(bot):
    event = bot.world.publish_post(title="first")
    await bot.deliver(*event.deliveries)
    for title in ("second", "third"):
        await bot.deliver(*bot.world.update_post(event.post, title=title).deliveries)
        bot.clock.advance(seconds=1)
        await bot.processor.process_due()

    await bot.settle()

    assert titles(bot) == ["third"]
    assert bot.channels.calls == ["send", "send"]


async def test_a_post_deleted_before_anything_was_sent_is_never_shown(bot):
    event = bot.world.publish_post(title="Comet")
    await bot.deliver(*event.deliveries)
    bot.clock.advance(seconds=1)
    await bot.processor.process_due()

    await bot.happen(bot.world.delete_post(event.post))

    assert bot.channels.calls == []


async def test_a_server_that_follows_no_more_keeps_its_message_as_it_is(bot, clock):
    event = bot.world.publish_post(title="Comet")
    await bot.happen(event)
    async with bot.store.write() as work:
        await replace_links(work, links(bot.campaign_id)[:1], at=clock())

    await bot.happen(bot.world.update_post(event.post, title="Comet 2"))
    assert (titles(bot), titles(bot, OTHER_POSTS)) == (["Comet 2"], ["Comet"])
    await bot.happen(bot.world.delete_post(event.post))

    assert (titles(bot), titles(bot, OTHER_POSTS)) == ([], ["Comet"])


async def test_a_signed_image_link_that_changes_every_day_edits_nothing(bot, learn):
    event = bot.world.publish_post(title="Comet", content="<p>Same.</p>")
    await learn(event)
    days = itertools.count()

    def image():
        source = f"https://c10.patreonusercontent.com/1?token-time={next(days)}"
        return f'<p>Same.</p><img src="{source}">'

    async def one(api, asked):
        read = await api.post(asked)
        return replace(read, content=image()) if read.id == event.post.id else read

    async def page(api, campaign_id, *, cursor=None):
        read = await api.posts_page(campaign_id, cursor=cursor)
        posts = [replace(p, content=image()) if p.id == event.post.id else p for p in read.posts]
        return replace(read, posts=tuple(posts))

    bend(bot, post=one, posts_page=page)
    await learn(event)
    before = bot.channels.calls.count("edit")
    for _ in range(2):
        await learn(event)

    assert bot.channels.calls.count("edit") == before


async def test_posts_are_told_in_the_order_in_which_they_came_out(bot):
    for title in ("first", "second", "third"):
        bot.world.publish_post(title=title, webhook=False)
        bot.clock.advance(seconds=1)

    await sync(bot)

    assert titles(bot) == ["first", "second", "third"]


async def test_somebody_chooses_how_much_of_posts_is_told(bot, clock):
    settings = Settings(
        bot.store,
        FeedPolicy(),
        has_public_url=True,
        has_configured_secret=True,
        clock=clock,
        on_followed=lambda: None,
    )
    await settings.tell_of_posts(GUILD, bot.campaign_id, PostDetail.TITLE, by=7)

    await bot.happen(bot.world.publish_post(title="Comet", content="<p>One.</p>"))

    assert sheets(bot)[0].text == ""
    assert sheets(bot, OTHER_POSTS)[0].text == "One."
    async with bot.store.read() as work:
        [entry] = (await work.audit.page(AuditQuery(guild_id=GUILD))).entries
    assert "Told of posts: title." in entry.detail
