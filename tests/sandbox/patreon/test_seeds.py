"""The seeded members: deterministic, complete in kind, and free of memory."""

from datetime import timedelta

import pytest

from sandbox.patreon import Kind, PatreonWorld


def make(clock, seed=1, members=300):
    world = PatreonWorld(seed=seed, now=clock)
    world.seed_campaign(members=members)
    return world


def test_the_same_seed_gives_the_same_members_and_another_seed_others(clock):
    first, again, other = make(clock), make(clock), make(clock, seed=2)

    assert list(first.members()) == list(again.members())
    assert [m.id for m in first.members()] != [m.id for m in other.members()]


def test_eight_members_already_show_every_kind(clock):
    world = make(clock, members=8)
    paid, annual, free, gift, trial, declined, former, cancelled = world.members()

    assert (paid.patron_status, paid.pledge_cadence) == ("active_patron", 1)
    assert (annual.patron_status, annual.pledge_cadence) == ("active_patron", 12)
    assert (free.patron_status, free.last_charge_status, free.will_pay_cents) == (None, None, 0)
    assert gift.is_gifted
    assert gift.entitled_cents == 0
    assert world.is_entitled(gift)
    assert trial.is_free_trial
    assert trial.will_pay_cents == 0
    assert trial.next_charge_date is None
    assert (declined.patron_status, declined.tier_ids) == ("declined_patron", ())
    assert (former.patron_status, former.tier_ids) == ("former_patron", ())
    assert cancelled.patron_status == "former_patron"
    assert world.is_entitled(cancelled)
    assert len(Kind) == 8


def test_odd_names_are_among_the_first_members(clock):
    names = [member.full_name for member in make(clock, members=20).members()]

    assert None in names
    assert any(name and "@everyone" in name for name in names)
    assert any(name and len(name) > 300 for name in names)
    assert any(name and "\u202e" in name for name in names)


def test_some_members_have_linked_discord_and_some_have_not(clock):
    linked = [member.discord_id is not None for member in make(clock).members()]

    assert 30 < sum(linked) < 150


def test_a_member_is_found_by_id_at_any_place_of_a_million(clock):
    world = make(clock, members=1_000_000)
    roster = world.roster()

    for index in (0, 1, 77_777, 999_999):
        member = roster.at(index)
        assert world.member(member.id) == member
        assert world.memberships_of(member.user_id) == [member]
    assert roster.at(1_000_000) is None
    assert len(roster) == 1_000_000


def test_an_id_that_differs_in_one_digit_is_nobodys(clock):
    world = make(clock)
    member = world.roster().at(7)

    assert world.member(member.id[:-1] + ("0" if member.id[-1] != "0" else "1")) is None


def test_ids_are_unique_across_campaigns(clock):
    world = make(clock)
    world.seed_campaign(members=300, name="Second Page")
    members = [m for c in world.campaigns() for m in world.members(c.id)]

    assert len({m.id for m in members}) == len({m.user_id for m in members}) == 600
    posts = [post.id for c in world.campaigns() for post in world.posts(c.id).all()]
    assert len(set(posts)) == len(posts)
    assert {world.member(m.id).campaign_id for m in members[300:]} == {world.campaigns()[1].id}


@pytest.mark.parametrize("members", [0, 1, 99, 100, 101, 250])
def test_counts_agree_with_a_look_at_every_member(clock, members):
    world = make(clock, members=members)
    everyone = list(world.members())
    roster = world.roster()

    assert roster.active == sum(m.patron_status == "active_patron" for m in everyone)
    for tier in world.tiers():
        assert roster.in_tier(tier.id) == sum(tier.id in m.tier_ids for m in everyone)


def test_counts_follow_changes(clock):
    world = make(clock, members=120)
    joined = world.join("Night Watch").member
    world.decline(joined)
    world.cancel(next(m for m in world.members() if world.is_paying(m)), at_once=True)
    world.delete(next(m for m in world.members() if m.patron_status is None))
    everyone = list(world.members())
    roster = world.roster()

    assert len(roster) == len(everyone) == 120
    assert roster.active == sum(m.patron_status == "active_patron" for m in everyone)
    for tier in world.tiers():
        assert roster.in_tier(tier.id) == sum(tier.id in m.tier_ids for m in everyone)


def test_dates_do_not_move_when_the_clock_does(clock):
    world = make(clock)
    before = world.roster().at(0)
    clock.advance(timedelta(days=40))

    assert world.roster().at(0) == before
