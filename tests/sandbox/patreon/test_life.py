"""Generated life: deterministic, plausible, at a pace."""

from collections import Counter
from datetime import timedelta

from sandbox.patreon import LifeGenerator, PatreonWorld, VirtualClock


def live(seed, days=20):
    clock = VirtualClock()
    world = PatreonWorld(seed=1, now=clock)
    world.seed_campaign(members=200)
    world.add_hook("http://127.0.0.1:9/", "s")
    life = LifeGenerator(world, seed=seed)
    events = life.run_for(clock, timedelta(days=days), pace=timedelta(hours=1))
    return world, events, clock


def test_the_same_seed_lives_the_same_life():
    first, events, clock = live(3)
    again, _, _ = live(3)
    other, _, _ = live(4)

    assert list(first.members()) == list(again.members()) != list(other.members())
    assert 400 < len(events) < 560
    assert clock() - VirtualClock()() == timedelta(days=20)


def test_every_kind_of_webhook_occurs():
    _, events, _ = live(3)

    seen = Counter(delivery.trigger for event in events for delivery in event.deliveries)

    assert set(seen) >= {
        "members:create",
        "members:update",
        "members:delete",
        "members:pledge:create",
        "members:pledge:update",
        "members:pledge:delete",
        "posts:publish",
    }


def test_cancelled_members_end_when_their_period_is_over():
    world, _, clock = live(3, days=60)

    overdue = [
        m
        for m in world.members()
        if m.index >= 200
        and m.patron_status == "former_patron"
        and m.tier_ids
        and m.next_charge_date < clock() - timedelta(days=1)
    ]
    assert overdue == []


def test_counts_stay_true_through_life():
    world, _, _ = live(5)
    everyone = list(world.members())
    roster = world.roster()

    assert len(roster) == len(everyone)
    assert roster.active == sum(m.patron_status == "active_patron" for m in everyone)
    for tier in world.tiers():
        assert roster.in_tier(tier.id) == sum(tier.id in m.tier_ids for m in everyone)


async def test_life_runs_in_real_time_too():
    world = PatreonWorld(seed=1)
    world.seed_campaign(members=0)

    await LifeGenerator(world, weights={"join_paid": 1}).run(
        pace=timedelta(milliseconds=1), events=5
    )

    assert len(world.roster()) == 5


def test_an_empty_campaign_comes_to_life():
    clock = VirtualClock()
    world = PatreonWorld(seed=1, now=clock)
    world.seed_campaign(members=0)

    LifeGenerator(world).run_for(clock, timedelta(days=3), pace=timedelta(hours=1))

    assert len(world.roster()) > 10
