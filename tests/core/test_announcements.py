"""The one next step that brings a channel closer to what is wanted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.announcements import NONCE_WINDOW, SEND_TIMEOUT, Announcement, Step, Wanted, next_step
from core.cards import Card, Tone

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CARD = Card(marker="m", tone=Tone.GOOD, title="t", text="x", at=NOW)


def announcement(**overrides) -> Announcement:
    return Announcement(id=1, channel_id=2, card=CARD, created_at=NOW, **overrides)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ({}, Step.SEND),
        ({"send_started_at": NOW}, Step.SEND),
        ({"send_started_at": NOW - NONCE_WINDOW + SEND_TIMEOUT + timedelta(seconds=1)}, Step.SEND),
        ({"send_started_at": NOW - NONCE_WINDOW + SEND_TIMEOUT}, Step.SEARCH),
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
    assert next_step(announcement(**state), now=NOW) is step


@given(
    st.sampled_from(Wanted),
    st.integers(1, 5),
    st.none() | st.integers(-600, 600).map(lambda seconds: NOW - timedelta(seconds=seconds)),
)
def test_no_second_message_is_sent_when_the_first_may_exist(wanted, version, started):
    state = announcement(wanted=wanted, version=version, send_started_at=started)

    step = next_step(state, now=NOW)

    is_nonce_good = started is None or timedelta() <= NOW - started < NONCE_WINDOW - SEND_TIMEOUT
    assert step is not Step.SEND or is_nonce_good
    assert step not in (Step.EDIT, Step.DELETE)
