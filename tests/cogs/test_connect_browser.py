"""From `/patreon connect` through a real browser and Patreon's consent page, and back."""

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from playwright.async_api import async_playwright, expect

from core.accept import Inbox
from core.consent import Consent
from core.consents import Addresses
from core.health import Readiness
from patreon.clients import PatreonClients
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests.cogs.conftest import running
from tests.patreon.conftest import settings_of
from tests.ports import free_port
from tests.sandbox.page.chromium import _ARGUMENTS, EXECUTABLE, NEEDS_CHROMIUM
from web.app import WebServer, WebSettings, create_app

pytestmark = NEEDS_CHROMIUM
EVERYTHING = Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)


@asynccontextmanager
async def serving(store, clock, consent, port):
    async def ready():
        return EVERYTHING

    listening = asyncio.Event()
    settings = WebSettings(port=port)
    inbox = Inbox(store, on_stored=lambda: None)
    server = WebServer(
        lambda: create_app(inbox, store, ready, settings, clock=clock, consent=consent),
        settings,
        clock=clock,
        on_listening=lambda port: listening.set(),
    )
    task = asyncio.create_task(server.run())
    try:
        async with asyncio.timeout(5):
            await listening.wait()
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=5)


@pytest.fixture
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=_ARGUMENTS)
        context = await browser.new_context()
        context.set_default_timeout(15_000)
        yield await context.new_page()
        await browser.close()


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=3, posts=1)
    async with PatreonServer(world, limits=Limits.off()) as patreon:
        yield patreon


@pytest.fixture
async def owner(store, clock, services, new_part, server, patreon):
    """Somebody in Discord whose bot has a website and talks to the stand-in of Patreon."""
    base = f"http://127.0.0.1:{free_port()}"
    addresses = Addresses(
        authorize=f"{base}/oauth/authorize", redirect_uri=f"{base}/oauth/callback"
    )
    patreon.world.allow_redirect(addresses.redirect_uri)
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
    )
    part = new_part(services=replace(services, consent=consent))
    port = int(base.rpartition(":")[2])
    async with serving(store, clock, consent, port), running(part):
        yield server.user("owner")
    await clients.aclose()


async def begun(owner):
    answer = await owner.slash("patreon connect")
    await answer.until(lambda a: a.message.components)
    (row,) = answer.message.components
    return answer, row["components"][0]["url"]


async def test_allowing_it_in_the_browser_connects_and_says_so_in_discord(
    owner, browser, patreon, store
):
    problems = []
    browser.on("console", lambda message: problems.append(message.text))
    answer, url = await begun(owner)

    await browser.goto(url)
    await expect(browser.locator("h1")).to_have_text("Connect a Patreon account")
    await browser.get_by_text("Continue to Patreon").click()
    await browser.get_by_role("button", name="Allow").click()
    await expect(browser.locator("h1")).to_contain_text("Connected as")
    await answer.until(lambda a: "Connected as" in a.text)

    async with store.read() as work:
        (creator,) = await work.creators.all()
    campaign = patreon.world.campaign()
    assert creator.patreon_id == campaign.creator_id
    assert campaign.name in await browser.locator("main").inner_text()
    assert [text for text in problems if "favicon" not in text and "404" not in text] == []


async def test_denying_it_in_the_browser_changes_nothing_and_is_said(owner, browser, store):
    answer, url = await begun(owner)

    await browser.goto(url)
    await browser.get_by_text("Continue to Patreon").click()
    await browser.get_by_role("button", name="Deny").click()
    await expect(browser.locator("h1")).to_have_text("Nothing was connected")
    await answer.until(lambda a: "Nothing was connected" in a.text)
    await browser.reload()
    await expect(browser.locator("h1")).to_have_text("This link does not work")

    async with store.read() as work:
        assert await work.creators.all() == []


async def test_the_address_that_is_not_registered_is_named_before_patreon_refuses(
    owner, browser, patreon
):
    client = patreon.world.client
    patreon.world.tokens.clients[client.id] = replace(client, redirect_uris=())
    _, url = await begun(owner)

    await browser.goto(url)
    advice = await browser.locator("small").inner_text()
    await browser.get_by_text("Continue to Patreon").click()

    await expect(browser.locator("body")).to_contain_text("not registered")
    assert "/oauth/callback" in advice
