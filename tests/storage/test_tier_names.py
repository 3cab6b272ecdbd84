"""Tiers with what is new of them, and the names that guilds gave to them, on both databases."""

from dataclasses import replace

from core.errors import UserError
from core.listing import Totals
from core.members import Status
from core.tier_names import LONGEST, read_name, shown_as
from tests.factories import NOW, campaign, change, member, save_campaign, tier, tiers

GUILD, ELSEWHERE = 6001, 6002


async def name(store, tier_id, text, guild_id=GUILD):
    async with store.write() as work:
        await work.tier_names.save(guild_id, tier_id, text, at=NOW)


async def names(store, guild_id=GUILD):
    async with store.read() as work:
        return await work.tier_names.of_guild(guild_id)


async def test_a_name_is_given_changed_and_taken_away_in_one_guild_alone(store):
    await name(store, "201", "Buddy")
    await name(store, "201", "Pal")
    await name(store, "202", "Hero")
    await name(store, "201", "Other", ELSEWHERE)
    await name(store, "202", None)
    await name(store, "unknown", None)

    assert await names(store) == {"201": "Pal"}
    assert await names(store, ELSEWHERE) == {"201": "Other"}


async def test_the_names_of_a_campaign_are_known_by_guild(store):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        other = tier(id="901", campaign_id="1002")
        await work.campaigns.save(campaign(id="1002"), [other], creator_id=creator_id)
    await name(store, "201", "Buddy")
    await name(store, "202", "Hero", ELSEWHERE)
    await name(store, "901", "Elsewhere")

    async with store.read() as work:
        found = await work.tier_names.of_campaign("1001")

    assert found == {GUILD: {"201": "Buddy"}, ELSEWHERE: {"202": "Hero"}}


async def stored_tier(store):
    async with store.read() as work:
        return (await work.campaigns.tiers("1001"))["201"]


async def test_the_limit_and_the_benefits_of_a_tier_are_kept(store):
    await save_campaign(store)
    full = tier(patron_count=3, patron_limit=50, benefits=("Early “posts”", "Call\ud800"))
    async with store.write() as work:
        await work.campaigns.save_tiers([full])

    assert await stored_tier(store) == full


async def test_a_tier_that_comes_with_members_keeps_the_benefits_and_loses_its_limit(store):
    await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save_tiers([tier(patron_limit=50, benefits=("Early",))])
        with_member = tier(title="Mate", patron_limit=None, benefits=None)
        await work.campaigns.save_tiers([with_member, tier(id="299", benefits=None)])

    found = await stored_tier(store)
    assert (found.title, found.patron_limit, found.benefits) == ("Mate", None, ("Early",))
    async with store.read() as work:
        assert (await work.campaigns.tiers("1001"))["299"].benefits == ()


async def test_a_tier_whose_benefits_are_gone_loses_them(store):
    await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save_tiers([tier(benefits=("Early",))])
        await work.campaigns.save_tiers([tier(benefits=())])

    assert (await stored_tier(store)).benefits == ()


def test_a_reading_without_benefits_is_completed_with_the_known_ones():
    known = tier(patron_count=7, benefits=("Early",))

    assert tier(benefits=None).completed(known) == known
    assert tier(benefits=None).completed(None).benefits is None
    assert tier(patron_count=8, benefits=()).completed(known) == tier(patron_count=8)


def test_tiers_are_shown_under_their_names_in_the_same_order():
    every = {one.id: one for one in tiers()}

    shown = shown_as(every, {"201": "Buddy", "unknown": "x"})

    assert [one.title for one in shown.values()] == ["Free", "Buddy", "Patron"]
    assert shown["201"] == replace(every["201"], title="Buddy")


def test_a_name_is_one_visible_line_of_bounded_length():
    assert read_name("  Big\n Buddy\u202e ") == "Big Buddy"
    assert read_name("   ") is None
    assert read_name("x" * LONGEST) == "x" * LONGEST
    for bad in ("\u200b", "\u2800", "\u0301", "x" * (LONGEST + 1)):
        try:
            read_name(bad)
        except UserError:
            continue
        raise AssertionError(bad)


async def found(store, text, *campaign_ids, limit=25):
    async with store.read() as work:
        return [
            m.name for m in await work.members.find(campaign_ids or ("1001",), text, limit=limit)
        ]


async def save_members(store, *members):
    async with store.write() as work:
        await work.members.save([(one, b"1") for one in members], seen_at=NOW)


async def test_members_are_found_by_a_part_of_their_name_the_likeliest_first(store):
    await save_campaign(store)
    people = ["Salome", "ADA", "Adalbert", "Lady Ada", "Ada Z", "100%_\\"]
    await save_members(
        store,
        *(member(id=f"m{number}", name=name) for number, name in enumerate(people)),
        member(id="g", name="Ada A", status=Status.GONE, tier_ids=()),
        member(id="n", name=None),
    )

    assert await found(store, "ada") == ["ADA", "Ada Z", "Adalbert", "Ada A", "Lady Ada"]
    assert await found(store, "ada", limit=2) == ["ADA", "Ada Z"]
    assert await found(store, "%_") == ["100%_\\"]
    assert len(await found(store, "")) == 8
    assert await found(store, "nobody\0\ud800") == []


async def test_members_of_other_campaigns_are_strangers(store):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save(campaign(id="1002"), [], creator_id=creator_id)
        assert await work.members.totals(["1002"]) == Totals()
    await save_members(store, member(id="a"), member(id="b", campaign_id="1002", name="Adah"))

    assert await found(store, "ada") == ["Ada"]
    assert await found(store, "ada", "1002") == ["Adah"]
    assert await found(store, "ada", "1001", "1002") == ["Ada", "Adah"]
    async with store.read() as work:
        assert await work.members.find((), "ada", limit=5) == ()


async def test_the_changes_of_a_member_are_counted(store):
    await save_campaign(store)
    async with store.write() as work:
        await work.changes.add([change(), change(), change(member_id="other")], at=NOW)
        counts = [await work.changes.count_of_member(i) for i in (change().member_id, "none")]

    assert counts == [2, 0]
