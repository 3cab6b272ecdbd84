"""Failures and oddities on demand."""

import json

import aiohttp
import pytest

from sandbox.patreon import FaultKind, Quirks

LIST = "/campaigns/1234567/members"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.TOO_MANY, 429),
        (FaultKind.SERVER_ERROR, 500),
        (FaultKind.BAD_GATEWAY, 502),
        (FaultKind.UNAVAILABLE, 503),
        (FaultKind.UNAUTHORIZED, 401),
        (FaultKind.EXPIRED_CURSOR, 400),
    ],
)
async def test_the_next_requests_of_a_route_fail_and_then_it_works(reader, world, kind, status):
    world.faults.plan("members", kind, times=2, after=1, seconds=7)

    statuses = []
    for _ in range(4):
        code, body = await reader.get(LIST)
        statuses.append(code)
        if code == 429:
            assert body["errors"][0]["retry_after_seconds"] == 7
    other, _ = await reader.get("/campaigns")

    assert (statuses, other) == ([200, status, status, 200], 200)


async def test_cloudflare_answers_in_html(session, server, world):
    world.faults.plan("identity", FaultKind.CLOUDFLARE)
    headers = {"Authorization": f"Bearer {world.creator_token.access_token}"}

    async with session.get(f"{server.api_url}/identity", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (403, "text/html")
        assert answer.headers["Server"] == "cloudflare"
        assert answer.headers["cf-ray"]
        assert answer.headers["cf-mitigated"] == "challenge"


async def test_a_connection_drops_before_the_effect(reader, world, campaign):
    world.faults.plan("webhook_create", FaultKind.DROP_BEFORE)
    await assert_no_answer(reader, campaign)

    assert world.hooks.hooks == {}


async def test_a_connection_drops_after_the_effect(reader, world, campaign):
    world.faults.plan("webhook_create", FaultKind.DROP_AFTER)
    await assert_no_answer(reader, campaign)

    assert len(world.hooks.hooks) == 1
    assert reader.server.requests[-1].status == 0


async def assert_no_answer(reader, campaign):
    body = {
        "data": {
            "type": "webhook",
            "attributes": {"triggers": ["posts:publish"], "uri": "http://127.0.0.1:9/"},
            "relationships": {"campaign": {"data": {"type": "campaign", "id": campaign.id}}},
        }
    }
    with pytest.raises(aiohttp.ClientError):
        await reader.ask("POST", "/webhooks", json=body)


async def test_a_refresh_can_be_lost_after_it_took_effect(session, server, world):
    world.faults.plan("token", FaultKind.ERROR_AFTER)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": world.creator_token.refresh_token,
        "client_id": world.client.id,
        "client_secret": world.client.secret,
    }

    statuses = []
    for _ in range(2):
        async with session.post(server.token_url, data=form) as answer:
            statuses.append(answer.status)

    assert statuses == [503, 401]


async def test_json_can_be_cut_short_or_empty(reader, world):
    world.faults.plan("identity", FaultKind.TRUNCATED_JSON)
    world.faults.plan("identity", FaultKind.EMPTY_OBJECT)

    with pytest.raises(json.JSONDecodeError):
        await reader.get("/identity")
    assert await reader.get("/identity") == (200, {})


async def test_a_slow_answer_is_held_back(session, server, world):
    world.faults.plan("identity", FaultKind.SLOW, seconds=5)
    headers = {"Authorization": f"Bearer {world.creator_token.access_token}"}
    timeout = aiohttp.ClientTimeout(total=0.2)

    with pytest.raises(TimeoutError):
        await session.get(f"{server.api_url}/identity", headers=headers, timeout=timeout)


@pytest.mark.parametrize(("kind", "count"), [(FaultKind.SHORT_PAGE, 33), (FaultKind.EMPTY_PAGE, 0)])
async def test_a_page_can_be_shorter_than_its_total_says(reader, world, kind, count):
    world.faults.plan("members", kind)

    _, body = await reader.get(LIST, page__count="100")

    assert len(body["data"]) == count
    assert body["meta"]["pagination"] == {"cursors": {"next": None}, "total": 250}


@pytest.mark.parametrize("path", [LIST, "/campaigns/1234567/posts"])
async def test_the_last_page_can_repeat_under_ever_new_cursors(reader, world, path):
    world.quirks.repeat_last_page = True
    pages, cursors, params = [], [], {"page__count": "150"}
    for _ in range(6):
        _, body = await reader.get(path, **params)
        pages.append([item["id"] for item in body["data"]])
        cursors.append(body["meta"]["pagination"]["cursors"]["next"])
        params["page__cursor"] = cursors[-1]

    assert pages[-1] == pages[-2] == pages[-3] != []
    assert len(set(cursors)) == 6


async def test_a_list_of_one_page_can_repeat_too(reader, world):
    world.quirks.repeat_last_page = True
    _, first = await reader.get(LIST, page__count="1000")
    cursor = first["meta"]["pagination"]["cursors"]["next"]
    _, second = await reader.get(LIST, page__count="1000", page__cursor=cursor)

    assert first["data"] == second["data"]


async def test_tiers_can_be_empty_in_webhooks_or_in_the_api(reader, world):
    world.add_hook("http://127.0.0.1:9/", "s")

    async def tiers(quirks):
        world.quirks = quirks
        event = world.join()
        body = json.loads(event.deliveries[0].body)
        _, read = await reader.get(
            f"/members/{event.member.id}", include="currently_entitled_tiers"
        )
        return [
            len(d["data"]["relationships"]["currently_entitled_tiers"]["data"])
            for d in (body, read)
        ]

    assert await tiers(Quirks()) == [1, 1]
    assert await tiers(Quirks(empty_tiers_in_hooks=True)) == [0, 1]
    assert await tiers(Quirks(empty_tiers_in_api=True)) == [1, 0]


async def test_data_can_be_odd(reader, world):
    member = next(m for m in world.members() if world.is_paying(m) and m.discord_id)
    world.quirks = Quirks(
        null_names=True,
        cadence_as_text=True,
        unknown_values=True,
        unknown_included=True,
        discord_hidden=True,
    )

    _, body = await reader.get(
        f"/members/{member.id}",
        include="user",
        fields__user="full_name,social_connections",
        fields__member="full_name,pledge_cadence,patron_status,last_charge_status",
    )

    assert body["data"]["attributes"] == {
        "full_name": None,
        "pledge_cadence": str(member.pledge_cadence),
        "patron_status": "dormant_patron",
        "last_charge_status": "Settled Elsewhere",
    }
    user, novelty = body["included"]
    assert user["attributes"]["full_name"] is None
    assert user["attributes"]["social_connections"]["discord"] is None
    assert novelty["type"] == "novelty"


async def test_posts_can_be_odd(reader, world):
    world.quirks = Quirks(post_tiers_as_text=True, null_post_content=True, omit_last_cursor=True)
    post = world.publish_post("x", tiers=("Stargazer",)).post

    _, body = await reader.get(f"/posts/{post.id}", fields__post="content,tiers")
    _, campaigns = await reader.get("/campaigns/1234567/members", page__count="1000")

    assert body["data"]["attributes"] == {"content": None, "tiers": list(post.tier_ids)}
    assert campaigns["meta"]["pagination"] == {"total": 250}


async def test_planned_failures_can_be_forgotten(reader, world):
    world.faults.plan("identity", FaultKind.SERVER_ERROR, times=5)
    world.faults.clear()

    assert (await reader.get("/identity"))[0] == 200
