"""The page from which a draft is brought to Patreon, and what strangers try on it."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text as spelled

from core.audit import AuditQuery
from core.drafts import Audience, AudienceKind, DraftState, HandOver
from core.errors import UserError
from core.handover import HandOvers
from tests.web.handing import (
    GUILD,
    OTHER_GUILD,
    USER,
    Paragraphs,
    cookie_of,
    open_desk,
    picture,
    png,
)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

EVIL = "<script>alert(1)</script>"
EDITOR = "https://www.patreon.com/posts/new?postType=text_only"


@pytest.fixture
async def desk(store, clock, tmp_path):
    async with open_desk(store, clock, tmp_path / "images") as desk:
        yield desk


async def test_a_link_opens_a_page_with_title_text_and_the_way_to_the_editor(desk):
    path, shown = await desk.opened(await desk.add(title="Fish & <b>chips</b>"))

    answer, text = await desk.page(path, shown)

    assert answer.status == 200
    assert "Fish &amp; &lt;b&gt;chips&lt;/b&gt;" in text
    assert "<p>Hello.</p><p>This is new.</p>" in text
    assert f'href="{EDITOR}"' in text
    assert 'target="_blank" rel="noopener noreferrer"' in text
    assert "Ada's Workshop".replace("'", "&#x27;") in text


async def test_the_page_is_private_and_runs_nothing_but_its_own_script(desk):
    path, shown = await desk.opened(await desk.add())

    answer, text = await desk.page(path, shown)

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert len(re.findall("<script", text)) == 1
    assert re.search(r"\son[a-z]+=", text) is None


async def test_the_cookie_is_for_this_page_and_no_script(desk):
    made = await desk.add()

    answer, _ = await desk.ask(await desk.offer(made), "POST")

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Max-Age=7200" in cookie
    assert f"Path={answer.headers['Location']}" in cookie
    assert "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "no-store"


async def test_behind_https_and_a_path_the_cookie_is_secure_and_the_path_is_kept(
    store, clock, tmp_path
):
    async with open_desk(store, clock, tmp_path, public_url="https://bot.example/there") as desk:
        link = await desk.hand_overs.offer((await desk.add()).id, guild_id=GUILD, user_id=USER)
        assert link.url.startswith("https://bot.example/there/handover?t=")

        answer, _ = await desk.ask(link.url.removeprefix("https://bot.example/there"), "POST")

    assert answer.headers["Location"].startswith("/there/handover/")
    assert "; Path=/there/handover/" in answer.headers["Set-Cookie"]
    assert "; Secure" in answer.headers["Set-Cookie"]


async def test_looking_at_a_link_uses_nothing_up_and_tells_nothing(desk):
    made = await desk.add(title="A secret surprise")
    link = await desk.offer(made)

    for method in ("GET", "HEAD", "GET"):
        answer, text = await desk.page(link, method=method)
        assert answer.status == 200
        assert "surprise" not in text
        assert "Set-Cookie" not in answer.headers
    assert (await desk.get(made.id)).hand_over is HandOver.NONE
    answer, _ = await desk.ask(link, "POST")

    assert answer.status == 303


async def test_opening_makes_the_draft_ready_and_leaves_its_version(desk):
    made = await desk.add()

    await desk.opened(made)

    kept = await desk.get(made.id)
    assert (kept.hand_over, kept.handed_over_at) == (HandOver.READY, desk.clock())
    assert kept.version == made.version
    async with desk.store.read() as work:
        (entry,) = (await work.audit.page(AuditQuery(guild_id=GUILD))).entries
    assert (entry.action, entry.user_id) == ("post.handed_over", USER)


async def test_opening_again_keeps_when_it_was_first_handed_over(desk):
    made = await desk.add()
    await desk.opened(made)
    first = desk.clock()
    desk.clock.advance(hours=5)

    await desk.opened(made)

    assert (await desk.get(made.id)).handed_over_at == first


@pytest.mark.parametrize("stands", [HandOver.DOUBTFUL, HandOver.LINKED])
async def test_a_draft_that_patreon_may_have_stays_so_and_the_page_warns(desk, stands):
    made = await desk.add()
    async with desk.store.write() as work:
        await work.drafts.hand_over(made.id, stands, at=desk.clock(), post_id="77")

    path, shown = await desk.opened(made)
    _, text = await desk.page(path, shown)

    kept = await desk.get(made.id)
    assert (kept.hand_over, kept.post_id) == (stands, "77")
    assert 'class="note"' in text


async def test_a_link_opens_once(desk):
    link = await desk.offer(await desk.add())
    await desk.ask(link, "POST")

    for method in ("POST", "GET"):
        answer, text = await desk.page(link, method=method)
        assert answer.status == 404
        assert "press the button under the draft in Discord" in text
        assert "Set-Cookie" not in answer.headers


async def test_of_many_who_open_a_link_at_once_one_gets_it(desk):
    link = await desk.offer(await desk.add())

    answers = await asyncio.gather(*(desk.ask(link, "POST") for _ in range(12)))

    assert sorted(answer.status for answer, _ in answers) == [303] + [404] * 11


async def test_a_newer_link_ends_the_persons_older_one_and_nobody_elses(desk):
    made = await desk.add()
    old, foreign = await desk.offer(made), await desk.offer(made, user_id=8)

    new = await desk.offer(made)

    assert [(await desk.ask(link))[0].status for link in (old, foreign, new)] == [404, 200, 200]


async def test_after_half_an_hour_a_link_has_expired(desk):
    made = await desk.add()
    link = await desk.offer(made)
    desk.clock.advance(minutes=30)

    for method in ("GET", "POST"):
        answer, text = await desk.page(link, method=method)
        assert answer.status == 410
        assert "half an hour" in text
    assert (await desk.get(made.id)).hand_over is HandOver.NONE


async def test_after_two_hours_the_page_is_closed(desk):
    path, shown = await desk.opened(await desk.add())
    desk.clock.advance(timedelta(hours=2) - timedelta(seconds=1))
    assert (await desk.page(path, shown))[0].status == 200

    desk.clock.advance(seconds=1)

    assert (await desk.page(path, shown))[0].status == 404


async def test_a_browser_that_did_not_open_the_page_sees_nothing_of_it(desk):
    content = png()
    made = await desk.add(title="A secret surprise", pictures=(picture(content),))
    await desk.shelf.add(content)
    path, _ = await desk.opened(made)
    other, shown = await desk.opened(await desk.add(title="Another one"))
    secret = shown["Cookie"]

    for below in ("", "/post.html", "/pictures.zip", f"/pictures/{picture(content).digest}"):
        for headers in (
            None,
            {"Cookie": "handover="},
            {"Cookie": "handover=" + "x" * 43},
            {"Cookie": secret},
            {"Cookie": "handover=" + path.rpartition("/")[2]},
        ):
            answer, text = await desk.page(path + below, headers)
            assert answer.status == 404
            assert "surprise" not in text
            assert "press the button under the draft in Discord" in text
    assert (await desk.page(other, shown))[0].status == 200


async def test_what_is_in_the_database_opens_nothing(desk):
    path, _ = await desk.opened(await desk.add())
    link = await desk.offer(await desk.add())
    async with desk.store.read() as work:
        rows = await work.drafts._connection.all(spelled("SELECT digest, session FROM handovers"))

    found = [value for row in rows for value in row if value]
    assert len(found) == 3
    assert not any(value in link for value in found)
    for value in found:
        assert (await desk.ask(f"/handover?t={value}", "POST"))[0].status == 404
        shown = {"Cookie": f"handover={value}"}
        assert (await desk.page(path, shown))[0].status == 404


@pytest.mark.parametrize(
    "forged",
    ["", "?t=", "?t=x", "?t=" + "x" * 43, "?t=" + "x" * 129, "?t=%00", f"?t={EVIL}", "?t='--"],
)
async def test_forged_links_are_unknown(desk, forged):
    for method in ("GET", "POST"):
        answer, text = await desk.page(f"/handover{forged}", method=method)
        assert answer.status == 404
        assert EVIL not in text


async def test_a_token_that_stands_there_twice_is_unknown(desk):
    link = await desk.offer(await desk.add())

    assert (await desk.ask(f"{link}&t={'x' * 43}", "POST"))[0].status == 404
    assert (await desk.ask(link, "POST"))[0].status == 303


async def test_who_guesses_is_put_off(desk):
    link = await desk.offer(await desk.add())
    for _ in range(60):
        await desk.ask("/handover?t=" + "x" * 43)

    answer, _ = await desk.ask(link, "POST")
    desk.clock.advance(minutes=1)

    assert answer.status == 429
    assert answer.headers["Retry-After"] == "60"
    assert (await desk.ask(link, "POST"))[0].status == 303


async def test_a_draft_of_another_guild_is_not_there(desk):
    made = await desk.add()

    with pytest.raises(UserError, match="not there"):
        await desk.hand_overs.offer(made.id, guild_id=OTHER_GUILD, user_id=USER)


@pytest.mark.parametrize("state", [DraftState.DISCARDED, DraftState.RETRACTED, DraftState.TEMPLATE])
async def test_what_is_not_to_go_out_is_not_handed_over(desk, state):
    with pytest.raises(UserError):
        await desk.offer(await desk.add(state=state))


async def test_a_draft_that_is_thrown_away_meanwhile_is_shown_no_more(desk):
    made = await desk.add()
    link = await desk.offer(made)
    path, shown = await desk.opened(await desk.get(made.id))
    link = await desk.offer(made)
    await desk.save(await desk.get(made.id), state=DraftState.DISCARDED)

    for answer, text in (await desk.page(path, shown), await desk.page(link, method="POST")):
        assert answer.status == 409
        assert "thrown away" in text


async def test_the_page_shows_the_draft_as_it_is_now(desk):
    made = await desk.add(title="First")
    path, shown = await desk.opened(made)
    made = await desk.get(made.id)
    await desk.save(made, content=replace(made.content, title="Second"))

    _, text = await desk.page(path, shown)

    assert "Second" in text
    assert "First" not in text


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        (Audience(), ["everybody (free access)"]),
        (Audience(kind=AudienceKind.PATRONS), ["all paid members"]),
        (
            Audience(kind=AudienceKind.TIERS, tier_ids=("201", "999")),
            ["only these tiers", "Friend ($5)", "not there any more (id 999)"],
        ),
        (
            Audience(kind=AudienceKind.MINIMUM, minimum_cents=450),
            ["at least $4.50", "Friend ($5)"],
        ),
        (Audience(kind=AudienceKind.MINIMUM, minimum_cents=999_999_00), ["No tier costs that"]),
    ],
)
async def test_the_page_says_what_to_set_on_patreon(desk, audience, said):
    path, shown = await desk.opened(await desk.add(audience=audience, is_paid=True))

    _, text = await desk.page(path, shown)

    for words in (*said, "It is a paid post"):
        assert words in text


async def test_the_text_can_be_kept_as_a_file(desk):
    path, shown = await desk.opened(await desk.add(title=f"../{EVIL}"))

    answer, text = await desk.page(f"{path}/post.html", shown)

    assert "<p>Hello.</p>" in text
    assert EVIL not in text
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="_')
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_plain_text_in_the_page_is_not_markup(store, clock, tmp_path):
    typesetter = Paragraphs(html="<p>&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>")
    async with open_desk(store, clock, tmp_path, typesetter=typesetter) as desk:
        path, shown = await desk.opened(await desk.add())
        _, text = await desk.page(path, shown)

    assert "&lt;/textarea&gt;&lt;script&gt;" in text
    assert EVIL not in text


async def test_without_an_address_for_browsers_the_admin_is_named(desk):
    hand_overs = HandOvers(replace(desk.pages, public_url=None))
    made = await desk.add()

    with pytest.raises(UserError, match=r"server\.public_url"):
        await hand_overs.offer(made.id, guild_id=GUILD, user_id=USER)


async def test_a_defect_is_a_page_without_the_inside(store, clock, tmp_path, caplog):
    class Broken(Paragraphs):
        def typeset(self, markdown):
            raise RuntimeError("inside")

    async with open_desk(store, clock, tmp_path, typesetter=Broken()) as desk:
        path, shown = await desk.opened(await desk.add())
        answer, text = await desk.page(path, shown)

    assert answer.status == 500
    assert "inside" not in text
    assert "page not shown" in caplog.text


async def test_the_links_of_yesterday_are_forgotten(desk):
    made = await desk.add()
    await desk.opened(made)
    await desk.offer(made)
    desk.clock.advance(days=1, hours=3)

    await desk.offer(made, user_id=8)

    async with desk.store.write() as work:
        assert await work.handovers.sweep(desk.clock() + timedelta(days=9)) == 1


async def test_the_cookie_of_an_answer_is_no_token(desk):
    answer, _ = await desk.ask(await desk.offer(await desk.add()), "POST")
    secret = cookie_of(answer).partition("=")[2]

    assert (await desk.ask(f"/handover?t={secret}", "POST"))[0].status == 404
