"""The whole of a published post, and how little is told of every other."""

import asyncio
import threading
from dataclasses import replace

import pytest

from core.draft_typesets import LONG
from core.drafts import DraftState, HandOver
from core.whole import WholePosts
from tests.web.handing import Paragraphs, open_desk, picture, png

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

KEY = "k" * 32
EVIL = "<script>alert(1)</script>"


@pytest.fixture
async def desk(store, clock, tmp_path):
    async with open_desk(store, clock, tmp_path / "images") as desk:
        yield desk


async def published(desk, **changes):
    wish = {"state": DraftState.PUBLISHED, "page_key": KEY, "published_at": desk.clock()}
    return await desk.add(**(wish | changes))


async def test_a_published_post_is_shown_whole(desk):
    await published(desk, title=f"News {EVIL}")

    answer, text = await desk.page(f"/posts/{KEY}")

    assert answer.status == 200
    assert "News &lt;script&gt;" in text
    assert EVIL not in text
    assert "<p>Hello.</p><p>This is new.</p>" in text
    assert "21 November 2026" in text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "patreon.com" not in text


async def test_what_is_not_published_looks_like_what_does_not_exist(desk):
    seen = set()
    for number, state in enumerate(set(DraftState) - {DraftState.PUBLISHED}):
        await desk.add(state=state, page_key=f"{number}" * 32)
        answer, text = await desk.page(f"/posts/{str(number) * 32}")
        seen.add((answer.status, text, answer.headers["Cache-Control"]))
    for path in ("x", "x" * 32, "x" * 4000, "..", "%00", "%2e%2e%2f", "'--", "1" * 32 + "/x"):
        answer, text = await desk.page(f"/posts/{path}")
        if path == "..":
            continue
        seen.add((answer.status, text, answer.headers["Cache-Control"]))

    assert len(seen) == 1
    ((status, text, cache),) = seen
    assert (status, cache) == (404, "no-store")
    assert "no such post" in text


async def test_a_post_that_is_taken_back_is_gone_at_once(desk):
    made = await published(desk)
    await desk.page(f"/posts/{KEY}")

    await desk.save(made, state=DraftState.RETRACTED)

    assert (await desk.page(f"/posts/{KEY}"))[0].status == 404


async def test_looking_with_head_tells_the_same_without_the_page(desk):
    await published(desk)

    answer, text = await desk.page(f"/posts/{KEY}", method="HEAD")

    assert (answer.status, text) == (200, "")


async def test_the_pictures_stand_below_under_the_same_key(desk):
    content = png()
    await desk.shelf.add(content)
    await published(desk, pictures=(picture(content, description=f"A {EVIL}"),))

    _, text = await desk.page(f"/posts/{KEY}")
    digest = picture(content).digest
    answer, shown = await desk.ask(f"/posts/{KEY}/{digest}")

    assert f'src="{KEY}/{digest}"' in text
    assert EVIL not in text
    assert (answer.status, shown) == (200, content)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_only_the_posts_own_pictures_are_shown_and_only_while_it_is_published(desk):
    own, other = png("red"), png("blue")
    for content in (own, other):
        await desk.shelf.add(content)
    made = await published(desk, pictures=(picture(own),))

    assert (await desk.ask(f"/posts/{KEY}/{picture(other).digest}"))[0].status == 404
    await desk.save(made, state=DraftState.RETRACTED)
    assert (await desk.ask(f"/posts/{KEY}/{picture(own).digest}"))[0].status == 404


async def test_a_picture_whose_file_is_lost_is_not_found(desk):
    await published(desk, pictures=(picture(png()),))

    assert (await desk.ask(f"/posts/{KEY}/{picture(png()).digest}"))[0].status == 404


async def test_once_patreon_has_the_post_the_page_leads_there(desk):
    made = await published(desk)
    for to, post_id, is_told in (
        (HandOver.DOUBTFUL, "77", False),
        (HandOver.LINKED, 'x"y', False),
        (HandOver.LINKED, "77", True),
    ):
        async with desk.store.write() as work:
            await work.drafts.hand_over(made.id, to, at=desk.clock(), post_id=post_id)
        _, text = await desk.page(f"/posts/{KEY}")
        assert ('href="https://www.patreon.com/posts/77"' in text) is is_told


async def test_many_who_look_have_it_typeset_once_and_a_change_once_more(desk):
    made = await published(desk)
    await asyncio.gather(*(desk.page(f"/posts/{KEY}") for _ in range(20)))
    assert len(desk.typesetter.bodies) == 1

    await desk.save(made, content=replace(made.content, parts=("Other.",)))
    _, text = await desk.page(f"/posts/{KEY}")

    assert "<p>Other.</p>" in text
    assert len(desk.typesetter.bodies) == 2


async def test_a_long_body_is_typeset_beside_the_loop(store, clock, tmp_path):
    threads = []

    class Noting(Paragraphs):
        def typeset(self, markdown):
            threads.append(threading.current_thread())
            return super().typeset(markdown)

    async with open_desk(store, clock, tmp_path, typesetter=Noting()) as desk:
        made = await published(desk)
        await desk.save(made, content=replace(made.content, parts=("x" * (LONG + 1),)))
        await desk.page(f"/posts/{KEY}")

    assert len(threads) == 1
    assert threading.main_thread() not in threads


async def test_who_guesses_is_put_off(desk):
    await published(desk)
    for number in range(60):
        await desk.page(f"/posts/{number:032d}")

    answer, _ = await desk.page(f"/posts/{KEY}")

    assert answer.status == 429


async def test_the_address_is_told_to_those_who_announce_it(desk):
    def posts(public_url):
        return WholePosts(replace(desk.pages, public_url=public_url))

    assert posts("https://bot.example").address(KEY) == f"https://bot.example/posts/{KEY}"
    assert posts(None).address(KEY) is None
