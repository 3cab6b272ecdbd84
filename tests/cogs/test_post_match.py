"""Posts of Patreon in Discord's channels, and the question which draft one is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.drafts import HandOver
from core.outbox import Outbox
from core.permissions import refusal
from core.post_feed import PostFeed
from core.post_update import remove_posts, update_posts
from core.rights import Person, Right
from markup.typesetter import MarkdownTypesetter
from tests.cogs.conftest import running
from tests.cogs.posting import drafts_of, written
from tests.factories import post, save_campaign, save_link


@pytest.fixture
async def link(store, guild, world):
    await save_campaign(store)
    return await save_link(
        store,
        guild_id=guild.id,
        posts_channel_id=world.channel_named("general").id,
        staff_channel_id=world.channel_named("staff").id,
    )


@pytest.fixture
def learn(store, clock):
    """Let the bot read a post (None: it is gone) and deliver what follows, through a part."""
    markers = iter(range(1_000))
    feed = PostFeed(MarkdownTypesetter(), new_marker=lambda: f"marker-{next(markers)}")

    async def learn(part, read):
        now = clock.advance(seconds=1)
        async with store.write() as work:
            stored = await work.campaigns.get("1001")
            how = {"asked_at": now, "stored": stored, "feed": feed, "now": now}
            if isinstance(read, str):
                await remove_posts(work, [read], **how)
            else:
                await update_posts(work, [read], **how)
        await deliver(part)

    async def deliver(part):
        outbox = Outbox(store, part.publisher, clock=clock, random=lambda: 0.5, alarm=Alarm(clock))
        for _ in range(20):
            if not await outbox.deliver_due():
                return

    learn.deliver = deliver
    return learn


@pytest.fixture
def shown(world):
    def shown(name="general"):
        return world.messages.seen_by(world.bot.id, world.channel_named(name))

    return shown


def moon(clock, **overrides):
    valid = {
        "title": "Maps of the **Moon** @everyone",
        "content": '<p>See <a href="https://example.com/x">this</a> &amp; @everyone.</p>',
        "is_public": True,
        "published_at": clock(),
    }
    return post(**valid | overrides)


async def test_a_post_is_shown_edited_and_removed(part, link, learn, shown, clock):
    first = moon(clock)
    await learn(part, first)
    [message] = shown()
    [embed] = message.embeds
    assert "Maps of the \\*\\*Moon\\*\\*" in embed["title"]
    assert "[this](<https://example.com/x>)" in embed["description"].replace(
        "(https://example.com/x)", "(<https://example.com/x>)"
    )
    assert "@everyone" not in embed["description"] + embed["title"]
    assert embed["url"].startswith("https://www.patreon.com/posts/301")
    assert embed["footer"]["text"].endswith("for everyone")
    [row] = message.components
    assert row["components"][0]["url"] == "https://www.patreon.com/posts/301"

    await learn(part, replace(first, title="Other", is_public=False))
    [message] = shown()
    assert message.embeds[0]["title"] == "Other"
    assert "description" not in message.embeds[0]

    await learn(part, "301")
    assert shown() == []


async def allow(services, guild, *rights):
    """Let moderators do this much."""
    await services.rights.change(
        guild.id,
        next(role for role in guild.roles.values() if role.name == "Moderator").id,
        frozenset(rights),
        by=Person(can_manage_guild=True),
        role_name="Moderator",
    )


@pytest.fixture
async def asked(server, services, store, guild, link, part, learn, clock):
    """A draft was handed over, and a post of nearly its title came out."""
    await allow(services, guild, Right.APPROVE, Right.COMPOSE)
    await written(server.user("moderator"), "Maps of the Moon")
    [draft] = await drafts_of(services, guild)
    async with store.write() as work:
        await work.drafts.hand_over(draft.id, HandOver.READY, at=clock())
    clock.advance(timedelta(minutes=5))
    await learn(part, moon(clock, title="Maps of the Moons"))
    return draft


def labels(message):
    return [button["label"] for row in message.components for button in row["components"]]


async def test_the_staff_is_asked_and_its_answer_counts(
    server, part, asked, learn, shown, services, guild
):
    [message] = shown("staff")
    assert labels(message) == [f"It is “Maps of the Moon” ({asked.id})", "None of these"]

    reply = await server.user("moderator").press(message, labels(message)[0])
    said = (await reply.until(lambda r: not r.thinking)).text
    await learn.deliver(part)

    assert reply.ephemeral
    assert "its messages lead to Patreon now" in said
    [draft] = await drafts_of(services, guild)
    assert (draft.hand_over, draft.post_id) == (HandOver.LINKED, "301")
    [message] = shown("staff")
    assert labels(message) == []
    assert "Max answered" in str(message.embeds)


async def test_the_second_who_presses_hears_that_somebody_was_faster(server, asked, shown):
    [message] = shown("staff")
    for button in labels(message):
        reply = await server.user("moderator").press(message, button)
        said = (await reply.until(lambda r: not r.thinking)).text

    assert "already" in said


async def test_the_buttons_work_for_a_bot_that_was_started_after_them(
    server, new_part, services, store, guild, link, learn, shown, clock
):
    async with running(new_part()) as part:
        await written(server.user("owner"), "Maps of the Moon")
        [draft] = await drafts_of(services, guild)
        async with store.write() as work:
            await work.drafts.hand_over(draft.id, HandOver.READY, at=clock())
        await learn(part, moon(clock, title="Maps of the Moons"))
    async with running(new_part()):
        reply = await server.user("owner").press(shown("staff")[0], "None of these")
        said = (await reply.until(lambda r: not r.thinking)).text

    assert "none of these drafts" in said


async def test_who_may_not_approve_may_not_answer(server, asked, shown, services, guild):
    await allow(services, guild, Right.COMPOSE)

    reply = await server.user("moderator").press(shown("staff")[0], "None of these")

    assert (await reply.until(lambda r: not r.thinking)).text == refusal(Right.APPROVE)
