"""Sheets in channels, as Discord takes and shows them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cogs.publisher import DiscordPublisher
from cogs.sheets import LARGEST_FILE_BYTES, message_of, name_of, preview_of
from core.errors import MessageGone, PermanentError, TemporaryError
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running
from tests.cogs.reading import HOSTILE, armed
from tests.cogs.sheets import MESSAGE, MESSAGES, SHEET, Shelf, content, images, picture, requests


@pytest.fixture
def files():
    return Shelf()


@pytest.fixture
async def part(new_part, files):
    async with running(new_part(files=files)) as part:
        yield part


@pytest.fixture
def publisher(part):
    return part.publisher


@pytest.fixture
def general(world):
    return world.channel_named("general")


@pytest.fixture
def bot_role(guild):
    return next(role for role in guild.roles.values() if role.bot_id)


@pytest.fixture
def shown(world, general):
    """The only message of #general."""

    def shown():
        [message] = world.messages.seen_by(world.bot.id, general)
        return message

    return shown


async def test_a_sheet_is_shown_as_it_was_typeset(publisher, general, shown):
    message_id = await publisher.send(general.id, SHEET)

    message = shown()
    [embed] = message.embeds
    assert message.id == message_id
    assert embed["title"] == "New video"
    assert embed["description"] == "**Out** now, see `@everyone`."
    assert embed["url"] == "https://www.patreon.com/posts/1#a-m-1"
    assert embed["footer"]["text"] == "For patrons of Gold"
    assert embed["timestamp"].startswith("2026-11-21T12:00:00")
    assert message.components == []


@pytest.mark.parametrize("title", HOSTILE)
async def test_a_title_is_plain_whatever_it_says(publisher, general, shown, title):
    await publisher.send(general.id, replace(SHEET, title=title * 50, footer=title * 500))

    [embed] = shown().embeds
    assert armed(embed.get("title", "")) is None
    assert len(embed.get("title", "")) <= 256


@pytest.mark.parametrize("text", ["", "x" * 4_096, "🦊" * 4_096, ("word " * 300 + "\n\n") * 9])
async def test_texts_of_any_length_are_taken(publisher, general, shown, text):
    await publisher.send(general.id, replace(SHEET, title="", text=text, footer="f" * 9_000))

    [embed] = shown().embeds
    assert len(embed.get("description", "")) <= 4_096


async def test_a_text_that_is_too_long_is_cut_between_blocks(publisher, general, shown):
    await publisher.send(general.id, replace(SHEET, text="a" * 2_000 + "\n\n" + "b" * 3_000))

    assert shown().embeds[0]["description"] == "a" * 2_000 + "\n…"


async def test_a_link_is_a_button(publisher, general, shown):
    await publisher.send(general.id, replace(SHEET, link="https://bot.example.com/posts/abc"))

    [row] = shown().components
    [button] = row["components"]
    assert (button["label"], button["style"]) == ("Read the whole post", 5)
    assert button["url"] == "https://bot.example.com/posts/abc"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://x.example/" + "a" * 600, "nothing", "http://[::1", ""]
)
async def test_a_link_that_discord_does_not_take_is_left_out(publisher, general, shown, link):
    await publisher.send(general.id, replace(SHEET, link=link, url=link))

    assert shown().components == []


async def test_only_the_chosen_roles_are_pinged_whatever_the_text_says(
    publisher, general, shown, world, guild, server, bot_role
):
    bot_role.permissions |= Permission.MENTION_EVERYONE
    gold, silver = world.role_named("Gold"), world.role_named("Silver")
    text = f"@everyone @here <@&{silver.id}> <@{world.bot.id}> <@&{guild.id}>"

    await publisher.send(
        general.id, replace(SHEET, text=text, title=text, role_ids=(gold.id, guild.id, 999))
    )

    message = shown()
    assert message.content == f"<@&{gold.id}>"
    assert message.mention_role_ids == [gold.id]
    assert message.mention_ids == []
    assert not message.mention_everyone
    [sent] = requests(server, "POST", MESSAGES)
    assert sent.body["allowed_mentions"] == {"parse": [], "roles": [gold.id]}


async def test_nobody_is_pinged_when_no_role_was_chosen(publisher, general, shown, server):
    await publisher.send(general.id, SHEET)

    [sent] = requests(server, "POST", MESSAGES)
    assert sent.body["allowed_mentions"] == {"parse": []}
    assert shown().content == ""


async def test_an_edit_pings_nobody_and_keeps_what_was_pinged(
    publisher, general, shown, world, server
):
    gold = world.role_named("Gold")
    sheet = replace(SHEET, role_ids=(gold.id,))
    message_id = await publisher.send(general.id, sheet)

    await publisher.edit(general.id, message_id, replace(sheet, text="Corrected."))

    [sent] = requests(server, "PATCH", MESSAGE)
    assert shown().embeds[0]["description"] == "Corrected."
    assert shown().content == f"<@&{gold.id}>"
    assert sent.body["allowed_mentions"] == {"parse": []}


async def test_up_to_four_pictures_are_a_gallery_and_the_others_are_files(
    publisher, general, shown
):
    pictures = tuple(picture(number, description=f"No. {number}") for number in range(6))
    await publisher.send(general.id, replace(SHEET, pictures=pictures))

    message = shown()
    assert content(message) == [f"picture {number}" for number in range(6)]
    assert images(message) == [file.url for file in message.attachments[:4]]
    assert len({embed["url"] for embed in message.embeds}) == 1
    assert [file.description for file in message.attachments] == [
        f"No. {number}" for number in range(6)
    ]
    assert message.attachments[0].filename == "picture-0-000000000000.png"


async def test_ten_pictures_are_sent_at_most_and_each_once(publisher, general, shown):
    pictures = (picture(0), picture(0), *(picture(number) for number in range(15)))
    await publisher.send(general.id, replace(SHEET, pictures=pictures))

    assert len(shown().attachments) == 10


async def test_pictures_that_are_lost_empty_or_too_large_are_left_out(
    publisher, general, shown, files, caplog
):
    files.content[picture(0).digest] = None
    files.content[picture(1).digest] = b""
    files.content[picture(2).digest] = b"x" * (LARGEST_FILE_BYTES + 1)
    pictures = tuple(picture(number) for number in range(4))

    await publisher.send(general.id, replace(SHEET, pictures=pictures))

    assert content(shown()) == ["picture 3"]
    assert len(shown().embeds) == 1
    left_out = [record for record in caplog.records if record.message == "picture left out"]
    assert [record.digest for record in left_out] == [picture(n).digest for n in range(3)]


async def test_what_does_not_fit_into_one_request_is_left_out(publisher, general, shown, files):
    for number in range(3):
        files.content[picture(number).digest] = b"%d" % number * (9 * 1024 * 1024)
    pictures = tuple(picture(number) for number in range(4))

    await publisher.send(general.id, replace(SHEET, pictures=pictures))

    assert [len(file.data) for file in shown().attachments] == [9 * 1024 * 1024] * 2 + [9]


@pytest.mark.parametrize("failure", [TemporaryError("Away."), OSError("Full."), TimeoutError()])
async def test_a_sheet_goes_out_although_its_pictures_cannot_be_read(
    publisher, general, shown, files, failure
):
    files.failure = failure

    await publisher.send(general.id, replace(SHEET, pictures=(picture(0),)))

    assert content(shown()) == []


@pytest.mark.parametrize("is_known", [True, False])
async def test_without_attach_files_a_sheet_goes_out_without_pictures(
    part, files, general, shown, world, bot_role, is_known
):
    world.allow(general, bot_role, deny=Permission.ATTACH_FILES)
    publisher = part.publisher
    if not is_known:
        publisher = DiscordPublisher(part._rest, lambda _: None, files=files)

    sheet = replace(SHEET, pictures=(picture(0),))
    message_id = await publisher.send(general.id, sheet)
    await publisher.edit(general.id, message_id, replace(sheet, text="second"))

    assert content(shown()) == []
    assert images(shown()) == []
    assert shown().embeds[0]["description"] == "second"


async def test_a_guild_that_takes_less_gets_the_text(publisher, general, shown, guild, server):
    guild.upload_limit_bytes = 5

    await publisher.send(general.id, replace(SHEET, pictures=(picture(0),)))

    assert content(shown()) == []
    [refused] = server.violations
    assert "too large" in refused.reason
    server.violations.clear()


async def test_two_sends_of_one_marker_show_one_message(publisher, general, shown):
    sheet = replace(SHEET, pictures=(picture(0),))

    assert await publisher.send(general.id, sheet) == await publisher.send(general.id, sheet)
    assert content(shown()) == ["picture 0"]


async def test_an_edit_sends_only_what_the_message_does_not_have(publisher, general, shown, files):
    sheet = replace(SHEET, pictures=(picture(0), picture(1)))
    message_id = await publisher.send(general.id, sheet)
    [_, kept] = shown().attachments
    files.reads.clear()

    await publisher.edit(
        general.id, message_id, replace(sheet, text="second", pictures=(picture(2), picture(1)))
    )

    message = shown()
    assert files.reads == [picture(2).digest]
    assert message.attachments[0] == kept
    assert content(message) == ["picture 1", "picture 2"]
    assert images(message) == [message.attachments[1].url, message.attachments[0].url]
    assert message.embeds[0]["description"] == "second"


async def test_an_edit_keeps_a_picture_whose_file_was_lost(publisher, general, shown, files):
    sheet = replace(SHEET, pictures=(picture(0),))
    message_id = await publisher.send(general.id, sheet)
    files.content.clear()

    await publisher.edit(general.id, message_id, replace(sheet, text="second"))

    assert content(shown()) == ["picture 0"]
    assert images(shown()) == [shown().attachments[0].url]


async def test_an_edit_removes_what_the_sheet_no_longer_has(publisher, general, shown):
    sheet = replace(SHEET, pictures=(picture(0),), link="https://bot.example.com/p/1")
    message_id = await publisher.send(general.id, sheet)

    await publisher.edit(general.id, message_id, SHEET)

    assert content(shown()) == []
    assert shown().components == []


async def test_an_edit_by_a_bot_that_may_not_look_sends_the_pictures_anew(
    publisher, general, shown, world, bot_role
):
    sheet = replace(SHEET, pictures=(picture(0),))
    message_id = await publisher.send(general.id, sheet)
    world.allow(general, bot_role, deny=Permission.READ_MESSAGE_HISTORY)

    await publisher.edit(general.id, message_id, replace(sheet, text="second"))

    assert content(shown()) == ["picture 0"]


async def test_editing_a_deleted_message_says_that_it_is_gone(publisher, general):
    message_id = await publisher.send(general.id, SHEET)
    await publisher.delete(general.id, message_id)

    with pytest.raises(MessageGone):
        await publisher.edit(general.id, message_id, SHEET)


async def test_a_sheet_is_found_again_by_its_marker(publisher, general, clock):
    sheet = replace(SHEET, marker="m-7", pictures=(picture(0), picture(1)))
    wanted = await publisher.send(general.id, sheet)

    found = await publisher.find(general.id, "m-7", after=clock() - timedelta(minutes=1))

    assert found == wanted


@pytest.mark.parametrize(
    ("denied", "name"),
    [
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
    ],
)
async def test_a_permission_that_a_thread_wants_is_named(
    new_part, world, general, bot_role, denied, name
):
    thread = world.add_thread(general, "Chatter", world.bot.id)
    world.allow(general, bot_role, deny=denied)

    async with running(new_part()) as part:
        with pytest.raises(PermanentError, match=f"lacks {name}"):
            await part.publisher.send(thread.id, SHEET)


async def test_a_preview_shows_exactly_what_is_sent(publisher, general, shown, files):
    sheet = replace(
        SHEET, pictures=(picture(0), picture(1)), link="https://bot.example.com/p/1", role_ids=(7,)
    )

    made = await preview_of(sheet, files)
    await publisher.send(general.id, replace(sheet, role_ids=()))

    sent = shown()
    assert [one.name for one in made.pictures] == [file.filename for file in sent.attachments]
    assert [embed.description for embed in made.embeds] == [
        embed.get("description") for embed in sent.embeds
    ]
    assert made.view.children[0].url == sent.components[0]["components"][0]["url"]
    assert made.text == "<@&7>"


async def test_files_of_a_preview_can_be_sent_more_than_once(files):
    made = await preview_of(replace(SHEET, pictures=(picture(0),)), files)

    assert [file.fp.read() for file in made.files] == [b"picture 0"]
    assert [file.fp.read() for file in made.files] == [b"picture 0"]


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("cover.png", "cover-000000000000.png"),
        ("../../etc/passwd", "passwd-000000000000"),
        ("C:\\pictures\\my cat.JPEG", "my-cat-000000000000.jpeg"),
        ("\u202egnp.exe", "gnp-000000000000.exe"),
        ("🦊.webp", "picture-000000000000.webp"),
        ("a" * 300 + ".gif", "a" * 60 + "-000000000000.gif"),
        ("", "picture-000000000000"),
        ("x.p/n\ng", "n-g-000000000000"),
    ],
)
def test_file_names_are_such_that_discord_leaves_them_alone(given, made):
    assert name_of(replace(picture(0), name=given)) == made


def test_a_sheet_without_any_text_still_says_something():
    made = message_of(replace(SHEET, title="\u200b", text="", footer=None))

    assert made.embeds[0].title == "News"
