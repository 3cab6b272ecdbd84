"""The audit, on both databases."""

from datetime import timedelta

import pytest

from core.audit import LONGEST_DETAIL, AuditEntry, AuditQuery
from core.audit_trail import AuditTrail
from tests.factories import NOW

GUILD, ELSEWHERE = 6001, 6002


def entry(**overrides):
    valid = {"at": NOW, "guild_id": GUILD, "user_id": 5, "action": "link.saved", "detail": "Saved."}
    return AuditEntry(**(valid | overrides))


async def write(store, *entries):
    async with store.write() as work:
        for one in entries:
            await work.audit.add(one)


async def page(store, **query):
    return await AuditTrail(store).page(AuditQuery(**({"guild_id": GUILD, "limit": 3} | query)))


def told(page):
    return [entry.detail for entry in page.entries]


async def numbered(store, count, **overrides):
    await write(store, *(entry(detail=str(number), **overrides) for number in range(count)))


async def test_an_entry_comes_back_as_it_was_written(store):
    await write(store, entry(user_id=None, detail="=1+1 \x00 @everyone"))

    (stored,) = (await page(store)).entries

    assert stored.id > 0
    assert (stored.at, stored.guild_id, stored.user_id) == (NOW, GUILD, None)
    assert stored.detail.startswith("=1+1 ")


async def test_a_long_detail_is_cut(store):
    await write(store, entry(detail="x" * 5_000))

    (stored,) = (await page(store)).entries

    assert len(stored.detail) == LONGEST_DETAIL
    assert stored.detail.endswith("x…")


async def test_pages_are_turned_there_and_back(store):
    await numbered(store, 7)

    first = await page(store)
    second = await page(store, before_id=first.entries[-1].id)
    third = await page(store, before_id=second.entries[-1].id)
    back = await page(store, after_id=third.entries[0].id)

    assert [told(one) for one in (first, second, third, back)] == [
        ["6", "5", "4"],
        ["3", "2", "1"],
        ["0"],
        ["3", "2", "1"],
    ]
    assert [(one.has_newer, one.has_older) for one in (first, second, third, back)] == [
        (False, True),
        (True, True),
        (True, False),
        (True, True),
    ]


async def test_the_newest_page_is_full_whichever_way_it_is_reached(store):
    await numbered(store, 7)
    newest = await page(store)

    back = await page(store, after_id=newest.entries[1].id)
    beyond = await page(store, before_id=1)

    assert back == beyond == newest


async def test_entries_that_come_meanwhile_do_not_move_an_older_page(store):
    await numbered(store, 7)
    first = await page(store)
    await write(store, entry(detail="new"))

    second = await page(store, before_id=first.entries[-1].id)

    assert told(second) == ["3", "2", "1"]


async def test_a_stranger_guild_sees_none_of_anothers_entries(store):
    await write(store, entry(), entry(guild_id=None, detail="At the terminal."))

    assert (await page(store, guild_id=ELSEWHERE)).entries == ()
    assert await AuditTrail(store).actions(ELSEWHERE) == []
    assert told(await page(store)) == ["Saved."]


async def test_the_admin_sees_every_guild_and_the_terminal(store):
    await write(
        store,
        entry(),
        entry(guild_id=ELSEWHERE, action="words.reset", detail="Elsewhere."),
        entry(guild_id=None, detail="At the terminal."),
    )

    assert told(await page(store, guild_id=None)) == ["At the terminal.", "Elsewhere.", "Saved."]
    assert await AuditTrail(store).actions(None) == ["link.saved", "words.reset"]


async def test_entries_are_filtered_by_person_action_and_area(store):
    await write(
        store,
        entry(user_id=1, action="link.saved", detail="a"),
        entry(user_id=2, action="link.removed", detail="b"),
        entry(user_id=2, action="links.saved", detail="c"),
        entry(user_id=2, action="link_x.saved", detail="d"),
    )

    assert told(await page(store, user_id=1)) == ["a"]
    assert told(await page(store, action="link")) == ["b", "a"]
    assert told(await page(store, action="link.removed")) == ["b"]
    assert told(await page(store, action="link", user_id=2)) == ["b"]
    assert told(await page(store, action="lin")) == []
    assert told(await page(store, action="link_x")) == ["d"]


async def test_everything_is_gone_through_once_newest_first(store):
    await numbered(store, 1_203)
    await write(store, entry(guild_id=ELSEWHERE))

    found = [e.detail async for e in AuditTrail(store).everything(AuditQuery(guild_id=GUILD))]

    assert found == [str(number) for number in reversed(range(1_203))]


async def test_an_export_stops_where_the_file_is_full(store):
    await numbered(store, 12)
    trail, query = AuditTrail(store), AuditQuery(guild_id=GUILD)

    whole = await trail.export(query, most_bytes=10_000)
    full = await trail.export(query, most_bytes=len(whole.csv) - 1)
    exact = await trail.export(query, most_bytes=len(whole.csv))

    assert (whole.count, whole.is_cut) == (12, False)
    assert (full.count, full.is_cut) == (11, True)
    assert whole.csv.startswith(full.csv)
    assert exact == whole


async def test_only_old_entries_are_forgotten_and_no_more_than_asked(store):
    await numbered(store, 3)
    await write(store, entry(at=NOW + timedelta(seconds=1), detail="young"))

    async def forget(made_by):
        async with store.write() as work:
            return await work.audit.forget(made_by=made_by, limit=2)

    assert await forget(NOW - timedelta(seconds=1)) == 0
    assert [await forget(NOW) for _ in range(3)] == [2, 1, 0]
    assert told(await page(store)) == ["young"]


@pytest.mark.parametrize("action", ["", "Link saved", "link.", ".saved", "a" * 41, "link|x", "é"])
def test_an_action_has_a_short_dotted_name(action):
    with pytest.raises(ValueError, match="no name of an action"):
        entry(action=action)
