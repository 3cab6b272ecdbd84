"""Renewing tokens: once, stored before used, and never lost by our own fault."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.accounts import TokenState
from core.errors import Blocked, PermanentError, TemporaryError, Throttled, TokenBroken
from sandbox.patreon.faults import FaultKind
from tests.patreon.conftest import connect, pair_of, settings_of

LIFE = timedelta(days=31)


async def save(store, creator_id, pair, **changes):
    async with store.write() as work:
        return await work.creators.save_tokens(creator_id, pair_of(pair, **changes))


async def test_a_race_of_twenty_calls_renews_once(client, world, asked, stored):
    world.tokens.expire_access(world.creator_token)

    names = await asyncio.gather(*(client.identity() for _ in range(20)))

    assert len(names) == 20
    assert asked("token") == 1
    creator, pair = await stored()
    assert (creator.token_state, pair.version) == (TokenState.OK, 2)
    assert world.tokens.find(pair.access) is not None


async def test_a_renewal_happens_at_half_life(
    client, world, clock, store, creator_id, asked, stored
):
    old = await save(
        store, creator_id, world.creator_token, obtained_at=clock(), expires_at=clock() + LIFE
    )
    await client.identity()
    clock.advance(LIFE / 2 - timedelta(minutes=1))
    await client.identity()
    before = asked("token")
    clock.advance(minutes=1)

    await client.identity()

    _, pair = await stored()
    assert (before, asked("token"), asked("identity", 401)) == (0, 1, 0)
    assert pair.access != old.access
    assert (pair.obtained_at, pair.expires_at) == (clock(), clock() + LIFE)


async def test_a_renewal_ahead_of_time_that_fails_for_now_does_not_fail_the_call(
    client, world, clock, store, creator_id, asked
):
    await save(store, creator_id, world.creator_token, obtained_at=clock() - LIFE / 2,
               expires_at=clock() + LIFE / 2)  # fmt: skip
    world.faults.plan("token", FaultKind.UNAVAILABLE, times=9)

    await client.identity()
    await client.identity()
    assert asked("token") == 1
    clock.advance(minutes=2)
    await client.identity()

    assert asked("token") == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FaultKind.TOO_MANY, Throttled),
        (FaultKind.CLOUDFLARE, Blocked),
        (FaultKind.SERVER_ERROR, TemporaryError),
        (FaultKind.UNAVAILABLE, TemporaryError),
        (FaultKind.DROP_BEFORE, TemporaryError),
    ],
)
async def test_a_passing_failure_breaks_nothing(client, world, clock, fault, error, stored):
    _, old = await stored()
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", fault, seconds=1)

    with pytest.raises(error):
        await client.identity()
    creator, pair = await stored()
    clock.advance(minutes=31)
    again = await client.identity()

    assert (pair.access, pair.refresh) == (old.access, old.refresh)
    assert creator.token_state is not TokenState.BROKEN
    assert again.patreon_id


@pytest.mark.parametrize("fault", [FaultKind.EMPTY_OBJECT, FaultKind.TRUNCATED_JSON])
async def test_an_incomplete_answer_never_replaces_the_pair(client, world, fault, stored):
    _, old = await stored()
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", fault)

    with pytest.raises(TemporaryError):
        await client.identity()

    creator, pair = await stored()
    assert pair == old
    assert creator.token_state is not TokenState.BROKEN


async def test_a_failed_renewal_is_not_repeated_at_once(client, world, clock, asked):
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", FaultKind.SERVER_ERROR, times=9)

    for _ in range(5):
        with pytest.raises(TemporaryError):
            await client.identity()

    assert asked("token") == 1
    assert asked("identity") == 1


async def test_a_refused_refresh_token_breaks_the_tokens_and_asks_no_more(
    client, world, asked, stored
):
    world.tokens.revoke(world.creator_token)

    for _ in range(3):
        with pytest.raises(TokenBroken, match="connect the account again"):
            await client.identity()

    creator, pair = await stored()
    assert creator.token_state is TokenState.BROKEN
    assert "connect the account again" in creator.token_reason
    assert pair.refresh == world.creator_token.refresh_token
    assert (asked("token"), asked("identity")) == (1, 1)


async def test_connecting_again_mends_broken_tokens(client, world, store, creator_id, stored):
    world.tokens.revoke(world.creator_token)
    with pytest.raises(TokenBroken):
        await client.identity()

    await save(store, creator_id, world.issue_tokens())
    await client.identity()

    creator, _ = await stored()
    assert creator.token_state is TokenState.OK


async def test_a_pair_that_somebody_else_renewed_is_used(client, world, store, creator_id, asked):
    await client.identity()
    new = world.tokens.refresh(world.client.id, world.creator_token.refresh_token)
    await save(store, creator_id, new)

    await client.identity()

    assert asked("token") == 0


async def test_losing_the_race_for_the_refresh_token_is_no_harm(
    open_clients, settings, world, store, creator_id, stored
):
    """The other process wins after we looked, and stores its pair before we look again."""
    winner = world.tokens.refresh(world.client.id, world.creator_token.refresh_token)
    client = open_clients(settings, store=_LateStore(store, creator_id, winner))(creator_id)

    await client.identity()

    creator, pair = await stored()
    assert (creator.token_state, pair.access) == (TokenState.OK, winner.access_token)


class _LateStore:
    """A store in which another process saves a pair before our first write."""

    def __init__(self, store, creator_id, pair):
        self._store, self._creator_id, self._pair = store, creator_id, pair
        self.read = store.read

    @asynccontextmanager
    async def write(self):
        if self._pair is not None:
            pair, self._pair = self._pair, None
            await save(self._store, self._creator_id, pair)
        async with self._store.write() as work:
            yield work


async def test_without_a_refresh_token_the_cure_is_named(store, world, clients, asked):
    creator_id = await connect(store, world.creator_token, refresh=None)
    world.tokens.revoke(world.creator_token)

    with pytest.raises(TokenBroken, match=r"without a refresh token.*connect the account again"):
        await clients(creator_id).identity()

    assert asked("token") == 0


async def test_without_a_refresh_token_a_missing_scope_stops_nothing_else(
    store, world, clients, asked
):
    narrow = world.issue_tokens(scopes=frozenset({"identity", "campaigns"}))
    creator_id = await connect(store, narrow, refresh=None)
    client = clients(creator_id)

    for _ in range(3):
        with pytest.raises(PermanentError, match=r"'campaigns\.posts'") as caught:
            await client.posts_page(world.campaign().id)
    campaigns = await client.campaigns()

    async with store.read() as work:
        creator = await work.creators.get(creator_id)
    assert not isinstance(caught.value, TokenBroken)
    assert creator.token_state is TokenState.OK
    assert len(campaigns) == 1
    assert (asked("identity"), asked("token")) == (1, 0)


async def test_without_a_client_secret_a_missing_scope_stops_nothing_else(
    server, store, world, open_clients, asked
):
    narrow = world.issue_tokens(scopes=frozenset({"identity", "campaigns"}))
    client = open_clients(settings_of(server, world, client_secret=None))(
        await connect(store, narrow)
    )

    with pytest.raises(PermanentError, match=r"'campaigns\.posts'") as caught:
        await client.posts_page(world.campaign().id)

    assert not isinstance(caught.value, TokenBroken)
    assert await client.campaigns()
    assert asked("token") == 0


async def test_without_a_refresh_token_several_missing_scopes_cost_one_question(
    store, world, clients, asked
):
    narrow = world.issue_tokens(scopes=frozenset({"identity"}))
    client = clients(await connect(store, narrow, refresh=None))
    world.faults.plan("identity", FaultKind.SLOW, seconds=0.3)

    refusals = await asyncio.gather(
        client.posts_page(world.campaign().id),
        client.members_page(world.campaign().id),
        client.campaigns(),
        return_exceptions=True,
    )

    assert [type(refusal) for refusal in refusals] == [PermanentError] * 3
    for refusal, scope in zip(refusals, ("posts'", "members'", "'campaigns'"), strict=True):
        assert scope in str(refusal)
    assert asked("identity") == 1


async def test_without_a_refresh_token_a_dead_token_is_told_from_a_missing_scope(
    store, world, clients, asked
):
    creator_id = await connect(store, world.creator_token, refresh=None)
    world.tokens.revoke(world.creator_token)

    for _ in range(3):
        with pytest.raises(TokenBroken, match="connect the account again"):
            await clients(creator_id).posts_page(world.campaign().id)

    async with store.read() as work:
        creator = await work.creators.get(creator_id)
    assert creator.token_state is TokenState.BROKEN
    assert (asked("posts"), asked("identity")) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FaultKind.CLOUDFLARE, Blocked),
        (FaultKind.TOO_MANY, Throttled),
        (FaultKind.UNAVAILABLE, TemporaryError),
    ],
)
async def test_without_a_refresh_token_a_question_without_an_answer_breaks_nothing(
    store, world, clients, clock, asked, fault, error
):
    narrow = world.issue_tokens(scopes=frozenset({"identity", "campaigns"}))
    creator_id = await connect(store, narrow, refresh=None)
    client = clients(creator_id)
    world.faults.plan("identity", fault, seconds=1)

    with pytest.raises(error):
        await client.posts_page(world.campaign().id)
    with pytest.raises(TemporaryError):
        await client.posts_page(world.campaign().id)
    before = asked("identity")
    campaigns = await client.campaigns()
    clock.advance(minutes=31)
    with pytest.raises(PermanentError, match=r"campaigns\.posts") as caught:
        await client.posts_page(world.campaign().id)

    assert not isinstance(caught.value, TokenBroken)
    assert len(campaigns) == 1
    assert (before, asked("identity")) == (1, 2)


async def test_without_a_refresh_token_a_refusal_that_passes_is_no_harm(store, world, clients):
    client = clients(await connect(store, world.creator_token, refresh=None))
    world.faults.plan("campaigns", FaultKind.UNAUTHORIZED)

    assert await client.campaigns()


async def test_without_a_client_secret_tokens_are_used_as_long_as_they_live(
    server, world, store, open_clients, clock
):
    creator_id = await connect(
        store, world.creator_token, obtained_at=clock() - LIFE, expires_at=clock()
    )
    client = open_clients(settings_of(server, world, client_secret=None))(creator_id)

    assert await client.identity()


async def test_a_creator_without_tokens_is_told_to_connect(store, clients):
    async with store.write() as work:
        creator_id = await work.creators.add()

    with pytest.raises(TokenBroken, match="connect the account"):
        await clients(creator_id).identity()


async def test_a_wrong_client_secret_is_the_operators_fault_not_the_tokens(
    server, world, creator_id, open_clients, stored
):
    client = open_clients(settings_of(server, world, client_secret="wrong"))(creator_id)
    world.tokens.expire_access(world.creator_token)

    with pytest.raises(PermanentError, match="client id and secret") as caught:
        await client.identity()

    creator, _ = await stored()
    assert not isinstance(caught.value, TokenBroken)
    assert creator.token_state is not TokenState.BROKEN


async def test_a_missing_scope_is_named_and_does_not_renew_again_and_again(
    store, world, clients, asked
):
    narrow = world.issue_tokens(scopes=frozenset({"identity", "campaigns"}))
    client = clients(await connect(store, narrow))

    for _ in range(3):
        with pytest.raises(PermanentError, match=r"campaigns\.posts") as caught:
            await client.posts_page(world.campaign().id)
        await client.identity()

    assert not isinstance(caught.value, TokenBroken)
    assert asked("token") == 1


async def test_a_caller_that_gives_up_does_not_lose_the_new_pair(
    client, world, stored, clients, asked
):
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", FaultKind.SLOW, seconds=0.5)
    call = asyncio.create_task(client.identity())
    while not asked("identity", 401):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await clients.aclose()

    _, pair = await stored()
    assert world.tokens.find(pair.access) is not None


class _FullStore:
    """A store that cannot be written for a while, but for `works` writes before."""

    def __init__(self, store, failures, works=1):
        self._store, self.failures, self._works = store, failures, works
        self.read = store.read

    @asynccontextmanager
    async def write(self):
        self._works -= 1
        if self._works < 0 and self.failures:
            self.failures -= 1
            raise TemporaryError("The disk is full.")
        async with self._store.write() as work:
            yield work


async def test_a_new_pair_is_not_used_before_it_is_stored_and_not_forgotten_either(
    open_clients, settings, world, store, creator_id, stored, asked
):
    full = _FullStore(store, failures=6)
    client = open_clients(settings, store=full)(creator_id)
    world.tokens.expire_access(world.creator_token)

    with pytest.raises(TemporaryError, match="full"):
        await client.identity()
    assert asked("identity", 200) == 0
    await client.identity()

    _, pair = await stored()
    assert asked("token") == 1
    assert world.tokens.find(pair.access) is not None


async def test_a_new_pair_that_could_not_be_stored_is_stored_at_the_end(
    open_clients, settings, world, store, creator_id, stored
):
    clients = open_clients(settings, store=_FullStore(store, failures=6))
    world.tokens.expire_access(world.creator_token)
    with pytest.raises(TemporaryError):
        await clients(creator_id).identity()

    await clients.aclose()

    _, pair = await stored()
    assert world.tokens.find(pair.access) is not None


async def test_a_crash_before_the_commit_ends_in_a_clear_cure(
    open_clients, settings, world, store, creator_id, stored, asked
):
    """The new pair died with the process: the old one is kept, tried once, and its end is told."""
    world.tokens.refresh(world.client.id, world.creator_token.refresh_token)
    client = open_clients(settings)(creator_id)

    with pytest.raises(TokenBroken, match="connect the account again"):
        await client.identity()

    creator, pair = await stored()
    assert creator.token_state is TokenState.BROKEN
    assert pair.refresh == world.creator_token.refresh_token
    assert asked("token") == 1


async def test_a_crash_before_the_commit_costs_nothing_while_the_old_access_token_lives(
    open_clients, settings, world, creator_id, stored
):
    world.tokens.keep_old_access = True
    world.tokens.refresh(world.client.id, world.creator_token.refresh_token)

    await open_clients(settings)(creator_id).identity()

    creator, _ = await stored()
    assert creator.token_state is TokenState.OK


async def test_good_tokens_are_noted_once(client, clock, stored):
    await client.identity()
    first, _ = await stored()
    clock.advance(hours=1)
    await client.identity()

    second, _ = await stored()
    assert first.token_state is TokenState.OK
    assert second.token_checked_at == first.token_checked_at


async def test_a_store_that_takes_nothing_costs_no_refresh_token(
    open_clients, settings, world, store, creator_id, asked
):
    client = open_clients(settings, store=_FullStore(store, failures=1, works=0))(creator_id)
    world.tokens.expire_access(world.creator_token)

    with pytest.raises(TemporaryError, match="full"):
        await client.identity()

    assert asked("token") == 0
