"""A newcomer's walk: the real bot's demo in a real browser."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.page.chromium import DESKTOP, NEEDS_CHROMIUM, PATIENCE_MS, PHONE, open_page

ROOT = Path(__file__).parents[3]
HOSTILE = (
    "<img src=http://evil.example/x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[click](http://evil.example) https://evil.example/y",
    "@everyone **bold** ||x|| `code` # Head",
    "\u202eesrever\u202c \u200b 🏳️‍🌈",
)

pytestmark = [NEEDS_CHROMIUM, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """Run `python -m bot demo` and give the page's address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    written = ""
    with process:
        try:
            for line in process.stdout:
                written += line
                if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                    yield found[0]
                    break
            else:
                pytest.fail(f"The demo did not start:\n{written}")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert process.returncode == 0


async def _use(page: Page, command: str) -> None:
    box = page.locator("#text")
    await box.press_sequentially(f"/{command}")
    await expect(page.locator(".pick").first).to_contain_text(f"/{command}")
    await box.press("Enter")
    await expect(page.locator(".command-name")).to_have_text(f"/{command}")
    await page.keyboard.press("Enter")


async def test_a_newcomer_sees_a_message_and_uses_commands(demo):
    async with open_page(demo, DESKTOP) as (page, seen):
        last = page.locator("#log .message").last
        await page.fill("#join-name", "Noor Walker")
        await page.click("#join")
        await expect(page.locator("#log")).to_contain_text("Noor Walker", timeout=PATIENCE_MS)
        await expect(page.locator(".delivery .badge").first).to_have_text("204")

        await _use(page, "patreon members")
        await expect(last.locator(".embed")).to_contain_text("page 1 of", timeout=PATIENCE_MS)
        await expect(last).to_contain_text("Only you can see this")
        await last.get_by_role("button", name="Next").click()
        await expect(last.locator(".embed")).to_contain_text("page 2 of", timeout=PATIENCE_MS)

        await _use(page, "patreon status")
        await expect(last.locator(".embed")).to_contain_text("connected", timeout=PATIENCE_MS)

        await _use(page, "patreon sync")
        await expect(last.locator(".embed")).to_contain_text("unchanged", timeout=PATIENCE_MS)
        await last.get_by_role("button", name="Dismiss message").click()
        await expect(last).not_to_contain_text("unchanged")

    assert seen.problems == []


async def test_an_option_is_completed_by_the_bot(demo):
    async with open_page(demo, DESKTOP) as (page, seen):
        await page.locator("#text").press_sequentially("/patreon members")
        await page.keyboard.press("Enter")
        await page.keyboard.type("tier:")
        await page.keyboard.type("night")
        await expect(page.locator(".pick")).to_have_count(1)
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        last = page.locator("#log .message").last
        await expect(last.locator(".embed")).to_contain_text("Night Watch", timeout=PATIENCE_MS)

    assert seen.problems == []


async def test_hostile_names_stay_text(demo):
    async with open_page(demo, DESKTOP) as (page, seen):
        for name in HOSTILE:
            await page.fill("#join-name", name)
            await page.click("#join")
            visible = re.sub(r"[\u202e\u202c\u200b]", " ", name).split()[0]
            await expect(page.locator("#log")).to_contain_text(visible, timeout=PATIENCE_MS)
        await page.click("#tab-patreon")
        await expect(page.locator("#patreon tbody")).to_contain_text(HOSTILE[0])
        log = page.locator("#log .message:not(.ephemeral)")

        # The bot's own pictures of the members are files of its messages.
        others = "img:not(.embed-thumb[src*='%2Fportrait-'])"
        for tag in (others, "script", "iframe", "object", "form"):
            assert await log.locator(tag).count() == 0
            assert await page.locator(f"#patreon {tag}").count() == 0
        assert await log.locator("strong, .spoiler, .code, .mention, .heading").count() == 0
        assert await log.locator('a[href*="evil"]').count() == 0

    assert seen.problems == []


async def test_an_ordinary_member_is_not_offered_what_moderators_are(demo):
    async with open_page(demo, DESKTOP) as (page, seen):
        await page.select_option("#viewer", label="Kim (ordinary member)")
        await expect(page.locator("#channels")).not_to_contain_text("staff")
        await page.locator("#text").press_sequentially("/patreon")
        assert await page.locator(".pick").count() == 0
        await page.keyboard.press("Escape")

    assert seen.problems == []


async def test_the_whole_of_it_fits_a_phone(demo):
    async with open_page(demo, PHONE) as (page, seen):
        await page.click("#open-channels")
        await page.click("#channels >> text=general")
        await expect(page.locator("#channel-name")).to_have_text("general")
        await page.click("#tab-patreon")
        await page.click("#join")
        await expect(page.locator("#play .result")).to_contain_text("joined")
        width = await page.evaluate("document.documentElement.scrollWidth")

        assert width == PHONE["width"]
        await expect(page.locator("#tab-discord")).to_have_class(re.compile("has-news"))

    assert seen.problems == []
