"""Pictures beside announcements: files of the message, sent once, never a link to Patreon."""

from datetime import timedelta

import pytest

from cogs.portraits import picture_of, portraits_of
from cogs.publisher import DiscordPublisher
from core.errors import PermanentError, TemporaryError
from core.images import ImageFailure, ImageKind, ImageMissed
from core.portraits import Portrait
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running
from tests.factories import card

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
ADA = Portrait(kind=ImageKind.USER, owner_id="5001", initials="A")
NOT_HAD = ImageMissed("Away.", reason=ImageFailure.AWAY)


@pytest.fixture
def publisher(part):
    return part.publisher


@pytest.fixture
def bot_role(guild):
    return next(role for role in guild.roles.values() if role.bot_id)


@pytest.fixture
def shown(world, feed):
    """The only message of the feed's channel."""

    def shown():
        [message] = world.messages.seen_by(world.bot.id, feed)
        return message

    return shown


@pytest.fixture
async def avatar(pictures):
    await pictures.see(ImageKind.USER, "5001")


def content(message):
    return [file.data.decode() for file in message.attachments]


def thumbnail(message):
    return message.embeds[0].get("thumbnail", {}).get("url")


def requests(server, method):
    return [one for one in server.exchanges if (one.method, one.route) == (method, MESSAGE)]


async def test_a_card_shows_its_portrait_as_a_file_of_the_message(
    publisher, feed, shown, avatar, server
):
    await publisher.send(feed.id, card(portrait=ADA))

    message = shown()
    assert content(message) == ["picture user-5001 avatar"]
    assert message.attachments[0].filename.startswith("portrait-")
    assert message.attachments[0].filename.endswith(".webp")
    assert thumbnail(message) == message.attachments[0].url
    [sent] = [one for one in server.exchanges if one.route == MESSAGES]
    assert sent.body["embeds"][0]["thumbnail"]["url"].startswith("attachment://portrait-")
    assert "user-5001" not in str(sent.body)


async def test_a_card_without_a_portrait_carries_no_file(publisher, feed, shown, avatar):
    await publisher.send(feed.id, card())

    assert content(shown()) == []
    assert thumbnail(shown()) is None


async def test_whoever_has_no_picture_is_shown_by_initials(publisher, feed, shown):
    await publisher.send(feed.id, card(portrait=ADA))

    assert content(shown()) == ["initials A avatar"]


@pytest.mark.parametrize("failure", [TemporaryError("Dead."), OSError("Full."), TimeoutError()])
async def test_a_portrait_that_cannot_be_had_is_left_out(publisher, feed, shown, pictures, failure):
    pictures.drawing_failure = failure

    await publisher.send(feed.id, card(portrait=ADA, text="Ada joined."))

    assert content(shown()) == []
    assert thumbnail(shown()) is None
    assert shown().embeds[0]["description"] == "Ada joined."


async def test_a_repeated_send_with_a_picture_shows_one_message(publisher, feed, shown, avatar):
    first = await publisher.send(feed.id, card(portrait=ADA))
    second = await publisher.send(feed.id, card(portrait=ADA))

    assert first == second
    assert content(shown()) == ["picture user-5001 avatar"]


async def test_an_edit_keeps_the_picture_and_does_not_send_it_again(
    publisher, feed, shown, avatar, server
):
    message_id = await publisher.send(feed.id, card(portrait=ADA, text="first"))
    [before] = shown().attachments

    await publisher.edit(feed.id, message_id, card(portrait=ADA, text="second"))

    message = shown()
    assert message.embeds[0]["description"] == "second"
    assert message.attachments == [before]
    assert thumbnail(message) == before.url


async def test_an_edit_sends_a_picture_that_has_changed_in_the_place_of_the_old_one(
    publisher, feed, shown, avatar, pictures
):
    message_id = await publisher.send(feed.id, card(portrait=ADA))
    pictures.editions["user-5001"] = "new"
    await pictures.gallery.refresh(["1001"], force=True)

    await publisher.edit(feed.id, message_id, card(portrait=ADA))

    message = shown()
    assert content(message) == ["picture user-5001 newavatar"]
    assert thumbnail(message) == message.attachments[0].url


async def test_an_edit_takes_away_the_picture_of_a_card_that_has_none_any_more(
    publisher, feed, shown, avatar, server
):
    message_id = await publisher.send(feed.id, card(portrait=ADA))

    await publisher.edit(feed.id, message_id, card())

    assert content(shown()) == []
    assert thumbnail(shown()) is None
    assert requests(server, "GET") == []


async def test_an_edit_adds_the_picture_that_could_not_be_had_before(
    publisher, feed, shown, pictures
):
    pictures.drawing_failure = TemporaryError("Dead.")
    message_id = await publisher.send(feed.id, card(portrait=ADA))
    pictures.drawing_failure = None

    await publisher.edit(feed.id, message_id, card(portrait=ADA))

    assert content(shown()) == ["initials A avatar"]
    assert thumbnail(shown()) == shown().attachments[0].url


async def test_an_edit_keeps_the_picture_that_cannot_be_had_again(publisher, feed, shown, pictures):
    message_id = await publisher.send(feed.id, card(portrait=ADA))
    pictures.drawing_failure = TemporaryError("Dead.")

    await publisher.edit(feed.id, message_id, card(portrait=ADA, text="second"))

    assert content(shown()) == ["initials A avatar"]
    assert thumbnail(shown()) == shown().attachments[0].url
    assert shown().embeds[0]["description"] == "second"


async def test_an_edit_without_a_look_at_the_history_sends_the_picture_again(
    new_part, world, feed, bot_role, shown, avatar
):
    world.allow(feed, bot_role, deny=Permission.READ_MESSAGE_HISTORY)

    async with running(new_part()) as part:
        message_id = await part.publisher.send(feed.id, card(portrait=ADA))
        [before] = shown().attachments
        await part.publisher.edit(feed.id, message_id, card(portrait=ADA, text="second"))

    [after] = shown().attachments
    assert (after.filename, after.data) == (before.filename, before.data)
    assert thumbnail(shown()) == after.url


async def test_where_the_bot_may_not_attach_files_the_text_goes_without_the_picture(
    new_part, world, feed, bot_role, shown, avatar, server
):
    world.allow(feed, bot_role, deny=Permission.ATTACH_FILES)

    async with running(new_part()) as part:
        message_id = await part.publisher.send(feed.id, card(portrait=ADA, text="first"))
        await part.publisher.edit(feed.id, message_id, card(portrait=ADA, text="second"))

    assert shown().embeds[0]["description"] == "second"
    assert content(shown()) == []
    assert [one.status for one in server.exchanges if one.route == MESSAGES] == [200]


async def test_a_permission_that_the_gateway_has_not_told_of_costs_one_more_request(
    part, feed, shown, avatar, world, bot_role, server, pictures
):
    blind = DiscordPublisher(part._rest, lambda _: None, portraits=part.publisher._portraits)
    world.allow(feed, bot_role, deny=Permission.ATTACH_FILES)

    message_id = await blind.send(feed.id, card(portrait=ADA, text="first"))

    assert shown().id == message_id
    assert shown().embeds[0]["description"] == "first"
    assert content(shown()) == []
    assert [one.status for one in server.exchanges if one.route == MESSAGES] == [403, 200]


async def test_a_missing_permission_that_the_text_needs_is_still_named(
    new_part, world, feed, bot_role, avatar
):
    world.allow(feed, bot_role, deny=Permission.SEND_MESSAGES)

    async with running(new_part()) as part:
        with pytest.raises(PermanentError, match="Send Messages"):
            await part.publisher.send(feed.id, card(portrait=ADA))


async def test_a_picture_that_is_slow_does_not_keep_the_text_waiting(avatar, pictures):
    pictures.gate.clear()
    portraits = portraits_of(pictures.gallery)

    assert await picture_of(portraits, ADA, patience=timedelta(milliseconds=20)) is None


async def test_a_message_with_a_picture_is_found_again_by_its_marker(
    publisher, feed, avatar, clock
):
    wanted = await publisher.send(feed.id, card(marker="m-7", portrait=ADA))

    assert await publisher.find(feed.id, "m-7", after=clock() - timedelta(minutes=1)) == wanted
