"""Two transactions at once: the second one decides by what the first has just committed.

On PostgreSQL a statement sees what was committed before it began, and nothing of what others are
about to commit; so whoever reads and decides has to wait for whoever writes.
"""

import asyncio
import itertools

import pytest

from core.accounts import GuildCreator, TokenPair, TokenState
from core.announcements import Wanted
from core.audit import AuditQuery
from core.connect import hash_seed, import_seed
from core.disconnect import Disconnecting
from core.errors import TokenBroken
from core.image_keys import own_public_keys, public_keys
from core.notices import Notices
from core.permissions import Rights
from core.rights import Person, Right
from core.trial import Trials
from core.troubles import HOOK_PAUSED, Lasting, lock, save
from core.turns import ACCOUNTS, take_settings_turn, take_turn
from patreon.stored_tokens import StoredTokens
from tests.factories import NOW, card, link, save_campaign, save_link

HOME, ELSEWHERE, BY = 6001, 6002, 42
SEED = TokenPair(access="seed", refresh="seed")
NEWER = TokenPair(access="newer", refresh="newer")
OWNER = Person(user_id=BY, can_manage_guild=True)
MEANWHILE_SECONDS = 0.1
"""So long a transaction stays open for another one to run into it."""


async def meanwhile(coroutine):
    """Begin something else while the caller's transaction is open; gives its task."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(MEANWHILE_SECONDS)
    return task


@pytest.fixture
async def creator_id(store):
    """An account with tokens that was connected through HOME and owns the campaign 1001."""
    creator_id = await save_campaign(store)
    async with store.write() as work:
        await work.creators.save_tokens(creator_id, TokenPair(access="a", refresh="r"))
        await work.connections.save(GuildCreator(guild_id=HOME, creator_id=creator_id), at=NOW)
    return creator_id


@pytest.fixture
def tokens(store, clock, creator_id):
    return StoredTokens(creator_id, store=store, clock=clock, holder="this")


@pytest.fixture
def disconnecting(store, clock):
    return Disconnecting(
        store, None, clock=clock, on_disconnected=lambda _: None, on_unfollowed=lambda: None
    )


async def pair_of(store, creator_id):
    async with store.read() as work:
        return await work.creators.tokens(creator_id)


async def state_of(store, creator_id):
    async with store.read() as work:
        return (await work.creators.get(creator_id)).token_state


async def test_a_renewed_pair_does_not_replace_the_pair_of_somebody_who_connects_again(
    store, creator_id, tokens
):
    async with store.write() as work:
        stored = await work.creators.save_tokens(creator_id, NEWER)
        renewed = TokenPair(access="renewed", refresh="renewed")
        saving = await meanwhile(tokens.save(renewed, spent_version=1))

    assert await saving == stored
    assert await pair_of(store, creator_id) == stored


async def test_a_renewed_pair_is_not_stored_for_an_account_that_is_disconnected(
    store, creator_id, tokens
):
    async with store.write() as work:
        await work.creators.forget_tokens(creator_id, at=NOW)
        renewed = TokenPair(access="renewed", refresh="renewed")
        saving = await meanwhile(tokens.save(renewed, spent_version=1))

    with pytest.raises(TokenBroken):
        await saving
    assert await pair_of(store, creator_id) is None


async def test_a_refused_pair_does_not_break_the_one_that_replaces_it(store, creator_id, tokens):
    used = await tokens.load()
    async with store.write() as work:
        stored = await work.creators.save_tokens(creator_id, NEWER)
        breaking = await meanwhile(tokens.break_(used, "Patreon refused it."))

    assert await breaking == stored
    assert await state_of(store, creator_id) is TokenState.UNTRIED


async def test_an_answer_that_comes_after_the_end_does_not_revive_an_account(
    store, creator_id, tokens
):
    async with store.write() as work:
        await work.creators.forget_tokens(creator_id, at=NOW)

    await tokens.note(TokenState.OK)

    assert await state_of(store, creator_id) is TokenState.DISCONNECTED


async def test_the_last_of_two_servers_that_disconnect_at_once_deletes_the_tokens(
    store, creator_id, disconnecting
):
    async with store.write() as work:
        await work.connections.save(GuildCreator(guild_id=ELSEWHERE, creator_id=creator_id), at=NOW)
    async with store.write() as work:
        await work.creators.lock(creator_id)
        await work.connections.remove(ELSEWHERE, creator_id)
        last = await meanwhile(disconnecting.disconnect(HOME, creator_id, user_id=BY))

    done = await last
    assert not done.account.is_shared
    assert done.hooks_left
    assert await pair_of(store, creator_id) is None


async def test_a_server_that_connects_meanwhile_keeps_its_tokens(store, creator_id, disconnecting):
    async with store.write() as work:
        stored = await work.creators.save_tokens(creator_id, NEWER)
        await work.connections.save(GuildCreator(guild_id=ELSEWHERE, creator_id=creator_id), at=NOW)
        leaving = await meanwhile(disconnecting.disconnect(HOME, creator_id, user_id=BY))

    assert (await leaving).account.is_shared
    assert await pair_of(store, creator_id) == stored


async def test_what_is_followed_while_its_account_is_disconnected_is_followed_no_more(
    store, creator_id, disconnecting
):
    async with store.write() as work:
        await take_settings_turn(work, HOME)
        await work.links.save(link(), at=NOW)
        leaving = await meanwhile(disconnecting.disconnect(HOME, creator_id, user_id=BY))

    await leaving
    async with store.read() as work:
        assert await work.links.of_guild(HOME) == []


async def test_two_processes_that_begin_at_once_import_one_account(store):
    async with store.write() as work:
        await take_turn(work, ACCOUNTS)
        first = await work.creators.add(seed_hash=hash_seed(SEED))
        await work.creators.save_tokens(first, SEED, seed_hash=hash_seed(SEED))
        importing = await meanwhile(import_seed(store, SEED))

    assert await importing == first
    async with store.read() as work:
        assert len(await work.creators.all()) == 1


async def test_two_processes_that_begin_at_once_have_one_secret(store):
    async with store.write() as work:
        await take_turn(work, "image_keys.made")
        await work.own_secrets.set("image_keys", "first")
        second = await meanwhile(own_public_keys(store, new_secret=lambda: "second"))

    assert (await second)("a picture") == public_keys("first")("a picture")


async def test_a_trouble_that_two_notice_at_once_is_told_once(store, clock, creator_id):
    await save_link(store, staff_channel_id=7002)
    notices = Notices(store, new_marker=lambda: "m", clock=clock, on_announced=lambda: None)
    async with store.read() as work:
        stored = await work.campaigns.get("1001")
    async with store.write() as work:
        await lock(work, "1001", HOOK_PAUSED)
        await save(work, "1001", HOOK_PAUSED, Lasting(NOW, "", (7002,)))
        noting = await meanwhile(notices.note(stored, HOOK_PAUSED, is_on=True))

    assert not await noting
    async with store.read() as work:
        assert (await work.announcements.backlog()).waiting == 0


async def test_a_message_that_is_found_deleted_is_not_wanted_again_by_who_words_it_anew(store):
    await save_campaign(store)
    shown_by = await save_link(store)
    async with store.write() as work:
        number = await work.announcements.post(card(), channel_id=7001, link_id=shown_by.id, at=NOW)

    async def word_anew():
        async with store.write() as work:
            await work.announcements.reword(number, card(title="Anew"), at=NOW)

    async with store.write() as work:
        await work.announcements.close(number, reason="Somebody deleted it.")
        wording = await meanwhile(word_anew())

    await wording
    async with store.read() as work:
        assert (await work.announcements.standing(number)).wanted is Wanted.GONE
        assert await work.announcements.next_due() is None


async def test_what_is_announced_while_a_server_stops_following_is_not_sent(store):
    await save_campaign(store)
    dropped = await save_link(store)

    async def stop_following():
        async with store.write() as work:
            await work.links.remove([dropped.id], at=NOW)

    async with store.write() as work:
        number = await work.announcements.post(card(), channel_id=7001, link_id=dropped.id, at=NOW)
        stopping = await meanwhile(stop_following())

    await stopping
    async with store.read() as work:
        assert (await work.announcements.standing(number)).is_parked
        assert await work.announcements.next_due() is None


async def test_two_who_give_a_role_the_same_right_at_once_give_it_once(store, clock):
    rights = Rights(store, moderator_role_ids=frozenset(), clock=clock)
    given = frozenset({Right.SEE_MEMBERS})
    async with store.write() as work:
        await take_turn(work, f"rights.changed:{HOME}")
        await work.role_rights.replace(HOME, 5, given, at=NOW)
        second = await meanwhile(rights.change(HOME, 5, given, by=OWNER, role_name="Team"))

    done = await second
    assert (done.given, done.taken) == (frozenset(), frozenset())
    async with store.read() as work:
        assert await work.role_rights.of_guild(HOME) == {5: given}


async def test_two_who_send_a_test_at_once_leave_one(store, clock):
    await save_campaign(store)
    await save_link(store)
    markers = itertools.count()
    trials = Trials(
        store, clock=clock, new_marker=lambda: f"m-{next(markers)}", on_announced=lambda: None
    )

    async def send():
        await trials.send(HOME, "1001", by=BY, remove_id="remove")

    async with store.write() as work:
        await take_turn(work, f"setup.test:{HOME}:1001:lock")
        both = await meanwhile(asyncio.wait([asyncio.create_task(send()) for _ in range(2)]))

    await both
    async with store.read() as work:
        standings = [await work.announcements.standing(number) for number in (1, 2)]
        entries = (await work.audit.page(AuditQuery(guild_id=HOME))).entries
    assert [one.wanted for one in standings] == [Wanted.GONE, Wanted.SHOWN]
    assert len(entries) == 2
