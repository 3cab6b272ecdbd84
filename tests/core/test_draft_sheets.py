"""What a draft says in a channel."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.draft_forms import Field, units
from core.draft_sheets import MOST_SHEETS, Setting, missing, sheets_for
from core.draft_words import audience_words
from core.drafts import Audience, AudienceKind, DraftPicture, DraftState, Target
from core.members import Campaign
from core.sheets import LONGEST_SHEET
from core.typesetting import Typeset
from tests.core.test_draft_rules import draft
from tests.factories import NOW, link, tiers

CAMPAIGN = Campaign(id="1001", name="Ada's Workshop", currency="EUR")
SETTING = Setting(campaign=CAMPAIGN, tiers={one.id: one for one in tiers()})
PAGE = "https://bot.example/posts/k"
PLACE = Target(channel_id=7001, role_ids=(8001,))
PICTURE = DraftPicture(digest="0" * 64, name="a.png", media_type="image/png", size_bytes=1)


def sheets(*blocks, target=PLACE, setting=SETTING, **overrides):
    numbers = count(1)
    return sheets_for(
        draft(**overrides),
        target,
        Typeset(blocks=blocks, html=""),
        setting,
        new_marker=lambda: f"m-{next(numbers)}",
        at=NOW,
    )


def test_a_short_post_is_one_message():
    (one,) = sheets("Something new.")

    assert (one.title, one.text, one.role_ids) == ("News", "Something new.", (8001,))
    assert (one.link, one.url) == (None, None)
    assert one.footer == "Ada's Workshop · for everyone"


def test_the_first_message_has_pictures_and_pings_and_the_last_has_the_footer():
    content = replace(draft().content, pictures=(PICTURE,))

    first, last = sheets("a" * 1_500, "b" * 1_500, "c" * 1_500, content=content)

    assert [one.digest for one in first.pictures] == ["0" * 64]
    assert (first.role_ids, last.role_ids, last.pictures) == ((8001,), (), ())
    assert (first.footer, last.title) == (None, "News (2)")
    assert first.marker != last.marker


def test_what_does_not_fit_leads_to_the_whole():
    blocks = ["x" * 1_500] * 10

    shown = sheets(*blocks, setting=replace(SETTING, page_url=PAGE))

    assert len(shown) == MOST_SHEETS
    assert [one.link for one in shown] == [None, None, PAGE]
    assert shown[-1].text.endswith("*The post goes on: read the whole of it.*")


def test_without_a_page_the_post_at_patreon_is_the_whole():
    url = "https://www.patreon.com/posts/1"

    shown = sheets(*["x" * 1_500] * 10, setting=replace(SETTING, post_url=url))

    assert shown[-1].link == url
    assert {one.url for one in shown} == {url}


def test_without_any_whole_the_cut_is_told():
    assert "did not fit" in sheets(*["x" * 1_500] * 10)[-1].text


def test_a_forum_gets_one_post_with_its_tags():
    forum = Target(channel_id=7004, is_forum=True, crosspost=True, tag_ids=(1, 2))
    content = replace(draft().content, title="🎉" * 80)

    (one,) = sheets(*["x" * 1_500] * 4, target=forum, content=content)

    assert one.forum.tag_ids == (1, 2)
    assert units(one.forum.title) <= 100
    assert not one.crosspost


@given(
    st.lists(st.text(st.sampled_from("ab🎉"), min_size=1, max_size=750), min_size=1, max_size=25),
    st.booleans(),
    st.booleans(),
)
def test_no_message_is_longer_than_discord_takes(blocks, is_forum, has_page):
    setting = replace(SETTING, page_url=PAGE if has_page else None)

    shown = sheets(*blocks, target=Target(channel_id=1, is_forum=is_forum), setting=setting)

    assert 1 <= len(shown) <= (1 if is_forum else MOST_SHEETS)
    assert all(units(one.text) <= LONGEST_SHEET for one in shown)
    texts = "\n\n".join(one.text for one in shown)
    said = texts.split("\n\n")
    is_cut = "*The post goes on" in texts
    assert said[: -1 if is_cut else None] == blocks[: len(said) - is_cut]
    assert is_cut == (len(said) - is_cut < len(blocks))
    assert (shown[-1].link is not None) == (is_cut and has_page)


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (Audience(), "for everyone"),
        (Audience(kind=AudienceKind.PATRONS), "for patrons"),
        (Audience(kind=AudienceKind.TIERS, tier_ids=("201", "202")), "for Friend, Patron"),
        (Audience(kind=AudienceKind.TIERS), "for chosen tiers"),
        (
            Audience(kind=AudienceKind.MINIMUM, minimum_cents=750),
            "for patrons from €7.50 a month",
        ),
    ],
)
def test_the_audience_is_named(audience, words):
    assert audience_words(audience, SETTING.tiers, "EUR") == words


def fields_of(one, blocks=("x",), place=PLACE, of=None):
    found = missing(
        replace(one, targets=(place,) if place else ()),
        SETTING,
        Typeset(blocks=blocks, html=""),
        link=of,
    )
    return {problem.field for problem in found}


def test_what_is_missing_is_told_all_at_once():
    tiers_only = Audience(kind=AudienceKind.TIERS)
    one = draft(content=replace(draft().content, audience=tiers_only))

    assert fields_of(draft(), of=link()) == set()
    assert fields_of(one, blocks=(), place=None) == {
        Field.BODY,
        Field.AUDIENCE,
        Field.TARGETS,
        Field.CAMPAIGN,
    }


@pytest.mark.parametrize(
    "audience",
    [
        Audience(kind=AudienceKind.TIERS, tier_ids=("201", "999")),
        Audience(kind=AudienceKind.MINIMUM),
        Audience(kind=AudienceKind.MINIMUM, minimum_cents=0),
    ],
)
def test_an_audience_that_does_not_exist_keeps_a_draft_back(audience):
    one = draft(content=replace(draft().content, audience=audience), state=DraftState.WAITING)

    assert fields_of(one, of=link()) == {Field.AUDIENCE}
