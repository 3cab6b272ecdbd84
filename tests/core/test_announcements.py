"""The one next step that brings a channel closer to what is wanted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.announcements import (
    NONCE_WINDOW,
    SEND_TIMEOUT,
    SLOWEST_UPLOAD,
    Announcement,
    Sends,
    Step,
    Wanted,
    deadline_of,
    next_step,
)
from core.cards import Card, Tone
from core.sheets import Sheet, SheetPicture

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LAST_REPEAT = NONCE_WINDOW - SEND_TIMEOUT
CARD = Card(marker="m", tone=Tone.GOOD, title="t", text="x", at=NOW)


def announcement(**overrides) -> Announcement:
    return Announcement(id=1, channel_id=2, shows=CARD, created_at=NOW, **overrides)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ({}, Step.SEND),
        ({"send_started_at": NOW}, Step.SEND),
        ({"send_started_at": NOW - LAST_REPEAT + timedelta(seconds=1)}, Step.SEND),
        ({"send_started_at": NOW - LAST_REPEAT}, Step.SEARCH),
        ({"send_started_at": NOW - timedelta(days=1)}, Step.SEARCH),
        ({"send_started_at": NOW + timedelta(hours=1)}, Step.SEARCH),
        ({"message_id": 5, "shown_version": 1}, Step.NOTHING),
        ({"message_id": 5, "shown_version": 1, "version": 2}, Step.EDIT),
        ({"message_id": 5, "shown_version": 1, "wanted": Wanted.GONE}, Step.DELETE),
        ({"wanted": Wanted.GONE}, Step.NOTHING),
        ({"wanted": Wanted.GONE, "send_started_at": NOW}, Step.SEARCH),
    ],
)
def test_each_state_has_one_next_step(state, step):
    assert next_step(announcement(**state), now=NOW, since_start=timedelta()) is step


@pytest.mark.parametrize("since_start", [None, LAST_REPEAT, timedelta(days=1)])
def test_a_start_that_only_the_wall_clock_calls_recent_is_looked_for(since_start):
    state = announcement(send_started_at=NOW)

    assert next_step(state, now=NOW, since_start=since_start) is Step.SEARCH


@given(
    st.sampled_from(Wanted),
    st.integers(1, 5),
    st.none() | st.integers(-600, 600).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    st.none() | st.integers(0, 600).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_no_second_message_is_sent_when_the_first_may_exist(wanted, version, started, since_start):
    state = announcement(wanted=wanted, version=version, send_started_at=started)

    step = next_step(state, now=NOW, since_start=since_start)

    # Whatever the wall clock says, the time that really went by decides.
    is_nonce_good = started is None or (since_start is not None and since_start < LAST_REPEAT)
    assert step is not Step.SEND or is_nonce_good
    assert step not in (Step.EDIT, Step.DELETE)


def uploading(*sizes):
    pictures = [
        SheetPicture(digest=f"{n:064x}", name="a", size_bytes=s) for n, s in enumerate(sizes)
    ]
    return Sheet(marker="m", title="t", text="x", at=NOW, pictures=tuple(pictures))


@pytest.mark.parametrize("content", [CARD, uploading()])
def test_a_step_that_uploads_nothing_may_take_a_minute(content):
    assert deadline_of(content) == SEND_TIMEOUT


def test_a_step_may_take_the_longer_the_more_it_uploads():
    sizes = [(1_000,), (1_000_000,), (9_000_000,), (9_000_000, 9_000_000)]

    deadlines = [deadline_of(uploading(*each)) for each in sizes]

    assert SEND_TIMEOUT < deadlines[0] < deadlines[1] < deadlines[2] < deadlines[3]
    assert deadlines[1] - SEND_TIMEOUT == timedelta(seconds=1_000_000 / SLOWEST_UPLOAD)


@pytest.mark.parametrize("sizes", [(10_000_000,) * 10, (None,) * 10, (2**40,)])
def test_no_upload_may_take_so_long_that_the_outbox_seems_to_hang(sizes):
    assert timedelta(minutes=3) < deadline_of(uploading(*sizes)) < timedelta(minutes=4)


def test_an_upload_that_outlasts_its_nonce_is_looked_for_before_it_is_repeated():
    state = replace(announcement(send_started_at=NOW), shows=uploading(*[10_000_000] * 3))

    assert next_step(state, now=NOW, since_start=timedelta()) is Step.SEARCH


def test_a_send_that_began_here_is_known_for_as_long_as_its_nonce():
    seconds = iter([0.0, 5.0, 9.0, 8.0 + NONCE_WINDOW.total_seconds(), 900.0])
    sends = Sends(lambda: next(seconds))

    sends.begin(1)
    sends.begin(2)
    since_first = sends.since(1)
    sends.begin(3)

    assert since_first == timedelta(seconds=9)
    assert (sends.since(1), sends.since(2)) == (None, None)
    assert sends.since(3) is not None


def test_a_send_that_begins_anew_counts_from_then():
    seconds = iter([0.0, 100.0, 101.0])
    sends = Sends(lambda: next(seconds))

    sends.begin(1)
    sends.begin(1)

    assert sends.since(1) == timedelta(seconds=1)
