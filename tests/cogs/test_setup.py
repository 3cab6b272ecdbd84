"""`/patreon setup`: from an invited bot with nothing to one that announces, in any order."""

import asyncio
from dataclasses import replace

import pytest

from core.accounts import TokenState
from core.changes import Kind
from core.consent import Consent
from core.errors import TemporaryError
from core.feed import FeedPolicy
from core.settings import Settings
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until
from tests.cogs.in_memory import many_members
from tests.cogs.panel import (
    ANNOUNCE,
    FEED,
    STAFF,
    STAFF_ONLY,
    edited,
    follow,
    highlighted,
    light,
    link_of,
    opened,
)
from tests.factories import NOW, campaign, hook


@pytest.fixture
def owner(server, part):
    return server.user("owner")


async def test_a_bot_with_nothing_asks_to_connect_patreon(owner):
    answer = await opened(owner)

    assert answer.ephemeral
    assert light(answer, "Connect Patreon")[0] == "🔴"
    assert light(answer, "Choose channels")[0] == "⚪"
    assert highlighted(answer) == ["Connect Patreon"]
    assert "**Next:** Connect Patreon." in answer.text


async def test_from_an_invited_bot_to_green(
    owner, server, store, guild, services, consent, delivering, world
):
    answer = await opened(owner)
    await answer.press("Connect Patreon")
    await answer.until(lambda a: "Connect a Patreon account" in a.text)
    url = next(
        each["url"]
        for row in answer.components
        for each in row["components"]
        if each.get("style") == 5
    )
    await consent.finish(url.partition("?s=")[2], "code")
    await answer.until(lambda a: "Choose channels" in a.text)
    assert light(answer, "Connect Patreon") == ("✅", "Connected as **Ada**.")
    assert light(answer, "Choose the campaign")[0] == "✅"
    assert highlighted(answer) == ["Channels"]

    await edited(answer, answer.press, "Channels", wait_for="Feed: choose a channel")
    await edited(answer, answer.select, FEED, "patreon-feed", wait_for="✅ Feed")
    await edited(answer, answer.select, STAFF, "staff", wait_for="✅ Staff")
    await edited(answer, answer.press, "Back", wait_for="First sync")
    assert light(answer, "Choose what is announced")[0] == "✅"
    assert highlighted(answer) == ["Sync"]

    await answer.press("Sync")
    await answer.until(lambda a: "Last complete sync" in a.text)
    async with store.write() as work:
        await work.hooks.save(hook(patreon_id="77"))
    await edited(answer, answer.press, "Test", wait_for="The test is marked")
    await edited(answer, answer.press, "Send a test", wait_for="It arrived in")
    [test] = owner.messages("patreon-feed")
    assert test.embeds[0]["title"] == "This is a test"
    await edited(answer, answer.press, "Remove the test", wait_for="and removed")
    await until(lambda: owner.messages("patreon-feed") == [])
    await edited(answer, answer.press, "Back", wait_for="All set")

    assert "Integrations" in answer.text
    assert "/patreon permissions" in answer.text
    link = await link_of(store, guild)
    assert link.feed_channel_id == world.channel_named("patreon-feed").id
    assert link.staff_channel_id == world.channel_named("staff").id
    assert link.shows_amounts is None


async def test_the_campaign_is_chosen_when_there_are_several(owner, store, connected, guild):
    async with store.write() as work:
        other = campaign(id="1002", name="Second *Shop*")
        await work.campaigns.save(other, (), creator_id=connected)

    answer = await opened(owner)
    assert light(answer, "Choose the campaign")[0] == "🔴"
    await edited(answer, answer.press, "Campaign", wait_for="Choose a campaign…")
    await edited(answer, answer.select, "Choose a campaign…", "1002", wait_for="Second \\*Shop\\*")
    await edited(answer, answer.press, "Channels", wait_for="Feed: choose")
    await edited(answer, answer.select, FEED, "patreon-feed", wait_for="✅ Feed")

    assert (await link_of(store, guild)).campaign_id == "1002"


async def test_kinds_for_the_staff_without_a_staff_channel_are_a_problem(
    owner, linked, store, guild
):
    answer = await opened(owner)
    await edited(answer, answer.press, "Changes", wait_for="What is announced")
    await edited(
        answer, answer.select, ANNOUNCE, "joined", "declined", wait_for="In the feed: joined"
    )
    await edited(
        answer, answer.select, STAFF_ONLY, "declined", wait_for="There is no staff channel"
    )
    await edited(answer, answer.press, "Back", wait_for="First sync")

    state, text = light(answer, "Choose what is announced")
    assert state == "🔴"
    assert "shown nowhere" in text
    link = await link_of(store, guild)
    assert link.kinds == {Kind.JOINED, Kind.DECLINED}
    assert link.staff_kinds == {Kind.DECLINED}


async def test_choices_can_be_given_back_to_the_configuration(owner, linked, store, guild):
    answer = await opened(owner)
    await edited(answer, answer.press, "Changes", wait_for="What is announced")
    await edited(answer, answer.press, "Show amounts", wait_for="Amounts: shown")
    await edited(answer, answer.select, ANNOUNCE, "joined", wait_for="In the feed: joined\n")
    await edited(answer, answer.press, "As configured", wait_for="Amounts: hidden")

    link = await link_of(store, guild)
    assert (link.kinds, link.staff_kinds, link.shows_amounts) == (None, None, None)


async def test_the_first_sync_shows_how_far_it_is(owner, connected, api, clock, store, guild):
    api.members = many_members(50)
    api.page_size, api.seconds_a_page = 10, 2.0
    await follow(store, guild)
    answer = await opened(owner)

    await answer.press("Sync")
    await answer.until(lambda a: "Last complete sync" in a.text)

    shown = [edit["embeds"][0]["title"] for edit in answer.edits if edit.get("embeds")]
    assert "⏳ Syncing…" in shown
    assert light(answer, "First sync")[0] == "✅"


async def test_a_sync_that_runs_already_is_watched(owner, connected, api, store, guild, services):
    api.members, api.page_size = many_members(20), 10
    api.gate.clear()
    await follow(store, guild)
    begun = asyncio.create_task(services.sync.run("1001"))
    await until(lambda: services.sync.is_running("1001"))
    answer = await opened(owner)
    assert light(answer, "First sync")[0] == "🟡"

    await answer.press("Sync")
    api.gate.set()
    await begun
    await answer.until(lambda a: "Last complete sync" in a.text)

    assert light(answer, "First sync")[0] == "✅"


async def test_a_failed_sync_is_told_in_the_panel(owner, connected, api, store, guild):
    api.members_failure = TemporaryError("Patreon is away.")
    await follow(store, guild)
    answer = await opened(owner)

    await answer.press("Sync")
    await answer.until(lambda a: "It did not work" in a.text)

    state, text = light(answer, "First sync")
    assert state == "🔴"
    assert "Patreon is away." in text


async def test_without_a_public_address_the_panel_says_what_that_means(
    server, new_part, services, store, linked, clock
):
    settings = Settings(
        store,
        FeedPolicy(),
        has_public_url=False,
        has_configured_secret=False,
        clock=clock,
        on_followed=lambda: None,
    )
    async with running(new_part(services=replace(services, settings=settings))):
        answer = await opened(server.user("owner"))

    state, text = light(answer, "Webhook")
    assert state == "🟡"
    assert "`server.public_url`" in text
    assert "periodic sync only" in text


async def test_choosing_a_channel_wakes_who_registers_webhooks(
    server, new_part, services, store, connected, clock
):
    rung = []
    settings = Settings(
        store,
        FeedPolicy(),
        has_public_url=True,
        has_configured_secret=False,
        clock=clock,
        on_followed=lambda: rung.append(True),
    )
    async with running(new_part(services=replace(services, settings=settings))):
        answer = await opened(server.user("owner"))
        await edited(answer, answer.press, "Channels", wait_for="Feed: choose")
        await edited(answer, answer.select, FEED, "patreon-feed", wait_for="✅ Feed")

    assert rung


async def test_a_test_that_cannot_be_shown_says_why(
    owner, linked, delivering, world, guild, feed, part
):
    answer = await opened(owner)
    bot_role = world.role_named("Patreon Bot")
    world.allow(feed, bot_role, deny=Permission.SEND_MESSAGES)

    await edited(answer, answer.press, "Test", wait_for="The test is marked")
    await edited(answer, answer.press, "Send a test", wait_for="could not be shown")

    assert "Send Messages" in answer.text


async def test_refused_tokens_are_the_next_thing_to_do(owner, linked, store, guild):
    async with store.write() as work:
        await work.creators.set_token_state(1, TokenState.BROKEN, reason="refused", at=NOW)

    answer = await opened(owner)

    assert light(answer, "Connect Patreon")[0] == "🔴"
    assert highlighted(answer) == ["Connect Patreon"]


async def invited(answer):
    """Press the first button and give the state that the link in the reply carries."""
    await answer.press("Connect Patreon")
    await answer.until(lambda a: "Connect a Patreon account" in a.text)
    links = [each for row in answer.components for each in row["components"] if "url" in each]
    return links[0]["url"].partition("?s=")[2]


async def test_a_denied_consent_leads_back_to_the_steps(owner, services, consent):
    answer = await opened(owner)
    state = await invited(answer)

    await consent.refuse(state, "access_denied")
    await answer.until(lambda a: "Choose channels" in a.text)

    assert highlighted(answer) == ["Connect Patreon"]


async def test_connecting_can_be_left_by_a_button(owner, consent):
    answer = await opened(owner)
    await invited(answer)

    await edited(answer, answer.press, "Back", wait_for="Choose channels")

    assert highlighted(answer) == ["Connect Patreon"]


async def test_without_an_address_for_browsers_connecting_says_what_the_admin_does(
    server, new_part, services, store, api, clock, exchange
):
    consent = Consent(
        store,
        exchange,
        lambda creator_id: api,
        addresses=None,
        clock=clock,
        new_state=lambda: "x",
        on_connected=lambda creator_id: None,
    )
    async with running(new_part(services=replace(services, consent=consent))):
        answer = await opened(server.user("owner"))
        refused = await answer.press("Connect Patreon")
        said = await refused.followed_up()

    assert "`server.public_url`" in said.content
    assert "Set up the Patreon bot" in answer.text


async def test_a_second_account_brings_its_campaigns_to_choose_from(
    owner, linked, store, guild, consent, api, exchange
):
    async with store.write() as work:
        await work.creators.set_identity(1, patreon_id="1", name="First")
    api.campaign = campaign(id="1002", name="Second Shop")
    answer = await opened(owner)
    state = await invited(answer)

    await consent.finish(state, "code")
    await answer.until(lambda a: "1 other campaign" in a.text)
    await edited(answer, answer.press, "Campaign", wait_for="Second Shop")

    assert "not followed yet" in str(answer.components)
