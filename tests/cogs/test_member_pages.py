from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.member_pages import (
    LONGEST_CUSTOM_ID,
    PAGE,
    TEMPLATE,
    ListState,
    Turn,
    decode,
)
from core.errors import UserError
from core.listing import Sort
from core.members import Status

states = st.builds(
    ListState,
    status=st.none() | st.sampled_from(Status),
    tier_id=st.text(alphabet="0123456789", max_size=12),
    sort=st.sampled_from(Sort),
    text=st.text(max_size=50),
    offset=st.integers(0, 999_999_999),
)


@given(states, st.sampled_from(Turn))
def test_a_custom_id_carries_the_whole_state(state, turn):
    custom_id = state.encode(turn)

    assert decode(custom_id) == state
    assert len(custom_id) <= LONGEST_CUSTOM_ID
    assert TEMPLATE.fullmatch(custom_id)


@given(states)
def test_the_four_buttons_never_share_a_custom_id(state):
    assert len({state.encode(turn) for turn in Turn}) == 4


@given(st.text(max_size=120) | st.from_regex(TEMPLATE, fullmatch=True))
def test_a_forged_custom_id_is_read_or_refused_with_a_sentence(custom_id):
    with suppress(UserError):
        assert decode(custom_id).query().campaign_ids == ()


@pytest.mark.parametrize(
    "custom_id",
    [
        "members1|next||n|-15||",
        "members1|next||n|9999999999||",
        "members1|next|z|n|0||",
        "members1|next||z|0||",
        "members1|jump||n|0||",
        "members1|next||n|0|2'1|",
        "members2|next||n|0||",
        "members1|next",
        "members1|next||n|٣||",
    ],
)
def test_a_custom_id_of_another_kind_is_out_of_date(custom_id):
    with pytest.raises(UserError, match="out of date"):
        decode(custom_id)


def test_filters_that_no_button_can_carry_are_refused():
    with pytest.raises(UserError, match="too long"):
        ListState(tier_id="1" * 30, text="x" * 50, offset=10**8).encode(Turn.NEXT)


@given(states, st.sampled_from(Turn), st.integers(0, 10_000))
def test_a_turn_stays_within_the_list(state, turn, matching):
    assert 0 <= state.turned(turn, matching=matching).offset <= max(matching - 1, 0)


def test_turns_lead_to_the_pages_that_they_name():
    here = ListState(offset=2 * PAGE)

    pages = [here.turned(turn, matching=100).offset // PAGE for turn in Turn]

    assert pages == [0, 1, 3, 6]
