"""The preview of a draft for Patreon, and what strangers try on it."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text as spelled

from core.audit import AuditQuery
from core.drafts import Audience, AudienceKind, DraftState, HandOver
from core.errors import UserError
from core.handover import digest_of
from core.previews import Previews
from markup.typesetter import MarkdownTypesetter
from tests.web.handing import GUILD, OTHER_GUILD, USER, open_desk, picture, png

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

DAY = timedelta(hours=24)
GUESS = "/preview/" + "x" * 43


@pytest.fixture
async def desk(store, clock, tmp_path):
    async with open_desk(store, clock, tmp_path / "images") as desk:
        yield desk


async def offer(desk, made, user_id=USER):
    """Ask for a link; gives its path."""
    link = await desk.previews.offer(made.id, guild_id=GUILD, user_id=user_id)
    return link.url.removeprefix(desk.base)


async def test_a_draft_is_shown_as_patreon_will_show_it(desk):
    pictures = tuple(
        picture(png(colour), name=f"{colour}.png", description=f"A {colour} square")
        for colour in ("teal", "tomato")
    )
    for colour in ("teal", "tomato"):
        await desk.shelf.add(png(colour))
    made = await desk.add(
        title="Fish & <b>chips</b>",
        pictures=pictures,
        audience=Audience(kind=AudienceKind.TIERS, tier_ids=("201",)),
        is_paid=True,
    )
    path = await offer(desk, made)

    answer, text = await desk.page(path)

    assert answer.status == 200
    assert "Fish &amp; &lt;b&gt;chips&lt;/b&gt;" in text
    assert "<p>Hello.</p><p>This is new.</p>" in text
    assert "This is a preview; nothing is published." in text
    assert "a paid post" in text
    assert re.search(r"Only these tiers can read it: \S.* \(", text)
    shown = re.findall(r'<img src="([^"]+)" alt="([^"]+)">', text)
    assert [alt for _, alt in shown] == ["A teal square", "A tomato square"]
    for (address, _), colour in zip(shown, ("teal", "tomato"), strict=True):
        answer, content = await desk.ask(f"/preview/{address}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
        assert content == png(colour)


async def test_the_page_is_private_and_runs_nothing(desk):
    answer, text = await desk.page(await offer(desk, await desk.add()))

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert 'name="robots" content="noindex"' in text
    assert "<script" not in text
    assert re.search(r"\son[a-z]+=", text) is None


async def test_looking_changes_nothing_however_often(desk):
    made = await desk.add()
    path = await offer(desk, made)

    for method in ("GET", "HEAD", "GET"):
        answer, _ = await desk.page(path, method=method)
        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers

    assert await desk.get(made.id) == made
    async with desk.store.read() as work:
        assert (await work.audit.page(AuditQuery(guild_id=GUILD))).entries == ()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_sent_there(desk, method):
    answer, _ = await desk.ask(await offer(desk, await desk.add()), method)

    assert answer.status == 405


async def test_it_follows_every_change_of_the_draft(desk):
    made = await desk.add(title="Before", body="Old words.")
    path = await offer(desk, made)
    assert "Before" in (await desk.page(path))[1]

    content = replace(made.content, title="After", parts=("New words.",))
    await desk.save(made, content=content)

    _, text = await desk.page(path)
    assert ("After" in text, "New words." in text) == (True, True)
    assert ("Before" in text, "Old words." in text) == (False, False)


async def test_the_link_works_for_a_day(desk):
    path = await offer(desk, await desk.add(title="Heliotrope"))
    desk.clock.advance(DAY - timedelta(seconds=1))
    assert (await desk.page(path))[0].status == 200
    desk.clock.advance(seconds=1)

    answer, text = await desk.page(path)

    assert answer.status == 410
    assert "This link has expired" in text
    assert "Heliotrope" not in text
    assert (await desk.page(f"{path}/{'0' * 64}"))[0].status == 410


async def test_a_draft_that_is_thrown_away_is_not_shown(desk):
    await desk.shelf.add(png())
    made = await desk.add(title="Heliotrope", pictures=(picture(png()),))
    path = await offer(desk, made)
    await desk.save(made, state=DraftState.DISCARDED)

    for address in (path, f"{path}/{made.content.pictures[0].digest}"):
        answer, text = await desk.page(address)
        assert answer.status == 404
        assert "Heliotrope" not in text
    with pytest.raises(UserError, match="Restore it"):
        await offer(desk, made)


async def test_a_template_and_what_was_taken_back_are_shown_too(desk):
    for state in (DraftState.TEMPLATE, DraftState.RETRACTED, DraftState.PUBLISHED):
        answer, text = await desk.page(await offer(desk, await desk.add(state=state)))
        assert answer.status == 200
        assert "nothing is published" in text


async def test_a_newer_link_of_the_same_person_replaces_the_earlier(desk):
    made = await desk.add()
    old, others = await offer(desk, made), await offer(desk, made, user_id=8)

    new = await offer(desk, made)

    assert (await desk.page(old))[0].status == 404
    assert (await desk.page(others))[0].status == 200
    assert (await desk.page(new))[0].status == 200


async def test_a_link_shows_its_draft_and_no_other_drafts_pictures(desk):
    for colour in ("teal", "tomato"):
        await desk.shelf.add(png(colour))
    mine = await desk.add(title="Mine", pictures=(picture(png("teal")),))
    theirs = await desk.add(title="Theirs", pictures=(picture(png("tomato")),))
    path = await offer(desk, mine)

    answer, text = await desk.page(path)
    assert ("Mine" in text, "Theirs" in text) == (True, False)
    answer, _ = await desk.ask(f"{path}/{theirs.content.pictures[0].digest}")

    assert answer.status == 404
    for odd in ("0" * 64, "..%2f..%2fbot.db", "%00", "post.html"):
        assert (await desk.ask(f"{path}/{odd}"))[0].status == 404


async def test_nobody_is_given_a_link_to_another_servers_draft(desk):
    made = await desk.add()

    with pytest.raises(UserError, match="thrown away"):
        await desk.previews.offer(made.id, guild_id=OTHER_GUILD, user_id=USER)


async def test_links_to_previews_and_to_the_page_to_copy_from_do_not_do_for_each_other(desk):
    made = await desk.add(title="Heliotrope")
    preview = (await offer(desk, made)).removeprefix("/preview/")
    hand_over = (await desk.offer(made)).removeprefix("/handover?t=")

    for method in ("GET", "POST"):
        assert (await desk.ask(f"/handover?t={preview}", method))[0].status == 404
    assert (await desk.page(f"/preview/{hand_over}"))[0].status == 404
    cookie = {"Cookie": "handover=" + "p" * 43}
    answer, text = await desk.page(f"/handover/{digest_of(preview)}", cookie)
    assert answer.status == 404
    assert "Heliotrope" not in text
    assert (await desk.get(made.id)).hand_over is HandOver.NONE
    assert (await desk.page(f"/handover?t={hand_over}"))[0].status == 200


async def test_what_is_stored_opens_nothing(desk):
    made = await desk.add()
    token = (await offer(desk, made)).removeprefix("/preview/")
    async with desk.store.read() as work:
        rows = await work.drafts._connection.all(spelled("SELECT * FROM handovers"))

    [row] = rows
    assert token not in str(tuple(row))
    assert (await desk.page(f"/preview/{row.digest}"))[0].status == 404


@pytest.mark.parametrize("odd", ["", "x", "x" * 31, "x" * 129, "%00" * 40, "…" * 40, "a b" * 20])
async def test_an_odd_link_shows_nothing(desk, odd):
    await offer(desk, await desk.add(title="Heliotrope"))

    answer, text = await desk.page(f"/preview/{odd}")

    assert answer.status == 404
    assert "Heliotrope" not in text


async def test_an_odd_link_asks_nothing_of_the_database(desk):
    desk.previews._store = None

    assert (await desk.ask("/preview/" + "x" * 129))[0].status == 404


async def test_who_guesses_is_slowed_down(desk):
    statuses = [(await desk.ask(GUESS))[0].status for _ in range(70)]

    assert statuses[0] == 404
    answer, text = await desk.page(GUESS)
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "60"
    assert "Too many attempts" in text


async def test_what_the_parser_makes_is_shown_with_what_was_converted(store, clock, tmp_path):
    body = (
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n#### Deep\n\n<script>alert(1)</script>\n\n"
        "[x](javascript:1)"
    )
    typesetter = MarkdownTypesetter()
    async with open_desk(store, clock, tmp_path / "images", typesetter=typesetter) as desk:
        _, text = await desk.page(await offer(desk, await desk.add(body=body)))

    assert typesetter.typeset(body).html in text
    assert "<script" not in text
    assert "javascript:" not in text.partition("</main>")[0].partition('href="')[2]
    for said in ("Tables become lines", "three levels of headings", "HTML is shown as it was"):
        assert said in text


async def test_without_a_public_address_it_says_what_to_set(desk):
    previews = Previews(replace(desk.pages, public_url=None))
    made = await desk.add()

    with pytest.raises(UserError, match=r"`server\.public_url` \(SERVER_PUBLIC_URL\)"):
        await previews.offer(made.id, guild_id=GUILD, user_id=USER)


async def test_many_readers_at_once_have_it_typeset_once(store, clock, tmp_path):
    async with open_desk(store, clock, tmp_path / "images") as desk:
        path = await offer(desk, await desk.add(body="word " * 1_000))

        await asyncio.gather(*(desk.page(path) for _ in range(8)))

        assert len(desk.typesetter.bodies) == 1


async def test_behind_a_path_the_address_keeps_it(store, clock, tmp_path):
    async with open_desk(store, clock, tmp_path, public_url="https://bot.example/there") as desk:
        made = await desk.add()
        link = await desk.previews.offer(made.id, guild_id=GUILD, user_id=USER)

        assert link.url.startswith("https://bot.example/there/preview/")
        assert link.expires_at == clock() + DAY
