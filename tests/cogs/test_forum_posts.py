"""Sheets as posts of a forum: opened once, edited, found again and removed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cogs.publisher import DiscordPublisher
from core.alarm import Alarm
from core.announcements import Wanted
from core.errors import MessageGone, OutcomeUnknown, PermanentError, TemporaryError
from core.outbox import Outbox
from core.sheets import ForumEntry, Sheet
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until
from tests.cogs.reading import HOSTILE
from tests.cogs.sheets import Shelf, content, images, picture, requests
from tests.factories import NOW, save_campaign, save_link

THREADS = "/channels/{channel_id}/threads"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"


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
def forum(world):
    return world.channel_named("posts")


@pytest.fixture
def bot_role(guild):
    return next(role for role in guild.roles.values() if role.bot_id)


@pytest.fixture
def sheet(forum):
    news = forum.tags[0]
    return Sheet(
        marker="m-1",
        title="New video",
        text="**Out** now.",
        at=NOW,
        forum=ForumEntry(title="New video", tag_ids=(news.id,)),
    )


@pytest.fixture
def threads(world, forum):
    """The forum's posts, oldest first."""
    return lambda: sorted(
        (each for each in world.channels.values() if each.parent_id == forum.id),
        key=lambda each: each.id,
    )


@pytest.fixture
def starter(world, threads):
    """The message of the only post."""

    def starter():
        [thread] = threads()
        return world.messages.get(thread.id, thread.id)

    return starter


@pytest.fixture
async def post(store, clock, sheet, forum):
    await save_campaign(store)
    link = await save_link(store)

    async def post():
        async with store.write() as work:
            return await work.announcements.post(
                sheet, channel_id=forum.id, link_id=link.id, at=clock()
            )

    return post


@pytest.fixture
def new_outbox(store, part, clock):
    return lambda: Outbox(
        store, part.publisher, clock=clock, random=lambda: 0.5, alarm=Alarm(clock)
    )


async def drain(outbox, clock, rounds=12):
    for _ in range(rounds):
        while await outbox.deliver_due():
            pass
        clock.advance(seconds=30)


async def test_a_sheet_becomes_a_post_with_its_tags_and_pictures(
    publisher, forum, sheet, threads, starter, files
):
    post_id = await publisher.send(
        forum.id, replace(sheet, pictures=(picture(0), picture(1)), link="https://x.example/p/1")
    )

    [thread] = threads()
    message = starter()
    assert post_id == thread.id == message.id
    assert thread.name == "New video"
    assert thread.applied_tag_ids == [forum.tags[0].id]
    assert message.embeds[0]["description"] == "**Out** now."
    assert content(message) == ["picture 0", "picture 1"]
    assert images(message) == [file.url for file in message.attachments]
    assert message.components[0]["components"][0]["label"] == "Read the whole post"


async def test_only_the_chosen_roles_are_pinged(publisher, forum, sheet, starter, world):
    gold, silver = world.role_named("Gold"), world.role_named("Silver")

    await publisher.send(
        forum.id, replace(sheet, text=f"@everyone <@&{silver.id}>", role_ids=(gold.id,))
    )

    message = starter()
    assert (message.content, message.mention_role_ids) == (f"<@&{gold.id}>", [gold.id])
    assert not message.mention_everyone


@pytest.mark.parametrize("title", [*HOSTILE, "", "\u200b", "x" * 500, "🦊" * 100])
async def test_any_title_makes_a_name_that_discord_takes(publisher, forum, sheet, threads, title):
    await publisher.send(forum.id, replace(sheet, title=title, forum=ForumEntry(title=title)))

    [thread] = threads()
    assert 1 <= len(thread.name) <= 100
    assert "\n" not in thread.name


async def test_tags_that_the_forum_does_not_have_are_left_out(publisher, forum, sheet, threads):
    tags = (999, forum.tags[1].id, forum.tags[1].id)

    await publisher.send(forum.id, replace(sheet, forum=ForumEntry(title="x", tag_ids=tags)))

    assert threads()[0].applied_tag_ids == [forum.tags[1].id]


async def test_five_tags_are_given_at_most(publisher, forum, sheet, threads, world):
    forum.tags += [replace(forum.tags[0], id=each, name=f"Tag {each}") for each in range(1, 8)]
    tags = tuple(tag.id for tag in forum.tags)

    await publisher.send(forum.id, replace(sheet, forum=ForumEntry(title="x", tag_ids=tags)))

    assert threads()[0].applied_tag_ids == list(tags[:5])


async def test_a_forum_that_wants_a_tag_says_so_with_the_cure(publisher, forum, sheet, threads):
    forum.requires_tag = True

    with pytest.raises(PermanentError, match=r"#posts .* wants a tag .* Choose a tag"):
        await publisher.send(forum.id, replace(sheet, forum=ForumEntry(title="x")))

    assert threads() == []


@pytest.mark.parametrize(
    ("denied", "name"),
    [
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.SEND_MESSAGES, "Create Posts"),
        (Permission.EMBED_LINKS, "Embed Links"),
    ],
)
async def test_a_missing_permission_is_named(new_part, world, forum, sheet, bot_role, denied, name):
    world.allow(forum, bot_role, deny=denied)

    async with running(new_part()) as part:
        with pytest.raises(PermanentError, match=rf"#posts .* lacks {name}\."):
            await part.publisher.send(forum.id, sheet)


async def test_a_tag_for_moderators_wants_manage_posts(
    new_part, world, forum, sheet, bot_role, threads
):
    forum.tags[0].moderated = True
    world.allow(forum, bot_role, deny=Permission.MANAGE_THREADS)

    async with running(new_part()) as part:
        with pytest.raises(PermanentError, match=r"lacks Manage Posts\."):
            await part.publisher.send(forum.id, sheet)


async def test_a_channel_that_is_no_forum_is_refused(publisher, feed, sheet):
    with pytest.raises(PermanentError, match="not a forum"):
        await publisher.send(feed.id, sheet)


@pytest.mark.parametrize("is_known", [True, False])
async def test_without_attach_files_a_post_goes_out_without_pictures(
    part, files, forum, sheet, starter, world, bot_role, is_known
):
    world.allow(forum, bot_role, deny=Permission.ATTACH_FILES)
    publisher = part.publisher
    if not is_known:
        publisher = DiscordPublisher(part._rest, lambda _: None, files=files)

    await publisher.send(forum.id, replace(sheet, pictures=(picture(0),)))

    assert content(starter()) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_is_never_answered_with_a_second_try(
    publisher, server, forum, sheet, status
):
    server.faults.fail("POST", THREADS, status=status)

    with pytest.raises(OutcomeUnknown):
        await publisher.send(forum.id, sheet)

    assert len(requests(server, "POST", THREADS)) == 1


async def test_a_short_rate_limit_is_waited_for(publisher, server, forum, sheet, threads):
    server.faults.rate_limit("POST", THREADS, retry_after_seconds=0.01)

    await publisher.send(forum.id, replace(sheet, pictures=(picture(0),)))

    assert len(threads()) == 1


async def test_an_edit_changes_message_name_tags_and_pictures(
    publisher, forum, sheet, threads, starter
):
    post_id = await publisher.send(forum.id, replace(sheet, pictures=(picture(0),)))
    other = replace(
        sheet,
        title="Renamed",
        text="second",
        pictures=(picture(1),),
        forum=ForumEntry(title="Renamed", tag_ids=(forum.tags[1].id,)),
    )

    await publisher.edit(forum.id, post_id, other)

    [thread] = threads()
    assert thread.name == "Renamed"
    assert thread.applied_tag_ids == [forum.tags[1].id]
    assert starter().embeds[0]["description"] == "second"
    assert starter().embeds[0]["title"] == "Renamed"
    assert content(starter()) == ["picture 1"]


async def test_an_edit_of_the_text_leaves_the_thread_alone(publisher, part, server, forum, sheet):
    post_id = await publisher.send(forum.id, sheet)
    await until(lambda: part._channel_of(post_id) is not None)

    await publisher.edit(forum.id, post_id, replace(sheet, text="second"))

    assert requests(server, "PATCH", "/channels/{channel_id}") == []


async def test_a_post_keeps_its_tags_while_the_gateway_has_told_nothing(
    part, forum, sheet, threads
):
    post_id = await part.publisher.send(forum.id, sheet)
    blind = DiscordPublisher(part._rest, lambda _: None)

    await blind.edit(forum.id, post_id, replace(sheet, forum=ForumEntry(title="Renamed")))

    [thread] = threads()
    assert (thread.name, thread.applied_tag_ids) == ("Renamed", [forum.tags[0].id])


async def test_a_post_that_was_closed_is_opened_to_be_edited(
    publisher, forum, sheet, threads, starter
):
    post_id = await publisher.send(forum.id, sheet)
    threads()[0].thread.archived = True

    await publisher.edit(forum.id, post_id, replace(sheet, text="second"))

    assert starter().embeds[0]["description"] == "second"


async def test_a_post_that_was_locked_wants_manage_posts_to_be_edited(
    new_part, world, forum, sheet, threads, bot_role
):
    world.allow(forum, bot_role, deny=Permission.MANAGE_THREADS)
    async with running(new_part()) as part:
        post_id = await part.publisher.send(forum.id, sheet)
        threads()[0].thread.archived = threads()[0].thread.locked = True

        with pytest.raises(PermanentError, match=r"edit its post .* lacks Manage Posts\."):
            await part.publisher.edit(forum.id, post_id, sheet)


@pytest.mark.parametrize("is_whole", [True, False])
async def test_editing_a_post_that_somebody_deleted_says_that_it_is_gone(
    publisher, world, forum, sheet, threads, starter, is_whole
):
    post_id = await publisher.send(forum.id, sheet)
    if is_whole:
        world.delete_channel(threads()[0])
    else:
        world.messages.delete(starter())

    with pytest.raises(MessageGone):
        await publisher.edit(forum.id, post_id, sheet)


async def test_deleting_a_post_removes_its_thread_and_twice_is_fine(
    publisher, forum, sheet, threads
):
    post_id = await publisher.send(forum.id, sheet)

    await publisher.delete(forum.id, post_id, in_forum=True)
    await publisher.delete(forum.id, post_id, in_forum=True)

    assert threads() == []


@pytest.mark.parametrize("is_closed", [False, True])
async def test_without_manage_posts_the_message_goes_and_the_thread_is_closed(
    publisher, world, forum, sheet, threads, starter, bot_role, is_closed
):
    post_id = await publisher.send(forum.id, sheet)
    world.allow(forum, bot_role, deny=Permission.MANAGE_THREADS)
    threads()[0].thread.archived = is_closed

    await publisher.delete(forum.id, post_id, in_forum=True)
    await publisher.delete(forum.id, post_id, in_forum=True)

    [thread] = threads()
    assert starter() is None
    assert (thread.name, thread.thread.archived) == ("Taken back", True)


@pytest.mark.parametrize("is_closed", [False, True])
async def test_a_post_is_found_again_by_its_marker(
    publisher, forum, sheet, threads, clock, is_closed
):
    await publisher.send(forum.id, replace(sheet, marker="m-7"))
    wanted = await publisher.send(forum.id, replace(sheet, marker="m-77"))
    for each in threads():
        each.thread.archived = is_closed
        each.thread.archived_at = clock() if is_closed else None

    async def find(marker):
        return await publisher.find(
            forum.id, marker, after=clock() - timedelta(minutes=1), in_forum=True
        )

    assert (await find("m-77"), await find("m-777")) == (wanted, None)


async def test_other_peoples_posts_older_ones_and_other_forums_are_not_found(
    publisher, forum, sheet, clock, world, guild
):
    started = clock()
    other = world.add_channel(guild, "other", forum.type)
    await publisher.send(other.id, replace(sheet, marker="other"))
    await publisher.send(forum.id, replace(sheet, marker="old"))
    clock.advance(minutes=10)
    forged = world.add_thread(forum, "forged", world.user_named("member").id)
    embed = {"title": "x", "url": "https://www.patreon.com/#a-forged"}
    world.messages.write("member", "forged", "", embeds=[embed])

    found = [
        await publisher.find(forum.id, "other", after=started, in_forum=True),
        await publisher.find(forum.id, "old", after=clock() - timedelta(minutes=1), in_forum=True),
        await publisher.find(forum.id, "forged", after=started, in_forum=True),
    ]

    assert forged.parent_id == forum.id
    assert found == [None, None, None]


async def test_many_closed_posts_are_looked_through(publisher, forum, sheet, world, clock, threads):
    wanted = await publisher.send(forum.id, replace(sheet, marker="wanted"))
    threads()[0].thread.archived, threads()[0].thread.archived_at = True, clock()
    for number in range(150):
        clock.advance(seconds=1)
        other = world.add_thread(forum, f"No. {number}", world.user_named("member").id)
        other.thread.archived, other.thread.archived_at = True, clock()

    found = await publisher.find(
        forum.id, "wanted", after=clock() - timedelta(hours=1), in_forum=True
    )

    assert found == wanted


async def test_a_process_that_died_between_opening_and_noting_leaves_one_post(
    new_outbox, post, publisher, sheet, forum, threads, store, clock
):
    number = await post()
    async with store.write() as work:
        await work.announcements.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
        await work.announcements.mark_started(number, at=clock())
    post_id = await publisher.send(forum.id, sheet)
    async with store.write() as work:
        await work.announcements.release_leases()

    await drain(new_outbox(), clock)

    async with store.read() as work:
        standing = await work.announcements.standing(number)
    assert [each.id for each in threads()] == [post_id] == [standing.message_id]


@pytest.mark.parametrize("after_effect", [True, False])
async def test_an_answer_that_is_lost_leaves_one_post(
    new_outbox, post, server, threads, clock, after_effect
):
    await post()
    server.faults.drop("POST", THREADS, after_effect=after_effect)

    await drain(new_outbox(), clock)

    assert len(threads()) == 1


async def test_a_post_is_edited_and_taken_back_through_the_outbox(
    new_outbox, post, sheet, threads, starter, store, clock
):
    outbox = new_outbox()
    number = await post()
    await drain(outbox, clock, 2)

    async with store.write() as work:
        await work.announcements.reword(number, replace(sheet, text="second"), at=clock())
    await drain(outbox, clock, 2)
    assert starter().embeds[0]["description"] == "second"

    async with store.write() as work:
        await work.announcements.change(number, card=None, wanted=Wanted.GONE, at=clock())
    await drain(outbox, clock, 2)
    assert threads() == []


async def test_a_server_error_while_searching_is_temporary(publisher, server, forum, clock):
    server.faults.fail("GET", "/guilds/{guild_id}/threads/active", status=503)

    with pytest.raises(TemporaryError):
        await publisher.find(forum.id, "m-1", after=clock(), in_forum=True)
