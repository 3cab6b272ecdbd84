"""A headless Chromium of the machine's own, for tests that look at the page as people do."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS_CHROMIUM = pytest.mark.skipif(EXECUTABLE is None, reason="Chromium is not installed")
DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 15_000

_ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=PATIENCE_MS)


class Seen:
    """What happened in the page that must not: errors, dialogs, requests to elsewhere."""

    def __init__(self, page: Page, origin: str) -> None:
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda popup: self.problems.append(f"popup: {popup.url}"))
        page.on("console", self._hear)
        page.on("request", lambda request: self._ask(request.url, origin))

    def _hear(self, message: object) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _ask(self, url: str, origin: str) -> None:
        if not url.startswith((origin, origin.replace("http:", "ws:"), "data:")):
            self.problems.append(f"request: {url}")


@asynccontextmanager
async def open_page(url: str, size: dict[str, int]) -> AsyncIterator[tuple[Page, Seen]]:
    """Show the page at `url` once it is connected."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=_ARGUMENTS)
        try:
            context = await browser.new_context(viewport=size, reduced_motion="reduce")
            context.set_default_timeout(PATIENCE_MS)
            page = await context.new_page()
            seen = Seen(page, url)
            await page.goto(url)
            await page.wait_for_selector("body[data-live=yes]")
            await page.wait_for_selector("#viewer", state="attached")
            yield page, seen
        finally:
            await browser.close()
