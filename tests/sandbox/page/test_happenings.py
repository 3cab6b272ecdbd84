"""The buttons of "Play Patreon"."""

import random

import pytest

from sandbox.page.happenings import HAPPENINGS, Happenings
from sandbox.page.protocol import NotNow
from sandbox.patreon.records import PatronStatus
from sandbox.patreon.world import PatreonWorld

HOOK = "http://127.0.0.1:9/hook"


@pytest.fixture
def world():
    world = PatreonWorld(seed=1)
    world.seed_campaign(120)
    world.add_hook(HOOK, "s3cr3t")
    return world


@pytest.fixture
def happenings(world):
    return Happenings(world, random.Random(1))


@pytest.mark.parametrize("event", HAPPENINGS)
def test_every_event_finds_somebody_whom_it_fits_and_sends_webhooks(world, happenings, event):
    sentence = happenings.let(event, None)

    assert sentence.endswith(".")
    assert world.hooks.deliveries


def test_a_newcomer_joins_the_chosen_tier_under_the_chosen_name(world, happenings):
    tier = world.find_tier("Night Watch")

    sentence = happenings.join(tier.id, "paid", "Noor <b>")

    newest = world.roster().at(world.roster().size - 1)
    assert sentence == "Noor <b> joined Night Watch."
    assert newest.full_name == "Noor <b>"
    assert newest.tier_ids == (tier.id,)
    assert "members:pledge:create" in [each.trigger for each in world.hooks.deliveries]


def test_whoever_joins_the_free_tier_pays_nothing(world, happenings):
    sentence = happenings.join(world.find_tier("Free").id, "paid", "Noor")

    assert sentence == "Noor joined Free for free."
    assert world.roster().at(world.roster().size - 1).patron_status is None


@pytest.mark.parametrize("kind", ["gift", "trial", "annual"])
def test_one_can_join_in_other_ways(world, happenings, kind):
    happenings.join(world.find_tier("Stargazer").id, kind, None)

    newest = world.roster().at(world.roster().size - 1)
    assert newest.patron_status == PatronStatus.ACTIVE


@pytest.mark.parametrize("kind", ["declined", "former", "", "king"])
def test_nobody_joins_in_a_way_that_does_not_exist(world, happenings, kind):
    with pytest.raises(NotNow):
        happenings.join(world.find_tier("Stargazer").id, kind, None)


def test_the_chosen_member_is_taken(world, happenings):
    paying = next(one for one in world.members() if world.is_paying(one))

    happenings.let("decline", paying.id)

    assert world.member(paying.id).patron_status == PatronStatus.DECLINED


def test_an_event_that_does_not_fit_the_chosen_member_is_refused(world, happenings):
    free = next(one for one in world.members() if one.patron_status is None)

    with pytest.raises(NotNow, match="cannot happen"):
        happenings.let("decline", free.id)
    assert world.member(free.id) == free


def test_an_event_that_fits_nobody_says_so(world):
    empty = PatreonWorld(seed=1)
    empty.seed_campaign(0)

    with pytest.raises(NotNow, match="nobody"):
        Happenings(empty, random.Random(1)).let("upgrade", None)


def test_an_upgrade_goes_one_tier_up(world, happenings):
    low = next(
        one
        for one in world.members()
        if world.is_paying(one) and one.tier_ids == (world.find_tier("Stargazer").id,)
    )

    happenings.let("upgrade", low.id)

    assert world.member(low.id).tier_ids == (world.find_tier("Night Watch").id,)


def test_a_post_is_published(world, happenings):
    before = len(world.posts())

    happenings.publish("First light")

    assert len(world.posts()) == before + 1
    assert world.hooks.deliveries[-1].trigger == "posts:publish"
