"""Rate limits, the block at the edge, and the User-Agent that must be there."""

from datetime import timedelta

import pytest
from aiohttp import web

from sandbox.patreon import Limits, PatreonServer


@pytest.fixture
def limits():
    return Limits()


@pytest.fixture
async def server(world, limits):
    async with PatreonServer(world, limits=limits) as server:
        yield server


async def ask(reader, times, **options):
    return [(await reader.get("/identity", **options))[0] for _ in range(times)]


async def test_a_token_may_ask_a_hundred_times_a_minute(reader, clock, example):
    statuses = []
    for _ in range(4):
        statuses += await ask(reader, 25)
        clock.advance(timedelta(seconds=5))

    status, body = await reader.get("/identity")

    expected = example("error_429_client_or_token")
    expected["errors"][0] |= {"id": body["errors"][0]["id"], "retry_after_seconds": 40}
    assert statuses == [200] * 100
    assert (status, body) == (429, expected)
    clock.advance(timedelta(seconds=40))
    assert await ask(reader, 1) == [200]


async def test_a_client_may_ask_a_hundred_times_in_two_seconds(reader, world, clock):
    second = world.issue_tokens().access_token
    assert await ask(reader, 60) == [200] * 60
    assert await ask(reader, 40, token=second) == [200] * 40

    status, body = await reader.get("/identity", token=second)

    assert (status, body["errors"][0]["retry_after_seconds"]) == (429, 2)
    clock.advance(timedelta(seconds=2))
    assert await ask(reader, 1, token=second) == [200]


async def test_a_refresh_does_not_lift_the_limit_of_the_client(reader, world):
    await ask(reader, 100)
    fresh = world.tokens.refresh(world.client.id, world.creator_token.refresh_token)

    assert await ask(reader, 1, token=fresh.access_token) == [429]


class TestWithRetryAfter:
    @pytest.fixture
    def limits(self):
        return Limits(per_token=1, retry_after_header=True)

    async def test_the_header_can_be_switched_on(self, session, server, world):
        headers = {"Authorization": f"Bearer {world.creator_token.access_token}"}
        await (await session.get(f"{server.api_url}/identity", headers=headers)).read()
        async with session.get(f"{server.api_url}/identity", headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "60")


class TestAtTheEdge:
    @pytest.fixture
    def limits(self):
        return Limits(per_client=None, per_token=None, bad_requests=20)

    async def test_too_many_bad_requests_block_the_address_for_half_an_hour(
        self, reader, clock, example
    ):
        assert await ask(reader, 21, token="bad") == [401] * 21

        assert await reader.get("/identity") == (429, example("error_429_edge"))
        clock.advance(timedelta(minutes=30))
        assert await ask(reader, 1) == [200]

    async def test_bad_requests_that_lie_far_apart_do_not_block(self, reader, clock):
        await ask(reader, 15, token="bad")
        clock.advance(timedelta(minutes=11))
        await ask(reader, 15, token="bad")

        assert await ask(reader, 1) == [200]


async def test_a_request_without_a_user_agent_is_forbidden(session, server, world):
    headers = {
        "Authorization": f"Bearer {world.creator_token.access_token}",
        "User-Agent": "",
    }

    async with session.get(f"{server.api_url}/identity", headers=headers) as answer:
        assert answer.status == 403
        assert answer.content_type == "application/vnd.api+json"


async def test_every_request_is_noted_with_its_route(reader, server, campaign):
    await reader.get(f"/campaigns/{campaign.id}/members", page__count="3")
    await reader.get("/nowhere")

    members, unknown = server.requests
    assert (members.route, members.method, members.status) == ("members", "GET", 200)
    assert (members.path, members.query) == (
        f"/api/oauth2/v2/campaigns/{campaign.id}/members",
        "page[count]=3",
    )
    assert (unknown.route, unknown.status) == ("unknown", 404)


async def test_the_server_can_be_a_part_of_another_application(session, world, read_from):
    part = PatreonServer(world, limits=Limits.off())
    whole = web.Application()
    whole.add_subapp("/patreon", part.app)
    runner = web.AppRunner(whole)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    part.place(f"http://127.0.0.1:{runner.addresses[0][1]}/patreon")
    reader = read_from(part)

    _, first = await reader.get(f"/campaigns/{world.campaign().id}/members", page__count="240")
    _, second = await reader.ask("GET", first["links"]["next"])
    missing, body = await reader.get("/nowhere")
    async with session.get(world.images.url("user", "1", "eyJ3IjoyMDB9")) as image:
        picture = image.content_type
    await part.drain()
    await runner.cleanup()

    assert len(second["data"]) == 10
    assert (missing, body["errors"][0]["status"]) == (404, "404")
    assert picture == "image/png"
