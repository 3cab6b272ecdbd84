import asyncio

import aiohttp
import discord
import pytest
import yarl

from sandbox.discord import DiscordServer, default_world

SEND = ("POST", "/channels/{channel_id}/messages")


@pytest.fixture
async def feed(server, client):
    await client.online(server.token)
    return discord.utils.get(client.get_all_channels(), name="patreon-feed")


def shown(server):
    return [each.content for each in server.world.messages.all_in(_feed(server))]


def _feed(server):
    return server.world.channel_named("patreon-feed")


async def test_a_rate_limited_request_is_repeated_by_the_client(server, feed):
    server.faults.rate_limit(*SEND, retry_after_seconds=0.01)

    await feed.send("Once")

    assert shown(server) == ["Once"]
    statuses = [each.status for each in server.exchanges if each.route == SEND[1]]
    assert statuses == [429, 200]


async def test_a_global_rate_limit_is_waited_for(server, feed):
    server.faults.rate_limit(retry_after_seconds=0.01, is_global=True)

    await feed.send("Once")

    assert shown(server) == ["Once"]


async def test_an_answer_that_looks_like_a_ban_is_not_retried(server, feed):
    server.faults.rate_limit(*SEND, is_cloudflare=True)

    with pytest.raises(discord.HTTPException) as caught:
        await feed.send("Never")

    assert caught.value.status == 429
    assert shown(server) == []


async def test_a_503_is_raised_at_once(server, feed):
    server.faults.fail(*SEND, status=503)

    with pytest.raises(discord.DiscordServerError):
        await feed.send("Never")


async def test_a_500_is_retried(server, feed):
    server.faults.fail(*SEND)

    await feed.send("Second try")

    assert shown(server) == ["Second try"]


async def test_a_request_can_be_slow(server, ask):
    server.faults.slow("GET", "/users/@me", seconds=0.2)

    with pytest.raises(TimeoutError):
        await ask("GET", "/users/@me", timeout=aiohttp.ClientTimeout(0.05))
    assert (await ask("GET", "/users/@me"))[0] == 200


@pytest.mark.parametrize(("after_effect", "messages"), [(False, []), (True, ["Cut"])])
async def test_a_connection_is_cut_before_or_after_the_effect(server, ask, after_effect, messages):
    server.faults.drop(*SEND, after_effect=after_effect)

    with pytest.raises(aiohttp.ClientError):
        await ask("POST", f"/channels/{_feed(server).id}/messages", {"content": "Cut"})

    assert shown(server) == messages


async def test_a_repeated_nonce_shows_one_message_for_some_minutes(server, ask, clock):
    path = f"/channels/{_feed(server).id}/messages"
    body = {"content": "Once", "nonce": "a1", "enforce_nonce": True}

    first, again = await ask("POST", path, body), await ask("POST", path, body)
    assert first[1]["id"] == again[1]["id"]
    assert shown(server) == ["Once"]

    clock.advance(minutes=6)
    await ask("POST", path, body)
    assert shown(server) == ["Once", "Once"]


async def test_a_nonce_that_is_not_enforced_prevents_nothing(server, ask):
    path = f"/channels/{_feed(server).id}/messages"

    for _ in range(2):
        await ask("POST", path, {"content": "Twice", "nonce": "a1"})

    assert shown(server) == ["Twice", "Twice"]


async def test_a_repeated_nonce_whose_message_was_deleted_is_refused(server, ask):
    path = f"/channels/{_feed(server).id}/messages"
    body = {"content": "Once", "nonce": "a1", "enforce_nonce": True}
    await ask("POST", path, body)
    server.world.messages.delete(server.world.messages.all_in(_feed(server))[0])

    status, answer = await ask("POST", path, body)

    assert (status, answer["code"]) == (404, 10008)


async def test_rate_limits_can_be_switched_on():
    world = default_world()
    limits = {"GET /users/@me": (2, 60.0)}
    async with DiscordServer(world, limits=limits) as server, aiohttp.ClientSession() as session:
        answers = []
        for _ in range(3):
            headers = {"Authorization": f"Bot {server.token}"}
            async with session.get(server.api_url + "/users/@me", headers=headers) as response:
                answers.append((response.status, response.headers["X-RateLimit-Remaining"]))
                via = response.headers.get("Via")

    assert answers == [(200, "1"), (200, "0"), (429, "0")]
    assert via


FORM = '--b\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{"content"'


@pytest.mark.parametrize(
    ("media_type", "begun"),
    [("multipart/form-data; boundary=b", FORM), ("application/json", '{"content"')],
)
async def test_a_client_that_goes_away_in_mid_request_asked_nothing(server, media_type, begun):
    url = yarl.URL(server.api_url)
    head = (
        f"POST {url.path}/channels/{_feed(server).id}/messages HTTP/1.1\r\nHost: {url.host}\r\n"
        f"Authorization: Bot {server.token}\r\nContent-Type: {media_type}\r\n"
        "Content-Length: 1000\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write((head + begun).encode())
    await writer.drain()
    while server.rest.quiet_seconds():
        await asyncio.sleep(0.01)
    writer.close()
    while not server.rest.quiet_seconds():
        await asyncio.sleep(0.01)

    assert server.violations == []
    assert shown(server) == []
