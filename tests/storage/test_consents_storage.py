"""Open consents, and whose turn a renewal is, in both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts import RenewalLease, TokenPair, TokenState
from core.consents import OpenConsent, Purpose
from tests.factories import NOW

CONSENT = OpenConsent(
    purpose=Purpose.CONNECT,
    user_id=7,
    guild_id=1,
    expires_at=NOW + timedelta(minutes=10),
    user_name="Ada",
    guild_name="Workshop",
)
LATER = NOW + timedelta(minutes=2)


async def add(store, digest, most=3, **changes):
    async with store.write() as work:
        return await work.consents.add(digest, replace(CONSENT, **changes), most=most)


async def look(store, digest):
    async with store.read() as work:
        return await work.consents.look(digest)


async def test_a_consent_comes_back_as_it_was_kept(store):
    await add(store, "one")
    await add(store, "two", guild_id=None, purpose=Purpose.PATRON, user_name="", guild_name="")

    assert await look(store, "one") == await look(store, "one") == CONSENT
    assert (await look(store, "two")).guild_id is None
    assert await look(store, "three") is None


async def test_of_two_that_take_a_consent_at_once_one_gets_it(store):
    await add(store, "one")

    async def take():
        async with store.write() as work:
            return await work.consents.take("one")

    assert sorted(map(repr, await asyncio.gather(*(take() for _ in range(5))))) == sorted(
        map(repr, [CONSENT, None, None, None, None])
    )


async def test_the_oldest_of_a_person_and_purpose_make_room(store):
    gone = [
        await add(store, f"a{minute}", expires_at=NOW + timedelta(minutes=minute))
        for minute in range(5)
    ]
    await add(store, "other user", user_id=8)
    await add(store, "other purpose", purpose=Purpose.PATRON)

    found = [name for name in ("a0", "a1", "a2", "a3", "a4") if await look(store, name)]
    assert found == ["a2", "a3", "a4"]
    assert gone == [[], [], [], ["a0"], ["a1"]]
    assert await look(store, "other user")
    assert await look(store, "other purpose")


async def test_what_expired_is_swept(store):
    await add(store, "old", expires_at=NOW)
    await add(store, "new", expires_at=NOW + timedelta(seconds=1))

    async with store.write() as work:
        assert await work.consents.sweep(expired_by=NOW, ended_by=NOW) == 1

    assert await look(store, "old") is None
    assert await look(store, "new")


@pytest.fixture
async def creator_id(store):
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.save_tokens(creator_id, TokenPair(access="a", refresh="r"))
    return creator_id


@pytest.fixture
def reserve(store, creator_id):
    async def reserve(by, *, version=1, now=NOW, until=LATER):
        async with store.write() as work:
            return await work.creators.lease_renewal(
                creator_id, version=version, by=by, now=now, until=until
            )

    return reserve


async def test_a_renewal_is_reserved_by_one_until_its_time_is_over(store, creator_id, reserve):
    won = await asyncio.gather(*(reserve(name) for name in "abcde"))

    assert won.count(True) == 1
    assert not await reserve("f", now=LATER - timedelta(seconds=1))
    assert await reserve("f", now=LATER, until=LATER + timedelta(minutes=2))
    async with store.write() as work:
        assert await work.creators.renewal(creator_id) == RenewalLease(
            by="f", until=LATER + timedelta(minutes=2)
        )


async def test_who_asks_while_another_reserves_is_told_whose_turn_it_is(store, creator_id, reserve):
    async def look_and_reserve():
        async with store.write() as work:
            before = await work.creators.renewal(creator_id)
            won = await work.creators.lease_renewal(
                creator_id, version=1, by="b", now=NOW, until=LATER
            )
            return before, won

    async with store.write() as work:
        await work.creators.lease_renewal(creator_id, version=1, by="a", now=NOW, until=LATER)
        looking = asyncio.create_task(look_and_reserve())
        await asyncio.sleep(0.1)

    before, won = await looking
    assert before == RenewalLease(by="a", until=LATER)
    assert not won


async def test_a_pair_that_was_replaced_cannot_be_reserved(reserve):
    assert not await reserve("a", version=0)


async def test_a_new_pair_ends_the_reservation(store, creator_id, reserve):
    await reserve("a")

    async with store.write() as work:
        await work.creators.save_tokens(creator_id, TokenPair(access="b", refresh="s"))

    assert await reserve("b", version=2)


async def test_only_the_holder_gives_a_reservation_back(store, creator_id, reserve):
    await reserve("a")
    async with store.write() as work:
        await work.creators.end_renewal(creator_id, by="b")
    still = await reserve("b")
    async with store.write() as work:
        await work.creators.end_renewal(creator_id, by="a")

    assert not still
    assert await reserve("b")


async def test_a_process_that_is_alone_ends_reservations_and_they_can_be_told(
    store, creator_id, reserve
):
    await reserve("a")

    async with store.write() as work:
        assert await work.creators.end_renewals(NOW) == 1
        assert (await work.creators.renewal(creator_id)).by == "a"

    assert await reserve("b")


async def test_forgotten_tokens_are_gone_and_the_account_stays(store, creator_id):
    async with store.write() as work:
        await work.creators.set_scopes(creator_id, frozenset({"identity", "campaigns"}))
        with_scopes = await work.creators.get(creator_id)
        await work.creators.forget_tokens(creator_id, at=NOW)

    async with store.read() as work:
        creator = await work.creators.get(creator_id)
        assert await work.creators.tokens(creator_id) is None
    assert with_scopes.scopes == {"identity", "campaigns"}
    assert (creator.token_state, creator.scopes) == (TokenState.DISCONNECTED, None)
