"""The preview for Patreon in a real browser."""

import pytest

from core.drafts import Audience, AudienceKind
from markup.typesetter import MarkdownTypesetter
from tests.sandbox.page.chromium import NEEDS_CHROMIUM, PHONE
from tests.web import test_handover_browser
from tests.web.handing import GUILD, USER, Paragraphs, open_desk, picture, png
from tests.web.test_handover_browser import (
    NOTE_REFUSALS,
    Problems,
    browsing,
    until,
)

pytestmark = [
    NEEDS_CHROMIUM,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

chromium = test_handover_browser.chromium

TITLE = "Café “News” <b>\U0001f389</b> & more"
BODY = (
    "## What is new\n\nHello **all** of you, [read this](https://example.org/a?b=1&c=2).\n\n"
    "- one\n- two\n\n> Said.\n\n```\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    "#### Deep\n\n<b>typed</b>"
)


@pytest.fixture
async def desk(store, clock, tmp_path):
    typesetter = MarkdownTypesetter()
    async with open_desk(store, clock, tmp_path / "images", typesetter=typesetter) as desk:
        yield desk


async def link(desk, **changes):
    """The address of the preview of a draft with two pictures."""
    for colour in ("teal", "tomato"):
        await desk.shelf.add(png(colour, side=320))
    given = {
        "title": TITLE,
        "body": BODY,
        "pictures": (
            picture(png("teal", side=320), name="first.png", description="A teal square"),
            picture(png("tomato", side=320), name="second.png"),
        ),
        "audience": Audience(kind=AudienceKind.TIERS, tier_ids=("201",)),
        "is_paid": True,
    }
    made = await desk.add(**(given | changes))
    return (await desk.previews.offer(made.id, guild_id=GUILD, user_id=USER)).url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["desktop", "phone"])
async def test_it_shows_everything_without_a_complaint(
    desk,
    chromium,
    tmp_path,
    scheme,
    options,
):
    problems = Problems()
    address = await link(desk)
    async with browsing(
        chromium, desk, script=NOTE_REFUSALS, color_scheme=scheme, **options
    ) as page:
        problems.watch(page)
        await page.goto(address)
        await until(
            page,
            "document.images.length === 2 && "
            "[...document.images].every(image => image.complete && image.naturalWidth === 320)",
        )
        titles = await page.locator("main h1").all_inner_texts()
        described = await page.get_by_alt_text("A teal square").count()
        width = await page.evaluate("document.documentElement.scrollWidth")
        room = await page.evaluate("document.documentElement.clientWidth")
        refused = await page.evaluate("refused")
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        pressable = await page.locator("button, input, form, textarea, select, script").count()
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        banner = page.get_by_text("This is a preview; nothing is published.")
        is_seen = await banner.evaluate("e => e.getBoundingClientRect().top >= 0")
        await page.screenshot(path=tmp_path / "preview.png", full_page=True)

    assert titles[0] == TITLE
    assert described == 1
    assert width <= room
    assert ground == {"light": "rgb(246, 246, 247)", "dark": "rgb(27, 28, 31)"}[scheme]
    assert is_seen
    assert pressable == 0
    assert refused == []
    assert problems == []


async def test_it_follows_the_draft_when_it_is_loaded_again(desk, chromium):
    address = await link(desk, title="Before")
    async with browsing(chromium, desk) as page:
        await page.goto(address)
        assert await page.locator("main h1").first.inner_text() == "Before"
        made = await desk.get(1)
        content = type(made.content)(title="After", parts=made.content.parts)
        await desk.save(made, content=content)
        await page.reload()
        assert await page.locator("main h1").first.inner_text() == "After"
        assert await page.locator("main img").count() == 0


async def test_hostile_html_runs_nothing(store, clock, tmp_path, chromium):
    html = (
        "<p>x</p><script>document.title = 'taken'</script><img src=x onerror=\"document.title="
        "'taken'\"><iframe src='https://example.org'></iframe><style>body{display:none}</style>"
    )
    asked = []
    async with open_desk(
        store, clock, tmp_path / "images", typesetter=Paragraphs(html=html)
    ) as desk:
        address = await link(desk, title="Own", pictures=())
        async with browsing(chromium, desk, script=NOTE_REFUSALS) as page:
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(address)
            await until(page, "refused.length === 4")
            title = await page.evaluate("document.title")
            is_seen = await page.locator("main h1").first.is_visible()
            refused = await page.evaluate("refused.sort()")

    assert (title, is_seen) == ("Preview: Own", True)
    assert refused == ["frame-src", "script-src-attr", "script-src-elem", "style-src-elem"]
    assert [url for url in asked if not url.startswith(desk.base)] == []
