"""What two states of a member mean."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.changes import Entry, Kind, as_gone, compare, settle
from core.members import Member, Status, Tier

TIERS = {
    tier.id: tier
    for tier in (
        Tier(id="free", campaign_id="c", title="Free", amount_cents=0),
        Tier(id="bronze", campaign_id="c", title="Bronze", amount_cents=300),
        Tier(id="silver", campaign_id="c", title="Silver", amount_cents=800),
        Tier(id="gold", campaign_id="c", title="Gold", amount_cents=2000),
        Tier(id="extra", campaign_id="c", title="Extra", amount_cents=100),
    )
}


def free() -> Member:
    return Member(id="m", campaign_id="c", status=Status.FREE, tier_ids=("free",))


def patron(*tier_ids: str, **overrides) -> Member:
    cents = sum(TIERS[tier_id].amount_cents for tier_id in tier_ids)
    values = {"status": Status.ACTIVE, "entitled_cents": cents, "will_pay_cents": cents}
    return Member(id="m", campaign_id="c", tier_ids=tuple(sorted(tier_ids)), **values | overrides)


def trial() -> Member:
    return patron("silver", is_trial=True, will_pay_cents=0)


def gift() -> Member:
    return patron("silver", is_gift=True, entitled_cents=0, will_pay_cents=0)


def declined(*tier_ids: str) -> Member:
    return patron(*tier_ids, status=Status.DECLINED, entitled_cents=0)


def cancelled(*tier_ids: str) -> Member:
    return patron(*tier_ids, status=Status.FORMER, will_pay_cents=0)


def former() -> Member:
    return patron(status=Status.FORMER)


def hole() -> Member:
    return patron(entitled_cents=800, will_pay_cents=800)


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        (None, free(), [(Kind.JOINED, Entry.FREE)]),
        (None, patron("silver"), [(Kind.JOINED, Entry.PAID)]),
        (None, gift(), [(Kind.JOINED, Entry.GIFT)]),
        (None, trial(), [(Kind.JOINED, Entry.TRIAL)]),
        (None, hole(), [(Kind.JOINED, Entry.PAID)]),
        (None, former(), []),
        (None, declined("silver"), [(Kind.DECLINED, None)]),
        (free(), patron("silver"), [(Kind.JOINED, Entry.PAID)]),
        (free(), gift(), [(Kind.JOINED, Entry.GIFT)]),
        (trial(), patron("silver"), [(Kind.JOINED, Entry.PAID)]),
        (patron("bronze"), patron("silver"), [(Kind.UPGRADED, None)]),
        (patron("gold"), patron("silver"), [(Kind.DOWNGRADED, None)]),
        (patron("silver"), patron("silver", "extra"), [(Kind.TIERS_ADDED, None)]),
        (patron("silver", "extra"), patron("silver"), [(Kind.TIERS_REMOVED, None)]),
        (patron("bronze"), patron("bronze", "gold"), [(Kind.UPGRADED, None)]),
        (patron("silver"), declined("silver"), [(Kind.DECLINED, None)]),
        (patron("silver"), declined(), [(Kind.DECLINED, None)]),
        (declined("silver"), declined(), []),
        (declined(), patron("silver"), [(Kind.RECOVERED, None)]),
        (declined("silver"), patron("silver"), [(Kind.RECOVERED, None)]),
        (declined("bronze"), patron("gold"), [(Kind.RECOVERED, None), (Kind.UPGRADED, None)]),
        (declined("silver"), former(), [(Kind.ENDED, None)]),
        (declined(), former(), [(Kind.ENDED, None)]),
        (declined(), cancelled("silver"), [(Kind.CANCELLED, None)]),
        (declined("silver"), cancelled("silver"), [(Kind.CANCELLED, None)]),
        (patron("bronze"), declined("silver"), [(Kind.DECLINED, None), (Kind.UPGRADED, None)]),
        (as_gone(patron("silver")), declined("silver"), [(Kind.DECLINED, None)]),
        (trial(), patron("silver", will_pay_cents=0), [(Kind.JOINED, Entry.PAID)]),
        (patron("silver", is_gift=True), patron("silver"), []),
        (patron("silver"), cancelled("silver"), [(Kind.CANCELLED, None)]),
        (patron("silver"), patron("silver", will_pay_cents=0), [(Kind.CANCELLED, None)]),
        (patron("silver", will_pay_cents=0), cancelled("silver"), []),
        (cancelled("silver"), former(), [(Kind.ENDED, None)]),
        (patron("silver"), former(), [(Kind.ENDED, None)]),
        (patron("silver"), free(), [(Kind.ENDED, None)]),
        (gift(), free(), [(Kind.ENDED, None)]),
        (former(), patron("gold"), [(Kind.RETURNED, Entry.PAID)]),
        (former(), trial(), [(Kind.RETURNED, Entry.TRIAL)]),
        (cancelled("silver"), patron("silver"), [(Kind.RETURNED, Entry.PAID)]),
        (free(), as_gone(free()), [(Kind.DELETED, None)]),
        (as_gone(free()), free(), [(Kind.RETURNED, Entry.FREE)]),
        (as_gone(patron("silver")), patron("silver"), [(Kind.RETURNED, Entry.PAID)]),
        (as_gone(free()), former(), []),
        (patron("silver"), patron("silver", name="New name", lifetime_cents=900), []),
    ],
)
def test_two_states_mean_these_changes(known, now, expected):
    changes = compare(known, now, TIERS)

    assert [(change.kind, change.entry) for change in changes] == expected


def test_an_empty_tier_list_beside_a_good_payment_is_not_an_end():
    silver = patron("silver")

    assert compare(silver, hole(), TIERS) == ()
    assert settle(silver, hole()).tier_ids == ("silver",)


def test_a_tier_list_that_was_empty_at_first_is_not_announced_when_it_fills():
    assert compare(hole(), patron("silver"), TIERS) == ()


def test_an_empty_tier_list_without_an_entitled_amount_is_an_end():
    now = replace(gift(), tier_ids=(), is_gift=False)

    assert [c.kind for c in compare(gift(), now, TIERS)] == [Kind.ENDED]


def test_a_gift_whose_tier_list_is_empty_for_one_reading_has_not_ended():
    between = settle(gift(), replace(gift(), tier_ids=()))

    assert compare(gift(), between, TIERS) == ()
    assert compare(between, gift(), TIERS) == ()


def test_an_upgrade_behind_an_empty_tier_list_is_found():
    silver = patron("silver")
    between = settle(silver, hole())

    assert [c.kind for c in compare(between, patron("gold"), TIERS)] == [Kind.UPGRADED]


def test_a_change_tells_the_tiers_before_and_after():
    (change,) = compare(patron("bronze"), patron("gold"), TIERS)

    assert (change.before, change.after) == (("bronze",), ("gold",))


members = st.builds(
    Member,
    id=st.just("m"),
    campaign_id=st.just("c"),
    status=st.sampled_from(Status),
    tier_ids=st.lists(st.sampled_from([*TIERS, "unknown"]), unique=True, max_size=3).map(
        lambda ids: tuple(sorted(ids))
    ),
    is_trial=st.booleans(),
    is_gift=st.booleans(),
    entitled_cents=st.sampled_from([0, 300, 800]),
    will_pay_cents=st.sampled_from([0, 300, 800]),
)


@given(members)
def test_a_state_compared_with_itself_gives_nothing(state):
    assert compare(state, state, TIERS) == ()


@given(st.none() | members, members)
def test_a_state_compared_again_after_it_was_stored_gives_nothing(known, now):
    stored = settle(known, now)

    assert compare(stored, now, TIERS) == ()
    assert compare(stored, stored, TIERS) == ()


@given(st.none() | members, members)
def test_settling_first_changes_no_verdict(known, now):
    assert compare(known, settle(known, now), TIERS) == compare(known, now, TIERS)


@given(st.lists(st.tuples(members, st.integers(1, 4)), max_size=8))
def test_states_that_arrive_several_times_give_each_change_once(deliveries):
    once = [state for state, _ in deliveries]
    duplicated = [state for state, times in deliveries for _ in range(times)]

    assert _fold(duplicated) == _fold(once)


@given(members, members)
def test_at_most_two_changes_are_told_and_of_different_kinds(known, now):
    kinds = [change.kind for change in compare(known, now, TIERS)]

    assert len(kinds) == len(set(kinds)) <= 2


def _fold(states):
    known, told = None, []
    for state in states:
        told += compare(known, state, TIERS)
        known = settle(known, state)
    return told
