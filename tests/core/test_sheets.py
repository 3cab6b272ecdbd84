"""Sheets as the database keeps them, and what delivering does with them next."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.announcements import Announcement, Step, Wanted, next_step
from core.sheets import (
    ForumEntry,
    Sheet,
    SheetPicture,
    is_forum_post,
    showable_from_json,
    wants_crosspost,
)
from tests.factories import NOW, card

SHEET = Sheet(marker="m", title="New video", text="**Out** now.", at=NOW)
POST = replace(SHEET, forum=ForumEntry(title="New video", tag_ids=(3,)))
NEWS = replace(SHEET, crosspost=True)

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(0, 2**63 - 1)
pictures = st.builds(SheetPicture, digest=texts, name=texts, description=st.none() | texts)
sheets = st.builds(
    Sheet,
    marker=texts,
    title=texts,
    text=texts,
    at=st.just(NOW),
    url=st.none() | texts,
    link=st.none() | texts,
    footer=st.none() | texts,
    pictures=st.lists(pictures, max_size=3).map(tuple),
    role_ids=st.lists(numbers, max_size=3).map(tuple),
    crosspost=st.booleans(),
    forum=st.none()
    | st.builds(ForumEntry, title=texts, tag_ids=st.lists(numbers, max_size=3).map(tuple)),
)


@given(sheets)
def test_every_sheet_comes_back_as_it_was_stored(sheet):
    assert showable_from_json(sheet.to_json()) == sheet


@given(texts)
def test_a_card_is_never_taken_for_a_sheet(text):
    stored = card(marker=text, title=text, text=text)

    assert showable_from_json(stored.to_json()) == stored


@pytest.mark.parametrize(
    ("content", "is_post", "is_news"),
    [
        (card(), False, False),
        (SHEET, False, False),
        (NEWS, False, True),
        (POST, True, False),
        (replace(POST, crosspost=True), True, False),
    ],
)
def test_a_forums_posts_are_never_handed_on(content, is_post, is_news):
    assert (is_forum_post(content), wants_crosspost(content)) == (is_post, is_news)


@pytest.mark.parametrize(
    ("content", "state", "step"),
    [
        (NEWS, {}, Step.SEND),
        (NEWS, {"message_id": 5}, Step.CROSSPOST),
        (NEWS, {"message_id": 5, "version": 2}, Step.EDIT),
        (NEWS, {"message_id": 5, "shown_version": 1}, Step.NOTHING),
        (NEWS, {"message_id": 5, "shown_version": 1, "version": 2}, Step.EDIT),
        (NEWS, {"message_id": 5, "wanted": Wanted.GONE}, Step.DELETE),
        (SHEET, {"message_id": 5}, Step.EDIT),
        (POST, {"message_id": 5}, Step.EDIT),
    ],
)
def test_a_message_that_is_there_is_handed_on_once(content, state, step):
    announcement = Announcement(id=1, channel_id=2, shows=content, created_at=NOW, **state)

    assert next_step(announcement, now=NOW, since_start=timedelta()) is step


@given(st.none() | st.integers(0, 600), st.integers(-600, 600), st.sampled_from(Wanted))
def test_a_forums_post_that_may_be_there_is_never_sent_again(since_start, ago, wanted):
    announcement = Announcement(
        id=1,
        channel_id=2,
        shows=POST,
        created_at=NOW,
        wanted=wanted,
        send_started_at=NOW - timedelta(seconds=ago),
    )
    since = None if since_start is None else timedelta(seconds=since_start)

    assert next_step(announcement, now=NOW, since_start=since) is Step.SEARCH
