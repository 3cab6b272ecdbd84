"""Where the brake's question is shown, to whom, and what becomes of its messages."""

import pytest

from core.errors import MessageGone
from core.guilds import Link
from core.status import Status
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.factories import replace_links
from tests.flows.conftest import GUILD, STAFF
from tests.flows.losing import ADA, MEMBERS, come_back, keep, staff, stored, sync, vanish

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=MEMBERS, posts=2)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def synced(bot):
    await bot.take_stock()
    return bot


async def test_a_message_that_somebody_deleted_is_not_put_back(synced):
    vanish(synced, 33)
    await sync(synced)
    synced.channels.shown.clear()
    for _ in range(3):
        vanish(synced, 1)
        await sync(synced)

    assert staff(synced) == []
    assert (await stored(synced)).is_open


async def test_each_staff_channel_is_asked_and_names_nobody_of_another_server(synced, clock):
    campaign_id = synced.campaign_id
    first = Link(guild_id=GUILD, campaign_id=campaign_id, staff_channel_id=STAFF)
    second = Link(guild_id=2, campaign_id=campaign_id, staff_channel_id=40)
    silent = Link(guild_id=3, campaign_id=campaign_id, feed_channel_id=50)
    async with synced.store.write() as work:
        await replace_links(work, [first, silent], at=clock())
    vanish(synced, 33)
    await sync(synced)
    async with synced.store.write() as work:
        await replace_links(work, [first, second, silent], at=clock())

    question = (await sync(synced)).question
    assert len(staff(synced)) == len(staff(synced, 40)) == 1
    await keep(synced, question)

    assert staff(synced)[0].text.startswith("Ada answered")
    assert staff(synced, 40)[0].text.startswith("A moderator of another server answered")
    assert staff(synced, 50) == []


async def test_a_server_that_no_longer_follows_hears_nothing_of_the_answer(synced, clock):
    campaign_id = synced.campaign_id
    first = Link(guild_id=GUILD, campaign_id=campaign_id, staff_channel_id=STAFF)
    second = Link(guild_id=2, campaign_id=campaign_id, staff_channel_id=40)
    async with synced.store.write() as work:
        await replace_links(work, [first, second], at=clock())
    vanish(synced, 33)
    question = (await sync(synced)).question
    async with synced.store.write() as work:
        await replace_links(work, [first], at=clock())

    await keep(synced, question)

    assert staff(synced)[0].actions == ()
    assert "Ada" not in staff(synced, 40)[0].text
    assert len(staff(synced, 40)[0].actions) == 2


async def test_the_status_shows_what_is_asked_and_what_is_kept(synced, clock):
    status = Status(
        synced.store, clock=clock, usage=lambda: None, version="1", has_configured_secret=False
    )

    async def shown():
        [campaign] = (await status.of_guild(GUILD)).campaigns
        return campaign.question

    assert await shown() is None
    lost = vanish(synced, 33)
    question = (await sync(synced)).question
    assert (await shown()).is_open
    await keep(synced, question)
    assert (await shown()).is_kept
    come_back(synced, lost)
    await sync(synced)
    assert await shown() is None


async def test_an_answer_reaches_a_message_that_was_never_sent(synced):
    """What is sent later says how it ended, without buttons."""
    vanish(synced, 33)
    synced.channels.failures.append(MessageGone("Somebody deleted it."))
    question = (await synced.sync.run(synced.campaign_id)).question
    await synced.sync.keep_members(synced.campaign_id, by=ADA, version=question.version)
    synced.channels.failures.clear()
    await synced.settle()

    [card] = staff(synced)
    assert card.actions == ()


async def test_an_unreadable_record_is_no_question_and_the_next_pass_asks_anew(synced):
    vanish(synced, 33)
    await sync(synced)
    async with synced.store.write() as work:
        await work.notes.set(f"brake:{synced.campaign_id}", "{")

    assert (await sync(synced)).question.is_open
