"""Whoever left long ago fades: nobody knows any more who they were, until they come back."""

from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.digest import DigestPolicy
from core.feed import FeedPolicy
from core.members import Status
from core.patrons import Patrons
from core.privacy import is_away
from core.purge import FADED_AT_ONCE, Keeping, Purge
from tests.factories import member as make_member
from tests.factories import save_campaign
from tests.flows.bots import build_bot
from tests.flows.conftest import GUILD
from tests.flows.whole_database import where

DAY = timedelta(days=1)
YEAR = 365 * DAY
NAME, DISCORD = "Zaphiriel Unverwechselbar", 987_654_321_987_654_321


@pytest.fixture
def purge(store, clock):
    def make(former=YEAR):
        return Purge(
            store,
            Keeping(done=30 * DAY, parked=90 * DAY, former=former),
            clock=clock,
            random=lambda: 0.5,
            alarm=Alarm(clock),
        )

    return make


@pytest.fixture
def patrons(store, clock):
    return Patrons(store, FeedPolicy(), clock=clock, on_announced=lambda: None)


@pytest.fixture
async def former(bot):
    """Somebody joined, cancelled, and their membership ended; all of it was announced."""
    await bot.take_stock()
    joined = bot.world.join(name=NAME, discord_id=str(DISCORD))
    await bot.happen(joined)
    await bot.happen(bot.world.cancel(joined.member))
    await bot.happen(bot.world.end(joined.member))
    return joined.member


async def stored(bot, member):
    async with bot.store.read() as work:
        history = await work.changes.of_member(member.id, limit=20)
        return (await work.members.load([member.id]))[member.id], [c for c, _ in history]


async def belonging(bot):
    async with bot.store.read() as work:
        known = await work.members.find([bot.campaign_id], "", limit=1_000)
    return [member for member in known if not is_away(member)]


async def test_a_former_member_fades_when_the_time_is_over(bot, former, purge, clock, database_url):
    clock.advance(YEAR - DAY)
    assert (await purge().purge()).faded == 0
    assert "members" in await where(database_url, NAME)

    clock.advance(2 * DAY)
    assert (await purge().purge()).faded > 0

    assert await where(database_url, NAME, str(DISCORD)) == {}
    member, history = await stored(bot, former)
    assert (member.name, member.discord_id, member.lifetime_cents) == (None, None, 0)
    assert (member.last_charge_at, member.pledge_started_at) == (None, None)
    assert (member.status, member.user_id) == (Status.FORMER, former.user_id)
    assert [c.kind for c in history] == ["ended", "cancelled", "joined"]
    assert {(c.entry, c.before, c.after) for c in history} == {(None, (), ())}
    assert (await purge().purge()).faded == 0


async def test_messages_that_were_shown_stay_as_they_are(bot, former, purge, clock):
    clock.advance(YEAR + DAY)
    before = bot.titles()

    await purge().purge()
    await bot.settle()

    assert bot.titles() == before
    assert bot.channels.calls.count("edit") == 0


async def test_zero_days_keep_former_members_for_good(bot, former, purge, clock, database_url):
    clock.advance(10 * YEAR)

    assert (await purge(former=timedelta()).purge()).faded == 0

    assert "members" in await where(database_url, NAME)


async def test_whoever_still_belongs_never_fades(bot, purge, clock, database_url):
    await bot.take_stock()
    await bot.happen(bot.world.join(name="Paying"))
    cancelled = bot.world.join(name="Cancelled")
    await bot.happen(cancelled)
    await bot.happen(bot.world.cancel(cancelled.member))
    await bot.happen(bot.world.join(kind="free", name="For free"))
    clock.advance(2 * YEAR)
    before = await belonging(bot)

    assert (await purge().purge()).faded > 0

    assert await belonging(bot) == before
    assert {"Paying", "Cancelled", "For free"} <= {member.name for member in before}


async def test_somebody_faded_stays_so_whatever_patreon_says_of_them(
    bot, former, purge, clock, database_url
):
    clock.advance(YEAR + DAY)
    await purge().purge()

    unchanged = await bot.sync.run(bot.campaign_id)
    bot.world.rename(former, NAME + " II", webhook=False)
    clock.advance(seconds=1)
    renamed = await bot.sync.run(bot.campaign_id)
    clock.advance(seconds=1)
    again = await bot.sync.run(bot.campaign_id)

    assert [r.members.changed for r in (unchanged, renamed, again)] == [0, 1, 0]
    assert await where(database_url, "Zaphiriel", str(DISCORD)) == {}


async def test_whoever_comes_back_is_announced_as_back_with_the_new_name(bot, former, purge, clock):
    clock.advance(YEAR + DAY)
    await purge().purge()
    bot.world.rename(former, "Zoe", webhook=False)

    await bot.happen(bot.world.come_back(former.id))

    assert bot.titles()[-1] == "Zoe is back"
    member, _ = await stored(bot, former)
    assert (member.name, member.discord_id) == ("Zoe", DISCORD)


async def test_a_proof_fades_with_the_last_membership_and_a_wish_does_not(
    bot, former, purge, clock, patrons, store
):
    await patrons.link(former.user_id, DISCORD)
    await patrons.hide(GUILD, DISCORD, name=True)
    clock.advance(YEAR + DAY)

    await purge().purge()

    async with store.read() as work:
        person = await work.people.get(former.user_id)
    assert (person.discord_id, person.linked_at, person.hides_name) == (None, None, True)


async def test_a_digest_of_somebody_faded_keeps_the_others(
    bot, patreon, store, clock, purge, database_url
):
    digests = DigestPolicy(above=1, stale=timedelta(hours=12))
    bot = build_bot(patreon, store, clock, bot.channels, bot.clients, digests=digests)
    await bot.take_stock()
    left = bot.world.join(name=NAME, discord_id=str(DISCORD))
    await bot.deliver(*left.deliveries, *bot.world.join(name="Bartholomew").deliveries)
    await bot.settle()
    assert bot.titles() == ["2 changes in the last hour"]
    await bot.happen(bot.world.end(left.member))
    clock.advance(YEAR + DAY)

    await purge().purge()

    assert await where(database_url, NAME, str(DISCORD)) == {}
    assert "announcements" in await where(database_url, "Bartholomew joined")


async def test_many_fade_in_small_portions(store, purge, clock):
    await save_campaign(store)
    count = FADED_AT_ONCE * 2 + 1
    members = [
        make_member(id=f"m-{n}", user_id=f"u-{n}", status=Status.GONE, entitled_cents=0)
        for n in range(count)
    ]
    async with store.write() as work:
        await work.members.save([(m, b"x") for m in members], seen_at=clock())
    clock.advance(YEAR + DAY)

    assert (await purge().purge()).faded == count

    async with store.read() as work:
        known = await work.members.load([m.id for m in members])
    assert {m.name for m in known.values()} == {None}
