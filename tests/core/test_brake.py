"""What a sync may take away, decided from numbers alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brake import (
    Answer,
    BrakePolicy,
    Choice,
    NotOpen,
    Presser,
    Verdict,
    allowance,
    judge,
    named,
    new_question,
    press_id,
    read_press_id,
)
from tests.factories import NOW

policies = st.builds(BrakePolicy, most_gone_percent=st.integers(1, 100))


@st.composite
def shares(draw):
    present = draw(st.integers(0, 10_000))
    return draw(st.integers(0, present)), present


def question(missing, present):
    return new_question("digest", missing=missing, present=present, now=NOW)


def decide(policy, missing, present, confirmed=None, known=None, now=NOW):
    return judge(
        policy, missing=missing, present=present, confirmed=confirmed, known=known, now=now
    )


@given(policies, shares())
def test_unasked_go_at_most_so_many_percent(policy, share):
    missing, present = share

    is_within = missing <= present * policy.most_gone_percent / 100

    assert (decide(policy, missing, present) is Verdict.BELIEVE) == is_within


@given(policies, shares())
def test_an_answer_speaks_for_no_more_than_there_are(policy, share):
    asked = question(*share)

    assert asked.missing <= allowance(policy, asked) <= asked.present


def test_nothing_is_left_over_when_nearly_everybody_was_asked_about():
    assert allowance(BrakePolicy(), question(297, 300)) == 297
    assert allowance(BrakePolicy(), question(33, 300)) == 33 + 26


@pytest.mark.parametrize("hours", [0, 23])
def test_a_wrong_clock_takes_nobody_away(hours):
    answer = Answer(
        choice=Choice.KEEP, by=Presser(name="Ada"), at=NOW, until=NOW + timedelta(hours=24)
    )
    kept = replace(question(50, 100), answer=answer)

    for now in (NOW + timedelta(hours=hours), NOW - timedelta(days=9), NOW + timedelta(days=9)):
        assert decide(BrakePolicy(), 50, 100, known=kept, now=now) is not Verdict.BELIEVE


@given(st.sampled_from(Choice), st.from_regex(r"[0-9]{1,20}", fullmatch=True))
def test_a_button_carries_its_question_within_discords_limit(choice, campaign_id):
    version = question(1, 2).version
    written = press_id(choice, campaign_id, version)

    assert len(written) <= 100
    assert read_press_id(written) == (choice, campaign_id, version)


@pytest.mark.parametrize("text", ["", "brake1|apply|1001", "brake1|burn|1001|" + "0" * 12])
def test_what_is_no_button_is_refused(text):
    with pytest.raises(NotOpen):
        read_press_id(text)


def test_the_same_members_missing_again_are_another_question():
    later = new_question("digest", missing=1, present=2, now=NOW + timedelta(seconds=1))

    assert later.version != question(1, 2).version


@pytest.mark.parametrize(
    ("guild", "reader", "is_named"), [(1, 1, True), (1, 2, False), (None, 2, True), (1, None, True)]
)
def test_who_answered_is_named_in_their_own_server_only(guild, reader, is_named):
    assert ("Ada" in named(Presser(name="Ada", guild_id=guild), reader)) == is_named
