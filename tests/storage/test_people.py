"""What patrons asked for about themselves, in both databases."""

import asyncio
from datetime import timedelta

import pytest

from core.members import Status
from core.people import Person
from core.privacy import BLANK, FADED, Privacy, is_away, kept_of
from tests.factories import NOW, card, change, member, save_campaign, save_link

ADA = Person(user_id="5001", discord_id=11, linked_at=NOW, hides_name=True)


async def save(store, *people):
    async with store.write() as work:
        for person in people:
            await work.people.save(person, at=NOW)


async def get(store, user_id="5001"):
    async with store.read() as work:
        return await work.people.get(user_id)


async def add_members(store, *members, seen_at=NOW):
    async with store.write() as work:
        return await work.members.save([(m, b"print") for m in members], seen_at=seen_at)


async def test_what_a_person_asked_for_comes_back_as_it_was_saved(store):
    forgotten = Person(user_id="5002", is_forgotten=True)
    await save(store, ADA, forgotten)

    assert await get(store) == ADA
    assert await get(store, "5002") == forgotten
    assert await get(store, "5003") is None
    async with store.write() as work:
        assert await work.people.wishes(["5001", "5002", "5003"]) == {
            "5001": ADA,
            "5002": forgotten,
        }
        assert await work.people.wishes([]) == {}
        assert await work.people.by_discord(11) == ADA
        assert await work.people.by_discord(12) is None


@pytest.mark.parametrize("count", [1, 29, 30, 31, 32, 100])
async def test_wishes_are_found_among_few_and_many(store, count):
    people = [Person(user_id=f"u-{number}", hides_tier=True) for number in range(count)]
    await save(store, *people)

    async with store.write() as work:
        wishes = await work.people.wishes(["u-0", f"u-{count - 1}", "another"])

    assert wishes == {p.user_id: p for p in (people[0], people[-1])}


async def test_a_person_about_whom_nothing_is_asked_any_more_is_not_kept(store):
    await save(store, ADA)
    await save(store, Person(user_id="5001"))

    assert await get(store) is None


def test_a_forgotten_person_hides_everything():
    assert Person(user_id="1", is_forgotten=True).privacy == Privacy(
        hides_name=True, hides_tier=True
    )
    assert ADA.privacy == Privacy(hides_name=True)


async def test_members_are_found_by_user_and_by_patreons_discord_account(store):
    await save_campaign(store)
    await add_members(store, member(id="a", discord_id=11))
    await add_members(
        store,
        member(id="b", user_id="5002", discord_id=11),
        seen_at=NOW + timedelta(seconds=1),
    )

    async with store.read() as work:
        assert await work.people.users_at_patreon(11, ["1001"]) == ["5002", "5001"]
        assert await work.people.users_at_patreon(11, ["1002"]) == []
        assert list(await work.people.users_at_patreon(11, [])) == []
        assert await work.people.memberships("5001") == ["a"]
        assert await work.people.memberships("5001", ["1001"]) == ["a"]
        assert await work.people.memberships("5001", ["1002"]) == []
        assert list(await work.people.memberships("5001", [])) == []

    await save(store, Person(user_id="5002", discord_id=12, linked_at=NOW))
    async with store.read() as work:
        assert await work.people.users_at_patreon(11, ["1001"]) == ["5001"]


async def test_a_blanked_member_is_what_the_pure_function_gives_and_keeps_its_stamp(store):
    await save_campaign(store)
    ada = member(discord_id=11, hides_pledges=True)
    await add_members(store, ada, member(id="other"))
    async with store.write() as work:
        before = await work.members.stamps([ada.id])
        await work.people.blank([ada.id])

    async with store.write() as work:
        known = await work.members.load([ada.id, "other"])
        assert known[ada.id] == kept_of(None, ada, is_forgotten=True)
        assert known["other"].name == "Ada"
        assert await work.members.stamps([ada.id]) == before
        assert await work.members.find(["1001"], "ada", limit=10) == [known["other"]]


async def test_reading_again_makes_any_reading_new(store):
    await save_campaign(store)
    await add_members(store, member())
    async with store.write() as work:
        await work.people.read_again([member().id])

    async with store.read() as work:
        assert await work.members.unchanged({member().id: b"print"}, asked_at=NOW) == {}
        assert await work.members.unchanged({member().id: b""}, asked_at=NOW) == {}


async def test_the_forgotten_are_listed_with_all_their_members(store):
    await save_campaign(store)
    await add_members(store, member(id="a"), member(id="b"), member(id="c", user_id="5002"))
    await save(
        store, Person(user_id="5001", is_forgotten=True), Person(user_id="5009", is_forgotten=True)
    )
    await save(store, Person(user_id="5002", hides_name=True))

    async with store.read() as work:
        assert await work.people.forgotten_ids() == {"5001", "5009", "a", "b"}


def away(**more):
    return member(
        **{"status": Status.FORMER, "tier_ids": (), "entitled_cents": 0, "will_pay_cents": 0} | more
    )


@pytest.mark.parametrize(
    ("known", "fades"),
    [
        (away(), True),
        (away(status=Status.GONE), True),
        (away(name=None), True),
        (away(entitled_cents=500), False),
        (away(is_gift=True), False),
        (member(), False),
        (member(status=Status.FREE, entitled_cents=0), False),
        (member(status=Status.DECLINED), False),
        (away(**FADED), False),
    ],
)
async def test_only_who_is_away_and_still_known_fades(store, known, fades):
    await save_campaign(store)
    await add_members(store, known)

    async with store.write() as work:
        found = await work.people.left_before(NOW + timedelta(days=1), after_row=0, limit=10)

    assert bool(found) is fades
    assert fades <= is_away(known)


async def test_who_left_lately_does_not_fade(store):
    await save_campaign(store)
    await add_members(store, away())

    async with store.write() as work:
        assert await work.people.left_before(NOW, after_row=0, limit=10) == []


def test_somebody_who_faded_stays_so_until_they_come_back():
    faded = away(**FADED)

    assert kept_of(faded, away(name="New"), is_forgotten=False).name is None
    assert kept_of(faded, member(name="New"), is_forgotten=False).name == "New"
    assert kept_of(faded, away(name="New", entitled_cents=1), is_forgotten=False).name == "New"
    assert kept_of(away(), away(name="New"), is_forgotten=False).name == "New"
    assert kept_of(None, away(name="New"), is_forgotten=False).name == "New"


@pytest.mark.parametrize("field", [*BLANK])
def test_what_is_blanked_is_a_field_of_members(field):
    assert getattr(kept_of(None, member(discord_id=1), is_forgotten=True), field) == BLANK[field]


async def test_announcements_are_counted_for_whom_they_tell_of(store):
    await save_campaign(store)
    link = await save_link(store)
    async with store.write() as work:
        changes = [change(), change(), change(member_id="other")]
        for number, change_id in enumerate(await work.changes.add(changes, at=NOW)):
            await work.announcements.add(
                card(marker=str(number)),
                channel_id=7001,
                link_id=link.id,
                change_id=change_id,
                at=NOW,
            )
        await work.announcements.add(
            card(marker="none"), channel_id=7001, link_id=link.id, change_id=None, at=NOW
        )

    async with store.read() as work:
        assert await work.tellings.count([member().id]) == {member().id: 2}
        assert await work.tellings.count(["nobody"]) == {}
        tellings = await work.tellings.of_members([member().id])
        assert [t.card.marker for t in tellings] == ["0", "1"]
        assert [t.change for t in tellings] == [change(), change()]
        assert not await work.tellings.of_members([member().id], since=NOW + timedelta(seconds=1))


async def test_nobody_is_saved_with_a_name_while_they_are_being_forgotten(store):
    """Whoever asks for wishes waits until those who change them have ended, or the reverse."""
    await save_campaign(store)
    await save(store, ADA)
    order = []
    is_frozen, may_end = asyncio.Event(), asyncio.Event()

    async def forget():
        async with store.write() as work:
            await work.people.freeze()
            is_frozen.set()
            await may_end.wait()
            await work.people.save(Person(user_id="5001", is_forgotten=True), at=NOW)
            order.append("forgotten")

    async def sync():
        await is_frozen.wait()
        async with store.write() as work:
            person = (await work.people.wishes(["5001"]))["5001"]
            order.append("read")
            return person.is_forgotten

    forgetting, syncing = asyncio.create_task(forget()), asyncio.create_task(sync())
    await is_frozen.wait()
    await asyncio.wait([syncing], timeout=0.2)
    may_end.set()

    await forgetting
    assert await syncing
    assert order == ["forgotten", "read"]
