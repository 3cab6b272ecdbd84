from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafts import Content, Draft, DraftState, HandOver, title_key
from core.post_match import EARLY, LATEST, MOST_DOUBTFUL, NO_MATCH, match
from tests.factories import NOW, post


def draft(number=1, title="Maps of the Moon", **overrides):
    values = {
        "id": number,
        "guild_id": 1,
        "campaign_id": "1001",
        "author_id": 7,
        "state": DraftState.EDITING,
        "version": 1,
        "content": Content(title=title, parts=("Text.",)),
        "page_key": f"key-{number}",
        "hand_over": HandOver.READY,
        "handed_over_at": NOW - timedelta(hours=1),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Draft(**values | overrides)


def moon(**overrides):
    return post(**{"title": "Maps of the Moon", "published_at": NOW} | overrides)


@pytest.mark.parametrize(
    "title",
    [
        "Maps of the Moon",
        "maps of the moon",
        "  Maps  of\nthe Moon! ",
        "Maps: of – the “Moon”",
        "Ｍａｐｓ of the Moon",
    ],
)
def test_a_title_that_people_would_call_the_same_is_the_draft(title):
    assert match(moon(title=title), [draft()]).sure == draft()


@pytest.mark.parametrize("title", [None, "", " ", "!?…", "Something else", "Maps"])
def test_another_title_or_none_is_no_draft(title):
    assert match(moon(title=title), [draft(), draft(2, title="!!!")]) == NO_MATCH


def test_the_one_draft_of_the_same_title_wins_over_those_that_are_only_alike():
    found = match(moon(), [draft(1, title="Maps of the Moons"), draft(2)])

    assert found.sure.id == 2
    assert found.doubtful == ()


def test_several_drafts_of_the_same_title_are_a_question():
    found = match(moon(), [draft(1), draft(2), draft(3, title="Other")])

    assert found.sure is None
    assert [one.id for one in found.doubtful] == [1, 2]


def test_titles_that_are_alike_are_a_question_the_most_alike_first():
    drafts = [draft(1, title="Maps of the Moon, part two"), draft(2, title="Maps of the Moon 2")]

    found = match(moon(), drafts)

    assert found.sure is None
    assert found.doubtful[0].id == 2


def test_a_question_names_few_drafts():
    assert len(match(moon(), [draft(n) for n in range(1, 30)]).doubtful) == MOST_DOUBTFUL


@pytest.mark.parametrize(
    ("after", "is_it"),
    [
        (-EARLY - timedelta(seconds=1), False),
        (-EARLY, True),
        (timedelta(), True),
        (LATEST, True),
        (LATEST + timedelta(seconds=1), False),
    ],
)
def test_a_post_is_a_draft_only_in_the_days_after_the_hand_over(after, is_it):
    waiting = draft(handed_over_at=NOW)

    assert (match(moon(published_at=NOW + after), [waiting]).sure is not None) is is_it


def test_what_was_published_in_discord_is_found_without_a_hand_over():
    published = draft(
        hand_over=HandOver.NONE,
        handed_over_at=None,
        state=DraftState.PUBLISHED,
        published_at=NOW - timedelta(days=2),
    )

    assert match(moon(), [published]).sure == published


@pytest.mark.parametrize(
    "overrides",
    [
        {"hand_over": HandOver.LINKED, "post_id": "9"},
        {"hand_over": HandOver.NONE, "handed_over_at": None},
    ],
)
def test_a_draft_that_waits_for_no_post_is_none(overrides):
    assert match(moon(), [draft(**overrides)]) == NO_MATCH


def test_a_post_without_a_time_is_no_draft():
    assert match(moon(published_at=None), [draft()]) == NO_MATCH


_TITLES = st.text(max_size=40) | st.sampled_from(["Moon", "moon!", "Mooon", "@everyone", "𝕄oon"])
_HOURS = st.integers(-400, 400)


@given(_TITLES, _HOURS, st.lists(st.tuples(_TITLES, _HOURS), max_size=8))
def test_only_drafts_in_time_are_found_and_a_sure_one_is_alone_with_its_title(title, hour, others):
    drafts = [
        draft(number, title=text, handed_over_at=NOW + timedelta(hours=at))
        for number, (text, at) in enumerate(others, 1)
    ]
    published_at = NOW + timedelta(hours=hour)

    found = match(moon(title=title, published_at=published_at), drafts)

    in_time = [
        one
        for one in drafts
        if one.handed_over_at - EARLY <= published_at <= one.handed_over_at + LATEST
    ]
    same = [one for one in in_time if title_key(one.content.title) == title_key(title) != ""]
    assert (found.sure is not None) == (len(same) == 1)
    assert found.sure is None or same == [found.sure]
    assert not (found.sure and found.doubtful)
    assert {one.id for one in found.doubtful} <= {one.id for one in in_time}
    assert len(found.doubtful) <= MOST_DOUBTFUL


@pytest.mark.timeout(10)
def test_enormous_titles_do_not_take_long():
    huge = "ab c" * 100_000

    found = match(moon(title=huge), [draft(n, title=huge[n:200]) for n in range(1, 100)])

    assert found.sure is None
