"""The page to copy from in a real browser, up to what it puts on the clipboard."""

import asyncio
import re
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import async_playwright, expect

from core.drafts import Audience, AudienceKind
from core.plain_text import plain_text
from markup.typesetter import MarkdownTypesetter
from tests.sandbox.page.chromium import (
    _ARGUMENTS,
    DESKTOP,
    EXECUTABLE,
    NEEDS_CHROMIUM,
    PATIENCE_MS,
    PHONE,
)
from tests.web.handing import Paragraphs, open_desk, picture, png

pytestmark = [
    NEEDS_CHROMIUM,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

HTML = (
    "<h2>What is new</h2><p>Hello, <strong>all</strong> of you &amp; "
    '<a href="https://example.org/a?b=1&amp;c=2">read this</a>.</p>'
    "<ul><li>one</li><li>two</li></ul><blockquote><p>Said.</p></blockquote>"
)
TEXT = (
    "What is new\n\nHello, all of you & read this (https://example.org/a?b=1&c=2).\n\n"
    "• one\n• two\n\nSaid."
)
TITLE = "Café “News” <b>\U0001f389</b> & more"
READ = """async () => {
  const [item] = await navigator.clipboard.read();
  const found = {};
  for (const type of item.types) found[type] = await (await item.getType(type)).text();
  return found;
}"""
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined});"

NOTE_REFUSALS = """
  window.refused = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    refused.push(event.effectiveDirective);
  });
"""


@pytest.fixture
async def desk(store, clock, tmp_path):
    typesetter = Paragraphs(html=HTML)
    async with open_desk(store, clock, tmp_path / "images", typesetter=typesetter) as desk:
        yield desk


@pytest.fixture
async def chromium():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=_ARGUMENTS)
        yield browser
        await browser.close()


class Problems(list):
    """What a page complained about."""

    def watch(self, page):
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message):
        if message.type == "error" and "favicon" not in message.location.get("url", ""):
            self.append(message.text)


@asynccontextmanager
async def browsing(chromium, desk, *, may_copy=True, script=None, **options):
    context = await chromium.new_context(**({"viewport": DESKTOP} | options))
    context.set_default_timeout(PATIENCE_MS)
    if may_copy:
        permissions = ["clipboard-read", "clipboard-write"]
        await context.grant_permissions(permissions, origin=desk.base)
    if script:
        await context.add_init_script(script)
    page = await context.new_page()
    yield page
    await context.close()


@pytest.fixture
async def link(desk):
    for colour in ("teal", "tomato"):
        await desk.shelf.add(png(colour, side=64))
    made = await desk.add(
        title=TITLE,
        pictures=(
            picture(png("teal", side=64), name="first.png", description="A teal square"),
            picture(png("tomato", side=64), name="second.png"),
        ),
        audience=Audience(kind=AudienceKind.TIERS, tier_ids=("201",)),
        is_paid=True,
    )
    return desk.base + await desk.offer(made)


async def open_page(page, link):
    await page.goto(link)
    await page.get_by_role("button", name="Open it here").click()
    await expect(page.locator("h1").first).to_have_text("Bring this post to Patreon")


async def until(page, expression):
    """Wait until an expression is true; the page's policy allows no waiting script of its own."""
    async with asyncio.timeout(10):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def test_rich_text_goes_to_the_clipboard_in_both_flavours(desk, chromium, link):
    problems = Problems()
    async with browsing(chromium, desk) as page:
        problems.watch(page)
        await open_page(page, link)
        await page.get_by_role("button", name="Copy as rich text").click()
        await expect(page.locator("#said-rich")).to_have_text("Copied.")
        found = await page.evaluate(READ)

        pasted = await paste(page)

    assert set(found) == {"text/html", "text/plain"}
    assert found["text/plain"] == TEXT
    assert found["text/html"].replace("\n", "").endswith(HTML)
    assert pasted == HTML
    assert problems == []


async def test_the_title_goes_to_the_clipboard_letter_by_letter(desk, chromium, link):
    async with browsing(chromium, desk) as page:
        await open_page(page, link)
        await page.get_by_role("button", name="Copy title").click()
        await expect(page.locator("#said-title")).to_have_text("Copied.")
        found = await page.evaluate(READ)

    assert found == {"text/plain": TITLE}


async def test_without_the_clipboard_interface_the_event_of_copying_does_it(desk, chromium, link):
    async with browsing(chromium, desk, script=NO_CLIPBOARD) as page:
        await open_page(page, link)
        await page.get_by_role("button", name="Copy as rich text").click()
        await expect(page.locator("#said-rich")).to_have_text("Copied.")
        pasted = await paste(page)
        await page.get_by_role("button", name="Copy title").click()
        await expect(page.locator("#said-title")).to_have_text("Copied.")
        pasted_title = await paste(page)

    assert pasted == HTML
    assert pasted_title == TITLE


async def test_where_nothing_may_be_copied_the_text_is_selected_and_the_keys_are_named(
    desk, chromium, link
):
    script = NO_CLIPBOARD + "document.execCommand = () => false;"
    async with browsing(chromium, desk, may_copy=False, script=script) as page:
        await open_page(page, link)
        await page.get_by_role("button", name="Copy title").click()
        await expect(page.locator("#said-title")).to_contain_text("Ctrl+C")
        selected = await page.evaluate("getSelection().toString()")

    assert selected == TITLE


async def test_without_scripts_everything_is_there_but_the_buttons(desk, chromium, link):
    async with browsing(chromium, desk, java_script_enabled=False) as page:
        await open_page(page, link)
        assert await page.get_by_role("button", name="Copy").count() == 0
        await page.get_by_text("As plain text, or as a file").click()
        assert await page.locator("#plain").input_value() == TEXT
        assert await page.locator("#title").inner_text() == TITLE
        await page.locator("#rich").click()


async def test_pictures_are_seen_and_downloaded_under_their_names(desk, chromium, link):
    async with browsing(chromium, desk) as page:
        await open_page(page, link)
        for image in await page.locator("ol.pictures img").all():
            await image.scroll_into_view_if_needed()
        await until(
            page, "[...document.images].every(image => image.complete && image.naturalWidth === 64)"
        )
        names = []
        for name in ("01-first.png", "02-second.png", "Download all of them"):
            async with page.expect_download() as started:
                await page.get_by_role("link", name=name).click()
            names.append((await started.value).suggested_filename)

    assert names == ["01-first.png", "02-second.png", "pictures.zip"]


async def test_the_way_to_the_editor_opens_beside_the_page(desk, chromium, link):
    async with browsing(chromium, desk) as page:
        asked = []

        async def answer(route):
            asked.append((route.request.url, route.request.headers.get("referer")))
            await route.fulfill(body="editor")

        await page.context.route("https://www.patreon.com/**", answer)
        await open_page(page, link)
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name="Open Patreon's editor").click()
        editor = await opened.value
        await editor.wait_for_load_state()
        opener = await editor.evaluate("window.opener")

    assert asked[0] == ("https://www.patreon.com/posts/new?postType=text_only", None)
    assert opener is None


async def test_a_link_that_was_clicked_elsewhere_opens_and_can_be_loaded_again(
    desk, chromium, link
):
    async with browsing(chromium, desk) as page:
        # Another site than the bot's, as Discord is.
        elsewhere = desk.base.replace("127.0.0.1", "localhost") + "/"
        await page.goto(elsewhere)
        await page.evaluate("link => { location.href = link }", link)
        await page.get_by_role("button", name="Open it here").click()
        await expect(page.locator("h1").first).to_have_text("Bring this post to Patreon")
        await page.reload()
        await expect(page.locator("h1").first).to_have_text("Bring this post to Patreon")
        address = page.url
        await page.go_back()
        await page.reload()
        await expect(page.locator("h1").first).to_have_text("This link does not work")
    async with browsing(chromium, desk) as other:
        await other.goto(address)
        await expect(other.locator("h1").first).to_have_text("This page is not open here")


async def test_what_the_typesetter_makes_arrives_element_by_element(
    store, clock, tmp_path, chromium
):
    body = (
        "# Head\n\nHello **all** _of_ ~~you~~ &\n[this](https://example.org/a?b=1&c=2) `code`\n\n"
        "1. one\n   - two\n\n> said\n\n```\nx = 1\n  y < 2\n```\n\n---\n\n| a | b |\n|---|---|\n"
        "| 1 | 2 |\n\n<script>alert(1)</script> @everyone مرحبا \U0001f389"
    )
    typesetter = MarkdownTypesetter()
    async with open_desk(store, clock, tmp_path, typesetter=typesetter) as desk:
        link = desk.base + await desk.offer(await desk.add(body=body))
        async with browsing(chromium, desk) as page:
            await open_page(page, link)
            await page.get_by_role("button", name="Copy as rich text").click()
            await expect(page.locator("#said-rich")).to_have_text("Copied.")
            pasted = await paste(page)
            found = await page.evaluate(READ)

    html = typesetter.typeset(body).html
    assert "<h1>Head</h1>" in html
    assert pasted == html
    assert found["text/plain"] == plain_text(html)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone_in_light_and_dark(desk, chromium, link, scheme, tmp_path):
    async with browsing(chromium, desk, viewport=PHONE, color_scheme=scheme) as page:
        await open_page(page, link)
        width = await page.evaluate("document.documentElement.scrollWidth")
        await page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert width <= PHONE["width"]
    assert ground == {"light": "rgb(246, 246, 247)", "dark": "rgb(27, 28, 31)"}[scheme]


async def test_hostile_html_runs_nothing(desk, chromium):
    desk.typesetter.html = (
        "<p>x</p><script>document.title = 'taken'</script><img src=x onerror=\"document.title="
        "'taken'\"><iframe src='https://example.org'></iframe><form action='https://example.org'>"
        "<button>go</button></form><style>body{display:none}</style>"
    )
    link = desk.base + await desk.offer(await desk.add())
    asked = []
    async with browsing(chromium, desk, script=NOTE_REFUSALS) as page:
        page.on("request", lambda request: asked.append(request.url))
        await open_page(page, link)
        title = await page.evaluate("document.title")
        is_seen = await page.locator("h1").first.is_visible()
        await page.evaluate("document.querySelector('article form').requestSubmit()")
        await until(page, "refused.length === 5")
        refused = await page.evaluate("refused.sort()")

    assert (title, is_seen) == ("Bring this post to Patreon", True)
    assert refused == [
        "form-action", "frame-src", "script-src-attr", "script-src-elem", "style-src-elem",
    ]  # fmt: skip
    assert [url for url in asked if not url.startswith(desk.base)] == []


async def paste(page):
    """Paste into an editor of another page; gives the HTML that it is offered, or the text."""
    editor = await page.context.new_page()
    await editor.set_content("<div contenteditable></div>")
    await editor.evaluate(
        """() => document.querySelector("div").addEventListener("paste", (event) => {
          event.preventDefault();
          const html = event.clipboardData.getData("text/html");
          const text = event.clipboardData.getData("text/plain");
          const body = new DOMParser().parseFromString(html, "text/html").body;
          window.taken = html ? body.innerHTML : text;
        })"""
    )
    await editor.locator("div").click()
    await editor.keyboard.press("Control+v")
    await until(editor, "window.taken !== undefined")
    taken = await editor.evaluate("window.taken")
    await editor.close()
    return re.sub(r"<!--(Start|End)Fragment-->", "", taken)
