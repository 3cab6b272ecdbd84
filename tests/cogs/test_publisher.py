import asyncio
import gc
from datetime import timedelta

import discord
import pytest

from core.errors import (
    MessageGone,
    OutcomeUnknown,
    PermanentError,
    TemporaryError,
    Throttled,
)
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running
from tests.cogs.reading import HOSTILE
from tests.factories import card

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"


@pytest.fixture
def publisher(part):
    return part.publisher


@pytest.fixture
def shown(world, feed):
    """Everything that the feed's channel shows."""
    return lambda: world.messages.seen_by(world.bot.id, feed)


async def test_a_card_is_shown_without_pinging_anybody(publisher, feed, shown):
    message_id = await publisher.send(feed.id, card(title="@everyone", text="<@1> joined"))

    [message] = shown()
    assert message.id == message_id
    assert not message.mention_everyone
    assert message.mention_ids == []
    assert "@everyone" not in str(message.embeds)


@pytest.mark.parametrize("name", HOSTILE)
async def test_discord_takes_any_name(publisher, feed, shown, name):
    await publisher.send(feed.id, card(title=name, text=name * 300))

    assert len(shown()) == 1


async def test_two_sends_of_one_marker_show_one_message(publisher, feed, shown):
    first = await publisher.send(feed.id, card(marker="once"))
    second = await publisher.send(feed.id, card(marker="once"))

    assert first == second
    assert len(shown()) == 1


async def test_a_send_cut_short_is_unknown_and_repeating_it_shows_one_message(
    publisher, server, feed, shown
):
    server.faults.drop("POST", MESSAGES, after_effect=True)

    with pytest.raises(OutcomeUnknown):
        await publisher.send(feed.id, card())
    message_id = await publisher.send(feed.id, card())

    assert [message.id for message in shown()] == [message_id]


async def test_a_server_error_leaves_the_outcome_of_a_send_unknown(publisher, server, feed):
    server.faults.fail("POST", MESSAGES, status=503)

    with pytest.raises(OutcomeUnknown):
        await publisher.send(feed.id, card())


async def test_a_long_rate_limit_says_how_long_to_wait(publisher, server, feed):
    server.faults.rate_limit("POST", MESSAGES, retry_after_seconds=60)

    with pytest.raises(Throttled) as caught:
        await publisher.send(feed.id, card())

    assert caught.value.retry_after == timedelta(seconds=60)
    assert not isinstance(caught.value, OutcomeUnknown)


async def test_a_short_rate_limit_is_waited_for(publisher, server, feed, shown):
    server.faults.rate_limit("POST", MESSAGES, retry_after_seconds=0.01)

    await publisher.send(feed.id, card())

    assert len(shown()) == 1


async def test_a_ban_at_the_edge_is_temporary(publisher, server, feed):
    server.faults.rate_limit("POST", MESSAGES, retry_after_seconds=7, is_cloudflare=True)

    with pytest.raises(Throttled):
        await publisher.send(feed.id, card())


@pytest.mark.parametrize(
    ("denied", "name"),
    [
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.EMBED_LINKS, "Embed Links"),
    ],
)
async def test_a_missing_permission_is_named_with_its_channel_and_cure(
    new_part, world, feed, guild, denied, name
):
    bot_role = next(role for role in guild.roles.values() if role.bot_id)
    world.allow(feed, bot_role, deny=denied)

    async with running(new_part()) as part:
        with pytest.raises(PermanentError) as caught:
            await part.publisher.send(feed.id, card())

    sentence = str(caught.value)
    assert f"#patreon-feed (channel {feed.id})" in sentence
    assert f"lacks {name}." in sentence
    assert "channel's settings" in sentence


async def test_a_hidden_channel_is_a_missing_permission(publisher, world, feed, guild):
    bot_role = next(role for role in guild.roles.values() if role.bot_id)
    world.allow(feed, bot_role, deny=Permission.VIEW_CHANNEL)

    with pytest.raises(PermanentError, match="View Channel"):
        await publisher.send(feed.id, card())


async def test_a_deleted_channel_is_permanent(publisher, world, feed):
    world.delete_channel(feed)

    with pytest.raises(PermanentError, match="no channel"):
        await publisher.send(feed.id, card())


async def test_an_edit_replaces_what_is_shown(publisher, feed, shown):
    message_id = await publisher.send(feed.id, card(text="first"))

    await publisher.edit(feed.id, message_id, card(text="second"))

    [message] = shown()
    assert message.embeds[0]["description"] == "second"


async def test_editing_a_deleted_message_says_that_it_is_gone(publisher, feed, world):
    message_id = await publisher.send(feed.id, card())
    await publisher.delete(feed.id, message_id)

    with pytest.raises(MessageGone):
        await publisher.edit(feed.id, message_id, card())


async def test_repeating_a_send_whose_message_was_deleted_says_that_it_is_gone(publisher, feed):
    await publisher.delete(feed.id, await publisher.send(feed.id, card()))

    with pytest.raises(MessageGone):
        await publisher.send(feed.id, card())


async def test_deleting_twice_is_fine(publisher, feed, shown):
    message_id = await publisher.send(feed.id, card())

    await publisher.delete(feed.id, message_id)
    await publisher.delete(feed.id, message_id)

    assert shown() == []


async def test_a_message_is_found_again_by_its_marker(publisher, feed, clock, world):
    started = clock()
    await publisher.send(feed.id, card(marker="m-1"))
    wanted = await publisher.send(feed.id, card(marker="m-11"))
    await publisher.send(feed.id, card(marker="m-111"))

    found = await publisher.find(feed.id, "m-11", after=started - timedelta(minutes=2))

    assert found == wanted


async def test_other_peoples_messages_and_older_ones_are_not_found(publisher, feed, clock, world):
    await publisher.send(feed.id, card(marker="old"))
    embed = {"title": "x", "url": "https://www.patreon.com/#a-forged"}
    world.messages.write("owner", "patreon-feed", "", embeds=[embed])
    clock.advance(minutes=10)

    found = [
        await publisher.find(feed.id, "old", after=clock() - timedelta(minutes=2)),
        await publisher.find(feed.id, "forged", after=clock() - timedelta(hours=1)),
    ]

    assert found == [None, None]


async def test_a_server_error_while_searching_is_temporary(publisher, server, feed, clock):
    server.faults.fail("GET", MESSAGES, status=503)

    with pytest.raises(TemporaryError):
        await publisher.find(feed.id, "m-1", after=clock())


async def test_nothing_is_sent_before_the_part_runs_and_after_it(new_part, feed):
    part = new_part()

    with pytest.raises(TemporaryError, match="not logged in"):
        await part.publisher.send(feed.id, card())
    async with running(part):
        await part.publisher.send(feed.id, card())
    with pytest.raises(TemporaryError, match="not logged in"):
        await part.publisher.send(feed.id, card())


async def test_a_refused_connection_sent_nothing(publisher, server, feed):
    await publisher.send(feed.id, card())
    await server.close()

    with pytest.raises(TemporaryError) as caught:
        await publisher.send(feed.id, card())

    assert not isinstance(caught.value, OutcomeUnknown)


async def test_the_feed_goes_on_while_the_gateway_is_away(publisher, part, server, feed, shown):
    await server.gateway.go_away(30)

    await publisher.send(feed.id, card())

    assert len(shown()) == 1


async def test_a_login_that_fails_is_temporary_and_tried_again(publisher, server, feed, shown):
    server.faults.fail("GET", "/users/@me", status=503)

    with pytest.raises(TemporaryError):
        await publisher.send(feed.id, card())
    await publisher.send(feed.id, card())

    assert len(shown()) == 1


async def test_a_send_that_is_cancelled_while_logging_in_leaves_nothing_open(
    publisher, server, feed, shown
):
    server.faults.slow("GET", "/users/@me", seconds=0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await publisher.send(feed.id, card())
    gc.collect()

    await publisher.send(feed.id, card())

    assert len(shown()) == 1


async def test_nonces_are_enforced(publisher, server, feed):
    await publisher.send(feed.id, card(marker="n" * 25))

    [sent] = [one for one in server.exchanges if one.route == MESSAGES]
    assert sent.body["nonce"] == "n" * 25
    assert sent.body["enforce_nonce"] is True
    assert sent.body["allowed_mentions"] == {"parse": []}
    assert discord.Embed.from_dict(sent.body["embeds"][0]).url.endswith("#a-" + "n" * 25)
