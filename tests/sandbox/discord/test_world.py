import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord import Message, Permission, World, permissions
from sandbox.discord.records import Overwrite
from sandbox.discord.snowflakes import Snowflakes, created_at

BITS = st.integers(0, (1 << 50) - 1)


def test_ids_grow_and_tell_their_time(clock):
    ids = Snowflakes(clock)

    made = [ids.next() for _ in range(5000)]

    assert sorted(set(made)) == made
    assert abs((created_at(made[0]) - clock()).total_seconds()) < 5


@given(base=BITS, allow=BITS, deny=BITS)
def test_without_view_channel_nothing_is_left(base, allow, deny):
    deny |= Permission.VIEW_CHANNEL
    allow &= ~Permission.VIEW_CHANNEL
    base &= ~Permission.ADMINISTRATOR
    overwrites = {1: Overwrite(1, True, allow, deny)}

    held = permissions.in_channel(base, overwrites, everyone_id=1, role_ids=[], user_id=9)

    assert held == 0


@given(overwrites=st.lists(st.tuples(BITS, BITS), min_size=3, max_size=3))
def test_an_administrator_is_stopped_by_no_overwrite(overwrites):
    known = {at: Overwrite(at, True, *bits) for at, bits in enumerate(overwrites)}

    held = permissions.in_channel(
        Permission.ADMINISTRATOR, known, everyone_id=0, role_ids=[1], user_id=2
    )

    assert held == permissions.ALL


@given(base=BITS, deny=BITS)
def test_one_role_that_allows_wins_over_another_that_denies(base, deny):
    allow = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
    base &= ~Permission.ADMINISTRATOR
    overwrites = {2: Overwrite(2, True, allow=allow), 3: Overwrite(3, True, deny=deny | allow)}

    held = permissions.in_channel(base, overwrites, everyone_id=1, role_ids=[2, 3], user_id=9)

    assert held & allow == allow


def test_the_default_world_has_the_people_and_places_it_promises(world):
    def sees(user, channel):
        held = world.permissions(world.user_named(user).id, world.channel_named(channel))
        return bool(held & Permission.VIEW_CHANNEL)

    people = ("owner", "moderator", "member", "patreon-bot")
    assert [sees(user, "staff") for user in people] == [True, True, False, True]
    assert all(sees(user, "#patreon-feed") for user in people)
    order = [role.name for role in world.guild.roles.values()]
    assert order.index("Gold") < order.index("Patreon Bot") < order.index("Moderator")
    for find in (world.user_named, world.channel_named, world.role_named):
        with pytest.raises(LookupError):
            find("nothing")


async def test_a_subscription_hears_of_every_change_in_order(world):
    with world.subscribe() as events:
        message = world.messages.write("member", "general", "Hello")
        world.messages.pin(message, pinned=True)
        world.messages.delete(message)

        kinds = [(await events.next())["kind"] for _ in range(3)]

    assert kinds == ["message_create", "message_update", "message_delete"]
    world.messages.write("member", "general", "Unheard")
    with pytest.raises(TimeoutError):
        await events.next(timeout=0.01)


async def test_a_slow_subscriber_loses_the_oldest_events_and_knows_it(world):
    with world.subscribe(size=2) as events:
        for word in ("one", "two", "three"):
            world.messages.write("member", "general", word)

        heard = [(await events.next())["data"]["content"] for _ in range(2)]

    assert heard == ["two", "three"]
    assert events.missed == 1


async def test_waiting_ends_with_the_change_or_with_the_time(world):
    channel = world.channel_named("general")

    def arrived():
        return bool(world.messages.all_in(channel))

    with pytest.raises(TimeoutError, match="the message"):
        await world.until(arrived, timeout=0.01, what="the message")
    waiting = asyncio.create_task(world.until(arrived))
    await asyncio.sleep(0)
    world.messages.write("member", "general", "Here")
    await asyncio.wait_for(waiting, 1)


def test_a_deleted_channel_takes_its_threads_and_files_along(world):
    parent = world.channel_named("general")
    thread = world.add_thread(parent, "Talk", world.bot.id)
    world.messages.add(Message(world.ids.next(), thread.id, world.bot.id, world.clock()))

    world.delete_channel(parent)

    assert thread.id not in world.channels
    assert world.messages.all_in(thread) == []


def test_an_edit_keeps_what_was_there_before(world):
    message = world.messages.write("member", "general", "Old")
    changed = Message(message.id, message.channel_id, message.author_id, message.created_at)
    changed.content = "New"

    world.messages.change(message, changed)

    assert message.content == "New"
    assert message.edited_at is not None
    assert [each["content"] for each in message.history] == ["Old"]


def test_reactions_are_counted_once_for_each_user(world):
    message = world.messages.write("member", "general", "Hello")
    user = world.user_named("moderator")

    for _ in range(2):
        world.messages.react(message, "👍", user.id)
    world.messages.react(message, "👍", world.bot.id)
    (shown,) = world.message_json(message)["reactions"]
    assert (shown["count"], shown["me"]) == (2, True)

    for each in (user.id, world.bot.id, user.id):
        world.messages.unreact(message, "👍", each)
    assert "reactions" not in world.message_json(message)


def test_an_empty_world_says_that_it_has_no_guild():
    with pytest.raises(LookupError):
        _ = World().guild
