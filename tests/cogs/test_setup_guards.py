"""The panel after a restart, with two at it, and for those whom it is not for."""

import asyncio

import pytest

from cogs.setup_ids import Act, Item, Page, Target
from core.accounts import GuildCreator
from core.audit import AuditQuery
from core.permissions import refusal
from core.rights import Right
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until
from tests.cogs.panel import (
    FEED,
    STAFF,
    edited,
    link_of,
    opened,
)
from tests.factories import NOW


@pytest.fixture
def owner(server, part):
    return server.user("owner")


async def test_the_test_is_removed_by_its_own_button_for_who_may_administrate(
    owner, server, linked, delivering, store, guild
):
    answer = await opened(owner)
    await edited(answer, answer.press, "Test", wait_for="Send one to")
    await edited(answer, answer.press, "Send a test", wait_for="It arrived in")
    [test] = owner.messages("patreon-feed")

    refused = await server.user("moderator").press(test, "Remove this test")
    assert refused.content == refusal(Right.ADMINISTRATE)
    removed = await (await owner.press(test, "Remove this test")).finished()

    assert "is being removed" in removed.content
    await until(lambda: test not in owner.messages("patreon-feed"))
    async with store.read() as work:
        entries = (await work.audit.page(AuditQuery(guild_id=guild.id))).entries
    assert [entry.action for entry in entries] == ["test.removed", "test.sent"]


async def test_a_panel_works_for_a_bot_that_was_started_after_it(
    server, new_part, connected, store, guild, feed
):
    owner = server.user("owner")
    async with running(new_part()):
        answer = await opened(owner)
        await edited(answer, answer.press, "Channels", wait_for="Feed: choose")
    async with running(new_part()):
        await edited(answer, answer.select, FEED, "patreon-feed", wait_for="✅ Feed")
        await edited(answer, answer.press, "Back", wait_for="First sync")

    assert (await link_of(store, guild)).feed_channel_id == feed.id


async def test_two_who_administrate_at_once_do_not_undo_each_other(
    owner, server, world, guild, connected, store, feed
):
    admin = world.add_user("second")
    world.add_member(guild, admin, [world.role_named("Admin")])
    first, second = await opened(owner), await opened(server.user("second"))
    for answer in (first, second):
        await edited(answer, answer.press, "Channels", wait_for="Feed: choose")

    await asyncio.gather(
        edited(first, first.select, FEED, "patreon-feed", wait_for="✅ Feed"),
        edited(second, second.select, STAFF, "staff", wait_for="✅ Staff"),
    )

    link = await link_of(store, guild)
    assert link.feed_channel_id == feed.id
    assert link.staff_channel_id == world.channel_named("staff").id


@pytest.mark.parametrize(
    "custom_id",
    [
        "setup-buttons0|show|steps|",
        "setup-buttons1|explode|steps|",
        "setup-buttons1|show|cellar|",
        "setup-buttons1|show|steps",
        "setup-buttons1|show|steps|1|2",
        "setup-buttons1|pick|steps|1001",
        "setup-buttons1|show|steps|" + "9" * 41,
        "setup-buttons1|show|steps|10 01",
    ],
)
async def test_a_button_of_another_version_says_so(owner, world, linked, custom_id):
    message = world.messages.write("patreon-bot", "general", "forged")
    message.components = [
        {
            "type": 1,
            "components": [{"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}],
        }
    ]

    reply = await owner.press(message, "Go")
    said = await reply.until(lambda a: a.followups or "out of date" in a.text)

    texts = [said.text, *(followup.content for followup in said.followups)]
    assert any("This panel is out of date" in text for text in texts)


async def test_a_choice_that_no_menu_offers_is_refused(owner, world, linked, store, guild):
    message = world.messages.write("patreon-bot", "general", "forged")
    custom_id = Target(Act.POST_DETAIL, Page.KINDS, "1001").encode(Item.MENU)
    options = [{"label": "all", "value": "everything"}]
    menu = {"type": 3, "custom_id": custom_id, "placeholder": "Go", "options": options}
    message.components = [{"type": 1, "components": [menu]}]

    said = await (await owner.select(message, "Go", "everything")).followed_up()

    assert "This panel is out of date" in said.content
    assert (await link_of(store, guild)).post_detail is None


async def test_every_custom_id_fits_and_reads_back():
    for item in Item:
        for act in Act:
            for page in Page:
                target = Target(act, page, "1" * 40)
                assert len(target.encode(item)) <= 100


@pytest.fixture
def stranger(server, world, part):
    """Somebody who owns another server with the bot in it."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [world.add_role(other, "Bot", Permission.ADMINISTRATOR)])
    return server.user("stranger")


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.CONNECT])
async def test_a_stranger_cannot_reach_a_campaign_of_another_server(
    stranger, world, linked, store, guild, act
):
    before = await link_of(store, guild)
    item, value = Item.BUTTON, None
    if act in (Act.PICK, Act.KINDS, Act.STAFF_KINDS, Act.POST_DETAIL):
        values = {Act.PICK: "1001", Act.POST_DETAIL: "whole"}
        item, value = Item.MENU, values.get(act, "joined")
    if act in (Act.FEED, Act.STAFF, Act.POSTS):
        item, value = Item.CHANNELS, "lobby"
    message = world.messages.write("patreon-bot", "lobby", "forged")
    custom_id = Target(act, Page.SETTINGS, "" if act is Act.PICK else "1001").encode(item)
    component = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    if item is Item.MENU:
        options = [{"label": value, "value": value}]
        component = {"type": 3, "custom_id": custom_id, "placeholder": "Go", "options": options}
    if item is Item.CHANNELS:
        component = {"type": 8, "custom_id": custom_id, "placeholder": "Go"}
    message.components = [{"type": 1, "components": [component]}]

    do = stranger.select(message, "Go", value) if value else stranger.press(message, "Go")
    reply = await do
    await reply.until(lambda a: a.followups or "no such campaign" in a.text)

    texts = [reply.text, *(str(each.content) for each in reply.followups)]
    assert any("This server has no such campaign (any more)." in text for text in texts)
    assert not any("Workshop" in text for text in texts)
    assert await link_of(store, guild) == before


async def test_a_stranger_cannot_use_a_channel_of_another_server(
    stranger, world, server, store, connected, feed
):
    elsewhere = next(each for each in world.guilds.values() if each.name == "Elsewhere")
    async with store.write() as work:
        await work.connections.save(
            GuildCreator(guild_id=elsewhere.id, creator_id=connected), at=NOW
        )
    message = world.messages.write("patreon-bot", "lobby", "forged")
    custom_id = Target(Act.FEED, Page.CHANNELS, "1001").encode(Item.CHANNELS)
    message.components = [
        {
            "type": 1,
            "components": [{"type": 8, "custom_id": custom_id, "placeholder": "Go"}],
        }
    ]

    reply = await stranger.select(message, "Go", feed)

    assert "no such channel" in reply.content
    assert await link_of(store, elsewhere) is None
