"""Drafts that were handed over are found again on Patreon, surely or by asking."""

import asyncio

import pytest

from core.audit import AuditQuery
from core.brake import Presser
from core.cards import Card
from core.drafts import DraftState, HandOver, Target
from core.errors import UserError
from core.post_doubts import PRESS_ID
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.factories import replace_links
from tests.flows.posting import (
    GUILD,
    OTHER,
    OTHER_POSTS,
    POSTS,
    draft_of,
    links,
    open_bot,
    sheets,
    sync,
    titles,
    write_draft,
)

ELSEWHERE = 50


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=3, posts=2)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def bot(store, clock, patreon):
    bot = await open_bot(patreon, store, clock)
    await bot.take_stock()
    yield bot
    await bot.clients.aclose()


@pytest.fixture(params=["webhook", "sync"])
def learn(request, bot):
    async def by_webhook(event):
        await bot.happen(event)

    async def by_sync(event):
        bot.clock.advance(seconds=1)
        await sync(bot)

    return by_webhook if request.param == "webhook" else by_sync


def questions(bot):
    return [m.card for m in bot.channels.shown if isinstance(m.card, Card)]


async def press(bot, number, *, guild_id=GUILD):
    """Press a button of the one question."""
    [card] = questions(bot)
    found = PRESS_ID.fullmatch(card.actions[number].custom_id)
    return await press_id(bot, found["post"], int(found["draft"]), guild_id=guild_id)


async def press_id(bot, post_id, draft_id, *, guild_id=GUILD):
    by = Presser(name="Ada", guild_id=guild_id, user_id=7)
    done = await bot.doubts.answer(post_id, draft_id, guild_id=guild_id, by=by)
    await bot.settle()
    return done


async def test_a_draft_is_linked_and_not_announced_again_where_it_was_published(bot, learn):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS, ELSEWHERE))
    bot.clock.advance(hours=1)
    event = bot.world.publish_post(title="maps of the  moon!")

    await learn(event)

    kept = await draft_of(bot, draft)
    assert (kept.hand_over, kept.post_id) == (HandOver.LINKED, event.post.id)
    assert kept.version == draft.version
    assert titles(bot) == titles(bot, ELSEWHERE) == ["Maps of the Moon"]
    assert all(event.post.id in sheets(bot, one)[0].url for one in (POSTS, ELSEWHERE))
    assert titles(bot, OTHER_POSTS) == ["maps of the moon!"]


async def test_a_draft_that_was_only_handed_over_is_linked_and_the_post_announced(bot, learn):
    draft = await write_draft(bot, "Maps of the Moon")
    event = bot.world.publish_post(title="Maps of the Moon")

    await learn(event)

    assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED
    assert titles(bot) == ["Maps of the Moon"]


async def test_a_draft_that_is_scheduled_for_the_channel_is_not_announced_there(bot):
    draft = await write_draft(
        bot,
        "Maps of the Moon",
        state=DraftState.SCHEDULED,
        targets=(Target(channel_id=POSTS),),
        publish_at=bot.clock(),
    )

    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))

    assert titles(bot) == []
    assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED


async def test_what_was_published_in_discord_alone_is_found_too(bot):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,), is_ready=False)

    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))

    assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED
    assert len(sheets(bot)) == 1


async def test_the_same_webhook_again_and_syncs_change_nothing(bot):
    await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    event = bot.world.publish_post(title="Maps of the Moon")
    await bot.happen(event)
    calls = list(bot.channels.calls)

    for _ in range(2):
        await bot.happen(event)
        await sync(bot)

    assert bot.channels.calls == calls


async def test_each_server_finds_its_own_draft(bot):
    ours = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    theirs = await write_draft(bot, "Maps of the Moon", channels=(OTHER_POSTS,), guild_id=OTHER)

    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))

    for draft in (ours, theirs):
        assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED
    assert len(sheets(bot)) == len(sheets(bot, OTHER_POSTS)) == 1


@pytest.mark.parametrize("days", [15, 100])
async def test_a_post_that_comes_too_late_is_announced_as_any_other(bot, days):
    draft = await write_draft(bot, "Maps of the Moon")
    bot.clock.advance(days=days)

    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))

    assert (await draft_of(bot, draft)).hand_over is HandOver.READY
    assert titles(bot) == ["Maps of the Moon"]


async def test_a_post_found_after_a_long_absence_is_linked_but_no_news(bot):
    draft = await write_draft(bot, "Maps of the Moon")
    event = bot.world.publish_post(title="Maps of the Moon")
    bot.clock.advance(days=20)

    await bot.happen(event)

    assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED
    assert titles(bot) == []


async def test_a_post_that_is_deleted_frees_its_draft_for_the_next_one(bot, learn):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    event = bot.world.publish_post(title="Maps of the Moon")
    await learn(event)

    await learn(bot.world.delete_post(event.post))
    freed = await draft_of(bot, draft)
    assert (freed.hand_over, freed.post_id) == (HandOver.READY, None)
    assert [sheet.url for sheet in sheets(bot)] == [None]

    again = bot.world.publish_post(title="Maps of the Moon")
    await learn(again)
    assert (await draft_of(bot, draft)).post_id == again.post.id
    assert again.post.id in sheets(bot)[0].url


async def test_a_title_that_is_only_alike_is_a_question_to_the_staff(bot, learn):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    event = bot.world.publish_post(title="Maps of the Moon, part 2")

    await learn(event)

    [card] = questions(bot)
    assert "part 2" in card.text
    assert len(card.actions) == 2
    asked = await draft_of(bot, draft)
    assert (asked.hand_over, asked.post_id) == (HandOver.DOUBTFUL, event.post.id)
    assert titles(bot) == ["Maps of the Moon"]
    assert titles(bot, OTHER_POSTS) == ["Maps of the Moon, part 2"]


async def test_yes_links_the_draft(bot):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    event = bot.world.publish_post(title="Maps of the Moons")
    await bot.happen(event)

    done = await press(bot, 0)

    assert (done.draft.id, done.announced) == (draft.id, 0)
    assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED
    assert [sheet.title for sheet in sheets(bot)] == ["Maps of the Moon"]
    assert event.post.id in sheets(bot)[0].url
    [card] = questions(bot)
    assert card.actions == ()
    assert "Ada answered" in card.text


async def test_no_announces_the_post_where_it_waited(bot):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    await bot.happen(bot.world.publish_post(title="Maps of the Moons"))

    done = await press(bot, -1)

    assert (done.draft, done.announced) == (None, 1)
    freed = await draft_of(bot, draft)
    assert (freed.hand_over, freed.post_id) == (HandOver.READY, None)
    assert titles(bot) == ["Maps of the Moon", "Maps of the Moons"]
    assert titles(bot, OTHER_POSTS) == ["Maps of the Moons"]


async def test_of_several_drafts_of_one_title_somebody_chooses(bot):
    first = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    second = await write_draft(bot, "Maps of the Moon!", channels=(ELSEWHERE,))
    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))
    assert titles(bot) == ["Maps of the Moon"]

    await press(bot, 1)

    assert (await draft_of(bot, second)).hand_over is HandOver.LINKED
    assert (await draft_of(bot, first)).hand_over is HandOver.READY
    assert titles(bot) == ["Maps of the Moon", "Maps of the Moon"]


async def test_of_two_who_press_at_once_one_is_heard(bot):
    await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    await bot.happen(bot.world.publish_post(title="Maps of the Moons"))
    [card] = questions(bot)
    found = [PRESS_ID.fullmatch(action.custom_id) for action in card.actions]

    ends = await asyncio.gather(
        *(press_id(bot, one["post"], int(one["draft"])) for one in found), return_exceptions=True
    )

    assert sorted(isinstance(end, UserError) for end in ends) == [False, True]
    async with bot.store.read() as work:
        doubt = await work.post_messages.doubt(found[0]["post"], guild_id=GUILD)
    assert doubt.answer is not None


@pytest.mark.parametrize(
    ("guild_id", "post_id", "draft_id"),
    [(OTHER, None, None), (GUILD, "nothing", None), (GUILD, None, 999), (GUILD, None, 10**17)],
)
async def test_a_forged_button_does_nothing(bot, guild_id, post_id, draft_id):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    event = bot.world.publish_post(title="Maps of the Moons")
    await bot.happen(event)
    calls = list(bot.channels.calls)

    with pytest.raises(UserError, match="no longer open"):
        await press_id(bot, post_id or event.post.id, draft_id or draft.id, guild_id=guild_id)

    assert bot.channels.calls == calls
    assert (await draft_of(bot, draft)).hand_over is HandOver.DOUBTFUL


async def test_an_answer_counts_once(bot):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    event = bot.world.publish_post(title="Maps of the Moons")
    await bot.happen(event)
    await press(bot, -1)

    with pytest.raises(UserError, match="already"):
        await press_id(bot, event.post.id, draft.id)


async def test_a_draft_that_became_another_post_meanwhile_is_refused(bot):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    doubtful = bot.world.publish_post(title="Maps of the Moons")
    await bot.happen(doubtful)
    sure = bot.world.publish_post(title="Maps of the Moon")
    await bot.happen(sure)
    assert (await draft_of(bot, draft)).post_id == sure.post.id

    with pytest.raises(UserError, match="another post"):
        await press_id(bot, doubtful.post.id, draft.id)

    await press_id(bot, doubtful.post.id, 0)
    assert (await draft_of(bot, draft)).post_id == sure.post.id


async def test_a_post_that_is_deleted_takes_its_question_along(bot, learn):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    event = bot.world.publish_post(title="Maps of the Moons")
    await learn(event)

    await learn(bot.world.delete_post(event.post))

    assert questions(bot) == []
    assert (await draft_of(bot, draft)).hand_over is HandOver.READY
    with pytest.raises(UserError, match="no longer open"):
        await press_id(bot, event.post.id, draft.id)


async def test_without_a_channel_for_the_staff_nothing_waits_for_an_answer(bot):
    draft = await write_draft(bot, "Maps of the Moon", channels=(OTHER_POSTS,), guild_id=OTHER)

    await bot.happen(bot.world.publish_post(title="Maps of the Moons"))

    assert questions(bot) == []
    assert (await draft_of(bot, draft)).hand_over is HandOver.READY
    assert titles(bot, OTHER_POSTS) == ["Maps of the Moon", "Maps of the Moons"]


async def test_the_audit_says_who_answered(bot):
    await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    await bot.happen(bot.world.publish_post(title="Maps of the Moons"))
    await press(bot, 0)

    async with bot.store.read() as work:
        [entry] = (await work.audit.page(AuditQuery(guild_id=GUILD))).entries
    assert (entry.action, entry.user_id) == ("post.matched", 7)


async def test_a_server_that_follows_no_more_finds_no_drafts(bot, clock):
    draft = await write_draft(bot, "Maps of the Moon", channels=(POSTS,))
    async with bot.store.write() as work:
        await replace_links(work, links(bot.campaign_id)[1:], at=clock())

    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))

    assert (await draft_of(bot, draft)).hand_over is HandOver.READY
    assert sheets(bot)[0].url is None
