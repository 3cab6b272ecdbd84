"""The bot keeps its own webhook at Patreon, and staff learn when it cannot."""

import itertools
from dataclasses import replace

import pytest

from core.accounts import TokenState
from core.remote_hooks import TRIGGERS
from core.troubles import HOOK_REFUSED
from sandbox.patreon import FaultKind
from sandbox.patreon.tokens import SCOPES
from tests.factories import replace_links
from tests.flows.keeping import READY, URL, Keeping, change_tokens, door, status_of

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def keeping(bot):
    await bot.take_stock()
    return Keeping(bot, READY, itertools.count())


async def test_a_followed_campaign_gets_one_webhook_with_all_triggers(keeping):
    assert await keeping.look()

    [remote], [stored] = keeping.remote(), await keeping.stored()
    assert remote.uri == f"http://127.0.0.1:9/webhooks/patreon/{stored.key}"
    assert remote.triggers == TRIGGERS
    assert (stored.patreon_id, stored.secrets) == (remote.id, (remote.secret,))
    assert stored.campaign_id == keeping.bot.campaign_id


async def test_looking_again_changes_nothing(keeping):
    await keeping.look()
    before = await keeping.stored()

    assert await keeping.look()
    keeping.restart()
    assert await keeping.look()

    assert await keeping.stored() == before
    assert (keeping.asked("POST"), keeping.asked("PATCH"), keeping.told()) == (1, 0, [])


async def test_nothing_is_made_without_a_public_address(keeping):
    keeping.public_url = None
    keeping.restart()
    before = len(keeping.bot.server.requests)

    assert await keeping.look()

    assert (keeping.remote(), await keeping.stored()) == ([], [])
    assert len(keeping.bot.server.requests) == before


async def test_a_campaign_that_nobody_follows_gets_none(keeping):
    async with keeping.bot.store.write() as work:
        await replace_links(work, [], at=keeping.bot.clock())

    assert await keeping.look()

    assert keeping.remote() == []


async def test_a_campaign_that_is_not_known_yet_is_looked_for_again_soon(keeping):
    async with keeping.bot.store.write() as work:
        [link] = await work.links.all()
        await replace_links(
            work, [link, replace(link, id=0, campaign_id="1")], at=keeping.bot.clock()
        )

    assert not await keeping.look()


@pytest.mark.parametrize("fault", [FaultKind.DROP_AFTER, FaultKind.ERROR_AFTER])
async def test_a_lost_answer_does_not_make_a_second_webhook(keeping, fault):
    keeping.bot.world.faults.plan("webhook_create", fault)

    for _ in range(3):
        await keeping.look()

    [remote], [stored] = keeping.remote(), await keeping.stored()
    assert (stored.patreon_id, stored.secrets) == (remote.id, (remote.secret,))


async def test_a_lost_answer_is_looked_up_at_once(keeping):
    keeping.bot.world.faults.plan("webhook_create", FaultKind.DROP_AFTER)

    assert await keeping.look()

    assert (len(keeping.remote()), keeping.asked("POST")) == (1, 1)


async def test_a_crash_after_the_registration_does_not_make_a_second_webhook(keeping):
    keeping.bot.world.faults.plan("webhook_create", FaultKind.DROP_AFTER)
    keeping.bot.world.faults.plan("webhooks", FaultKind.UNAVAILABLE, after=1)
    assert not await keeping.look()

    keeping.restart()
    assert await keeping.look()

    assert len(keeping.remote()) == len(await keeping.stored()) == 1


async def test_a_twin_that_calls_the_same_address_is_removed(keeping):
    await keeping.look()
    [kept] = keeping.remote()
    keeping.bot.world.hooks.add(kept.campaign_id, kept.uri, client_id=kept.client_id)

    await keeping.look()

    assert keeping.remote() == [kept]
    assert (await keeping.stored())[0].secrets == (kept.secret,)


async def test_a_webhook_that_the_database_forgot_is_taken_up_again(keeping):
    forgotten = keeping.bot.world.hooks.add(
        keeping.bot.campaign_id,
        f"{URL}webhooks/patreon/a-key-of-an-earlier-database",
        client_id=keeping.bot.world.client.id,
    )

    await keeping.look()

    assert keeping.remote() == [forgotten]
    [stored] = await keeping.stored()
    assert (stored.key, stored.secrets) == ("a-key-of-an-earlier-database", (forgotten.secret,))


async def test_somebody_elses_webhook_is_left_alone(keeping):
    other = keeping.bot.world.hooks.add(
        keeping.bot.campaign_id, "https://elsewhere.example/x", client_id=None
    )
    own = keeping.bot.world.hooks.add(
        keeping.bot.campaign_id,
        "https://elsewhere.example/webhooks/patreon/a-key-of-another-bot",
        client_id=keeping.bot.world.client.id,
    )

    await keeping.look()

    assert other.uri == "https://elsewhere.example/x"
    assert own in keeping.remote()
    assert len(keeping.remote()) == 2


async def test_a_changed_public_address_moves_the_webhook(keeping):
    await keeping.look()
    [remote] = keeping.remote()
    keeping.public_url = "http://127.0.0.1:10/bot"
    keeping.restart()

    assert await keeping.look()

    [stored] = await keeping.stored()
    assert keeping.remote() == [remote]
    assert remote.uri == f"http://127.0.0.1:10/bot/webhooks/patreon/{stored.key}"


async def test_missing_triggers_are_put_back(keeping):
    await keeping.look()
    [remote] = keeping.remote()
    remote.triggers = ("posts:publish",)

    await keeping.look()

    assert remote.triggers == TRIGGERS


async def test_a_replaced_secret_overlaps_with_the_one_before_for_a_while(keeping):
    await keeping.look()
    [remote] = keeping.remote()
    old, remote.secret = remote.secret, "the-new-secret"

    await keeping.look()
    [during] = await keeping.stored()
    keeping.bot.clock.advance(days=9)
    await keeping.look()
    [after] = await keeping.stored()

    assert during.secrets == ("the-new-secret", old)
    assert after.secrets == ("the-new-secret",)


async def test_a_vanished_webhook_is_made_anew_and_its_old_secret_still_holds(keeping):
    await keeping.look()
    [old] = keeping.remote()
    keeping.bot.world.hooks.remove(old.id)

    assert await keeping.look()
    keeping.restart()
    assert await keeping.look()

    [new], [stored] = keeping.remote(), await keeping.stored()
    assert (new.uri, stored.patreon_id) == (old.uri, new.id)
    assert stored.secrets == (new.secret, old.secret)
    assert keeping.told() == [
        "The webhook of Lantern Observatory vanished",
        "The webhook of Lantern Observatory is registered again",
    ]


async def test_a_vanished_webhook_is_told_once_while_it_cannot_be_made_anew(keeping):
    await keeping.look()
    keeping.bot.world.hooks.remove(keeping.remote()[0].id)
    keeping.bot.world.faults.plan("webhook_create", FaultKind.SERVER_ERROR, times=3)

    for _ in range(3):
        assert not await keeping.look()
    keeping.restart()
    assert keeping.told() == ["The webhook of Lantern Observatory vanished"]
    assert await keeping.look()

    assert len(keeping.told()) == 2
    assert len(keeping.remote()) == 1


@pytest.mark.parametrize(
    "fault", [FaultKind.EMPTY_OBJECT, FaultKind.TRUNCATED_JSON, FaultKind.CLOUDFLARE]
)
async def test_a_bad_answer_is_not_taken_for_a_vanished_webhook(keeping, fault):
    await keeping.look()
    before = await keeping.stored()
    keeping.bot.world.faults.plan("webhooks", fault, times=2)

    assert not await keeping.look()
    keeping.bot.world.faults.clear()
    keeping.bot.clock.advance(hours=1)
    assert await keeping.look()

    assert keeping.told() == []
    assert (len(keeping.remote()), await keeping.stored()) == (1, before)


async def test_a_missing_scope_is_said_once_with_what_to_do(keeping):
    bot = keeping.bot
    narrow = bot.world.issue_tokens(scopes=frozenset(SCOPES) - {"w:campaigns.webhook"})
    await change_tokens(bot, bot.world.creator_token, narrow)

    for _ in range(3):
        assert await keeping.look()
    report = await status_of(bot)
    assert keeping.told() == ["Patreon refuses the webhook of Lantern Observatory"]
    [campaign] = report.campaigns
    assert [t.trouble for t in campaign.troubles] == [HOOK_REFUSED]
    assert "w:campaigns.webhook" in campaign.troubles[0].reason
    assert campaign.hook is None

    await change_tokens(bot, narrow, bot.world.issue_tokens())
    assert await keeping.look()

    assert keeping.told()[1:] == ["The webhook of Lantern Observatory is registered"]
    assert (await status_of(bot)).campaigns[0].troubles == ()


async def test_broken_tokens_are_left_to_others(keeping):
    bot = keeping.bot
    async with bot.store.write() as work:
        await work.creators.set_token_state(1, TokenState.BROKEN, reason="no", at=bot.clock())
    before = len(bot.server.requests)

    assert await keeping.look()

    assert len(bot.server.requests) == before
    assert keeping.told() == []


async def test_a_registered_webhook_carries_news_from_patreon_to_the_channel(keeping):
    bot = keeping.bot
    async with door(bot) as port:
        keeping.public_url = f"http://127.0.0.1:{port}"
        keeping.restart()
        await keeping.look()

        bot.world.join(name="Ada")
        await bot.server.drain()
        await bot.settle()

        [remote] = keeping.remote()
        deliveries = [d for d in bot.world.hooks.deliveries if d.hook_id == remote.id]
        assert deliveries
        assert all(delivery.delivered.is_set() for delivery in deliveries)
        assert bot.titles() == ["Ada joined"]
