"""Writing words: who may write what for which link, and what is told with them."""

import logging

import pytest
from sqlalchemy import select

from core.audit import AuditQuery
from core.built_in_words import default_words
from core.cards import Card
from core.changes import Kind
from core.errors import UserError
from core.feed import Feed, FeedPolicy
from core.update import update_members
from core.wording import Wording
from core.words import Slot, Variant, Words
from storage import tables
from tests.factories import NOW, link, member, save_campaign

MINE, THEIRS = 6001, 6002
OWN = Words(title="{name} moved", text="{tier_before} → {tier}")
WITH_AMOUNT = Words(title="{name}", text="pays {amount}")


@pytest.fixture
def wording(store, clock):
    return Wording(store, FeedPolicy(staff_kinds=frozenset({Kind.DECLINED})), clock=clock)


async def followed(store, guild_id=MINE, **settings):
    async with store.write() as work:
        wanted = link(guild_id=guild_id, staff_channel_id=7002, **settings)
        return await work.links.save(wanted, at=NOW)


async def audited(store, guild_id):
    async with store.read() as work:
        return (await work.audit.page(AuditQuery(guild_id=guild_id))).entries


@pytest.fixture
async def slot(store):
    await save_campaign(store)
    return Slot(await followed(store), Kind.UPGRADED, Variant.PUBLIC)


async def upgrade(store, clock, feed):
    """Ada joins the campaign's second tier; gives the cards that this asks for."""
    async with store.write() as work:
        stored = await work.campaigns.get("1001")
        for tier_ids, cents in ((("201",), 500), (("202",), 1000)):
            clock.advance(minutes=1)
            read = member(tier_ids=tier_ids, entitled_cents=cents, will_pay_cents=cents)
            await update_members(
                work,
                [(read, str(cents).encode())],
                asked_at=clock(),
                stored=stored,
                feed=feed,
                now=clock(),
            )
    async with store._engine.read() as connection:
        rows = await connection.all(select(tables.announcements.c.card))
    return [Card.from_json(row.card) for row in rows]


async def test_saved_words_are_used_from_then_on_and_reset_ones_no_longer(
    store, clock, wording, slot
):
    feed = Feed(FeedPolicy(), new_marker=lambda: "marker")

    await wording.save(MINE, slot, OWN, by=1)
    told = await upgrade(store, clock, feed)
    await wording.reset(MINE, slot, by=1)

    assert ("Ada moved", "Friend → Patron") in [(card.title, card.text) for card in told]
    assert await wording.current(MINE, slot) == Words(
        title="{name} upgraded", text="Now at {tier}."
    )


async def test_each_guild_tells_in_its_own_words(store, clock, wording, slot):
    theirs = Slot(await followed(store, THEIRS, feed_channel_id=7100), slot.kind, slot.variant)
    await wording.save(MINE, slot, OWN, by=1)
    await wording.save(THEIRS, theirs, Words(title="Up {name}", text=""), by=2)

    told = await upgrade(store, clock, Feed(FeedPolicy(), new_marker=lambda: "marker"))

    titles = [card.title for card in told]
    assert titles.count("Ada moved") == titles.count("Up Ada") == 1


async def test_the_staff_channel_has_its_own_words(store, clock, wording, slot):
    policy = FeedPolicy(staff_kinds=frozenset({Kind.UPGRADED}))
    await wording.save(MINE, slot, OWN, by=1)
    await wording.save(MINE, Slot(slot.link_id, Kind.UPGRADED, Variant.STAFF), WITH_AMOUNT, by=1)

    told = await upgrade(store, clock, Feed(policy, new_marker=lambda: "marker"))

    assert "pays $10" in [card.text for card in told]
    assert "Ada moved" not in [card.title for card in told]


class Counting:
    """A work that counts how often words are asked for."""

    def __init__(self, work):
        self._work = work
        self.asked = 0

    def __getattr__(self, name):
        return self if name == "words" else getattr(self._work, name)

    async def of_links(self, link_ids):
        self.asked += 1
        return await self._work.words.of_links(link_ids)


async def test_words_are_read_once_however_many_members_there_are(store, clock, slot):
    feed = Feed(FeedPolicy(), new_marker=lambda: "marker")
    readings = [(member(id=f"m-{number}", name=f"P {number}"), b"1") for number in range(30)]
    async with store.write() as work:
        counting = Counting(work)
        updated = await update_members(
            counting,
            readings,
            asked_at=clock(),
            stored=await work.campaigns.get("1001"),
            feed=feed,
            now=clock(),
        )

    assert (updated.tally.announced, counting.asked) == (30, 1)


async def test_an_amount_is_refused_in_public_unless_the_link_shows_amounts(store, wording, slot):
    staff = Slot(slot.link_id, slot.kind, Variant.STAFF)
    with pytest.raises(UserError, match="amounts are hidden"):
        await wording.save(MINE, slot, WITH_AMOUNT, by=1)
    with pytest.raises(UserError, match="amounts are hidden"):
        await wording.preview(MINE, slot, WITH_AMOUNT)
    assert "pays $10" in (await wording.save(MINE, staff, WITH_AMOUNT, by=1)).card.text

    await followed(store, shows_amounts=True)

    assert "pays $10" in (await wording.save(MINE, slot, WITH_AMOUNT, by=1)).card.text


async def test_words_with_an_amount_say_none_once_amounts_are_hidden_again(
    store, clock, wording, slot
):
    await followed(store, shows_amounts=True)
    await wording.save(MINE, slot, WITH_AMOUNT, by=1)
    await followed(store, shows_amounts=False)

    told = await upgrade(store, clock, Feed(FeedPolicy(), new_marker=lambda: "marker"))

    assert "pays an amount" in [card.text for card in told]


async def test_changes_leave_entries_in_the_audit_and_repeats_do_not(store, wording, slot):
    await wording.reset(MINE, slot, by=7)
    await wording.save(MINE, slot, OWN, by=7)
    await wording.reset(MINE, slot, by=8)
    await wording.reset(MINE, slot, by=8)

    entries = await audited(store, MINE)

    assert [(entry.action, entry.user_id) for entry in entries] == [
        ("words.reset", 8),
        ("words.saved", 7),
    ]
    assert entries[1].detail == "Campaign 1001: public words for “upgraded”."


async def test_refused_words_change_nothing(store, wording, slot):
    await wording.save(MINE, slot, OWN, by=7)
    with pytest.raises(UserError, match="no variable"):
        await wording.save(MINE, slot, Words(title="{mail}"), by=7)

    assert await wording.current(MINE, slot) == OWN
    assert len(await audited(store, MINE)) == 1


async def test_a_stranger_learns_no_more_of_a_link_than_of_one_that_does_not_exist(
    store, wording, slot
):
    await wording.save(MINE, slot, OWN, by=7)
    await followed(store, THEIRS)
    for act in (
        lambda s: wording.listed(THEIRS, s.link_id),
        lambda s: wording.current(THEIRS, s),
        lambda s: wording.preview(THEIRS, s, OWN),
        lambda s: wording.save(THEIRS, s, Words(title="x"), by=8),
        lambda s: wording.reset(THEIRS, s, by=8),
    ):
        said = []
        for link_id in (slot.link_id, 999):
            with pytest.raises(UserError) as refused:
                await act(Slot(link_id, slot.kind, slot.variant))
            said.append(str(refused.value))
        assert said[0] == said[1]

    assert await wording.current(MINE, slot) == OWN
    assert await audited(store, THEIRS) == ()


async def test_a_guild_that_follows_nothing_is_told_so(wording):
    with pytest.raises(UserError, match="follows no campaign yet"):
        await wording.followed(MINE)


async def test_what_is_not_shown_to_anybody_is_idle(store, wording, slot):
    await followed(store, kinds=frozenset({Kind.UPGRADED, Kind.DECLINED}))

    listed = await wording.listed(MINE, slot.link_id)

    used = {(kind, v) for kind in Kind for v in Variant} - listed.idle
    assert used == {(Kind.UPGRADED, Variant.PUBLIC), (Kind.DECLINED, Variant.STAFF)}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("is_synced", [True, False])
async def test_every_kind_has_a_sample_even_before_the_first_sync(store, wording, kind, is_synced):
    if is_synced:
        await save_campaign(store)
    slot = Slot(await followed(store), kind, Variant.PUBLIC)

    built_in = await wording.reset(MINE, slot, by=1)
    words = Words(title="{name}", text="{first_name} {tier} {tier_before} {since}")
    own = await wording.preview(MINE, slot, words)

    assert "Robin Sample" in built_in.card.title
    assert "{" not in built_in.card.title + built_in.card.text + own.card.text
    assert (built_in.words, own.words) == (default_words(kind), words)


async def test_the_log_tells_of_a_change_without_the_words(wording, slot, caplog):
    caplog.set_level(logging.INFO)

    await wording.save(MINE, slot, Words(title="secret plan"), by=1)

    assert "words saved" in caplog.text
    assert "secret plan" not in str([record.__dict__ for record in caplog.records])
