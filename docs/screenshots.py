"""Take the README's pictures: start the demo and look at it in Chromium.

`python docs/screenshots.py` writes `demo.png`, `members.png`, `status.png`, `setup.png`,
`post.png`, `phone.png` and `patreon-tab.png` beside itself.
Exit code 1, with a sentence, when Chromium is missing or the demo does not start.
"""

import asyncio
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Error, Locator, Page, async_playwright

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
DESKTOP = (1400, 900)
PHONE = (390, 844)
START_SECONDS = 90
PATIENCE_MS = 20_000

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

JOINING = (
    ("Noor Haddad", "Night Watch", "pays monthly"),
    ("Mateo Silva", "Stargazer", "gets a gift"),
    ("Yuki Tanaka", "Keeper of the Lamp", "pays yearly"),
)
"""Who joins before the pictures are taken: name, tier, how."""

CHANGES = (("Noor Haddad", "upgrade"), ("Elif Nakamura", "decline"))
"""What happens to whom after that."""


POST_TITLE = "Behind the lamp"
POST_TEXT = """The **new chapter** is almost there. Until then:

- a sketch of the *lighthouse*
- the song that I draw to

## What comes next

> A story is a light for somebody else.

Read [how it began](https://www.patreon.com/posts/1) while you wait."""


async def main() -> str | None:
    """Take every picture; gives a sentence if that failed."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        return "Chromium is not installed: install the package `chromium`, then try again."
    try:
        async with (
            demo() as url,
            async_playwright() as playwright,
            await playwright.chromium.launch(
                executable_path=executable, args=list(CHROMIUM_ARGUMENTS)
            ) as browser,
        ):
            await take(browser, url)
    except (Error, RuntimeError, TimeoutError) as error:
        return f"The pictures could not be taken: {error}"
    return None


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """Run `python -m bot demo` and give its page's address.

    Raises:
        RuntimeError: it ended before it had one.
        TimeoutError: it had none after `START_SECONDS`.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            url = await _address(process)
        yield url
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    said = ""
    while process.stdout and (line := (await process.stdout.readline()).decode()):
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return found[0]
    raise RuntimeError(f"the demo did not start.\n{said}")


async def take(browser: Browser, url: str) -> None:
    """Let things happen in the demo at `url`, and take the pictures of them."""
    page = await _open(browser, url, DESKTOP)
    for name, tier, how in JOINING:
        await join(page, name, tier, how)
    for name, event in CHANGES:
        await choose(page, name)
        await change(page, name, event)
    phone = await _open(browser, url, PHONE)
    await _save(phone, "phone")
    await use(page, "patreon members", "text:Yuki T")
    await _save(page, "demo")
    await _save(await use(page, "patreon members", "sort:newest"), "members")
    await _save(await use(page, "patreon status"), "status")
    await _save(await use(page, "patreon setup"), "setup")
    await _save(await compose(page), "post")
    await page.click("#tab-patreon")
    await page.locator("#patreon tbody tr").nth(10).wait_for()
    await _save(page, "patreon-tab")


async def join(page: Page, name: str, tier: str, how: str) -> None:
    """Let somebody join on Patreon, and wait until the feed tells of it."""
    option = page.locator("#join-tier option", has_text=tier)
    await page.select_option("#join-tier", await option.get_attribute("value"))
    await page.select_option("#join-kind", label=how)
    await page.fill("#join-name", name)
    await page.click("#join")
    await page.locator("#log .message", has_text=name).wait_for()


async def choose(page: Page, name: str) -> None:
    """Choose who is meant next, on the Patreon tab."""
    await page.click("#tab-patreon")
    await page.fill("#member-search", name)
    rows = page.locator("#patreon tbody tr")
    await rows.filter(has_text=name).first.get_by_role("button", name="Choose").click()
    await page.fill("#member-search", "")
    await page.locator("#play .chosen", has_text=name).wait_for()
    await page.click("#tab-discord")


async def change(page: Page, name: str, event: str) -> None:
    """Let something happen to the one who is chosen, and wait until the feed tells of it."""
    told = page.locator("#log .message", has_text=name)
    before = await told.count()
    await page.click(f'[data-event="{event}"]')
    await told.nth(before).wait_for()


async def use(page: Page, command: str, *options: str) -> Locator:
    """Use a slash command by keyboard, its options given as `name:value`; gives the answer."""
    answers = page.locator("#log .ephemeral .embed")
    before = await answers.count()
    await page.locator("#text").press_sequentially(f"/{command}")
    await page.locator(".pick", has_text=command).first.wait_for()
    await page.keyboard.press("Enter")
    for option in options:
        name, _, value = option.partition(":")
        await page.keyboard.type(f"{name}:")
        await page.locator(".option-name", has_text=name).wait_for()
        await page.keyboard.type(value)
        if name == "text":
            await page.keyboard.press("Tab")
        else:
            await page.locator(".pick:only-child").wait_for()
            await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await answers.nth(before).wait_for()
    return page.locator("#log .ephemeral").last


async def compose(page: Page) -> Locator:
    """Write a post with the form; gives its panel."""
    panels = page.locator("#log .ephemeral", has_text=POST_TITLE)
    await page.locator("#text").press_sequentially("/patreon post")
    await page.locator(".pick", has_text="patreon post").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    form = page.locator("#modal")
    await form.get_by_label("Title").fill(POST_TITLE)
    await form.locator("textarea").fill(POST_TEXT)
    await form.locator("button[type=submit]").click()
    await panels.last.wait_for()
    return panels.last


async def _open(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector("body[data-live=yes]")
    await page.wait_for_selector("#viewer", state="attached")
    return page


async def _save(what: Page | Locator, name: str) -> None:
    await what.screenshot(path=DOCS / f"{name}.png")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
