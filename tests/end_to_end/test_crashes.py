"""SIGKILL at every step, then a restart: nothing lost, nothing twice, and who did it."""

import functools
import itertools
import json
import signal

import asyncpg
import pytest

from core.accounts import TokenState
from core.letter_box import LetterState
from core.steps import STEPS
from sandbox.patreon import FaultKind
from tests.end_to_end.ledger import Ledger
from tests.end_to_end.matrix import sampled
from tests.end_to_end.place import PATIENCE, has_plain_name, open_place

MANY = 1_150
"""Members on two pages; the first sync writes them in six chunks."""

RENAMED = 450
"""Members of the first page that have changed, so that it is written in three chunks."""

_WAY = [step for step in STEPS if step.split(".")[0] in ("accept", "process", "deliver")]
_SYNC = [step for step in STEPS if step.startswith("sync.")]
_TOKENS = [step for step in STEPS if step.startswith("tokens.")]
_HOOKS = [step for step in STEPS if step.startswith("hooks.")]
IMAGES = [step for step in STEPS if step.startswith("images.")]
"""Crashed at in `test_picture_crashes.py`."""

POSTS = [step for step in STEPS if step.split(".")[0] in ("drafts", "publish")]
"""Crashed at in `test_post_crashes.py`."""

_LOST = ("tokens.answered", "tokens.written")
"""Between Patreon's answer and the commit the new pair is nowhere, and the old one is spent."""

# Long, because two cores serve everything.
pytestmark = pytest.mark.timeout(180)


def test_every_step_is_crashed_at():
    assert sorted([*_WAY, *_SYNC, *_TOKENS, *_HOOKS, *IMAGES, *POSTS]) == sorted(STEPS)


@pytest.mark.parametrize("at", sampled(_WAY, ["process.saved", "deliver.sent"]))
async def test_every_accepted_event_has_its_effect_once_after_a_crash_at(at, tmp_path):
    async with open_place(tmp_path) as place:
        assert await _live_through(place, at) == []


@pytest.mark.proof
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("accept.received", "accept.stored"),
        ("accept.stored", "process.claimed"),
        ("process.claimed", "process.saved"),
        ("process.read", "process.read"),
        ("process.saved", "process.committed"),
        ("process.committed", "deliver.started"),
        ("deliver.claimed", "deliver.sent"),
        ("deliver.started", "deliver.noted"),
        ("deliver.started", "deliver.sent"),
    ],
)
async def test_two_crashes_in_a_row_lose_nothing(first, second, tmp_path):
    async with open_place(tmp_path) as place:
        assert await _live_through(place, first, second) == []


@pytest.mark.proof
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("at", _WAY)
async def test_every_accepted_event_has_its_effect_once_on_postgresql_after_a_crash_at(
    at, empty_database_url, tmp_path
):
    async with open_place(tmp_path, database_url=empty_database_url) as place:
        after = functools.partial(_let_leases_end, empty_database_url)
        assert await _live_through(place, at, after=after) == []


async def _let_leases_end(database_url):
    """Let three minutes pass: where other processes may run, a start frees nobody's work."""
    connection = await asyncpg.connect(database_url)
    try:
        for table, columns in (
            ("events", ("received_at", "due_at", "leased_from")),
            ("announcements", ("created_at", "due_at", "leased_from", "send_started_at")),
        ):
            moved = ", ".join(f"{name} = {name} - interval '3 minutes'" for name in columns)
            await connection.execute(f"UPDATE {table} SET {moved}")
    finally:
        await connection.close()


async def _nothing():
    """Let no time pass."""


async def _live_through(place, *crashes, after=_nothing):
    """Let one webhook through, with a crash at each of `crashes`; gives what is wrong then."""
    ledger = Ledger(place, titles=["Grace Hopper joined"])
    status, document = None, {}
    for at in crashes:
        await place.bot.start(BOT_CRASH_AT=at)
        if not document:
            await place.bot.ready()
            event = place.world.join(webhook=False, name="Grace Hopper")
            document = place.world.member_document(event.member)
            # No sync may find the join instead: only the inbox and the outbox can bring it.
            place.world.faults.plan("members", FaultKind.UNAVAILABLE, times=10_000)
        if status != 204:
            status = await place.deliver_until_answered("members:pledge:create", document)
        assert await place.bot.ended() == -signal.SIGKILL
    await after()
    await place.bot.start()
    if status != 204:
        await place.deliver_until_accepted("members:pledge:create", document)
    assert await place.until_shown(1) == ["Grace Hopper joined"]
    # Patreon cannot know that its event had an effect: it may well come once more.
    await place.deliver_until_accepted("members:pledge:create", document)
    ledger.accepted = 2

    wrong = await ledger.differences()
    reasons = [letter.reason for letter in await place.letters()]
    if reasons[0] != "1 announced":
        wrong.append(f"the first event stored is not what brought the message: {reasons}")
    if reasons[-1] != "nothing new":
        wrong.append(f"the repeated event was taken for news: {reasons}")
    return wrong


@pytest.mark.parametrize(
    "at",
    sampled(
        [*_SYNC, "sync.fetched:2", "sync.written:2", "sync.committed:3", "sync.written:4"],
        ["sync.committed:3"],
    ),
)
async def test_a_sync_that_was_cut_short_tells_each_change_once_after_a_crash_at(at, tmp_path):
    async with open_place(tmp_path, members=MANY) as place:
        ledger = await _changes_while_away(place)

        await place.bot.crash(at)
        await place.bot.start()
        await place.bot.ready()
        await place.until_shown(len(ledger.titles))

        assert await ledger.differences() == []
        assert await place.letters() == [], "something else than the sync was at work"
        assert await _last_sync(place) is None


async def _changes_while_away(place):
    """Take stock, then let things happen that only a sync can find; gives what it must tell."""
    world = place.world
    early = next(m for m in world.members() if world.is_paying(m) and has_plain_name(m))
    free = world.join(kind="free", name="Bea", webhook=False).member
    paid = world.join(name="Cleo", webhook=False).member
    await place.bot.start()
    await place.bot.ready()
    await place.bot.stop(signal.SIGKILL)
    for number, member in enumerate(itertools.islice(world.members(), RENAMED)):
        if member.id != early.id:
            world.rename(member, f"Patron {number}", webhook=False)
    world.decline(early, webhook=False)
    world.join(name="Ada", webhook=False)
    world.decline(paid, webhook=False)
    world.delete(free, webhook=False)
    titles = ["Ada joined", "Bea left"]
    titles += [f"{name}'s payment was declined" for name in ("Cleo", early.full_name)]
    return Ledger(place, titles=titles)


async def _synced_at(place):
    async with place.store() as store, store.read() as work:
        return (await work.campaigns.get(place.world.campaign().id)).synced_at


async def _synced_since(place, before):
    """Wait for the end of the sync that a start begins: a ready bot may still be at it."""

    async def is_synced():
        return await _synced_at(place) != before

    await place.until(is_synced, "the bot has not synced", patience=PATIENCE)


async def _last_sync(place):
    """Say what failed in the last sync that was written down."""
    async with place.store() as store, store.read() as work:
        stored = await work.campaigns.get(place.world.campaign().id)
    assert stored.synced_at is not None
    return stored.sync_error


@pytest.mark.proof
@pytest.mark.parametrize("at", ["sync.discovered", "sync.written:5", "sync.ending", "sync.noted"])
async def test_a_first_sync_that_was_cut_short_still_announces_nothing(at, tmp_path):
    async with open_place(tmp_path, members=MANY) as place:
        await place.bot.crash(at)
        await place.bot.start()
        await place.bot.ready()

        assert await Ledger(place).differences() == []


@pytest.mark.proof
@pytest.mark.parametrize(
    ("first", "second"),
    [("sync.written:3", "sync.written:2"), ("sync.fetched:2", "sync.marked")],
)
async def test_two_syncs_cut_short_tell_each_change_once(first, second, tmp_path):
    async with open_place(tmp_path, members=MANY) as place:
        ledger = await _changes_while_away(place)
        before = await _synced_at(place)

        await place.bot.crash(first)
        await place.bot.crash(second)
        await place.bot.start()
        await place.bot.ready()
        await _synced_since(place, before)

        assert await ledger.differences() == []


@pytest.mark.proof
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("at", ["sync.written:3", "sync.marked", "sync.noted"])
async def test_a_sync_that_was_cut_short_tells_each_change_once_on_postgresql(
    at, empty_database_url, tmp_path
):
    async with open_place(tmp_path, members=MANY, database_url=empty_database_url) as place:
        ledger = await _changes_while_away(place)
        before = await _synced_at(place)

        await place.bot.crash(at)
        await place.bot.start()
        await place.bot.ready()
        await _synced_since(place, before)

        assert await ledger.differences() == []


@pytest.mark.parametrize("at", sampled(_TOKENS, ["tokens.answered"]))
async def test_a_renewal_that_was_cut_short_loses_no_event_after_a_crash_at(at, tmp_path):
    async with open_place(tmp_path) as place:
        ledger = await _renew_while_an_event_waits(place)

        await place.bot.crash(at)
        await place.bot.start()
        if at in _LOST:
            # Source: reference "OAuth2", both tokens rotate and the old refresh token dies at once.
            await _tells_that_the_tokens_are_lost(place)
            pair = place.world.issue_tokens()
            await place.bot.stop()
            await place.bot.start(
                PATREON_CREATOR_ACCESS_TOKEN=pair.access_token,
                PATREON_CREATOR_REFRESH_TOKEN=pair.refresh_token,
            )
        await place.bot.ready()

        assert await ledger.differences() == []
        assert await _token_state(place) is TokenState.OK
        assert (await place.letters())[0].reason == "1 announced"


async def _renew_while_an_event_waits(place):
    """Accept an event while Patreon is away, end at once, and let the access token die."""
    await place.bot.start()
    await place.bot.ready()
    event = place.world.join(webhook=False, name="Ada")
    for route in ("member", "members"):
        place.world.faults.plan(route, FaultKind.UNAVAILABLE, times=10_000)
    document = place.world.member_document(event.member)
    assert await place.deliver("members:pledge:create", document) == 204
    await place.bot.stop(signal.SIGKILL)
    place.world.tokens.expire_access(place.world.creator_token)
    place.world.faults.clear()
    # No sync may find the join instead.
    place.world.faults.plan("members", FaultKind.UNAVAILABLE, times=10_000)
    return Ledger(place, titles=["Ada joined"], accepted=1)


async def _tells_that_the_tokens_are_lost(place):
    async def is_broken():
        assert place.bot.is_running, place.bot.tail()
        return await _token_state(place) is TokenState.BROKEN

    await place.until(is_broken, "the tokens are not called broken")
    told = json.loads(await place.tell("status", "--json"))["creators"][0]
    assert told["tokens"] == "broken"
    assert "connect the account again" in told["reason"]
    health = await place.bot.health()
    assert (health["token"], health["database"]) == ("failing", "ok")
    assert [letter.state for letter in await place.letters()] == [LetterState.WAITING]
    assert place.shown() == []


async def _token_state(place):
    async with place.store() as store, store.read() as work:
        return (await work.creators.all())[0].token_state


@pytest.mark.parametrize("at", sampled(_HOOKS, ["hooks.created"]))
async def test_a_webhook_is_registered_once_after_a_crash_at(at, tmp_path):
    async with open_place(tmp_path, has_public_url=True) as place:
        await place.bot.crash(at)
        await place.bot.start()
        await place.bot.ready()

        def own():
            return [hook for hook in place.world.hooks.hooks.values() if hook.client_id]

        await place.until(lambda: len(own()) == 1, "there is not one webhook at Patreon")
        place.world.join(name="Ada")
        await place.until_shown(1)

        assert len(own()) == 1
        letters = await place.letters()
        assert letters, "it was not the webhook that brought the message"
        ledger = Ledger(place, titles=["Ada joined"], accepted=len(letters))
        assert await ledger.differences() == []
        async with place.store() as store, store.read() as work:
            hooks = await work.hooks.all()
        assert [hook.patreon_id for hook in hooks] == [own()[0].id]
