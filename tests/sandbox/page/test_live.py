"""What a browser is told, and what its person may do."""

import contextlib

import pytest
from aiohttp import WSMsgType

from sandbox.discord.records import Message, MessageFlag


def _channel(state: dict, name: str) -> dict | None:
    return next((one for one in state["guild"]["channels"] if one["name"] == name), None)


async def test_the_first_message_is_the_whole_state(browse):
    async with browse() as browser:
        state = await browser.state()

    assert state["viewer"]["name"] == "Ada"
    assert [one["part"] for one in state["people"]] == ["owner", "moderator", "ordinary member"]
    assert {"general", "patreon-feed", "staff", "posts"} <= {
        one["name"] for one in state["guild"]["channels"]
    }
    assert [tier["price"] for tier in state["patreon"]["tiers"]][:2] == ["free", "3.00 USD"]
    assert state["patreon"]["members"] == 120
    assert state["deliveries"] == []
    assert not state["bot"]["online"]


async def test_a_message_is_told_to_everybody_who_may_see_it(browse, sandbox):
    async with browse("owner") as owner, browse("member") as member:
        await member.state()
        staff = _channel(await owner.state(), "staff")
        await owner.ask("say", channel_id=staff["id"], content="secret")
        general = str(sandbox.scene.world.channel_named("general").id)
        await owner.ask("say", channel_id=general, content="hello")
        heard = await member.until(lambda one: one["type"] == "message")

    assert heard["message"]["content"] == "hello"
    assert heard["message"]["author"]["name"] == "Ada"


async def test_an_ordinary_member_does_not_see_the_hidden_channel(browse):
    async with browse("member") as member:
        state = await member.state()

    assert _channel(state, "staff") is None


async def test_an_ephemeral_message_is_told_to_its_viewer_only(browse, sandbox):
    world = sandbox.scene.world
    place, owner = world.channel_named("general"), world.user_named("owner")
    flags = int(MessageFlag.EPHEMERAL)
    async with browse("owner") as own, browse("member") as other:
        await own.state()
        await other.state()
        hidden = Message(world.ids.next(), place.id, world.bot.id, world.clock(), content="psst")
        hidden.flags, hidden.viewer_id = flags, owner.id
        world.messages.add(hidden)
        world.messages.write("owner", "general", "loud")
        first_own = await own.until(lambda one: one["type"] == "message")
        first_other = await other.until(lambda one: one["type"] == "message")

        assert first_own["message"]["content"] == "psst"
        assert first_other["message"]["content"] == "loud"
        refused = await other.ask("dismiss", message_id=str(hidden.id))
        assert not refused["ok"]
        assert (await own.ask("dismiss", message_id=str(hidden.id)))["ok"]
        gone = await own.until(lambda one: one["type"] == "gone")
        assert gone["message_id"] == str(hidden.id)
        world.messages.write("owner", "general", "louder")
        await other.until(lambda one: one.get("message", {}).get("content") == "louder")
        assert "gone" not in [one["type"] for one in other.updates]


async def test_becoming_somebody_else_changes_what_is_seen(browse, sandbox):
    moderator = str(sandbox.scene.world.user_named("moderator").id)
    async with browse() as browser:
        await browser.state()
        assert (await browser.ask("become", user_id=moderator))["ok"]
        state = await browser.state()

    assert state["viewer"]["id"] == moderator


async def test_nobody_can_be_the_bot(browse, sandbox):
    async with browse() as browser:
        reply = await browser.ask("become", user_id=str(sandbox.scene.world.bot.id))

    assert not reply["ok"]


async def test_writing_needs_the_permission(browse, sandbox):
    world = sandbox.scene.world
    place = world.channel_named("general")
    world.allow(place, world.guild.roles[world.guild.id], deny=1 << 11)
    async with browse("member") as browser:
        reply = await browser.ask("say", channel_id=str(place.id), content="hi")

    assert reply["error"].startswith("You do not have permission")


async def test_a_change_of_rights_is_told_at_once(browse, sandbox):
    world = sandbox.scene.world
    async with browse("member") as browser:
        await browser.state()
        world.allow(world.channel_named("general"), world.guild.roles[world.guild.id], deny=1 << 10)
        state = await browser.state()

    assert _channel(state, "general") is None


async def test_an_unknown_action_is_answered_with_a_sentence(browse):
    async with browse() as browser:
        reply = await browser.ask("explode")

    assert reply == {"type": "reply", "seq": 1, "ok": False, "error": "There is no such action."}


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("say", {"channel_id": "1", "content": "x"}),
        ("say", {"channel_id": 1, "content": "x"}),
        ("command", {"channel_id": "0", "command_id": "1", "path": [], "options": {}}),
        ("press", {"channel_id": "1", "message_id": "2", "custom_id": "x"}),
        ("submit", {"opened": "1", "values": {}}),
        ("members", {"text": "x", "page": 0}),
        ("happen", {"event": "join", "tier_id": "no", "kind": "paid"}),
        ("happen", {"event": "revolt"}),
        ("delivery", {"id": 99}),
        ("trouble", {"name": "no", "on": True}),
        ("become", {}),
    ],
)
async def test_what_cannot_be_done_is_refused_and_the_line_stays(browse, do, fields):
    async with browse() as browser:
        assert not (await browser.ask(do, **fields))["ok"]
        assert (await browser.ask("members", text="", page=1))["ok"]


@pytest.mark.parametrize("raw", ["no json", "[]", '{"do":"say"}'])
async def test_what_is_no_action_ends_the_line(browse, raw):
    async with browse() as browser:
        await browser.state()
        await browser.socket.send_str(raw)
        async for _ in browser.socket:
            pass

        assert browser.socket.close_code == 1008


async def test_bytes_end_the_line(browse):
    async with browse() as browser:
        await browser.state()
        await browser.socket.send_bytes(b"{}")
        async for message in browser.socket:
            assert message.type is WSMsgType.TEXT

        assert browser.socket.close_code == 1003


async def test_a_message_that_is_too_large_ends_the_line(browse):
    async with browse() as browser:
        await browser.state()
        with contextlib.suppress(ConnectionError):
            await browser.socket.send_str("x" * (8 * 1024 * 1024 + 1))
        async for message in browser.socket:
            assert message.type is WSMsgType.TEXT
    async with browse() as browser:
        assert (await browser.state())["viewer"]


async def test_the_number_of_browsers_is_bounded(sandbox, http):
    headers = {"Origin": sandbox.page_url.rstrip("/")}
    lines = [await http.ws_connect(f"{sandbox.page_url}live", headers=headers) for _ in range(20)]

    async with http.get(f"{sandbox.page_url}live", headers=headers) as answer:
        assert answer.status == 503
    for line in lines:
        await line.close()


async def test_a_command_without_a_bot_is_not_offered(browse, sandbox):
    place = str(sandbox.feed_channel_id)
    async with browse() as browser:
        reply = await browser.ask("command", channel_id=place, command_id="7", path=[], options={})

    assert reply["error"].startswith("This command is outdated")


async def test_a_command_that_the_bot_does_not_answer_fails_as_in_discord(browse, sandbox):
    world = sandbox.scene.world
    (command,) = world.commands.replace([{"name": "ping", "description": "Pong.", "type": 1}])
    place = str(sandbox.feed_channel_id)
    async with browse() as browser:
        offered = (await browser.state())["commands"]
        reply = await browser.ask(
            "command", channel_id=place, command_id=command["id"], path=[], options={}
        )

    assert [each["name"] for each in offered] == ["ping"]
    assert reply["error"] == "The application did not respond"


async def test_the_number_of_actions_that_wait_is_bounded(browse, sandbox):
    world = sandbox.scene.world
    (command,) = world.commands.replace([{"name": "ping", "description": "Pong.", "type": 1}])
    about = {"channel_id": str(sandbox.feed_channel_id), "command_id": command["id"]}
    async with browse() as browser:
        await browser.state()
        for seq in range(100, 116):
            action = {"seq": seq, "do": "command", "path": [], "options": {}, **about}
            await browser.socket.send_json(action)
        reply = await browser.ask("members", text="", page=1)

    assert reply["error"] == "Too much at once."
