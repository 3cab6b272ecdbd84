"""Whoever asks to be forgotten is found nowhere any more, whatever Patreon sends afterwards."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from core.alarm import Alarm
from core.audit import AuditQuery
from core.consents import OpenConsent, Purpose
from core.digest import DigestPolicy
from core.errors import OutcomeUnknown, UserError
from core.feed import FeedPolicy
from core.guilds import Link
from core.members import Status
from core.patrons import Patrons
from core.purge import Keeping, Purge
from tests.factories import replace_links
from tests.flows.bots import Bot, build_bot
from tests.flows.channels import Channels
from tests.flows.conftest import FEED, GUILD
from tests.flows.whole_database import where

NAME = "Zaphiriel Unverwechselbar"
DISCORD = 987_654_321_987_654_321
DAY = timedelta(days=1)


@pytest.fixture
def rings():
    return []


@pytest.fixture
def patrons(store, clock, rings):
    return Patrons(store, FeedPolicy(), clock=clock, on_announced=lambda: rings.append(clock()))


@pytest.fixture
def purge(store, clock):
    return Purge(
        store,
        Keeping(done=30 * DAY, parked=90 * DAY, former=365 * DAY),
        clock=clock,
        random=lambda: 0.5,
        alarm=Alarm(clock),
    )


def join(bot: Bot, name=NAME, discord_id=DISCORD, tier=None):
    return bot.world.join(tier, name=name, discord_id=str(discord_id))


async def member_of(bot: Bot, member_id: str):
    async with bot.store.read() as work:
        return (await work.members.load([member_id]))[member_id]


def paid_tiers(bot: Bot):
    tiers = (tier for tier in bot.world.tiers() if tier.amount_cents)
    return sorted(tiers, key=lambda tier: tier.amount_cents)


async def test_nothing_in_the_database_names_somebody_who_is_forgotten(
    bot, patrons, database_url, clock
):
    await bot.take_stock()
    joined = join(bot)
    await bot.happen(joined)
    await bot.happen(bot.world.upgrade(joined.member, paid_tiers(bot)[-1]))
    async with bot.store.write() as work:
        await work.consents.add(
            "digest",
            OpenConsent(
                purpose=Purpose.PATRON,
                user_id=DISCORD,
                guild_id=GUILD,
                expires_at=clock() + timedelta(minutes=10),
                user_name=NAME,
            ),
            most=3,
        )
    assert {"members", "announcements", "events", "oauth_states"} <= set(
        await where(database_url, NAME, str(DISCORD))
    )

    done = await patrons.forget(GUILD, DISCORD)

    assert await where(database_url, NAME, str(DISCORD)) == {}
    assert (done.memberships, done.announcements, done.was_already) == (1, 2, False)


async def test_what_patreon_sends_later_brings_no_name_back(bot, patrons, purge, database_url):
    await bot.take_stock()
    joined = join(bot)
    await bot.happen(joined)
    await patrons.forget(GUILD, DISCORD)

    await bot.sync.run(bot.campaign_id)
    await bot.happen(bot.world.upgrade(joined.member, paid_tiers(bot)[-1]))
    await bot.happen(bot.world.rename(joined.member, NAME + " II"))
    await bot.happen(bot.world.cancel(joined.member))
    await bot.sync.run(bot.campaign_id)
    await bot.settle()

    assert await where(database_url, "Zaphiriel", str(DISCORD)) == {}
    assert bot.titles() == ["A patron joined", "A patron upgraded", "A patron cancelled"]
    assert all("Zaphiriel" not in shown.card.to_json() for shown in bot.channels.shown)


async def test_what_a_sync_learnt_from_webhooks_is_deleted_by_the_next_purge(
    bot, patrons, purge, database_url
):
    await bot.take_stock()
    joined = join(bot)
    await bot.happen(joined)
    await patrons.forget(GUILD, DISCORD)
    await purge.purge()
    bot.clock.advance(hours=1)
    await bot.deliver(*joined.deliveries)
    async with bot.store.write() as work:
        events = await work.events.claim_due(bot.clock(), lease=DAY, limit=100)
        await work.events.finish([e.id for e in events], at=bot.clock(), note="synced")
    assert "events" in await where(database_url, NAME)

    purged = await purge.purge()

    assert purged.emptied == len(joined.deliveries)
    assert await where(database_url, NAME, str(DISCORD)) == {}


async def test_webhooks_about_others_keep_their_content(bot, patrons, database_url):
    await bot.take_stock()
    await bot.happen(join(bot))
    await bot.happen(join(bot, name="Bartholomew", discord_id=42))

    await patrons.forget(GUILD, DISCORD)

    assert "events" in await where(database_url, "Bartholomew")


async def test_a_forgotten_member_is_recognised_as_unchanged(bot, patrons):
    await bot.take_stock()
    member = join(bot).member
    await bot.sync.run(bot.campaign_id)
    await patrons.forget(GUILD, DISCORD)

    first = await bot.sync.run(bot.campaign_id)
    bot.world.rename(member, "Another Name", webhook=False)
    bot.clock.advance(seconds=1)
    second = await bot.sync.run(bot.campaign_id)
    bot.clock.advance(seconds=1)
    third = await bot.sync.run(bot.campaign_id)

    assert [r.members.changed for r in (first, second, third)] == [0, 1, 0]
    assert [r.members.announced for r in (first, second, third)] == [0, 0, 0]
    kept = await member_of(bot, member.id)
    assert (kept.name, kept.discord_id, kept.lifetime_cents) == (None, None, 0)
    assert (kept.status, kept.user_id) == (Status.ACTIVE, member.user_id)
    assert kept.tier_ids


async def test_a_message_that_waits_is_told_anonymously(bot, patrons, rings):
    await bot.take_stock()
    await bot.deliver(*join(bot).deliveries)
    bot.clock.advance(seconds=1)
    while await bot.processor.process_due():
        pass

    await patrons.forget(GUILD, DISCORD)
    await bot.settle()

    assert len(rings) == 1
    assert bot.titles() == ["A patron joined"]
    assert bot.channels.calls.count("edit") == 0


async def test_a_message_whose_sending_was_in_doubt_ends_up_anonymous(bot, patrons):
    await bot.take_stock()
    bot.channels.failures_after.append(OutcomeUnknown("The connection broke."))
    await bot.happen(join(bot))
    assert bot.titles() == [f"{NAME} joined"]

    await patrons.forget(GUILD, DISCORD)
    for _ in range(5):
        bot.clock.advance(minutes=10)
        await bot.settle()

    assert bot.titles() == ["A patron joined"]


async def test_a_message_that_is_being_sent_meanwhile_is_edited_afterwards(
    bot, patrons, patreon, store, clock
):
    class Overtaken(Channels):
        async def send(self, channel_id, card):
            await patrons.forget(GUILD, DISCORD)
            return await super().send(channel_id, card)

    channels = Overtaken(clock)
    bot = build_bot(patreon, store, clock, channels, bot.clients)
    await bot.take_stock()

    await bot.happen(join(bot))

    assert bot.titles() == ["A patron joined"]
    assert channels.calls == ["send", "edit"]


async def test_what_was_set_aside_for_good_is_not_sent_because_of_it(
    bot, patrons, store, database_url
):
    other = Link(guild_id=2, campaign_id=bot.campaign_id, feed_channel_id=30)
    async with store.write() as work:
        await work.links.save(other, at=bot.clock())
    await bot.take_stock()
    await bot.deliver(*join(bot).deliveries)
    bot.clock.advance(seconds=1)
    while await bot.processor.process_due():
        pass
    async with store.write() as work:
        await replace_links(work, [other], at=bot.clock())

    await patrons.forget(2, DISCORD)
    await bot.settle()

    assert [(m.channel_id, m.card.title) for m in bot.channels.shown] == [(30, "A patron joined")]
    assert await where(database_url, NAME) == {}


async def test_a_message_that_somebody_deleted_is_not_put_back(bot, patrons, database_url):
    await bot.take_stock()
    joined = join(bot)
    await bot.happen(joined)
    bot.channels.shown.clear()
    await patrons.hide(GUILD, DISCORD, name=True)
    await bot.settle()

    await patrons.forget(GUILD, DISCORD)
    await bot.settle()

    assert bot.titles() == []
    assert await where(database_url, NAME) == {}


@pytest.mark.parametrize("forgotten", [0, 2, 4])
async def test_a_digest_is_rewritten_and_names_the_others_still(
    bot, patrons, store, clock, patreon, database_url, forgotten
):
    names = ["Anna Alpha", "Berta Beta", "Cleo Gamma", "Dora Delta", "Emil Epsilon"]
    digests = DigestPolicy(above=3, stale=timedelta(hours=12))
    bot = build_bot(patreon, store, clock, bot.channels, bot.clients, digests=digests)
    await bot.take_stock()
    for number, name in enumerate(names):
        await bot.deliver(*join(bot, name=name, discord_id=100 + number).deliveries)
        clock.advance(seconds=1)
        while await bot.processor.process_due():
            pass
    await bot.settle()
    before = bot.channels.told(FEED)
    assert sorted(before) == sorted(f"{name} joined" for name in names)

    await patrons.forget(GUILD, 100 + forgotten)
    await bot.settle()

    gone = f"{names[forgotten]} joined"
    assert bot.channels.told(FEED) == ["A patron joined" if t == gone else t for t in before]
    assert bot.titles() == ["5 changes in the last hour"]
    assert await where(database_url, names[forgotten]) == {}
    for name in set(names) - {names[forgotten]}:
        assert "announcements" in await where(database_url, name)


async def test_the_file_of_a_sqlite_database_keeps_no_trace(bot, patrons, database_url, database):
    if database != "sqlite":
        pytest.skip("PostgreSQL's files are its own.")
    path = database_url.removeprefix("sqlite:///")
    await bot.take_stock()
    joined = join(bot)
    await bot.happen(joined)
    await bot.happen(bot.world.rename(joined.member, NAME + " II"))
    assert b"Zaphiriel" in _checkpointed(path)

    await patrons.forget(GUILD, DISCORD)

    assert b"Zaphiriel" not in _checkpointed(path)
    assert b"zaphiriel" not in _checkpointed(path)


async def test_the_audit_tells_that_somebody_was_forgotten_but_not_who(bot, patrons, store):
    await bot.take_stock()
    await bot.happen(join(bot))

    await patrons.forget(GUILD, DISCORD)

    async with store.read() as work:
        (entry,) = (await work.audit.page(AuditQuery(guild_id=GUILD))).entries
    assert (entry.action, entry.user_id) == ("patron.forgotten", None)
    assert entry.detail == "A patron asked to be forgotten."


async def test_whoever_is_forgotten_is_nobody_until_they_link_again(bot, patrons):
    await bot.take_stock()
    joined = join(bot)
    await bot.happen(joined)
    await patrons.forget(GUILD, DISCORD)

    assert await patrons.about(GUILD, DISCORD) is None
    assert await patrons.export(GUILD, DISCORD) is None
    with pytest.raises(UserError):
        await patrons.forget(GUILD, DISCORD)
    assert not await patrons.unlink(GUILD, DISCORD)

    assert await patrons.link(joined.member.user_id, DISCORD) == (bot.world.campaign().name,)
    bot.clock.advance(seconds=1)
    await bot.sync.run(bot.campaign_id)
    await bot.settle()

    about = await patrons.about(GUILD, DISCORD)
    assert [m.member.name for m in about.memberships] == [NAME]
    assert bot.titles() == ["A patron joined"]
    await bot.happen(bot.world.cancel(joined.member))
    assert bot.titles()[-1] == f"{NAME} cancelled"


async def test_whoever_linked_again_and_left_before_a_sync_is_still_noticed(bot, patrons):
    await bot.take_stock()
    joined = bot.world.join(kind="free", name=NAME, discord_id=str(DISCORD))
    await bot.happen(joined)
    await patrons.forget(GUILD, DISCORD)
    await patrons.link(joined.member.user_id, DISCORD)
    bot.clock.advance(seconds=1)

    await bot.happen(bot.world.delete(joined.member))

    assert (await member_of(bot, joined.member.id)).status is Status.GONE
    assert bot.titles()[-1].endswith(" left")


def _checkpointed(path: str) -> bytes:
    """Give the file's bytes once everything stands in the file itself."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    finally:
        connection.close()
    return Path(path).read_bytes()
