"""The configured links: imported once, then the database decides."""

import logging
from dataclasses import replace

import pytest

from core.connect import import_links
from tests.factories import link


@pytest.fixture
async def creator_id(store):
    async with store.write() as work:
        return await work.creators.add()


@pytest.fixture
def start(store, creator_id, clock):
    """Start with these links configured; gives what the database holds then."""

    async def start(*links):
        await import_links(store, links, creator_id=creator_id, now=clock())
        async with store.read() as work:
            return list(await work.links.all())

    return start


async def test_a_configured_link_is_imported_and_its_guild_may_follow_the_accounts_campaigns(
    start, store, creator_id
):
    (imported,) = await start(link())

    async with store.read() as work:
        (connection,) = await work.connections.of_guild(6001)
    assert replace(imported, id=0) == link()
    assert (connection.creator_id, connection.connected_by) == (creator_id, None)


async def test_what_was_changed_since_stays_at_the_next_start(start, store, clock, caplog):
    await start(link(feed_channel_id=7001))
    async with store.write() as work:
        await work.links.save(link(feed_channel_id=7005), at=clock())

    with caplog.at_level(logging.WARNING):
        (kept,) = await start(link(feed_channel_id=7001))

    assert kept.feed_channel_id == 7005
    assert "the database decides" in caplog.text


async def test_what_was_removed_since_does_not_come_back(start, store, clock):
    (imported,) = await start(link())
    async with store.write() as work:
        await work.links.remove([imported.id], at=clock())

    assert await start(link()) == []


async def test_a_link_that_is_new_in_the_configuration_is_imported(start):
    await start(link())

    both = await start(link(), link(campaign_id="1002"))

    assert [one.campaign_id for one in both] == ["1001", "1002"]


async def test_a_link_that_left_the_configuration_stays(start):
    await start(link())

    assert len(await start()) == 1


async def test_nothing_is_said_while_configuration_and_database_agree(start, caplog):
    await start(link())

    with caplog.at_level(logging.WARNING):
        await start(link())

    assert caplog.text == ""
