"""Forms, menus, layouts and answers of every kind, used in a real browser with a bot for them."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route
from playwright.async_api import Locator, Page, expect

from tests.sandbox.page.chromium import DESKTOP, NEEDS_CHROMIUM, PHONE, open_page
from tests.sandbox.page.try_bot import TryBot

pytestmark = NEEDS_CHROMIUM

EVIL = "<img src=x onerror=alert(1)>"

Run = Callable[..., AbstractAsyncContextManager[TryBot]]

TWO_FRAMES = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"


@pytest.fixture
def run(sandbox, monkeypatch) -> Run:
    """Run the bot against the stand-in; every request must have been one Discord takes."""
    monkeypatch.setattr(Route, "BASE", sandbox.discord_api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.discord_gateway_url))
    monkeypatch.setattr(discord.Asset, "BASE", sandbox.discord_cdn_url)

    @asynccontextmanager
    async def running(mark: str = "") -> AsyncIterator[TryBot]:
        bot = TryBot(mark)
        await bot.login(sandbox.discord_token)
        await bot.tree.sync()
        connection = asyncio.create_task(bot.connect())
        try:
            async with asyncio.timeout(10):
                await bot.wait_until_ready()
            yield bot
        finally:
            await bot.close()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(connection, 5)
        assert bot.failures == []
        assert sandbox.scene.discord.violations == []

    return running


@pytest.fixture
async def shown(sandbox, run) -> AsyncIterator[Page]:
    """The page at a desk, with the bot online; nothing may go wrong in it."""
    async with run(), open_page(sandbox.page_url, DESKTOP) as (page, seen):
        yield page
        assert seen.problems == []


async def _use(page: Page, command: str, *options: str) -> None:
    """Use a command by keyboard alone; an option is given as `name:value`."""
    await page.locator("#text").press_sequentially(f"/try {command}")
    await expect(page.locator(".pick").first).to_contain_text(f"/try {command}")
    await page.keyboard.press("Enter")
    for option in options:
        await page.keyboard.type(option)
        await expect(page.locator(".pick")).to_have_count(1)
        await page.keyboard.press("Enter")
    await expect(page.locator(".tail")).to_be_focused()
    await page.keyboard.press("Enter")


async def _open_form(page: Page, kind: str) -> Locator:
    await _use(page, "form", f"kind:{kind}")
    await expect(page.locator("#modal")).to_be_visible()
    return page.locator("#modal")


def _last(page: Page) -> Locator:
    return page.locator("#log .message").last


def _menu(modal: Locator, name: str) -> Locator:
    return modal.get_by_role("combobox", name=name, exact=True)


async def _pick(page: Page, menu: Locator, *labels: str) -> None:
    await menu.click()
    for label in labels:
        await page.locator(".menu-list:popover-open").get_by_text(label, exact=True).click()
    if await page.locator(".menu-list:popover-open").count():
        await page.keyboard.press("Escape")


async def test_a_form_of_texts_and_files_says_what_is_missing_and_is_sent(shown, tmp_path):
    picture = tmp_path / "moon light.png"
    picture.write_bytes(bytes(1234))
    page, modal = shown, await _open_form(shown, "texts")
    await expect(modal.get_by_label("Heading")).to_be_focused()

    await page.keyboard.type("ab")
    await page.keyboard.press("Enter")
    await expect(modal.locator(".field-problem").nth(0)).to_have_text(
        "Must be between 3 and 40 in length."
    )
    await expect(modal.locator(".field-problem").nth(2)).to_have_text("This field is required.")
    await expect(modal.get_by_label("Heading")).to_be_focused()
    await page.keyboard.type("c" * 50)
    await expect(modal.locator(".field-problem").nth(0)).to_be_empty()
    await page.keyboard.press("Tab")
    await page.keyboard.type("Two")
    await page.keyboard.press("Enter")
    await page.keyboard.type("lines")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await expect(_menu(modal, "Kind")).to_contain_text("🎓Tutorial")
    await modal.locator("input[type=file]").set_input_files(picture)
    await expect(modal.locator(".picked-file")).to_contain_text("1.2 KB")
    await modal.get_by_role("button", name="Submit").click()

    await expect(modal).to_be_hidden()
    heading = "ab" + "c" * 38
    file = "moon_light.png=1234"
    got = rf"Got: \['{heading}', 'Two\\nlines', 'tutorial', '{file}'\]"
    await expect(_last(page)).to_contain_text(re.compile(got.replace("moon_", "moon[_ ]")))
    await expect(_last(page)).to_contain_text("Only you can see this")


async def test_a_form_of_choices_keeps_to_their_limits(shown):
    modal = await _open_form(shown, "choices")

    await modal.get_by_role("button", name="Submit").click()
    await expect(modal.locator(".field-problem").first).to_have_text("This field is required.")
    await modal.get_by_text("Tomorrow").click()
    await modal.get_by_label("Patreon").check()
    await expect(modal.get_by_label("Newsletter")).to_be_disabled()
    await _pick(shown, _menu(modal, "Tiers"), "Gold", "Bronze")
    await expect(modal).to_be_visible()
    await modal.get_by_label("I am sure").check()
    await modal.get_by_role("button", name="Submit").click()

    got = "Got: ['tomorrow', 'discord', 'patreon', 'gold', 'bronze', True]"
    await expect(_last(shown)).to_contain_text(got)


async def test_a_form_names_people_roles_and_channels(shown):
    modal = await _open_form(shown, "names")

    await _pick(shown, _menu(modal, "Who"), "Kim", "Max")
    await _pick(shown, _menu(modal, "Role"), "Gold")
    await _menu(modal, "Where").click()
    await expect(shown.locator(".menu-list:popover-open li")).to_have_text(["general", "staff"])
    await shown.keyboard.type("s")
    await shown.keyboard.press("Enter")
    await modal.get_by_role("button", name="Submit").click()

    await expect(_last(shown)).to_contain_text("Got: ['member', 'moderator', 'Gold', 'staff']")


async def test_a_closed_form_sends_nothing_and_typing_goes_on(shown):
    before = await shown.locator("#log .message").count()
    for leave in ("Escape", "Cancel", "Close"):
        modal = await _open_form(shown, "texts")
        if leave == "Escape":
            await shown.keyboard.press("Escape")
        else:
            await modal.get_by_role("button", name=leave).click()
        await expect(modal).to_be_hidden()

        await expect(shown.locator("#text")).to_be_focused()
        # The browser gives the focus back before the form is quite gone.
        await shown.evaluate(TWO_FRAMES)
        await shown.keyboard.type("words")
        await expect(shown.locator("#text")).to_have_value("words")
        await shown.locator("#text").fill("")
    assert await shown.locator("#log .message").count() == before


async def test_a_file_that_is_too_large_is_not_sent(shown, tmp_path):
    large, small = tmp_path / "large.bin", tmp_path / "small.txt"
    large.write_bytes(bytes(2 * 1024 * 1024 + 1))
    small.write_bytes(b"words")
    await shown.locator("#text").press_sequentially("/try files")
    await shown.keyboard.press("Enter")
    option = shown.locator(".option")

    await option.locator("input").set_input_files(large)
    await shown.locator(".send").click()
    await expect(option).to_have_attribute("data-error", "The demo takes files of up to 2 MB.")
    await option.locator("input").set_input_files(small)
    await shown.locator(".send").click()

    last = _last(shown)
    await expect(last).to_contain_text("5 bytes")
    await expect(last.get_by_role("link", name="small.txt")).to_be_visible()
    await last.get_by_role("button", name="Spoiler").click()
    await expect(last.get_by_role("button", name="Spoiler")).to_have_count(0)
    assert await last.locator("img").evaluate("each => each.decode().then(() => true)")


async def test_menus_of_every_kind_answer_with_what_was_chosen(shown):
    await _use(shown, "menu")
    menus = shown.locator("#log .menu")
    await expect(menus).to_have_count(5)

    for at, labels, got in (
        (0, ["Two"], "'word', 'two'"),
        (1, ["Blue", "Red"], "'several', 'blue', 'red'"),
        (2, ["Kim"], "'who', 'member'"),
        (3, ["Silver"], "'role', 'Silver'"),
        (4, ["general"], "'where', 'general'"),
    ):
        await _pick(shown, menus.nth(at), *labels)
        await expect(_last(shown)).to_contain_text(f"Got: [{got}]")
    await expect(menus.nth(1)).to_contain_text("RedBlue")


async def test_buttons_of_every_style_do_what_they_say(shown):
    await _use(shown, "buttons")
    message = _last(shown)
    buttons = message.locator(".row .button")
    await expect(buttons).to_have_count(8)

    for name in ("Primary", "Secondary", "Success", "Danger"):
        await message.get_by_role("button", name=name).click()
        await expect(message.locator(".content").first).to_have_text(
            f"Pressed: {name.lower()} (edited)"
        )
    await expect(message.get_by_role("link")).to_have_attribute("href", "https://example.com/")
    await expect(message.get_by_role("button", name="Disabled")).to_be_disabled()
    await message.get_by_role("button", name="Form").click()
    await expect(shown.locator("#modal")).to_contain_text("Compose a post")
    await shown.keyboard.press("Escape")
    await expect(message.get_by_role("button", name="Form")).to_be_focused()


async def test_a_bot_that_stays_silent_is_told_of(shown):
    await _use(shown, "buttons")
    message = shown.locator("#log .message").first
    await message.get_by_role("button", name="Silent").click()
    await _use(shown, "late")
    late = shown.locator("#log .pending")
    await expect(late).to_contain_text("Sending /try late…")

    await expect(message.get_by_role("alert")).to_have_text("This interaction failed")
    await expect(late).to_contain_text("The application did not respond")
    await expect(late).to_contain_text("Ada used /try late")
    await late.get_by_role("button", name="Dismiss message").click()
    await expect(late).to_have_count(0)


async def test_an_answer_may_take_its_time_change_and_go(sandbox, run):
    async with run() as bot, open_page(sandbox.page_url, DESKTOP) as (page, seen):
        await _use(page, "edit")
        first = page.locator("#log .message").first
        await expect(first).to_contain_text("Patreon Bot is thinking…")
        bot.go_on.set()
        await expect(first).to_contain_text("First thought")
        await expect(first).to_contain_text("Only you can see this")
        bot.go_on.set()
        await expect(first).to_contain_text("Second thought (edited)")
        await expect(_last(page)).to_contain_text("One thing more")
        bot.go_on.set()
        await expect(page.locator("#log .message")).to_have_count(1)

        assert seen.problems == []


async def test_a_command_in_a_group_checks_its_numbers(shown):
    await shown.locator("#text").press_sequentially("/try group sub")
    await shown.keyboard.press("Enter")
    number = shown.locator(".option").first

    await shown.keyboard.type("12")
    await shown.keyboard.press("Enter")
    await expect(number).to_have_attribute("data-error", "This must be between 1 and 9.")
    await number.locator("input").fill("7")
    await shown.keyboard.press("Tab")
    await shown.keyboard.type("who:kim")
    await shown.keyboard.press("Enter")
    await shown.keyboard.press("Enter")

    await expect(_last(shown)).to_contain_text("Got: [7, 'Kim']")


async def test_everything_fits_a_phone_and_works_there(sandbox, run):
    async with run(), open_page(sandbox.page_url, PHONE) as (page, seen):
        await _use(page, "layout")
        layout = _last(page)
        await expect(layout.locator(".container")).to_contain_text("Clear skies.")
        await expect(layout.locator(".file")).to_contain_text("notes.md8 bytes")
        await expect(layout.locator("img.embed-thumb, img.gallery-image")).to_have_count(3)
        colour = await layout.locator(".container").evaluate("e => e.style.borderInlineStartColor")
        await layout.get_by_role("button", name="Press", exact=True).click()
        await expect(_last(page)).to_contain_text("Pressed in a section")
        await _use(page, "menu")
        await _pick(page, page.locator("#log .menu").nth(3), "Gold")
        await expect(_last(page)).to_contain_text("Got: ['role', 'Gold']")
        modal = await _open_form(page, "texts")
        await modal.get_by_label("Heading").fill("A title")
        await _pick(page, _menu(modal, "Kind"), "News")
        await modal.get_by_role("button", name="Submit").click()
        await expect(_last(page)).to_contain_text("Got: ['A title', '', 'news']")

        for part in ("documentElement", "querySelector('#log-frame')"):
            node = f"document.{part}"
            assert await page.evaluate(f"{node}.scrollWidth <= {node}.clientWidth"), part
            assert await page.evaluate(f"{node}.scrollLeft") == 0, part
        assert colour == "rgb(255, 107, 87)"
        assert seen.problems == []


async def test_hostile_texts_stay_text_everywhere(sandbox, run):
    async with run(EVIL) as _, open_page(sandbox.page_url, DESKTOP) as (page, seen):
        for command in ("buttons", "menu", "layout"):
            await _use(page, command)
            await expect(_last(page)).to_contain_text(EVIL)
        await page.locator("#log .menu").first.click()
        await expect(page.locator(".menu-list:popover-open li").first).to_contain_text(EVIL)
        await page.keyboard.press("Escape")
        modal = await _open_form(page, "texts")
        await expect(modal.locator("h2")).to_have_text(f"{EVIL}Compose a post")
        await expect(modal.locator("label").first).to_have_text(f"{EVIL}Heading *")

        sources = await page.locator("img").evaluate_all("all => all.map(each => each.src)")
        assert len(sources) == 3
        assert all(f"{sandbox.page_url}media?" in each for each in sources)
        assert seen.problems == []


async def test_a_trouble_that_is_switched_on_is_felt_until_it_is_off(shown):
    switch = shown.get_by_role("switch", name="Permission withdrawn")
    for is_on, got in ((True, "Refused: 50013"), (False, "Written.")):
        await shown.click("#tab-patreon")
        await switch.set_checked(is_on)
        said = "no longer" if is_on else "again"
        await expect(shown.locator("#patreon .result")).to_contain_text(f"may {said} write")
        await shown.click("#tab-discord")

        await _use(shown, "write")
        await expect(shown.locator("#log .ephemeral").last).to_contain_text(got)
    await expect(shown.locator("#log")).to_contain_text("Written by the bot")


async def test_webhooks_that_are_held_back_wait_in_sight(sandbox):
    campaigns, got = sandbox.scene.campaigns, asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        await request.read()
        got.set()
        return web.Response(status=204)

    receiver = web.Application()
    receiver.router.add_post("/hook", take)
    runner = web.AppRunner(receiver)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    campaigns.add_hook(f"http://127.0.0.1:{port}/hook", "secret")
    try:
        async with open_page(sandbox.page_url, DESKTOP) as (page, seen):
            await page.click("#tab-patreon")
            await page.get_by_role("switch", name="Held back").check()
            await page.fill("#join-name", "Mira")
            await page.click("#join")
            badge = page.locator(".delivery .badge").first
            await expect(badge).to_have_class(re.compile("waiting"))
            assert not got.is_set()
            await page.get_by_role("switch", name="Held back").uncheck()

            await expect(badge).to_have_text("204")
            assert got.is_set()
            assert seen.problems == []
    finally:
        await runner.cleanup()
