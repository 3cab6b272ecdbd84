"""What hinders a renewal is told and waited for; whose turn it is holds across processes."""

import asyncio
from datetime import timedelta

import pytest

from core.accounts import TokenState
from core.errors import Blocked, TemporaryError, Throttled, TokenBroken
from patreon.renewing import SAVE_TIME, TURN_TIME
from sandbox.patreon.faults import FaultKind
from tests.patreon.conftest import pair_of

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

LIFE = timedelta(days=31)
HINDRANCES = [
    (FaultKind.CLOUDFLARE, Blocked, TokenState.BLOCKED),
    (FaultKind.TOO_MANY, Throttled, TokenState.THROTTLED),
]


@pytest.mark.parametrize(("fault", "error", "state"), HINDRANCES)
async def test_a_hindered_renewal_is_told_and_passes(
    client, world, clock, stored, asked, fault, error, state
):
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", fault, seconds=1)

    with pytest.raises(error):
        await client.identity()
    hindered, _ = await stored()
    clock.advance(minutes=5)
    world.faults.clear()
    await client.identity()

    creator, _ = await stored()
    assert hindered.token_state is state
    assert hindered.token_reason
    assert creator.token_state is TokenState.OK
    assert asked("token") == 2


async def test_a_block_without_a_time_is_tried_again_after_five_minutes(
    client, world, clock, asked
):
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", FaultKind.CLOUDFLARE, times=9)

    for minutes in (0, 2, 2):
        clock.advance(minutes=minutes)
        with pytest.raises(TemporaryError):
            await client.identity()
    before = asked("token")
    clock.advance(minutes=1)
    with pytest.raises(Blocked):
        await client.identity()

    assert (before, asked("token")) == (1, 2)


async def test_while_renewals_are_hindered_answers_do_not_hide_it(
    client, world, clock, store, creator_id, stored, asked
):
    async with store.write() as work:
        pair = pair_of(world.creator_token, obtained_at=clock() - LIFE / 2,
                       expires_at=clock() + LIFE / 2)  # fmt: skip
        await work.creators.save_tokens(creator_id, pair)
    world.faults.plan("token", FaultKind.CLOUDFLARE)

    await client.identity()
    await client.identity()
    hindered, _ = await stored()
    clock.advance(minutes=5)
    await client.identity()

    creator, _ = await stored()
    assert hindered.token_state is TokenState.BLOCKED
    assert creator.token_state is TokenState.OK
    assert asked("token") == 2


async def test_of_two_holders_one_asks_and_both_go_on(
    open_clients, settings, world, creator_id, asked, stored
):
    clients = [open_clients(settings)(creator_id) for _ in range(2)]
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", FaultKind.SLOW, seconds=0.05)

    await asyncio.gather(*(client.identity() for client in clients for _ in range(5)))

    _, pair = await stored()
    assert (asked("token"), pair.version) == (1, 2)


async def reserve(store, creator_id, clock, *, lasts, by="another"):
    async with store.write() as work:
        assert await work.creators.lease_renewal(
            creator_id, version=1, by=by, now=clock(), until=clock() + lasts
        )


async def test_a_reservation_is_waited_for_and_runs_out(
    client, world, store, creator_id, clock, asked
):
    lease = TURN_TIME + SAVE_TIME
    await reserve(store, creator_id, clock, lasts=lease)
    world.tokens.expire_access(world.creator_token)

    with pytest.raises(TemporaryError, match="another process"):
        await client.identity()
    held = asked("token")
    clock.advance(lease)
    await client.identity()

    assert (held, asked("token")) == (0, 1)


async def test_a_renewal_ahead_of_time_does_not_wait_for_another(
    client, world, store, creator_id, clock, asked
):
    async with store.write() as work:
        pair = pair_of(world.creator_token, obtained_at=clock() - LIFE, expires_at=clock() + LIFE)
        await work.creators.save_tokens(creator_id, pair)
        await work.creators.lease_renewal(
            creator_id, version=2, by="another", now=clock(), until=clock() + TURN_TIME
        )

    assert await client.identity()

    assert asked("token") == 0


async def test_a_reservation_of_a_wrong_clock_holds_nobody(
    client, world, store, creator_id, clock, asked
):
    await reserve(store, creator_id, clock, lasts=timedelta(days=300))
    world.tokens.expire_access(world.creator_token)

    await client.identity()

    assert asked("token") == 1


async def test_a_failed_renewal_gives_the_turn_back(
    open_clients, settings, world, store, creator_id, clock
):
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", FaultKind.SERVER_ERROR)
    with pytest.raises(TemporaryError):
        await open_clients(settings)(creator_id).identity()

    assert await open_clients(settings)(creator_id).identity()


async def test_what_was_taken_over_and_is_dead_is_told_as_lost(
    client, world, store, creator_id, clock, stored
):
    await reserve(store, creator_id, clock, lasts=TURN_TIME)
    world.tokens.refresh(world.client.id, world.creator_token.refresh_token)
    clock.advance(TURN_TIME)

    with pytest.raises(TokenBroken, match="cut short"):
        await client.identity()

    creator, _ = await stored()
    assert creator.token_state is TokenState.BROKEN


async def test_an_account_disconnected_during_a_renewal_stays_disconnected(
    client, world, store, creator_id, clock, stored, asked
):
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", FaultKind.SLOW, seconds=0.4)
    call = asyncio.create_task(client.identity())
    async with asyncio.timeout(5):
        while not asked("identity", 401):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    async with store.write() as work:
        await work.creators.forget_tokens(creator_id, at=clock())

    with pytest.raises(TokenBroken, match="disconnected"):
        await call

    creator, pair = await stored()
    assert (creator.token_state, pair) == (TokenState.DISCONNECTED, None)
