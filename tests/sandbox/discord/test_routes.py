"""What the bot may do where, and what it is told otherwise."""

import asyncio
import io

import discord
import pytest

from sandbox.discord import ChannelType, Permission
from sandbox.discord.dispatch import Intent


@pytest.fixture
def bot_role(world):
    return world.role_named("Patreon Bot")


async def send(ask, channel, body=None, **more):
    status, answer = await ask(
        "POST", f"/channels/{channel.id}/messages", body or {"content": "Hello"}, **more
    )
    return status, (answer or {}).get("code")


async def test_a_hidden_channel_is_missing_access(world, server, ask, bot_role):
    channel = world.channel_named("general")
    world.allow(channel, bot_role, deny=Permission.VIEW_CHANNEL)

    assert await send(ask, channel) == (403, 50001)
    assert server.violations == []


@pytest.mark.parametrize(
    ("denied", "body", "files"),
    [
        (Permission.SEND_MESSAGES, {"content": "c"}, ()),
        (Permission.EMBED_LINKS, {"embeds": [{"title": "t"}]}, ()),
        (Permission.ATTACH_FILES, {"content": "c"}, [("a.txt", b"x")]),
    ],
)
async def test_a_missing_permission_is_named(world, server, ask, bot_role, denied, body, files):
    channel = world.channel_named("general")
    world.allow(channel, bot_role, deny=denied)

    assert await send(ask, channel, body, files=files) == (403, 50013)
    assert server.violations == []


async def test_an_overwrite_of_the_member_wins_over_those_of_roles(world, ask, bot_role):
    channel = world.channel_named("general")
    world.allow(channel, bot_role, deny=Permission.SEND_MESSAGES)
    world.allow(channel, world.bot, allow=Permission.SEND_MESSAGES)

    assert (await send(ask, channel))[0] == 200


async def test_a_deleted_channel_is_unknown(world, server, ask):
    channel = world.channel_named("general")
    world.delete_channel(channel)

    assert await send(ask, channel) == (404, 10003)
    assert server.violations == []


async def test_a_message_that_somebody_deleted_is_unknown(world, ask):
    message = world.messages.write("patreon-bot", "general", "Hello")
    world.messages.delete(message)

    status, answer = await ask(
        "PATCH", f"/channels/{message.channel_id}/messages/{message.id}", {"content": "New"}
    )

    assert (status, answer["code"]) == (404, 10008)


async def test_messages_of_others_cannot_be_edited(world, ask):
    message = world.messages.write("member", "general", "Mine")

    status, answer = await ask(
        "PATCH", f"/channels/{message.channel_id}/messages/{message.id}", {"content": "New"}
    )

    assert (status, answer["code"]) == (403, 50005)


async def test_an_edit_replaces_what_it_names_and_keeps_the_rest(world, server, ask):
    channel = world.channel_named("general")
    path = f"/channels/{channel.id}/messages"
    files = [("a.png", b"a"), ("b.png", b"b")]
    _, sent = await ask("POST", path, {"content": "Old"}, files=files)
    keep = {"attachments": [{"id": sent["attachments"][1]["id"]}]}

    _, changed = await ask("PATCH", f"{path}/{sent['id']}", keep)

    assert changed["content"] == "Old"
    assert [each["filename"] for each in changed["attachments"]] == ["b.png"]
    assert changed["edited_timestamp"]
    assert server.violations == []


async def test_every_file_of_a_layout_must_be_shown(world, server, ask):
    text = {"type": 10, "content": "Hello"}
    body = {"flags": 1 << 15, "components": [text]}

    result = await send(ask, world.channel_named("general"), body, files=[("a.png", b"a")])

    assert result == (400, 50035)
    assert len(server.violations) == 1


async def test_the_files_of_a_deleted_message_are_gone(world, server, client):
    await client.online(server.token)
    general = discord.utils.get(client.get_all_channels(), name="general")
    sent = await general.send(file=discord.File(io.BytesIO(b"bytes"), "a.txt"))
    assert await sent.attachments[0].read() == b"bytes"

    await sent.delete()

    with pytest.raises(discord.NotFound):
        await sent.attachments[0].read()


async def test_a_sharded_client_asks_for_the_gateway(server, pointed):
    client = discord.AutoShardedClient(
        intents=discord.Intents(guilds=True), guild_ready_timeout=0.02
    )
    await client.login(server.token)
    running = asyncio.create_task(client.connect())
    await asyncio.wait_for(client.wait_until_ready(), 10)

    assert [guild.name for guild in client.guilds] == ["Studio"]
    assert "/gateway/bot" in [each.route for each in server.exchanges]
    await client.close()
    await asyncio.wait({running}, timeout=5)
    assert running.done()


async def test_the_layout_flag_cannot_be_taken_back(world, ask):
    channel = world.channel_named("general")
    path = f"/channels/{channel.id}/messages"
    text = {"type": 10, "content": "Hello"}
    _, sent = await ask("POST", path, {"flags": 1 << 15, "components": [text]})

    status, _ = await ask("PATCH", f"{path}/{sent['id']}", {"content": "c", "flags": 0})

    assert status == 400


async def test_a_file_over_the_limit_is_too_large(world, server, ask):
    world.guild.upload_limit_bytes = 10

    result = await send(ask, world.channel_named("general"), files=[("a.txt", b"x" * 11)])

    assert result == (413, 40005)
    assert len(server.violations) == 1


async def test_messages_are_listed_around_each_other(world, ask):
    world.application.privileged_intents = Intent.MESSAGE_CONTENT
    written = [world.messages.write("member", "general", str(at)) for at in range(6)]
    path = f"/channels/{written[0].channel_id}/messages"

    async def listed(query):
        return [each["content"] for each in (await ask("GET", path + query))[1]]

    assert await listed("?limit=2") == ["5", "4"]
    assert await listed(f"?before={written[3].id}&limit=2") == ["2", "1"]
    assert await listed(f"?after={written[3].id}") == ["5", "4"]
    assert await listed(f"?around={written[3].id}&limit=3") == ["4", "3", "2"]
    assert (await ask("GET", path + "?limit=101"))[0] == 400


async def test_foreign_messages_are_read_without_content_unless_the_portal_allows_it(world, ask):
    foreign = world.messages.write("member", "general", "Foreign")
    world.messages.write("patreon-bot", "general", "Own")

    _, listed = await ask("GET", f"/channels/{foreign.channel_id}/messages")

    assert [each["content"] for each in listed] == ["Own", ""]


async def test_two_hundred_new_commands_a_day_are_enough(world, ask, clock):
    path = f"/applications/{world.application.id}/commands"

    def commands(letter):
        return [{"name": f"{letter}{at}", "description": "d"} for at in range(100)]

    assert [(await ask("PUT", path, commands(letter)))[0] for letter in "aabb"] == [200] * 4
    status, answer = await ask("PUT", path, commands("c"))
    assert (status, answer["code"]) == (400, 30034)
    clock.advance(days=1)
    assert (await ask("PUT", path, commands("c")))[0] == 200


async def test_single_commands_are_created_changed_and_removed(world, server, ask):
    root = f"/applications/{world.application.id}/guilds/{world.guild.id}/commands"

    status, made = await ask("POST", root, {"name": "test", "description": "d"})
    again, _ = await ask("POST", root, {"name": "test", "description": "e"})
    one = f"{root}/{made['id']}"
    _, changed = await ask("PATCH", one, {"description": "f"})
    _, read = await ask("GET", one)

    assert (status, again) == (201, 200)
    assert changed["description"] == read["description"] == "f"
    assert (await ask("DELETE", one))[0] == 204
    assert (await ask("GET", one))[1]["code"] == 10063
    assert server.violations == []


async def test_only_allowed_mentions_are_noted(world, ask):
    channel, user = world.channel_named("general"), world.user_named("member")
    role = world.role_named("Gold")
    world.role_named("Patreon Bot").permissions |= Permission.MENTION_EVERYONE
    content = f"<@{user.id}> <@&{role.id}> @everyone"
    path = f"/channels/{channel.id}/messages"

    _, loud = await ask("POST", path, {"content": content})
    quiet = {"content": content, "allowed_mentions": {"parse": []}}
    _, silent = await ask("POST", path, quiet)

    assert [each["username"] for each in loud["mentions"]] == ["member"]
    assert loud["mention_roles"] == [str(role.id)]
    assert loud["mention_everyone"]
    assert (silent["mentions"], silent["mention_everyone"]) == ([], False)


async def role_status(ask, world, role, method="PUT"):
    user = world.user_named("member")
    path = f"/guilds/{world.guild.id}/members/{user.id}/roles/{role.id}"
    status, answer = await ask(method, path)
    return status, (answer or {}).get("code")


async def test_a_role_below_the_bots_is_given_and_taken(world, server, ask):
    role, user = world.role_named("Gold"), world.user_named("member")
    member = world.guild.members[user.id]

    assert await role_status(ask, world, role) == (204, None)
    assert member.role_ids == {role.id}
    assert await role_status(ask, world, role, "DELETE") == (204, None)
    assert member.role_ids == set()
    assert server.violations == []


@pytest.mark.parametrize("name", ["Moderator", "Patreon", "Patreon Bot", "@everyone"])
async def test_roles_above_managed_ones_and_everyone_cannot_be_given(world, ask, name):
    assert await role_status(ask, world, world.role_named(name)) == (403, 50013)


async def test_roles_need_the_permission_to_manage_them(world, ask, bot_role):
    bot_role.permissions &= ~Permission.MANAGE_ROLES

    assert await role_status(ask, world, world.role_named("Gold")) == (403, 50013)


async def test_a_forum_post_starts_with_its_message(world, server, client):
    await client.online(server.token)
    forum = discord.utils.get(client.get_all_channels(), name="posts")

    post = await forum.create_thread(
        name="A post", content="Words", applied_tags=[forum.available_tags[0]]
    )
    await post.thread.edit(archived=True, locked=True)

    thread = world.channel_named("A post")
    assert post.message.id == post.thread.id == thread.id
    assert [each.content for each in world.messages.all_in(thread)] == ["Words"]
    assert thread.thread.archived
    assert server.violations == []


async def test_a_forum_can_require_a_tag(world, ask):
    forum = world.channel_named("posts")
    forum.requires_tag = True
    body = {"name": "A post", "message": {"content": "Words"}}

    status, answer = await ask("POST", f"/channels/{forum.id}/threads", body)

    assert (status, answer["code"]) == (400, 40067)


async def test_a_forum_takes_no_plain_messages(world, ask):
    assert await send(ask, world.channel_named("posts")) == (400, 50008)


async def test_a_thread_is_opened_on_a_message(world, server, client):
    await client.online(server.token)
    feed = discord.utils.get(client.get_all_channels(), name="patreon-feed")

    message = await feed.send("Hello")
    thread = await message.create_thread(name="Talk")
    await thread.send("First")
    await thread.delete()

    assert thread.id == message.id
    assert thread.id not in world.channels
    assert server.violations == []


async def test_a_thread_cannot_be_opened_twice_on_a_message(world, ask):
    message = world.messages.write("member", "general", "Hello")
    path = f"/channels/{message.channel_id}/messages/{message.id}/threads"

    first, second = await ask("POST", path, {"name": "a"}), await ask("POST", path, {"name": "a"})

    assert first[0] == 201
    assert second[1]["code"] == 160004


async def test_an_announcement_is_published_once(world, server, client):
    await client.online(server.token)
    feed = discord.utils.get(client.get_all_channels(), name="patreon-feed")
    message = await feed.send("News")

    await message.publish()
    with pytest.raises(discord.HTTPException) as caught:
        await message.publish()

    assert caught.value.code == 40033


async def test_direct_messages_reach_their_reader(world, server, client):
    await client.online(server.token)

    user = await client.fetch_user(world.user_named("member").id)
    await user.send("Hello")

    assert [each.content for each in server.user("member").messages("@dm")] == ["Hello"]
    assert server.violations == []


async def test_members_are_found_without_the_members_intent(world, server, client):
    await client.online(server.token)
    guild = client.guilds[0]

    member = await guild.fetch_member(world.user_named("moderator").id)

    assert member.display_name == "Max"
    with pytest.raises(discord.NotFound):
        await guild.fetch_member(1)
    assert server.violations == []


async def test_listing_everybody_needs_the_members_intent(world, ask):
    path = f"/guilds/{world.guild.id}/members?limit=10"

    assert (await ask("GET", path))[0] == 403
    world.application.privileged_intents = 1 << 1
    assert len((await ask("GET", path))[1]) == 4
    assert len((await ask("GET", f"/guilds/{world.guild.id}/members/search?query=m&limit=5"))[1])


async def test_the_client_manages_roles_and_channels_it_may(world, server, client, bot_role):
    bot_role.permissions |= Permission.MANAGE_CHANNELS
    await client.online(server.token)
    guild = client.guilds[0]

    role = await guild.create_role(name="Platinum", colour=discord.Colour.blue())
    await role.edit(name="Diamond", hoist=True)
    channel = await guild.create_text_channel("news")
    await channel.edit(topic="Topic")
    await channel.set_permissions(role, read_messages=True)
    await role.delete()
    await channel.delete()

    assert server.violations == []
    assert "news" not in [each.name for each in world.channels.values()]


async def test_avatars_are_pictures(server, client):
    await client.online(server.token)

    assert (await client.user.display_avatar.read()).startswith(b"\x89PNG")


async def test_a_guild_can_lose_and_regain_the_bot(world, server, client):
    await client.online(server.token)
    world.remove_member(world.guild.members[world.bot.id])
    other = world.add_guild("Second", world.user_named("owner"))
    world.add_channel(other, "first", ChannelType.TEXT)
    world.add_member(other, world.bot)

    for _ in range(500):
        if [guild.name for guild in client.guilds] == ["Second"]:
            break
        await asyncio.sleep(0.01)

    assert [guild.name for guild in client.guilds] == ["Second"]
    assert [channel.name for channel in client.guilds[0].channels] == ["first"]
