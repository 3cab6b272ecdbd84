"""From `/patron link` over Patreon's consent page and back, to `/patron me` that knows who asks."""

import asyncio
import html
import re
import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from aiohttp.test_utils import TestServer

from core.accept import Inbox
from core.consent import Consent
from core.consents import Addresses, Outcome, Purpose, UnknownState
from core.discovery import Discovery
from core.feed import Feed, FeedPolicy
from core.health import Readiness
from core.sync import Sync
from patreon.clients import PatreonClients
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.cogs.conftest import running
from tests.cogs.patronage import ada, asked, know, person, stored
from tests.factories import link, member
from tests.patreon.conftest import connect, settings_of
from tests.ports import free_port
from web.app import WebSettings, create_app

EVERYTHING = Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)
HREF = re.compile(r'href="([^"]*oauth2/authorize[^"]*)"')


@asynccontextmanager
async def website(store, clock, consent, port):
    async def ready():
        return EVERYTHING

    inbox = Inbox(store, on_stored=lambda: None)
    app = create_app(inbox, store, ready, WebSettings(), clock=clock, consent=consent)
    async with TestServer(app, port=port):
        yield


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=3, posts=1)
    async with PatreonServer(world, limits=Limits.off()) as patreon:
        yield patreon


@pytest.fixture
def patron(patreon):
    """Somebody at Patreon who has not connected Discord there."""
    one = patreon.world.roster().page(0, 1)[0]
    return patreon.world.person_of(one)


@pytest.fixture
async def kim(store, clock, services, patrons, new_part, server, patreon, guild):
    """Somebody in a server that follows the stand-in's campaign, which was read."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    addresses = Addresses(
        authorize=f"{base}/oauth/authorize", redirect_uri=f"{base}/oauth/callback"
    )
    patreon.world.allow_redirect(addresses.redirect_uri)
    patreon.world.quirks.discord_hidden = True
    settings = settings_of(patreon, patreon.world, authorize_url=f"{patreon.url}/oauth2/authorize")
    clients = PatreonClients(
        settings, store=store, clock=clock, monotonic=time.monotonic, sleep=asyncio.sleep
    )
    consent = Consent(
        store,
        clients.oauth,
        clients,
        addresses=addresses,
        clock=clock,
        new_state=lambda: secrets.token_urlsafe(32),
        on_connected=clients.reload,
        link=patrons.link_proven,
    )
    sync = Sync(
        store,
        clients,
        Feed(FeedPolicy(), new_marker=lambda: secrets.token_hex(8)),
        clock=clock,
        on_announced=lambda: None,
        on_baseline=lambda: None,
    )
    creator_id = await connect(store, patreon.world.creator_token)
    await Discovery(store, clients).read_account(creator_id)
    campaign_id = patreon.world.campaign().id
    async with store.write() as work:
        await work.links.save(link(guild_id=guild.id, campaign_id=campaign_id), at=clock())
    await sync.run(campaign_id)
    part = new_part(services=replace(services, consent=consent, sync=sync))
    async with website(store, clock, consent, port), running(part):
        yield server.user("member")
    await clients.aclose()


async def begun(actor):
    """Use the command; gives the answer and the address of its button."""
    answer = await actor.slash("patron link")
    await answer.until(lambda a: a.components)
    (row,) = answer.components
    return answer, row["components"][0]["url"]


async def walked(url, *, user_id="", decision="allow"):
    """Go the whole way as a browser does; gives the last page."""
    async with httpx.AsyncClient() as browser:
        question = (await browser.get(url)).text
        patreon_url = html.unescape(HREF.search(question).group(1))
        asked_for = dict(parse_qsl(urlsplit(patreon_url).query))
        assert asked_for["scope"] == "identity identity.memberships"
        await browser.get(patreon_url)
        form = asked_for | {"decision": decision, "user": user_id}
        back = await browser.post(patreon_url.partition("?")[0], data=form)
        return (await browser.get(back.headers["Location"])).text


async def test_whoever_links_is_known_from_then_on(kim, patron, patreon):
    before = await asked(kim, "me")
    answer, url = await begun(kim)
    said = answer.text

    page = await walked(url, user_id=patron.id)
    await answer.until(lambda a: "Linked as" in a.text)
    after = await asked(kim, "me")

    assert "knows nobody here who is you" in before.content
    assert "which memberships it has" in said
    assert answer.ephemeral
    assert patron.full_name in page
    assert patreon.world.campaign().name in answer.text
    assert "`/patron me`" in answer.text
    assert answer.components == []
    assert f"Name: {patron.full_name}" in after.text
    assert "you proved it on <t:" in after.text


async def test_nobody_else_is_known_by_that_link(kim, patron, server):
    _, url = await begun(kim)
    await walked(url, user_id=patron.id)

    answer = await asked(server.user("moderator"), "me")

    assert "knows nobody here who is you" in answer.content
    assert patron.full_name not in answer.text


async def test_denying_it_changes_nothing_and_is_said(kim, patron):
    answer, url = await begun(kim)

    await walked(url, user_id=patron.id, decision="deny")

    await answer.until(lambda a: "Nothing was connected" in a.text)
    assert "`/patron link`" in answer.text
    assert "knows nobody here who is you" in (await asked(kim, "me")).content


async def test_unlinking_ends_it_and_says_so(kim, patron):
    answer, url = await begun(kim)
    await walked(url, user_id=patron.id)
    await answer.until(lambda a: "Linked as" in a.text)

    unlinked = await asked(kim, "unlink")
    again = await asked(kim, "unlink")

    assert unlinked.ephemeral
    assert "Your link is gone" in unlinked.content
    assert "no link" in again.content
    assert "knows nobody here who is you" in (await asked(kim, "me")).content


async def test_somebody_without_a_membership_is_linked_and_told_so(kim, patreon):
    answer, url = await begun(kim)

    await walked(url, user_id=patreon.world.campaign().creator_id)

    await answer.until(lambda a: "Linked as" in a.text)
    assert "knows no membership of this account yet" in answer.text


async def test_a_fourth_link_ends_the_first_and_its_waiting(part, server, services, linked, clock):
    kim = server.user("member")
    first, url = await begun(kim)
    for _ in range(3):
        clock.advance(seconds=1)
        await begun(kim)

    await first.until(lambda a: "has expired" in a.text)

    with pytest.raises(UnknownState):
        await services.consent.look(url.partition("?s=")[2])


async def test_linking_ends_being_forgotten(part, server, services, store, linked, world, exchange):
    await know(store, ada(world))
    actor = server.user("member")
    question = await asked(actor, "forget")
    await actor.press(question.message, "Forget me")
    await question.until(lambda a: "has forgotten you" in a.text)
    exchange.account = replace(exchange.account, patreon_id=member().user_id)
    answer, url = await begun(actor)

    ending = await services.consent.finish(url.partition("?s=")[2], "code")
    await answer.until(lambda a: "Linked as" in a.text)

    assert (ending.outcome, ending.purpose) == (Outcome.DONE, Purpose.PATRON)
    assert "active patron of Ada's Workshop" in (await asked(actor, "me")).text
    assert (await stored(store)).status == "active"


async def test_what_patreon_tells_stays_when_there_is_no_link(part, server, store, linked, world):
    await know(store, ada(world))
    kim = server.user("member")

    answer = await asked(kim, "unlink")

    assert "no link" in answer.content
    assert (await stored(store)).discord_id == person(world)
    assert "Name: Ada" in (await asked(kim, "me")).text
