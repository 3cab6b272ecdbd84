"""Words of links, on both databases."""

from sqlalchemy import text

from core.changes import Kind
from core.words import Slot, Variant, Words
from tests.factories import NOW, link, save_link

HELLO, BYE = Words(title="Hello {name}", text="{tier}\n{{x}}"), Words(title="Bye", text="")


async def stored(store, *link_ids):
    async with store.read() as work:
        return await work.words.of_links(link_ids)


async def save(store, slot, words):
    async with store.write() as work:
        await work.words.save(slot, words)


async def test_words_are_kept_for_each_kind_and_audience(store):
    link_id = (await save_link(store)).id
    public = Slot(link_id, Kind.JOINED, Variant.PUBLIC)
    staff = Slot(link_id, Kind.JOINED, Variant.STAFF)

    await save(store, public, BYE)
    await save(store, public, HELLO)
    await save(store, staff, BYE)

    assert await stored(store, link_id) == {public: HELLO, staff: BYE}
    assert await stored(store) == {}


async def test_words_are_removed_once(store):
    slot = Slot((await save_link(store)).id, Kind.JOINED, Variant.PUBLIC)
    await save(store, slot, HELLO)

    async with store.write() as work:
        first, second = await work.words.remove(slot), await work.words.remove(slot)

    assert (first, second) == (True, False)
    assert await stored(store, slot.link_id) == {}


async def test_removing_the_public_words_keeps_those_for_the_staff_and_of_other_kinds(store):
    link_id = (await save_link(store)).id
    public = Slot(link_id, Kind.JOINED, Variant.PUBLIC)
    others = [Slot(link_id, Kind.JOINED, Variant.STAFF), Slot(link_id, Kind.ENDED, Variant.PUBLIC)]
    for slot in (public, *others):
        await save(store, slot, HELLO)

    async with store.write() as work:
        await work.words.remove(public)

    assert await stored(store, link_id) == dict.fromkeys(others, HELLO)


async def test_the_words_of_a_stranger_are_not_touched(store):
    async with store.write() as work:
        ids = [await work.links.save(link(guild_id=guild), at=NOW) for guild in (6001, 6002)]
    mine, theirs = (Slot(link_id, Kind.JOINED, Variant.PUBLIC) for link_id in ids)
    await save(store, mine, HELLO)
    await save(store, theirs, BYE)

    async with store.write() as work:
        await work.words.remove(theirs)

    assert await stored(store, *ids) == {mine: HELLO}


async def test_a_kind_of_a_newer_version_is_left_out(store):
    link_id = (await save_link(store)).id
    async with store._engine.write() as connection:
        await connection.run(
            text(f"INSERT INTO words VALUES ({link_id}, 'milestone', false, 'x', 'y')")
        )

    assert await stored(store, link_id) == {}
