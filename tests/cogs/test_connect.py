"""`/patreon connect` and `/patreon disconnect` over the real client."""

import asyncio
from dataclasses import replace

import pytest

from cogs.connect_words import ending_embed
from core.accounts import GuildCreator, TokenPair
from core.consent import Consent
from core.consents import Ending, Outcome, Purpose
from core.ports import Identity
from tests.cogs.conftest import ADDRESSES, running, until
from tests.factories import campaign, link

EVIL = "**Eve** @everyone [x](https://evil.example)"


@pytest.fixture
def owner(server, part):
    return server.user("owner")


@pytest.fixture
def add_account(store, guild, clock):
    async def add_account(name="Ada", *, guild_id=None, campaign_id="1001", links=True):
        guild_id = guild_id or guild.id
        async with store.write() as work:
            creator_id = await work.creators.add()
            await work.creators.save_tokens(creator_id, TokenPair(access="a", refresh="r"))
            await work.creators.set_identity(creator_id, patreon_id=f"9{creator_id}", name=name)
            await work.campaigns.save(
                campaign(id=campaign_id, name=f"{name}'s page"), (), creator_id=creator_id
            )
            await work.connections.save(
                GuildCreator(guild_id=guild_id, creator_id=creator_id), at=clock()
            )
            if links:
                await work.links.save(link(guild_id=guild_id, campaign_id=campaign_id), at=clock())
        return creator_id

    return add_account


async def tokens(store, creator_id):
    async with store.read() as work:
        return await work.creators.tokens(creator_id)


async def begun(actor):
    """Use the command and give the answer once its button is there."""
    answer = await actor.slash("patreon connect")
    return await answer.until(lambda a: "Connect a Patreon" in a.text)


def state_of(answer):
    buttons = [c for row in answer.message.components for c in row["components"]]
    (url,) = (button["url"] for button in buttons)
    assert url.startswith(ADDRESSES.authorize + "?s=")
    return url.partition("?s=")[2]


async def test_the_reply_leads_to_the_browser_and_tells_when_it_is_done(owner, services, guild):
    answer = await begun(owner)
    state = state_of(answer)
    question = await services.consent.look(state)

    await services.consent.finish(state, "code")
    await answer.until(lambda a: "Connected as" in a.text)

    assert answer.ephemeral
    assert "<t:" in answer.text or "Connected as Ada" in answer.text
    assert (question.consent.guild_id, question.consent.guild_name) == (guild.id, guild.name)
    assert "Ada's Workshop" in answer.text
    assert "/patreon setup" in answer.text
    assert answer.message.components == []


async def test_the_reply_says_how_long_the_link_is_good(owner, clock):
    answer = await begun(owner)

    assert f"<t:{int(clock().timestamp()) + 600}:R>" in answer.text
    assert "mail addresses" in answer.text


@pytest.mark.parametrize(
    ("error", "words"),
    [("access_denied", "Nothing was connected"), ("invalid_scope", "API version 2")],
)
async def test_the_reply_says_that_it_was_denied_or_refused(owner, services, error, words):
    answer = await begun(owner)

    await services.consent.refuse(state_of(answer), error)

    await answer.until(lambda a: words in a.text)
    assert "`/patreon connect`" in answer.text


async def test_the_reply_names_the_scopes_that_are_missing(owner, services, exchange):
    exchange.scopes = frozenset({"identity", "campaigns", "campaigns.members", "campaigns.posts"})
    exchange.account = Identity(patreon_id="1", name=EVIL)
    answer = await begun(owner)

    await services.consent.finish(state_of(answer), "code")
    await answer.until(lambda a: "Connected as" in a.text)

    assert "`w:campaigns.webhook`" in answer.text
    assert "\\*\\*Eve" in answer.text
    assert "@everyone" not in answer.text


async def test_a_bot_without_an_address_names_the_cure(
    new_part, services, store, exchange, api, clock, server
):
    consent = Consent(
        store, exchange, lambda creator_id: api, addresses=None, clock=clock,
        new_state=lambda: "s", on_connected=lambda creator_id: None,
    )  # fmt: skip
    async with running(new_part(services=replace(services, consent=consent))):
        answer = await server.user("owner").slash("patreon connect")
        await answer.until(lambda a: not a.thinking)

    assert "Its admin sets `server.public_url`" in answer.text


async def test_the_end_of_the_process_does_not_wait_for_a_browser(new_part, server):
    async with asyncio.timeout(10):
        async with running(new_part()) as part:
            await begun(server.user("owner"))
            was_at_work = len(part._at_work)

    assert (was_at_work, len(part._at_work)) == (1, 0)


async def test_a_waiter_hears_nothing_when_its_time_is_over(services, clock):
    invitation = await services.consent.begin(Purpose.CONNECT, guild_id=1, user_id=2)
    clock.advance(minutes=10)

    assert await services.consent.outcome(invitation) is None


async def test_disconnecting_asks_first_and_says_what_is_kept(owner, add_account, store):
    creator_id = await add_account()

    answer = await (await owner.slash("patreon disconnect")).finished()

    assert "Disconnect Ada?" in answer.text
    assert "tokens" in answer.text
    assert "announcements stop" in answer.text
    assert "members, posts and their history" in answer.text
    assert await tokens(store, creator_id)


async def test_keeping_it_changes_nothing(owner, add_account, store):
    creator_id = await add_account()
    answer = await (await owner.slash("patreon disconnect")).finished()

    pressed = await owner.press(answer.message, "Keep it")

    await pressed.until(lambda a: "Nothing was disconnected" in a.text)
    assert await tokens(store, creator_id)


async def test_confirming_disconnects_after_a_restart_too(new_part, server, add_account, store):
    creator_id = await add_account()
    async with running(new_part()):
        answer = await (await server.user("owner").slash("patreon disconnect")).finished()
    async with running(new_part()):
        pressed = await server.user("owner").press(answer.message, "Disconnect")
        await pressed.until(lambda a: "Disconnected Ada" in a.text)

    assert await tokens(store, creator_id) is None


async def test_one_of_several_accounts_is_chosen(owner, add_account, store):
    first = await add_account("Ada")
    second = await add_account("Bea", campaign_id="1002")
    answer = await (await owner.slash("patreon disconnect")).finished()
    await owner.select(answer.message, "Disconnect…", "Bea")
    await until(lambda: "Disconnect Bea?" in answer.text)

    pressed = await owner.press(answer.message, "Disconnect")

    await pressed.until(lambda a: "Disconnected Bea" in a.text)
    assert await tokens(store, first)
    assert await tokens(store, second) is None


async def test_without_an_account_there_is_nothing_to_disconnect(owner):
    answer = await (await owner.slash("patreon disconnect")).finished()

    assert "No Patreon account" in answer.text


async def test_a_shared_account_says_so_without_naming_the_other_server(
    owner, add_account, store, clock
):
    creator_id = await add_account()
    async with store.write() as work:
        await work.connections.save(GuildCreator(guild_id=999, creator_id=creator_id), at=clock())

    answer = await (await owner.slash("patreon disconnect")).finished()

    assert "used elsewhere too" in answer.text
    assert "999" not in answer.text


async def test_a_stranger_sees_and_disconnects_nothing(owner, add_account, store, world):
    """The account is another server's; the button is forged here."""
    creator_id = await add_account("Zoe", guild_id=999)
    answer = await (await owner.slash("patreon disconnect")).finished()
    message = world.messages.write("patreon-bot", "general", "forged")
    custom_id = f"disconnect1|yes|{creator_id}"
    button = {"type": 2, "style": 4, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [button]}]

    pressed = await owner.press(message, "Go")
    await until(lambda: pressed.followups)

    assert "Zoe" not in answer.text
    assert "no such Patreon account" in pressed.followups[0].content
    assert "Zoe" not in pressed.followups[0].content
    assert await tokens(store, creator_id)


def test_every_ending_is_worded():
    for outcome in Outcome:
        for purpose in Purpose:
            ending = Ending(outcome=outcome, purpose=purpose, name=EVIL, reason=EVIL)
            embed = ending_embed(ending, purpose)
            assert "@everyone" not in f"{embed.title}{embed.description}"
