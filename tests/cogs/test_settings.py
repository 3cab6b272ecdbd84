"""`/patreon settings`: everything at once, each choice saved when it is made."""

import pytest

from core.accounts import GuildCreator
from core.audit import AuditQuery
from core.changes import Kind
from core.posts import PostDetail
from tests.cogs.panel import edited, labels, link_of, opened
from tests.factories import NOW, campaign, save_campaign

FEED, STAFF = "Feed channel…", "Staff channel…"


@pytest.fixture
def owner(server, part):
    return server.user("owner")


@pytest.fixture
async def connected(store, guild, linked):
    """The account of the followed campaign was connected through this server."""
    async with store.write() as work:
        await work.connections.save(GuildCreator(guild_id=guild.id, creator_id=1), at=NOW)


async def test_without_a_campaign_the_way_to_one_is_named(owner, store):
    await save_campaign(store)

    answer = await opened(owner, "patreon settings")

    assert "follows no campaign yet" in answer.content
    assert "`/patreon setup`" in answer.content


async def test_everything_is_shown_at_once(owner, linked, feed):
    answer = await opened(owner, "patreon settings")

    assert answer.ephemeral
    assert "Settings for Ada's Workshop" in answer.text
    assert f"✅ Feed: <#{feed.id}>" in answer.text
    assert "⚪ Staff: none" in answer.text
    assert "Amounts: hidden" in answer.text
    assert labels(answer)[:4] == [FEED, STAFF, "Posts channel…", "Announce nothing"]


async def test_channels_kinds_and_amounts_are_changed_in_place(owner, linked, store, guild, world):
    answer = await opened(owner, "patreon settings")

    await edited(answer, answer.select, STAFF, "staff", wait_for="✅ Staff")
    await edited(
        answer, answer.select, "Announce nothing", "joined", "ended", wait_for="joined, membership"
    )
    await edited(answer, answer.press, "Show amounts", wait_for="Amounts: shown")
    await edited(answer, answer.press, "Staff and posts…", wait_for="What is announced")
    await edited(
        answer,
        answer.select,
        "Only for the staff: nothing",
        "ended",
        wait_for="For the staff: membership ended",
    )
    await edited(answer, answer.press, "Back", wait_for="Settings for")

    link = await link_of(store, guild)
    assert link.staff_channel_id == world.channel_named("staff").id
    assert link.kinds == {Kind.JOINED, Kind.ENDED}
    assert link.staff_kinds == {Kind.ENDED}
    assert link.shows_amounts is True
    async with store.read() as work:
        entries = (await work.audit.page(AuditQuery(guild_id=guild.id))).entries
    assert [entry.action for entry in entries] == ["link.changed"] * 4
    assert entries[0].detail == "Campaign 1001. For the staff channel: ended."


async def test_how_much_is_told_of_posts_is_chosen_and_the_usual_is_named(
    owner, linked, store, guild, world
):
    answer = await opened(owner, "patreon settings")
    assert "New posts: there is no posts channel" in answer.text
    await edited(answer, answer.select, "Posts channel…", "general", wait_for="New posts: the us")

    await edited(answer, answer.press, "Staff and posts…", wait_for="What is announced")
    menu = next(
        part
        for row in answer.components
        for part in row["components"]
        if part.get("placeholder") == "Of new posts…"
    )
    assert [option["value"] for option in menu["options"] if option.get("default")] == ["usual"]
    await edited(answer, answer.select, "Of new posts…", "whole", wait_for="New posts: as much")
    assert (await link_of(store, guild)).post_detail is PostDetail.WHOLE
    assert "everybody in the channel reads it" in answer.text

    await edited(answer, answer.select, "Of new posts…", "usual", wait_for="New posts: the usual")
    assert (await link_of(store, guild)).post_detail is None
    async with store.read() as work:
        entries = (await work.audit.page(AuditQuery(guild_id=guild.id))).entries
    assert [entry.detail for entry in entries[:2]] == [
        "Campaign 1001. Told of posts: the usual.",
        "Campaign 1001. Told of posts: whole.",
    ]


async def test_another_campaign_is_chosen_and_followed(owner, connected, store, guild, feed):
    async with store.write() as work:
        await work.campaigns.save(campaign(id="1002", name="Second"), (), creator_id=1)
    answer = await opened(owner, "patreon settings")

    await edited(answer, answer.press, "Other campaign…", wait_for="Choose a campaign…")
    await edited(
        answer, answer.select, "Choose a campaign…", "1002", wait_for="Second is not followed"
    )
    await edited(answer, answer.select, FEED, "general", wait_for="Settings for Second")

    async with store.read() as work:
        links = await work.links.of_guild(guild.id)
    assert [link.campaign_id for link in links] == ["1001", "1002"]
    assert links[0].feed_channel_id == feed.id


async def test_following_ends_after_a_question(owner, connected, store, guild):
    answer = await opened(owner, "patreon settings")
    await edited(answer, answer.press, "Stop following…", wait_for="Stop following Ada's")
    assert await link_of(store, guild) is not None

    ended = await answer.press("Stop following")
    said = await ended.followed_up()

    assert "no longer follows **Ada's Workshop**" in said.content
    assert "Choose channels" in answer.text
    assert await link_of(store, guild) is None


async def test_a_choice_in_a_panel_of_a_campaign_that_somebody_left_is_refused(
    owner, linked, store, guild
):
    answer = await opened(owner, "patreon settings")
    async with store.write() as work:
        await work.links.remove([linked.id], at=NOW)

    late = await answer.press("Show amounts")
    said = await late.followed_up()

    assert "This server has no such campaign (any more)." in said.content


async def test_a_stranger_sees_nothing_of_another_servers_settings(server, part, linked, world):
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])

    answer = await opened(server.user("stranger"), "patreon settings", channel="lobby")

    assert "follows no campaign yet" in answer.content
    assert "Workshop" not in answer.text
