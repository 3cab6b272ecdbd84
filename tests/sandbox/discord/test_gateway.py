import asyncio
import json

import aiohttp
import discord
import pytest

from sandbox.discord import ChannelType, Permission
from sandbox.discord.dispatch import Intent

EVERYTHING = discord.Intents(
    guilds=True, members=True, guild_messages=True, dm_messages=True, message_content=True
)


@pytest.fixture
async def dial(server):
    """Open raw gateway connections."""
    async with aiohttp.ClientSession() as session:
        sockets = []

        async def open_one():
            socket = await session.ws_connect(server.gateway_url)
            sockets.append(socket)
            assert (await socket.receive_json())["op"] == 10
            return socket

        yield open_one
        for socket in sockets:
            await socket.close()


def identify(server, intents=1, **more):
    data = {"token": server.token, "intents": intents, "properties": {}} | more
    return {"op": 2, "d": data}


async def code_of(socket):
    message = await socket.receive(timeout=5)
    assert message.type is aiohttp.WSMsgType.CLOSE
    return message.data


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 8, "d": {}}, 4003),
        ({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
        ({"d": 1}, 4002),
        ({"op": 2, "d": {"x": "x" * 5000}}, 4002),
    ],
)
async def test_wrong_payloads_close_the_connection(dial, payload, code):
    socket = await dial()

    await socket.send_json(payload)

    assert await code_of(socket) == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"intents": 1 << 40}, 4013),
        ({"intents": Intent.GUILD_MEMBERS}, 4014),
        ({"shard": [2, 1]}, 4010),
    ],
)
async def test_wrong_identification_closes_the_connection(server, dial, more, code):
    socket = await dial()

    await socket.send_json(identify(server, **{"intents": 1} | more))

    assert await code_of(socket) == code


async def test_heartbeats_are_acknowledged(dial):
    socket = await dial()

    await socket.send_json({"op": 1, "d": None})

    assert (await socket.receive_json())["op"] == 11


async def test_too_many_payloads_close_the_connection(dial):
    socket = await dial()

    for _ in range(121):
        await socket.send_json({"op": 1, "d": None})
    codes = [message.data async for message in _messages(socket)]

    assert codes[-1] == 4008


async def _messages(socket):
    while (message := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
        yield message
    yield message


async def test_a_wrong_token_is_refused_by_rest_too(client):
    with pytest.raises(discord.LoginFailure):
        await client.online("wrong")


async def test_a_privileged_intent_needs_the_portal(server, new_client):
    client = new_client(EVERYTHING)

    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.online(server.token)


async def test_all_members_are_listed_with_the_members_intent(world, server, new_client):
    world.application.privileged_intents = Intent.GUILD_MEMBERS | Intent.MESSAGE_CONTENT
    client = new_client(EVERYTHING)
    await client.online(server.token)
    guild = client.guilds[0]

    await asyncio.wait_for(guild.chunk(), 5)
    found = await guild.query_members("ki", limit=5)

    assert {each.name for each in guild.members} == {"owner", "moderator", "member", "patreon-bot"}
    assert [each.display_name for each in found] == ["Kim"]


async def test_without_intents_only_interactions_and_guilds_are_told(world, server, dial):
    socket = await dial()
    await socket.send_json(identify(server, Intent.GUILDS))
    ready, created = await socket.receive_json(), await socket.receive_json()
    assert (ready["t"], created["t"]) == ("READY", "GUILD_CREATE")
    assert [each["user"]["username"] for each in created["d"]["members"]] == ["patreon-bot"]

    world.messages.write("member", "general", "Hello")
    world.add_member(world.guild, world.add_user("new"))
    world.add_channel(world.guild, "more")

    assert (await socket.receive_json())["t"] == "CHANNEL_CREATE"


async def test_foreign_content_is_empty_without_the_content_intent(world, server, dial):
    socket = await dial()
    await socket.send_json(identify(server, Intent.GUILD_MESSAGES))
    await socket.receive_json()

    world.messages.write("member", "general", "Secret")
    world.messages.write("patreon-bot", "general", "Own")
    user = world.user_named("member")
    message = world.messages.write("member", "general", "For the bot")
    message.mention_ids = [world.bot.id]
    world.messages.pin(message, pinned=True)

    contents = [(await socket.receive_json())["d"]["content"] for _ in range(4)]
    assert contents == ["", "Own", "", "For the bot"]
    assert user.username == "member"


async def test_messages_in_hidden_channels_are_not_told(world, server, dial):
    socket = await dial()
    await socket.send_json(identify(server, Intent.GUILD_MESSAGES))
    await socket.receive_json()
    hidden = world.channel_named("general")
    world.allow(hidden, world.role_named("Patreon Bot"), deny=Permission.VIEW_CHANNEL)

    world.messages.write("member", "general", "Hidden")
    shown = world.messages.write("member", "staff", "Shown")

    assert (await socket.receive_json())["d"]["id"] == str(shown.id)


async def test_a_dropped_connection_is_resumed_and_nothing_is_lost(world, server, new_client):
    world.application.privileged_intents = Intent.GUILD_MEMBERS | Intent.MESSAGE_CONTENT
    client = new_client(EVERYTHING)
    heard, resumed = [], asyncio.Event()

    @client.event
    async def on_message(message):
        heard.append(message.content)

    @client.event
    async def on_resumed():
        resumed.set()

    await client.online(server.token)
    await server.gateway.drop()
    world.messages.write("member", "general", "While away")
    await asyncio.wait_for(resumed.wait(), 15)

    assert heard == ["While away"]
    assert (server.gateway.identify_count, server.gateway.resume_count) == (1, 1)


async def test_ephemeral_messages_are_not_told(world, server, dial, ask, start):
    socket = await dial()
    await socket.send_json(identify(server, Intent.GUILD_MESSAGES))
    await socket.receive_json()
    _, path = start()

    await ask("POST", path, {"type": 4, "data": {"content": "Psst", "flags": 64}})
    shown = world.messages.write("patreon-bot", "general", "Loud")

    assert (await socket.receive_json())["d"]["id"] == str(shown.id)


async def test_a_session_cannot_be_resumed_from_what_was_never_sent(server, dial):
    socket = await dial()
    await socket.send_json(identify(server))
    session_id = (await socket.receive_json())["d"]["session_id"]
    other = await dial()

    resume = {"token": server.token, "session_id": session_id, "seq": 1000}
    await other.send_json({"op": 6, "d": resume})

    assert await other.receive_json() == {"op": 9, "d": False}


async def test_a_session_that_is_unknown_cannot_be_resumed(server, dial):
    socket = await dial()

    resume = {"token": server.token, "session_id": "gone", "seq": 3}
    await socket.send_json({"op": 6, "d": resume})

    assert await socket.receive_json() == {"op": 9, "d": False}


async def test_coming_and_going_of_clients_can_be_awaited(world, server, dial):
    with pytest.raises(TimeoutError, match="gateway"):
        await server.gateway.wait_connected(timeout=0.01)
    socket = await dial()

    await socket.send_json(identify(server))
    await server.gateway.wait_connected()
    with world.subscribe() as events:
        await socket.close()
        await events.wait_for("gateway_disconnect")

    assert not server.gateway.connected


async def test_connections_can_be_cut_without_a_word(server, dial):
    socket = await dial()

    server.gateway.cut()

    assert (await socket.receive(timeout=5)).type is not aiohttp.WSMsgType.TEXT


async def test_a_request_to_reconnect_is_followed_by_a_resume(server, new_client):
    client = new_client()
    resumed = asyncio.Event()

    @client.event
    async def on_resumed():
        resumed.set()

    await client.online(server.token)
    await server.gateway.ask_to_reconnect()

    await asyncio.wait_for(resumed.wait(), 15)
    assert server.gateway.resume_count == 1


async def test_the_gateway_can_be_away(server, dial):
    await server.gateway.go_away(60)

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await dial()


async def test_each_shard_hears_of_its_own_guilds(world, server, dial):
    guild = world.guild
    sockets = [await dial(), await dial()]
    for at, socket in enumerate(sockets):
        await socket.send_json(identify(server, 1, shard=[at, 2]))
    readies = [(await socket.receive_json())["d"]["guilds"] for socket in sockets]

    own = (guild.id >> 22) % 2
    assert [len(each) for each in readies] == [int(at == own) for at in (0, 1)]
    world.add_channel(guild, "other", ChannelType.TEXT)
    names = [json.loads((await sockets[own].receive()).data)["t"] for _ in range(2)]
    assert names == ["GUILD_CREATE", "CHANNEL_CREATE"]
