"""A webhook that nobody needs any more goes: at Patreon first, and then here."""

import itertools
from dataclasses import replace

import pytest

from core.accounts import TokenState
from core.guilds import Link
from sandbox.patreon import FaultKind
from tests.flows.conftest import GUILD, STAFF
from tests.flows.keeping import READY, URL, Keeping, status_of
from tests.flows.seams import Killed, Seams

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def keeping(bot):
    await bot.take_stock()
    return Keeping(bot, READY, itertools.count())


async def unfollow(keeping):
    """Let nobody follow the campaign any more, as the settings panel does."""
    async with keeping.bot.store.write() as work:
        await work.links.remove([one.id for one in await work.links.all()], at=keeping.bot.clock())


async def follow_again(keeping):
    async with keeping.bot.store.write() as work:
        link = Link(guild_id=GUILD, campaign_id=keeping.bot.campaign_id, staff_channel_id=STAFF)
        await work.links.save(link, at=keeping.bot.clock())


async def test_a_webhook_that_nobody_needs_any_more_is_removed_at_patreon_and_here(keeping):
    await keeping.look()
    await unfollow(keeping)

    assert await keeping.look()
    assert await keeping.look()

    assert (keeping.remote(), await keeping.stored()) == ([], [])
    assert keeping.asked("DELETE") == 1
    assert keeping.told() == []


async def test_a_webhook_stays_as_long_as_any_server_follows(keeping):
    await keeping.look()
    async with keeping.bot.store.write() as work:
        other = Link(guild_id=77, campaign_id=keeping.bot.campaign_id, feed_channel_id=7)
        await work.links.save(other, at=keeping.bot.clock())
        [first] = await work.links.of_guild(GUILD)
        await work.links.remove([first.id], at=keeping.bot.clock())

    assert await keeping.look()

    assert len(keeping.remote()) == len(await keeping.stored()) == 1


async def test_a_webhook_made_by_hand_is_never_removed(keeping):
    by_hand = [
        keeping.bot.world.hooks.add(keeping.bot.campaign_id, f"{URL}webhooks/patreon"),
        keeping.bot.world.hooks.add(
            keeping.bot.campaign_id,
            f"{URL}webhooks/patreon",
            client_id=keeping.bot.world.client.id,
        ),
    ]
    await keeping.look()
    await unfollow(keeping)

    assert await keeping.look()

    assert all(hook.id in keeping.bot.world.hooks.hooks for hook in by_hand)
    assert keeping.remote() == by_hand[1:]


@pytest.mark.parametrize(
    "fault", [FaultKind.SERVER_ERROR, FaultKind.DROP_BEFORE, FaultKind.CLOUDFLARE]
)
async def test_a_removal_that_fails_keeps_the_secret_and_is_tried_again(keeping, fault, caplog):
    await keeping.look()
    [before] = await keeping.stored()
    await unfollow(keeping)
    keeping.bot.world.faults.plan("webhook_delete", fault, times=2)

    for _ in range(2):
        await keeping.look()
        assert await keeping.stored() == [before]
    keeping.bot.clock.advance(hours=1)
    assert await keeping.look()

    assert (keeping.remote(), await keeping.stored()) == ([], [])
    assert [r.message for r in caplog.records].count("hook not removed") == 1


async def test_a_lost_answer_to_the_removal_is_made_up_for(keeping):
    await keeping.look()
    await unfollow(keeping)
    keeping.bot.world.faults.plan("webhook_delete", FaultKind.DROP_AFTER)

    await keeping.look()
    assert await keeping.look()

    assert (keeping.remote(), await keeping.stored()) == ([], [])


@pytest.mark.parametrize("passings", range(1, 9))
async def test_a_crash_anywhere_in_a_removal_is_made_up_for(keeping, passings):
    await keeping.look()
    await unfollow(keeping)
    keeping.seams = Seams()
    keeping.restart()
    keeping.seams.strike_after(passings)
    with pytest.raises(Killed):
        await keeping.look()

    keeping.seams = None
    keeping.restart()
    assert await keeping.look()

    assert (keeping.remote(), await keeping.stored()) == ([], [])
    assert keeping.told() == []


async def test_a_webhook_at_an_earlier_address_is_removed_too(keeping):
    await keeping.look()
    await unfollow(keeping)
    async with keeping.bot.store.write() as work:
        [hook] = await work.hooks.all()
        await work.hooks.save(replace(hook, patreon_id=None))
    keeping.public_url = None
    keeping.restart()

    assert await keeping.look()

    assert (keeping.remote(), await keeping.stored()) == ([], [])


async def test_who_follows_again_while_it_is_removed_gets_a_new_webhook_and_no_alarm(keeping):
    await keeping.look()
    [before] = await keeping.stored()
    await unfollow(keeping)
    keeping.seams = Seams()
    keeping.restart()
    keeping.seams.after_answer("delete_hook", lambda: follow_again(keeping))

    assert not await keeping.look()
    assert await keeping.look()

    [remote], [after] = keeping.remote(), await keeping.stored()
    assert (after.key, after.patreon_id) == (before.key, remote.id)
    assert after.secrets == (remote.secret, *before.secrets)
    assert keeping.told() == []


async def test_a_trouble_of_a_removed_webhook_is_over_for_who_follows_again(keeping):
    await keeping.look()
    keeping.remote()[0].paused = True
    keeping.readiness = replace(READY, database=False)
    await keeping.look()
    await unfollow(keeping)
    await keeping.look()
    keeping.readiness = READY
    await follow_again(keeping)

    assert await keeping.look()

    [campaign] = (await status_of(keeping.bot)).campaigns
    assert campaign.troubles == ()
    assert keeping.told() == ["Patreon paused the webhook of Lantern Observatory"]


async def test_nothing_is_removed_while_the_tokens_are_refused(keeping):
    await keeping.look()
    await unfollow(keeping)
    async with keeping.bot.store.write() as work:
        await work.creators.set_token_state(
            1, TokenState.BROKEN, reason="no", at=keeping.bot.clock()
        )

    assert await keeping.look()

    assert len(keeping.remote()) == len(await keeping.stored()) == 1
