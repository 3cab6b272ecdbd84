"""The panel's channels: what the bot lacks in one is named exactly."""

import pytest

from sandbox.discord.permissions import Permission
from sandbox.discord.records import ChannelType, Overwrite
from tests.cogs.conftest import until
from tests.cogs.panel import FEED, POSTS, STAFF, edited, light, link_of, opened


@pytest.fixture
def owner(server, part):
    return server.user("owner")


@pytest.mark.parametrize(
    ("denied", "name"),
    [
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.EMBED_LINKS, "Embed Links"),
        (Permission.READ_MESSAGE_HISTORY, "Read Message History"),
        (Permission.ATTACH_FILES, "Attach Files"),
    ],
)
async def test_a_missing_permission_is_named_exactly(
    owner, connected, part, world, guild, denied, name
):
    bot_role = world.role_named("Patreon Bot")
    locked = world.add_channel(
        guild, "locked", overwrites=[Overwrite(bot_role.id, is_role=True, deny=denied)]
    )
    await until(lambda: part._bot.get_channel(locked.id) is not None)

    answer = await opened(owner)
    await edited(answer, answer.press, "Channels", wait_for="Feed: choose")
    await edited(answer, answer.select, FEED, "locked", wait_for="lacks")
    assert f"the bot lacks **{name}**." in answer.text

    await edited(answer, answer.press, "Back", wait_for="First sync")
    assert light(answer, "Choose channels")[0] == "🔴"


async def test_a_forum_is_checked_for_what_posts_need(owner, connected, world, guild, part):
    bot_role = world.role_named("Patreon Bot")
    deny = Permission.SEND_MESSAGES_IN_THREADS | Permission.SEND_MESSAGES
    forum = world.add_channel(
        guild,
        "news",
        ChannelType.FORUM,
        overwrites=[Overwrite(bot_role.id, is_role=True, deny=deny)],
    )
    await until(lambda: part._bot.get_channel(forum.id) is not None)

    answer = await opened(owner)
    await edited(answer, answer.press, "Channels", wait_for="Feed: choose")
    await edited(answer, answer.select, POSTS, "news", wait_for="lacks")

    assert "**Create Posts**, **Send Messages in Posts**" in answer.text


async def test_a_staff_channel_that_everybody_sees_is_mentioned(owner, connected, store, guild):
    answer = await opened(owner)
    await edited(answer, answer.press, "Channels", wait_for="Feed: choose")

    await edited(answer, answer.select, STAFF, "general", wait_for="everybody sees this channel")

    chosen = (await link_of(store, guild)).staff_channel_id
    assert f"🟡 Staff: <#{chosen}>: everybody sees this channel." in answer.text


async def test_a_channel_that_was_deleted_is_said_to_be_gone(owner, linked, world, feed, part):
    world.delete_channel(feed)
    await until(lambda: part._bot.get_channel(feed.id) is None)

    answer = await opened(owner)

    assert light(answer, "Choose channels") == (
        "🔴",
        "🔴 Feed: the channel is gone. Choose another one.",
    )


async def test_no_channel_is_used_once_none_is_chosen(owner, linked, store, guild):
    answer = await opened(owner)
    await edited(answer, answer.press, "Channels", wait_for="✅ Feed")

    await edited(answer, answer.select, FEED, wait_for="Feed: choose a channel")

    assert (await link_of(store, guild)).feed_channel_id is None
