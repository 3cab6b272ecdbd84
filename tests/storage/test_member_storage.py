"""Members in bulk: rows, stamps, tiers."""

from datetime import timedelta

import pytest

from core.members import Status
from core.store import Stamp
from storage import member_statements
from tests.factories import NOW, member, save_campaign


@pytest.fixture(autouse=True)
async def synced(store):
    await save_campaign(store)


async def save(store, *members, fingerprint=b"1", at=NOW):
    async with store.write() as work:
        return await work.members.save([(one, fingerprint) for one in members], seen_at=at)


async def load(store, *ids):
    async with store.read() as work:
        return await work.members.load(ids)


async def test_members_come_back_as_they_were_saved(store):
    plain = member(
        id="b", user_id=None, name=None, tier_ids=(), discord_id=2**62, hides_pledges=True
    )

    await save(store, member(), plain)

    assert await load(store, member().id, "b", "unknown") == {member().id: member(), "b": plain}


async def test_a_row_stays_with_its_member(store):
    first = await save(store, member(id="a"), member(id="b"))
    second = await save(store, member(id="c"), member(id="b", name="New"), member(id="a"))

    assert second.items() > first.items()
    assert sorted(second.values()) == [1, 2, 3]


async def test_saving_again_replaces_the_state_and_the_tiers(store):
    await save(store, member(tier_ids=("201", "202")))
    now = member(name="Ada L.", tier_ids=("202", "203"), lifetime_cents=9)

    await save(store, now, fingerprint=b"2", at=NOW + timedelta(hours=1))

    assert await load(store, now.id) == {now.id: now}
    async with store.write() as work:
        stamps = await work.members.stamps([now.id, "unknown"])
    assert stamps == {now.id: Stamp(row=1, fingerprint=b"2", seen_at=NOW + timedelta(hours=1))}


async def test_a_member_named_twice_is_saved_as_named_last(store):
    rows = await save(store, member(name="First"), member(name="Last", tier_ids=()))

    assert rows == {member().id: 1}
    assert (await load(store, member().id))[member().id].name == "Last"


async def test_a_page_of_a_thousand_is_saved_changed_and_read(store):
    ids = [f"m{i:04}" for i in range(1000)]
    await save(store, *(member(id=i, tier_ids=("201", "202")) for i in ids))

    rows = await save(store, *(member(id=i, name=f"N {i}") for i in ids), member(id="new"))

    assert len(rows) == 1001
    known = await load(store, *ids)
    assert known == {i: member(id=i, name=f"N {i}") for i in ids}


async def test_more_ids_than_a_statement_has_variables_can_be_asked_for(store):
    await save(store, member())

    known = await load(store, member().id, *(str(i) for i in range(40_000)))

    assert list(known) == [member().id]


async def test_nothing_is_asked_for_nobody(store):
    async with store.write() as work:
        assert await work.members.save([], seen_at=NOW) == {}
        assert await work.members.stamps([]) == {}
        assert await work.members.load([]) == {}
        await work.members.touch([], seen_at=NOW)


async def test_touching_moves_seen_at_forward_and_never_back(store):
    await save(store, member(id="old"), at=NOW)
    await save(store, member(id="new"), at=NOW + timedelta(hours=2))

    async with store.write() as work:
        await work.members.touch(["old", "new"], seen_at=NOW + timedelta(hours=1))
        stamps = await work.members.stamps(["old", "new"])

    assert stamps["old"].seen_at == NOW + timedelta(hours=1)
    assert stamps["new"].seen_at == NOW + timedelta(hours=2)


async def test_present_members_are_walked_by_row(store):
    gone = member(id="b", status=Status.GONE, tier_ids=())
    await save(store, *(member(id=i) for i in "ac"))
    await save(store, gone, member(id="d"))

    async with store.read() as work:
        first = await work.members.present_after("1001", 0, limit=2)
        rest = await work.members.present_after("1001", first[-1][0], limit=2)
        number = await work.members.count_present("1001")

    assert [found[1] for found in (*first, *rest)] == ["a", "c", "d"]
    assert [found[0] for found in (*first, *rest)] == [1, 2, 4]
    assert first[0][2] == NOW
    assert number == 3


async def test_present_members_are_walked_without_those_who_were_seen(store):
    rows = await save(store, *(member(id=i) for i in "abcde"))
    seen = {rows[i] for i in "abd"}

    async with store.read() as work:
        first = await work.members.present_after("1001", 0, limit=2, besides=seen)
        rest = await work.members.present_after("1001", first[-1][0], limit=2, besides=seen)
        nobody = await work.members.present_after("1001", rows["d"], limit=2, besides={rows["e"]})

    assert first == [(rows["c"], "c", NOW)]
    assert rest == [(rows["e"], "e", NOW)]
    assert nobody == []


async def test_fingerprints_of_any_length_are_told_apart(store):
    prints = {"a": b"12", "b": b"1", "d": b"\x00" * 16}
    rows = {}
    for name, fingerprint in prints.items():
        rows |= await save(store, member(id=name), fingerprint=fingerprint)

    async with store.read() as work:
        same = await work.members.unchanged(prints, asked_at=NOW)
        other = await work.members.unchanged(dict.fromkeys(prints, b"2"), asked_at=NOW)

    assert same == rows
    assert other == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_no_statement_of_a_sync_reads_the_whole_table(store):
    rows = [("x",) * 20] * 3
    statements = [
        member_statements.stamps(["a"], is_postgresql=False),
        member_statements.unchanged({"a": b"1"}, 1, asked_at=NOW),
        member_statements.present("1001", 0, limit=9),
        member_statements.tiers([1], is_postgresql=False),
        member_statements.update(rows, is_postgresql=False),
    ]
    async with store.read():
        pass

    async with store._engine.driver() as driver:
        plans = [
            await driver.execute_fetchall(f"EXPLAIN QUERY PLAN {text}", values)
            for text, values in statements
        ]

    steps = [step[-1] for plan in plans for step in plan]
    assert not [step for step in steps if step.startswith(("SCAN members", "SCAN member_tiers"))]


async def test_members_are_unchanged_when_stored_just_so_and_not_saved_since(store):
    same, other, later = (member(id=name) for name in ("same", "other", "later"))
    rows = await save(store, same, other)
    await save(store, later, at=NOW + timedelta(minutes=1))

    async with store.read() as work:
        found = await work.members.unchanged(
            {"same": b"1", "other": b"2", "later": b"1", "new": b"1"}, asked_at=NOW
        )
        nobody = await work.members.unchanged({}, asked_at=NOW)

    assert found == {"same": rows["same"]}
    assert nobody == {}


async def test_what_no_database_takes_is_replaced_in_every_text_of_a_member(store):
    strange = member(user_id="5\x001", name="A\ud800", last_charge_status="pa\x00id")

    await save(store, strange)

    async with store.read() as work:
        found = (await work.members.load([strange.id]))[strange.id]
    mark = "\N{REPLACEMENT CHARACTER}"
    assert (found.user_id, found.name) == (f"5{mark}1", f"A{mark}")
    assert found.last_charge_status == f"pa{mark}id"


async def test_stamps_tell_the_rows_of_those_who_are_saved(store):
    rows = await save(store, member(id="old"))

    async with store.write() as work:
        stamps = await work.members.stamps(["old", "new"])
        readings = [(member(id=name, name="B"), b"2") for name in ("old", "new")]
        saved = await work.members.save(readings, seen_at=NOW, stamps=stamps)
        names = {one.name for one in (await work.members.load(["old", "new"])).values()}

    assert saved["old"] == rows["old"]
    assert saved.keys() == {"old", "new"}
    assert names == {"B"}
