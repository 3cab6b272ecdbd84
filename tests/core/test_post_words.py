from dataclasses import replace
from datetime import timedelta

import pytest

from cogs.sheets import message_of
from core.drafts import Content, Draft, DraftState
from core.post_doubts import PRESS_ID
from core.post_feed import BEFORE_BASELINE, OLDEST, is_news
from core.post_words import (
    GOES_ON,
    LONGEST_TITLE,
    UNTITLED,
    Body,
    answered_of,
    press_id,
    question_of,
    sheet_of,
    title_of,
)
from core.posts import PostDetail
from core.sheets import LONGEST_SHEET
from core.store import StoredCampaign
from tests.factories import NOW, campaign, post, tiers

TIERS = {tier.id: tier for tier in tiers()}


def told(one, *blocks, detail=None):
    return sheet_of(
        one, campaign(), TIERS, detail=detail, body=lambda: Body(blocks), marker="m", at=NOW
    )


def never():
    raise AssertionError("the text is not asked for")


def test_a_public_post_shows_its_beginning_and_leads_to_patreon():
    sheet = told(post(is_public=True), "One.", "Two.")

    assert sheet.text == "One.\n\nTwo."
    assert sheet.url == sheet.link == "https://www.patreon.com/posts/301"
    assert sheet.footer == "Ada's Workshop · for everyone"


def test_a_post_that_is_not_for_everybody_shows_its_title_alone():
    sheet = sheet_of(
        post(tier_ids=("201", "202")),
        campaign(),
        TIERS,
        detail=None,
        body=never,
        marker="m",
        at=NOW,
    )

    assert sheet.text == ""
    assert sheet.footer == "Ada's Workshop · for Friend, Patron"


@pytest.mark.parametrize(
    ("detail", "text"),
    [(PostDetail.TITLE, ""), (PostDetail.TEASER, "Secret."), (PostDetail.WHOLE, "Secret.")],
)
@pytest.mark.parametrize("is_public", [True, False])
def test_what_a_link_says_counts_for_every_post(detail, text, is_public):
    assert told(post(is_public=is_public), "Secret.", detail=detail).text == text


@pytest.mark.parametrize(
    ("detail", "longest"),
    [(PostDetail.TEASER, 1_500 + len(GOES_ON) + 2), (PostDetail.WHOLE, LONGEST_SHEET)],
)
@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}"])
def test_a_long_text_is_cut_between_blocks_and_says_so(detail, longest, letter):
    blocks = [letter * 700 for _ in range(9)]

    text = told(post(is_public=True), *blocks, detail=detail).text

    assert len(text) + text.count("\N{GRINNING FACE}") <= longest
    assert text.endswith(f"\n\n{GOES_ON}")
    assert set(text.removesuffix(f"\n\n{GOES_ON}").split("\n\n")) == {letter * 700}


def test_a_text_of_which_only_a_part_was_read_says_so():
    sheet = sheet_of(
        post(is_public=True),
        campaign(),
        TIERS,
        detail=PostDetail.WHOLE,
        body=lambda: Body(("One.",), goes_on=True),
        marker="m",
        at=NOW,
    )

    assert sheet.text == f"One.\n\n{GOES_ON}"


def test_a_text_that_just_fits_is_whole():
    blocks = ["x" * 1_000, "y" * 1_000, "z" * 1_000, "w" * (LONGEST_SHEET - 3_006)]

    assert told(post(is_public=True), *blocks, detail=PostDetail.WHOLE).text == "\n\n".join(blocks)


def test_a_paid_post_without_tiers_says_so():
    assert told(post(is_paid=True)).footer == "Ada's Workshop · for patrons · paid post"


@pytest.mark.parametrize("title", [None, "", "\u200b\u202e", "\n\t"])
def test_a_post_without_a_title_has_one_all_the_same(title):
    assert title_of(post(title=title)) == UNTITLED


def test_a_title_is_bounded_and_on_one_line():
    title = title_of(post(title="A\nB\u202e" + "x" * 900))

    assert title.startswith("A B")
    assert len(title) <= LONGEST_TITLE


@pytest.mark.parametrize(
    "title", ["@everyone [x](http://evil)", "<@1> **b**", "`" * 300, "e" + "\u0301" * 500]
)
def test_a_hostile_title_shows_literally(title):
    message = message_of(told(post(title=title, is_public=True)))

    shown = message.embeds[0].title
    assert len(shown) <= 256
    assert "@everyone" not in shown
    assert shown.count("](http") == shown.count("\\](http")
    assert message.text is None


def test_a_post_without_an_address_has_no_button():
    assert message_of(told(post(url=None))).view is None


def draft(number, title):
    return Draft(
        id=number,
        guild_id=1,
        campaign_id="1001",
        author_id=7,
        state=DraftState.PUBLISHED,
        version=1,
        content=Content(title=title, parts=("x",)),
        page_key=str(number),
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_question_has_a_button_for_each_draft_and_one_for_none():
    drafts = [draft(number, "T" * 300) for number in (1, 2, 3, 4)]

    card = question_of(post(), drafts, campaign(), marker="m", at=NOW)

    found = [PRESS_ID.fullmatch(action.custom_id) for action in card.actions]
    assert [one["draft"] for one in found] == ["1", "2", "3", "4", "0"]
    assert [one["answer"] for one in found] == ["yes"] * 4 + ["no"]
    assert all(len(action.label) <= 80 for action in card.actions)
    assert answered_of(post(), None, campaign(), by="Ada", marker="m", at=NOW).actions == ()


def test_a_button_says_everything_within_discords_limit():
    custom_id = press_id("p" * 60, 10**18 - 1)

    assert len(custom_id) <= 100
    assert PRESS_ID.fullmatch(custom_id)


def stored(baseline_at):
    return StoredCampaign(campaign=campaign(), creator_id=1, baseline_at=baseline_at)


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("published_at", "baseline_at", "expected"),
    [
        (NOW, None, False),
        (NOW, NOW, True),
        (NOW - BEFORE_BASELINE, NOW, True),
        (NOW - BEFORE_BASELINE - SECOND, NOW, False),
        (NOW - OLDEST, NOW - timedelta(days=30), True),
        (NOW - OLDEST - SECOND, NOW - timedelta(days=30), False),
        (None, NOW, False),
        (NOW + timedelta(hours=1), NOW, False),
    ],
)
def test_news_is_what_came_out_lately_and_after_the_first_sync(published_at, baseline_at, expected):
    one = replace(post(), published_at=published_at)

    assert is_news(one, stored(baseline_at), now=NOW) is expected
