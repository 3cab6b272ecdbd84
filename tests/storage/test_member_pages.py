"""Pages of members: the same filters, orders and totals on both databases."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.listing import MemberQuery, Sort, Totals
from core.members import Status
from storage.text import fold
from tests.factories import NOW, campaign, member, save_campaign

_NUMBERS = count(1)


@pytest.fixture(autouse=True)
async def synced(store):
    await save_campaign(store)


async def save(store, *members):
    async with store.write() as work:
        await work.members.save([(one, b"1") for one in members], seen_at=NOW)


async def save_names(store, *names):
    await save(store, *(member(id=f"m{i}", name=name) for i, name in enumerate(names)))


async def page(store, **parts):
    async with store.read() as work:
        return await work.members.page(MemberQuery(campaign_ids=("1001",), **parts))


async def names(store, **parts):
    return [one.name for one in (await page(store, **parts)).members]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100%", ["100% Ada"]),
        ("%", ["100% Ada"]),
        ("_", ["a_b"]),
        ("\\", ["back\\slash"]),
        ("ADA", ["100% Ada"]),
        ("ÄRGER", ["Ärger"]),
        ("STRASSE", ["Straße"]),
        ("🦊", ["Fox 🦊"]),
        ("ｆｏｘ", ["Fox 🦊"]),
        ("éclair", ["E\u0301clair"]),
        ("'; DROP", []),
        ("\x00", []),
    ],
)
async def test_text_is_found_literally_and_whatever_its_case(store, text, found):
    await save_names(
        store, "100% Ada", "100 Bob", "a_b", "acb", "back\\slash", "Ärger", "Straße", "Fox 🦊",
        "E\u0301clair", None,
    )  # fmt: skip

    assert await names(store, text=text) == found


async def test_names_sort_by_what_they_say_and_then_by_id(store):
    twins = [member(id=i, name="Twin") for i in ("b-2", "b1", "a")]
    await save(store, *twins, member(id="z", name="ada"), member(id="y", name="Émile"))

    found = (await page(store)).members

    assert [one.id for one in found] == ["z", "a", "b-2", "b1", "y"]


async def test_the_newest_pledge_comes_first_and_no_pledge_last(store):
    await save(
        store,
        member(id="none", pledge_started_at=None),
        member(id="old", pledge_started_at=NOW - timedelta(days=9)),
        member(id="new", pledge_started_at=NOW),
    )

    found = (await page(store, sort=Sort.NEWEST)).members

    assert [one.id for one in found] == ["new", "old", "none"]


async def test_pages_hold_everybody_once(store):
    await save(store, *(member(id=f"m{i}", lifetime_cents=i % 3) for i in range(10)))

    found = [
        one.id
        for offset in range(0, 12, 3)
        for one in (await page(store, sort=Sort.SUPPORT, offset=offset, limit=3)).members
    ]

    assert sorted(found) == [f"m{i}" for i in range(10)]
    assert found[:3] == ["m2", "m5", "m8"]


async def test_totals_are_of_the_campaign_and_not_of_the_filters(store):
    await save(
        store,
        member(id="a", tier_ids=("201", "202")),
        member(id="b", status=Status.FREE, tier_ids=("200",)),
        member(id="c", status=Status.GONE, tier_ids=("201",)),
    )

    found = await page(store, text="nobody")

    assert found.matching == 0
    assert found.totals == Totals(
        by_status={Status.ACTIVE: 1, Status.FREE: 1, Status.GONE: 1},
        by_tier={"200": 1, "201": 1, "202": 1},
    )


async def test_no_campaign_has_no_members(store):
    async with store.read() as work:
        found = await work.members.page(MemberQuery(campaign_ids=()))

    assert (found.members, found.matching, found.totals) == ((), 0, Totals())


_MEMBERS = st.lists(
    st.builds(
        lambda **parts: parts,
        name=st.none() | st.text("aAäÄßẞ%_\\🦊 ", max_size=4),
        status=st.sampled_from(Status),
        tier_ids=st.sets(st.sampled_from(["200", "201", "202"])).map(lambda s: tuple(sorted(s))),
        lifetime_cents=st.integers(0, 3),
        pledge_started_at=st.none() | st.integers(0, 3).map(lambda d: NOW - timedelta(days=d)),
    ),
    max_size=12,
)
_QUERIES = st.builds(
    MemberQuery,
    campaign_ids=st.just(("?",)),
    status=st.none() | st.sampled_from(Status),
    tier_id=st.none() | st.sampled_from(["200", "201", "999"]),
    text=st.text("aAäß%_\\🦊", max_size=2),
    sort=st.sampled_from(Sort),
    offset=st.integers(0, 4),
    limit=st.integers(1, 6),
)


def expected(members, query):
    """The same page, in plain Python: ids and the number of matches."""
    orders = {
        Sort.NAME: lambda m: (fold(m.name or "").encode(), m.id),
        Sort.SUPPORT: lambda m: (-m.lifetime_cents, m.id),
        Sort.NEWEST: lambda m: (
            m.pledge_started_at is None,
            NOW - (m.pledge_started_at or NOW),
            m.id,
        ),
    }
    matching = [
        m
        for m in members
        if (m.status is not Status.GONE if query.status is None else m.status is query.status)
        and (query.tier_id is None or query.tier_id in m.tier_ids)
        and fold(query.text) in fold(m.name or "")
    ]
    ordered = sorted(matching, key=orders[query.sort])
    return [m.id for m in ordered][query.offset : query.offset + query.limit], len(matching)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(parts=_MEMBERS, query=_QUERIES)
async def test_a_page_is_what_plain_python_would_pick(store, parts, query):
    campaign_id = f"c{next(_NUMBERS)}"
    members = [
        member(id=f"{campaign_id}-{i}", campaign_id=campaign_id, **one)
        for i, one in enumerate(parts)
    ]
    async with store.write() as work:
        creators = await work.creators.all()
        await work.campaigns.save(campaign(id=campaign_id), (), creator_id=creators[0].id)
    await save(store, *members)

    async with store.read() as work:
        found = await work.members.page(replace(query, campaign_ids=(campaign_id, "other")))

    assert ([one.id for one in found.members], found.matching) == expected(members, query)
