"""A draft that became a post on Patreon first, and goes out in Discord then: one message of it."""

import itertools
from datetime import timedelta

import pytest

from core.brake import Presser
from core.composing import Composing
from core.draft_typesets import Typesets
from core.drafts import DraftState, HandOver, Target
from core.rights import Person
from markup.typesetter import MarkdownTypesetter
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.flows.posting import (
    GUILD,
    OTHER_POSTS,
    POSTS,
    draft_of,
    open_bot,
    sheets,
    sync,
    titles,
    write_draft,
)

ELSEWHERE = 50
OWNER = Person(user_id=7, can_manage_guild=True)


@pytest.fixture
async def bot(store, clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=3, posts=2)
    async with PatreonServer(world, limits=Limits.off()) as server:
        bot = await open_bot(server, store, clock)
        await bot.take_stock()
        yield bot
        await bot.clients.aclose()


@pytest.fixture
def composing(store, clock):
    numbers = itertools.count(1)
    return Composing(
        store,
        Typesets(MarkdownTypesetter()),
        clock=clock,
        new_marker=lambda: f"composed-{next(numbers)}",
        new_key=lambda: f"key-{next(numbers)}",
        on_announced=lambda: None,
    )


async def write(bot, *channels):
    """Store a draft that was handed over and is still to go out in these channels."""
    targets = tuple(Target(channel_id=one) for one in channels)
    return await write_draft(bot, "Maps of the Moon", targets=targets)


async def publish(bot, composing, draft):
    seen = await draft_of(bot, draft)
    await composing.publish(GUILD, OWNER, draft.id, seen.version)
    await bot.settle()


async def test_publishing_a_draft_takes_the_place_of_what_told_of_its_post(bot, composing):
    draft = await write(bot, POSTS, ELSEWHERE)
    event = bot.world.publish_post(title="Maps of the Moon", content="<p>On Patreon.</p>")
    await bot.happen(event)
    assert (await draft_of(bot, draft)).hand_over is HandOver.LINKED
    assert titles(bot) == titles(bot, OTHER_POSTS) == ["Maps of the Moon"]

    await publish(bot, composing, draft)

    for channel in (POSTS, ELSEWHERE):
        [shown] = sheets(bot, channel)
        assert shown.text == "Text."
        assert event.post.id in shown.url
    assert titles(bot, OTHER_POSTS) == ["Maps of the Moon"]


async def test_what_was_replaced_does_not_come_back(bot, composing):
    draft = await write(bot, POSTS)
    event = bot.world.publish_post(title="Maps of the Moon")
    await bot.happen(event)
    await publish(bot, composing, draft)

    await bot.happen(event)
    await bot.happen(bot.world.update_post(event.post, title="Maps of the Moon, again"))
    bot.clock.advance(seconds=1)
    await sync(bot)

    assert [shown.text for shown in sheets(bot)] == ["Text."]


async def test_where_the_draft_does_not_go_out_the_post_stays_told(bot, composing):
    draft = await write(bot, ELSEWHERE)
    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))

    await publish(bot, composing, draft)

    assert titles(bot) == titles(bot, ELSEWHERE) == ["Maps of the Moon"]


async def test_a_draft_of_another_title_leaves_what_is_told_alone(bot, composing):
    draft = await write_draft(bot, "Recipes", targets=(Target(channel_id=POSTS),))
    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))

    await publish(bot, composing, draft)

    assert titles(bot) == ["Maps of the Moon", "Recipes"]


async def test_a_draft_that_goes_out_at_its_time_replaces_it_too(bot, composing):
    draft = await write(bot, POSTS)
    await bot.happen(bot.world.publish_post(title="Maps of the Moon"))
    seen = await draft_of(bot, draft)
    at = bot.clock() + timedelta(hours=1)
    await composing.schedule(GUILD, OWNER, draft.id, seen.version, at=at, zone="UTC")
    await bot.settle()
    assert len(sheets(bot)) == 1

    bot.clock.advance(hours=1)
    assert await composing.publish_due() == 1
    await bot.settle()

    assert [shown.text for shown in sheets(bot)] == ["Text."]


@pytest.mark.parametrize(("is_it", "left"), [(True, 1), (False, 2)])
async def test_a_draft_that_went_out_before_the_staff_answered_replaces_it_if_it_is_the_post(
    bot, composing, is_it, left
):
    draft = await write(bot, POSTS)
    event = bot.world.publish_post(title="Maps of the Moons")
    await bot.happen(event)
    assert (await draft_of(bot, draft)).hand_over is HandOver.DOUBTFUL
    await publish(bot, composing, draft)
    assert (await draft_of(bot, draft)).state is DraftState.PUBLISHED
    assert len(sheets(bot)) == 2

    by = Presser(name="Ada", guild_id=GUILD, user_id=7)
    await bot.doubts.answer(event.post.id, draft.id if is_it else 0, guild_id=GUILD, by=by)
    await bot.settle()

    assert len(sheets(bot)) == left
    assert titles(bot)[-1] == "Maps of the Moon"
    assert len(sheets(bot, OTHER_POSTS)) == 1
