"""What fails by itself is set aside, shown, replayed or discarded; bodies do not stay."""

from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.audit import AuditEntry, AuditQuery
from core.drafts import DraftState
from core.errors import PermanentError, UserError
from core.event_ends import MOST_ATTEMPTS
from core.inbox import Delivery
from core.letter_box import LetterQuery, LetterState
from core.letters import Letters
from core.purge import CHUNK, KEEP_EMPTIED, Keeping, Purge, Purged
from tests.factories import delivery
from tests.flows.conftest import GUILD
from tests.storage.test_drafts_storage import add, draft, form, get

DAY = timedelta(days=1)


@pytest.fixture
def rings():
    return []


@pytest.fixture
def letters(store, clock, rings):
    return Letters(store, clock=clock, on_replayed=lambda: rings.append(clock()))


async def ids(letters, state=None, guild_id=None):
    page = await letters.page(guild_id, LetterQuery(state=state, limit=500))
    return [letter.id for letter in page.letters]


async def receive(bot, body, trigger="members:update"):
    """Put one event into the inbox; gives its number."""
    await bot.store.add_deliveries([Delivery(trigger=trigger, body=body, received_at=bot.clock())])
    async with bot.store.read() as work:
        return (await work.letters.page(LetterQuery(state=None, limit=1))).letters[0].id


def stranger(member_id, campaign_id):
    """A body about a member that says to be of a campaign."""
    return (
        f'{{"data": {{"id": "{member_id}", "type": "member", "relationships": '
        f'{{"campaign": {{"data": {{"id": "{campaign_id}", "type": "campaign"}}}}}}}}}}'
    ).encode()


async def fail_for_good(bot, event):
    """Process an event until it is set aside."""
    for _ in range(MOST_ATTEMPTS + 1):
        bot.clock.advance(hours=2)
        await bot.settle()


@pytest.fixture
async def poison(bot, monkeypatch):
    """The stand-in's member answers belong to another campaign until the test says otherwise."""
    await bot.take_stock()
    client = bot.processor._patreon_of
    is_broken = [True]

    class Broken:
        def __init__(self, real):
            self._real = real

        async def member(self, member_id):
            if is_broken[0]:
                raise PermanentError("This member cannot be read.")
            return await self._real.member(member_id)

    bot.processor._patreon_of = lambda creator_id: Broken(client(creator_id))
    return is_broken


async def test_an_event_that_fails_by_itself_is_set_aside_with_its_reason_and_campaign(
    bot, poison, letters
):
    event = bot.world.join(name="Ada")
    await bot.deliver(event.deliveries[0])

    await fail_for_good(bot, event)

    (parked,) = await ids(letters, LetterState.PARKED)
    letter = await letters.show(GUILD, parked)
    assert (letter.reason, letter.attempts, letter.campaign_id) == (
        "This member cannot be read.",
        MOST_ATTEMPTS,
        bot.campaign_id,
    )


async def test_a_replay_after_the_cause_is_mended_announces_once(bot, poison, letters, rings):
    event = bot.world.join(name="Ada")
    await bot.deliver(event.deliveries[0])
    await fail_for_good(bot, event)
    (parked,) = await ids(letters, LetterState.PARKED)
    poison[0] = False

    for _ in range(3):
        await letters.replay(GUILD, parked, by="a moderator")
        await bot.settle()

    assert bot.titles() == ["Ada joined"]
    assert len(rings) == 3
    assert (await letters.show(GUILD, parked)).state is LetterState.DONE


async def test_a_replay_of_an_event_that_is_being_processed_announces_once(bot, letters):
    await bot.take_stock()
    event = bot.world.join(name="Ada")
    await bot.deliver(event.deliveries[0])
    async with bot.store.write() as work:
        (claimed,) = await work.events.claim_due(bot.clock(), lease=timedelta(minutes=2), limit=1)

    await letters.replay(None, claimed.id, by="the admin")
    await bot.settle()
    async with bot.store.write() as work:
        await work.events.retry([claimed.id], due_at=bot.clock(), reason="The first try failed.")
    await bot.settle()

    assert bot.titles() == ["Ada joined"]


async def test_discarded_events_are_never_processed_but_can_be_replayed(bot, poison, letters):
    event = bot.world.join(name="Ada")
    await bot.deliver(event.deliveries[0])
    await fail_for_good(bot, event)
    (parked,) = await ids(letters, LetterState.PARKED)
    poison[0] = False

    discarded = await letters.discard(GUILD, parked, by="a moderator")
    bot.clock.advance(days=1)
    await bot.settle()
    assert (discarded.state, bot.titles()) == (LetterState.DISCARDED, [])

    await letters.replay(GUILD, parked, by="a moderator")
    await bot.settle()
    assert bot.titles() == ["Ada joined"]


@pytest.mark.parametrize(
    "body",
    [b"", b"null[", b"[]", b"\xff\xfe", b"[" * 9999, b'{"data":{"id":"../x","type":"member"}}'],
)
async def test_signed_junk_is_set_aside_at_once_for_the_admin(bot, letters, body):
    await bot.take_stock()

    junk = await receive(bot, body)
    await bot.settle()

    assert await ids(letters, LetterState.PARKED) == [junk]
    assert await ids(letters, LetterState.PARKED, GUILD) == []


@pytest.mark.parametrize(
    ("trigger", "body"),
    [
        ("members:update", b'{"data": {"id": null, "type": "member"}}'),
        ("something:new", b"{}"),
    ],
)
async def test_the_portals_test_and_unknown_triggers_trouble_nobody(bot, letters, trigger, body):
    await bot.take_stock()

    event = await receive(bot, body, trigger)
    await bot.settle()

    assert await ids(letters, LetterState.PARKED) == []
    assert await ids(letters, LetterState.DONE) == [event]


async def test_every_way_through_processing_notes_the_campaign(bot, letters):
    early = await receive(bot, stranger("m-1", bot.campaign_id))
    await bot.settle()
    assert (await letters.show(None, early)).campaign_id == bot.campaign_id
    await bot.take_stock()

    gone = await receive(bot, stranger("m-2", bot.campaign_id))
    bare = await receive(bot, b'{"data": {"id": "m-3", "type": "member"}}')
    post = await receive(bot, b'{"data": {"id": "77", "type": "post"}}', "posts:delete")
    foreign = await receive(bot, stranger("m-4", "999"))
    bot.clock.advance(minutes=1)
    await bot.settle()

    found = [(await letters.show(None, event)).campaign_id for event in (gone, bare, post)]
    assert found == [bot.campaign_id] * 3
    assert (await letters.show(None, foreign)).campaign_id == "999"
    assert foreign not in await ids(letters, guild_id=GUILD)


async def test_many_events_that_one_sync_settles_have_their_campaign(bot, letters):
    await bot.take_stock()
    for number in range(60):
        event = bot.world.join(name=f"Patron {number}")
        await bot.deliver(event.deliveries[0])

    await bot.settle()
    bot.clock.advance(minutes=10)
    await bot.settle()

    assert len(await ids(letters, LetterState.DONE, GUILD)) == 60


async def test_a_guild_without_a_link_sees_nothing(bot, letters):
    await bot.take_stock()
    junk = await receive(bot, b"junk")
    await bot.settle()

    for call in (
        letters.page(99, LetterQuery()),
        letters.show(99, junk),
        letters.replay(99, junk, by="x"),
        letters.discard(99, junk, by="x"),
    ):
        with pytest.raises(UserError, match="follows no campaign"):
            await call


async def test_a_page_behind_the_end_is_moved_back(bot, letters):
    await bot.take_stock()
    for _ in range(3):
        await receive(bot, b"junk")
    await bot.settle()

    page = await letters.page(None, LetterQuery(limit=2, offset=8))

    assert (page.query.offset, len(page.letters)) == (2, 1)


async def ended(store, clock, count, *, is_parked=False):
    """Events that were dealt with, or set aside, just now."""
    await store.add_deliveries([delivery(received_at=clock())] * count)
    async with store.write() as work:
        claimed = await work.events.claim_due(clock(), lease=timedelta(minutes=2), limit=count)
        numbers = [event.id for event in claimed]
        if is_parked:
            await work.events.park(numbers, reason="Unreadable.")
        else:
            await work.events.finish(numbers, at=clock(), note="nothing new")
    return numbers


@pytest.fixture
def purge(store, clock):
    def make(done=30 * DAY, parked=90 * DAY, alarm=None):
        return Purge(
            store,
            Keeping(done=done, parked=parked),
            clock=clock,
            random=lambda: 0.5,
            alarm=alarm or Alarm(clock),
        )

    return make


async def test_bodies_are_deleted_when_their_time_is_over(store, clock, purge, letters):
    (done,) = await ended(store, clock, 1)
    (parked,) = await ended(store, clock, 1, is_parked=True)

    clock.advance(30 * DAY - timedelta(seconds=1))
    assert await purge().purge() == Purged()
    clock.advance(seconds=1)
    assert await purge().purge() == Purged(emptied=1)
    assert (await letters.body(done), await letters.body(parked)) == (None, delivery().body)

    clock.advance(60 * DAY)
    assert await purge().purge() == Purged(given_up=1)
    given_up = await letters.show(None, parked)
    assert (given_up.state, given_up.discarded_by) == (
        LetterState.DISCARDED,
        "the bot, after 90 days",
    )
    with pytest.raises(UserError, match="body was deleted"):
        await letters.replay(None, parked, by="x")

    clock.advance(KEEP_EMPTIED)
    assert await purge().purge() == Purged(forgotten=2)
    assert await ids(letters) == []


async def test_events_that_wait_keep_their_bodies_however_long(store, clock, purge, letters):
    await store.add_deliveries([delivery(received_at=clock())])
    (event,) = await ids(letters)
    clock.advance(400 * DAY)

    assert await purge(done=timedelta(0)).purge() == Purged()

    assert await letters.body(event) == delivery().body


async def test_with_zero_days_nothing_that_is_done_keeps_its_body(store, clock, purge, letters):
    (event,) = await ended(store, clock, 1)

    assert await purge(done=timedelta(0)).purge() == Purged(emptied=1)

    assert await letters.body(event) is None


async def test_a_big_purge_goes_in_chunks(store, clock, purge):
    await ended(store, clock, 2 * CHUNK + 1)
    clock.advance(31 * DAY)

    assert await purge().purge() == Purged(emptied=2 * CHUNK + 1)


class Enough(Exception):  # noqa: N818
    """Ends a part that runs for good."""


class Scripted(Alarm):
    """Moves the clock instead of waiting, and ends the part after some waits."""

    def __init__(self, clock, naps):
        super().__init__(clock)
        self.clock, self.naps, self.waited = clock, naps, []

    async def wait(self, until):
        if len(self.waited) == self.naps:
            raise Enough
        self.waited.append(until - self.clock())
        self.clock.now = until


@pytest.mark.parametrize(("done", "every"), [(DAY, DAY), (0 * DAY, timedelta(minutes=1))])
async def test_the_purge_runs_at_start_and_then_regularly(store, clock, purge, done, every):
    await ended(store, clock, 1)
    alarm = Scripted(clock, naps=2)

    with pytest.raises(Enough):
        await purge(done=done, alarm=alarm).run()

    assert alarm.waited == [every * 1.05] * 2
    assert await purge(done=done).purge() == Purged()


async def test_the_audit_is_forgotten_when_its_time_is_over(store, clock, purge):
    for user_id in (1, 2):
        async with store.write() as work:
            await work.audit.add(
                AuditEntry(
                    at=clock(), guild_id=GUILD, user_id=user_id, action="sync.started", detail="x"
                )
            )
        clock.advance(DAY)

    clock.advance(363 * DAY)
    assert await purge().purge() == Purged(audit=1)

    async with store.read() as work:
        left = (await work.audit.page(AuditQuery(guild_id=GUILD))).entries
    assert [entry.user_id for entry in left] == [2]


async def test_who_replayed_and_discarded_a_webhook_is_noted(store, clock, letters):
    (own,) = await ended(store, clock, 1, is_parked=True)

    await letters.discard(None, own, by="the admin")
    await letters.replay(None, own, by="Ada", user_id=5)

    async with store.read() as work:
        entries = (await work.audit.page(AuditQuery(guild_id=None))).entries
    assert [(entry.action, entry.user_id) for entry in entries] == [
        ("webhook.replayed", 5),
        ("webhook.discarded", None),
    ]
    assert f"Webhook {own} (members:update)." == entries[0].detail


async def test_forms_and_discarded_posts_have_their_time(store, clock, purge):
    kept, discarded = await add(
        store, draft("kept"), draft("discarded", state=DraftState.DISCARDED)
    )
    async with store.write() as work:
        await work.submissions.add(form())
        await work.submissions.add(form(5002, custom_id="post-forms1|schedule|1|1|"))
        await work.submissions.add(
            form(5003, custom_id="post-forms1|use|1|1|", dismissed_at=clock())
        )
    clock.advance(days=29)
    assert await purge().purge() == Purged()

    clock.advance(days=2)
    assert await purge().purge() == Purged(posts=3)
    clock.advance(days=60)
    assert await purge().purge() == Purged(posts=1)

    async with store.read() as work:
        assert await work.submissions.get(5001, guild_id=6001, user_id=101) is None
    assert await get(store, kept.id) == kept
    assert await get(store, discarded.id) is None
