"""What `/readyz` tells apart, over a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts import TokenState
from core.health import Health, Readiness
from core.ports import Connection
from tests.factories import card, delivery, save_campaign, save_link

GOOD = Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)


@pytest.fixture
def health(store, clock):
    return Health(store, lambda: Connection(is_ready=True), clock=clock)


@pytest.fixture
async def link(store, clock):
    await save_campaign(store)
    return await save_link(store)


@pytest.fixture
def announce(store, clock, link):
    async def announce():
        async with store.write() as work:
            await work.announcements.add(
                card(), channel_id=7, link_id=link.id, change_id=None, at=clock()
            )
            (claimed,) = await work.announcements.claim_due(
                clock(), lease=timedelta(minutes=2), limit=1
            )
        return claimed.id

    return announce


async def test_all_is_well_when_nothing_waits(health, link):
    assert await health.readiness() == GOOD


async def test_discord_being_away_is_told_apart(store, clock, link):
    health = Health(store, lambda: Connection(is_ready=False), clock=clock)

    assert await health.readiness() == replace(GOOD, discord=False)


async def test_refused_tokens_are_told_apart(store, clock, health, link):
    async with store.write() as work:
        (creator,) = await work.creators.all()
        await work.creators.set_token_state(
            creator.id, TokenState.BROKEN, reason="refused", at=clock()
        )

    assert await health.readiness() == replace(GOOD, token=False)


async def test_a_campaign_before_its_first_sync_is_told_apart(store, health):
    await save_campaign(store, is_synced=False)
    await save_link(store)

    assert await health.readiness() == replace(GOOD, baseline=False)


async def test_events_that_wait_for_more_than_five_minutes_are_a_backlog(
    store, clock, health, link
):
    await store.add_deliveries([delivery(received_at=clock())])

    clock.advance(minutes=5)
    assert await health.readiness() == GOOD
    clock.advance(seconds=1)
    assert await health.readiness() == replace(GOOD, backlog=False)


async def test_events_that_a_person_must_look_at_are_no_backlog(store, clock, health, link):
    await store.add_deliveries([delivery(received_at=clock())])
    async with store.write() as work:
        (event,) = await work.events.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
        await work.events.park([event.id], reason="poison")

    clock.advance(days=1)

    assert await health.readiness() == GOOD


async def test_announcements_that_wait_for_more_than_ten_minutes_are_a_backlog(
    clock, health, announce
):
    await announce()

    clock.advance(minutes=10)
    assert await health.readiness() == GOOD
    clock.advance(seconds=1)
    assert await health.readiness() == replace(GOOD, backlog=False)


async def test_an_announcement_that_was_given_up_is_a_backlog(store, health, announce):
    announcement_id = await announce()
    async with store.write() as work:
        await work.announcements.park(announcement_id, reason="The channel is gone.")

    assert await health.readiness() == replace(GOOD, backlog=False)


async def test_a_backlog_that_was_worked_off_is_forgotten(store, clock, health, announce):
    announcement_id = await announce()
    clock.advance(hours=1)
    async with store.write() as work:
        await work.announcements.note_shown(announcement_id, message_id=5, version=1, at=clock())

    assert await health.readiness() == GOOD
