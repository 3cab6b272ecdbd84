"""The client against a stand-in that refuses what Patreon refuses."""

import asyncio
import logging
from datetime import timedelta

import pytest

from core.accounts import TokenState
from core.errors import (
    Blocked,
    CursorExpired,
    OutcomeUnknown,
    PermanentError,
    TemporaryError,
    Throttled,
)
from patreon.settings import Limits
from sandbox.patreon import Limits as StandInLimits
from sandbox.patreon import PatreonServer, PatreonWorld
from sandbox.patreon.faults import FaultKind
from tests.patreon.conftest import connect, settings_of
from tests.readings import everybody

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

HOOK = "https://bot.example/hooks/key"


@pytest.fixture
def campaign(world):
    return world.campaign()


async def all_members(client, campaign_id):
    members, tiers, cursor, pages = [], {}, None, 0
    while pages < 100:
        page = await client.members_page(campaign_id, cursor=cursor)
        members += everybody(page)
        tiers |= {tier.id: tier for tier in page.tiers}
        pages, cursor = pages + 1, page.next_cursor
        if cursor is None:
            return members, tiers, pages, page.total
    raise AssertionError("The pages have no end.")


async def test_the_owner_is_known_by_id_and_name(client, campaign, world):
    identity = await client.identity()

    assert identity.patreon_id == campaign.creator_id
    assert identity.name == world.person(campaign.creator_id).full_name


async def test_campaigns_come_with_all_their_tiers(client, campaign, world, clock):
    (read,) = await client.campaigns()

    assert (read.campaign.id, read.campaign.name) == (campaign.id, campaign.name)
    assert {tier.id: tier.amount_cents for tier in read.tiers} == {
        tier.id: tier.amount_cents for tier in world.tiers()
    }
    assert read.asked_at == clock()


async def test_every_member_is_read_page_by_page(open_clients, store, clock):
    world = PatreonWorld(seed=4, now=clock)
    campaign = world.seed_campaign(members=2500)
    async with PatreonServer(world, limits=StandInLimits.off()) as server:
        client = open_clients(settings_of(server, world))(await connect(store, world.creator_token))

        members, tiers, pages, total = await all_members(client, campaign.id)

    expected = list(world.members())
    assert (pages, total) == (3, 2500)
    assert [m.id for m, _ in members] == [m.id for m in expected]
    assert [m.user_id for m, _ in members] == [m.user_id for m in expected]
    assert {tier_id for m, _ in members for tier_id in m.tier_ids} <= set(tiers)
    told = [None if m.discord_id is None else str(m.discord_id) for m, _ in members]
    assert told == [m.discord_id for m in expected]


async def test_a_member_read_alone_is_the_member_of_the_page(client, campaign):
    page = await client.members_page(campaign.id)

    for member, fingerprint in everybody(page)[:10]:
        read = await client.member(member.id)
        assert (read.member, read.fingerprint) == (member, fingerprint)


async def test_a_member_that_is_not_there_is_none(client):
    assert await client.member("99999999-0000-4000-8000-000000000000") is None


async def test_nobody_is_gone_because_something_on_the_way_answers_404(
    open_clients, server, world, store
):
    elsewhere = server.api_url.replace("/api/oauth2/v2", "/elsewhere")
    client = open_clients(settings_of(server, world, api_url=elsewhere))(
        await connect(store, world.creator_token)
    )

    with pytest.raises(TemporaryError, match="404"):
        await client.member("99999999-0000-4000-8000-000000000000")
    with pytest.raises(TemporaryError, match="404"):
        await client.post("1")


async def test_all_posts_are_read_and_each_can_be_read_alone(client, campaign, world):
    first = await client.posts_page(campaign.id)
    second = await client.posts_page(campaign.id, cursor=first.next_cursor)

    posts = [*first.posts, *second.posts]
    assert (len(first.posts), len(posts), second.next_cursor) == (20, 25, None)
    assert await client.post(posts[0].id) == posts[0]
    assert posts[0].campaign_id == campaign.id
    assert posts[0].url.startswith("http")


async def test_a_post_that_is_not_there_is_none(client):
    assert await client.post("1") is None


async def test_a_hook_is_made_changed_listed_and_removed(client, campaign):
    made = await client.create_hook(campaign.id, uri=HOOK, triggers=["members:update"])
    changed = await client.update_hook(made.id, triggers=["posts:publish"], paused=False)
    listed = await client.hooks()
    await client.delete_hook(made.id)
    await client.delete_hook(made.id)

    assert made.secret
    assert (made.uri, made.triggers, made.is_paused) == (HOOK, ("members:update",), False)
    assert (changed.triggers, changed.uri, changed.secret) == (
        ("posts:publish",),
        HOOK,
        made.secret,
    )
    assert list(listed) == [changed]
    assert await client.hooks() == []


async def test_an_expired_cursor_is_told_apart(client, campaign, world):
    world.faults.plan("members", FaultKind.EXPIRED_CURSOR)

    with pytest.raises(CursorExpired):
        await client.members_page(campaign.id, cursor="03:x:y")


@pytest.mark.parametrize("fault", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER])
async def test_a_read_whose_connection_broke_is_tried_once_more(client, world, asked, fault):
    world.faults.plan("identity", fault)

    await client.identity()

    assert asked("identity") == 2


async def test_a_read_is_not_tried_a_third_time(client, world, asked):
    world.faults.plan("identity", FaultKind.DROP_BEFORE, times=5)

    with pytest.raises(TemporaryError):
        await client.identity()

    assert asked("identity") == 2


@pytest.mark.parametrize("fault", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER])
async def test_a_write_whose_answer_is_lost_is_not_repeated(client, world, campaign, asked, fault):
    world.faults.plan("webhook_create", fault)

    with pytest.raises(OutcomeUnknown):
        await client.create_hook(campaign.id, uri=HOOK, triggers=["posts:publish"])

    assert asked("webhook_create") == 1


@pytest.mark.parametrize(
    "fault",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_GATEWAY,
        FaultKind.UNAVAILABLE,
        FaultKind.ERROR_AFTER,
        FaultKind.TRUNCATED_JSON,
        FaultKind.EMPTY_OBJECT,
    ],
)
async def test_a_failure_that_may_pass_is_temporary(client, world, campaign, fault):
    world.faults.plan("members", fault)

    with pytest.raises(TemporaryError):
        await client.members_page(campaign.id)
    page = await client.members_page(campaign.id)

    assert page.total == 40


async def test_an_answer_that_takes_too_long_is_given_up(open_clients, server, world, store):
    settings = settings_of(server, world, timeout=timedelta(seconds=0.2))
    client = open_clients(settings)(await connect(store, world.creator_token))
    world.faults.plan("identity", FaultKind.SLOW, seconds=3)

    with pytest.raises(TemporaryError, match="in time"):
        await client.identity()


async def test_a_call_has_a_deadline_even_while_it_waits_for_its_turn(
    open_clients, server, world, store
):
    limits = Limits(per_token=1)
    settings = settings_of(server, world, deadline=timedelta(seconds=0.3), limits=limits)
    client = open_clients(settings)(await connect(store, world.creator_token))
    await client.identity()

    with pytest.raises(TemporaryError, match="no time left"):
        await client.identity()


async def test_nobody_listening_is_temporary(open_clients, server, world, store):
    settings = settings_of(server, world, api_url="http://127.0.0.1:9/api")
    client = open_clients(settings)(await connect(store, world.creator_token))

    with pytest.raises(TemporaryError, match="cannot be reached"):
        await client.identity()


async def test_an_answer_that_is_too_large_is_refused(open_clients, server, world, store, campaign):
    settings = settings_of(server, world, max_body_bytes=1000)
    client = open_clients(settings)(await connect(store, world.creator_token))

    with pytest.raises(TemporaryError, match="larger"):
        await client.members_page(campaign.id)


async def test_the_edges_refusal_is_noted_and_passes(client, world, asked, stored):
    world.faults.plan("identity", FaultKind.CLOUDFLARE)

    with pytest.raises(Blocked, match="SBX"):
        await client.identity()
    blocked, _ = await stored()
    await client.identity()
    passed, _ = await stored()

    assert (blocked.token_state, passed.token_state) == (TokenState.BLOCKED, TokenState.OK)
    assert asked("token") == 0


async def test_being_asked_to_slow_down_holds_everybody_back(
    clients, client, world, store, stored, asked
):
    other = clients(await connect(store, world.issue_tokens()))
    world.faults.plan("identity", FaultKind.TOO_MANY, seconds=3600)

    with pytest.raises(Throttled) as caught:
        await client.identity()
    creator, _ = await stored()
    with pytest.raises(Throttled):
        await other.campaigns()

    assert caught.value.retry_after == timedelta(hours=1)
    assert creator.token_state is TokenState.THROTTLED
    assert asked("campaigns") == 0


async def test_our_own_refused_requests_stop_us_long_before_the_edge_does(
    open_clients, server, world, store, asked
):
    settings = settings_of(server, world, limits=Limits(refused=5))
    clients = open_clients(settings)
    client = clients(await connect(store, world.creator_token))

    for _ in range(5):
        assert await client.member("99999999-0000-4000-8000-000000000000") is None
    with pytest.raises(Throttled):
        await client.identity()

    assert (asked("member"), asked("identity")) == (5, 0)
    assert clients.usage().refused_last_10_minutes == 5


async def test_a_refused_request_is_permanent(client):
    with pytest.raises(PermanentError):
        await client.create_hook("999", uri=HOOK, triggers=["posts:publish"])


async def test_both_limits_hold_while_many_pages_are_read(open_clients, store):
    """The stand-in's limits are Patreon's, its windows shorter; it refuses whoever exceeds them."""
    world = PatreonWorld(seed=6)
    campaign = world.seed_campaign(members=30, posts=0)
    strict = StandInLimits(
        per_client=20, client_window=timedelta(seconds=0.2),
        per_token=30, token_window=timedelta(seconds=1),
    )  # fmt: skip
    ours = Limits(
        per_client=19, client_window=timedelta(seconds=0.2),
        per_token=27, token_window=timedelta(seconds=1),
    )  # fmt: skip
    async with PatreonServer(world, limits=strict) as server:
        clients = open_clients(settings_of(server, world, limits=ours), sleep=asyncio.sleep)
        pairs = [world.creator_token, *(world.issue_tokens() for _ in range(3))]
        everybody = [clients(await connect(store, pair)) for pair in pairs]

        pages = await asyncio.gather(
            *(client.members_page(campaign.id) for client in everybody for _ in range(60))
        )

        statuses = {record.status for record in server.requests}
    assert len(pages) == 240
    assert statuses == {200}
    assert clients.usage().total == 240


async def test_every_request_says_who_asks(client, server):
    """The stand-in answers 403 to a request without a User-Agent, as Patreon does."""
    await client.identity()

    assert {record.status for record in server.requests} == {200}


async def test_no_secret_gets_into_the_log(client, world, campaign, caplog, stored, server):
    caplog.set_level(logging.DEBUG)
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("posts", FaultKind.CLOUDFLARE)
    world.faults.plan("campaigns", FaultKind.DROP_BEFORE)

    await client.members_page(campaign.id)
    await client.campaigns()
    hook = await client.create_hook(campaign.id, uri=HOOK, triggers=["posts:publish"])
    with pytest.raises(Blocked):
        await client.posts_page(campaign.id)
    _, pair = await stored()

    own = [record for record in caplog.records if record.name.startswith("patreon")]
    # Record by record and field by field: what a formatter would print, and what `extra` holds.
    written = "\n".join(
        f"{record.getMessage()} {record.__dict__} {record.exc_text}" for record in caplog.records
    )
    old = world.creator_token
    for secret in (
        old.access_token, old.refresh_token, pair.access, pair.refresh, world.client.secret,
        hook.secret, HOOK, "token-hash", "token-time",
    ):  # fmt: skip
        assert secret not in written
    assert {record.msg for record in own} >= {"tokens renewed", "patreon answered"}
    assert any(getattr(record, "ray", None) for record in own)
    assert any(getattr(record, "patreon_uuid", None) for record in own)
