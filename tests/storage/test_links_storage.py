"""Links: who follows what, and what happens to a dropped one's announcements."""

from datetime import timedelta

from core.changes import Kind
from tests.factories import NOW, card, link, replace_links

LEASE = timedelta(minutes=2)


async def follow_only(store, *links, at=NOW):
    async with store.write() as work:
        await replace_links(work, links, at=at)
        return {(one.guild_id, one.campaign_id): one for one in await work.links.all()}


async def announce(store, link_id):
    async with store.write() as work:
        await work.announcements.add(
            card(), channel_id=7001, link_id=link_id, change_id=None, at=NOW
        )


async def test_links_are_found_by_guild_and_by_campaign(store):
    await follow_only(store, link(), link(campaign_id="1002"), link(guild_id=6002))

    async with store.read() as work:
        of_guild = await work.links.of_guild(6001)
        of_campaign = await work.links.of_campaign("1001")

    assert [one.campaign_id for one in of_guild] == ["1001", "1002"]
    assert [one.guild_id for one in of_campaign] == [6001, 6002]


async def test_a_link_that_stays_keeps_its_id_and_takes_its_new_channels(store):
    before = await follow_only(store, link(), link(guild_id=6002))

    after = await follow_only(store, link(feed_channel_id=None, staff_channel_id=7009))

    (kept,) = after.values()
    assert kept.id == before[6001, "1001"].id
    assert (kept.feed_channel_id, kept.staff_channel_id) == (None, 7009)


async def test_a_dropped_link_without_announcements_is_forgotten(store):
    before = await follow_only(store, link())
    await follow_only(store)

    after = await follow_only(store, link(guild_id=6002), link())

    assert before.keys() < after.keys()


async def test_a_dropped_link_with_announcements_stops_showing(store, clock):
    (dropped,) = (await follow_only(store, link())).values()
    await announce(store, dropped.id)

    left = await follow_only(store, link(guild_id=6002))

    assert list(left) == [(6002, "1001")]
    async with store.write() as work:
        assert await work.links.of_guild(6001) == []
        assert [one.guild_id for one in await work.links.of_campaign("1001")] == [6002]
        assert await work.announcements.claim_due(clock(), lease=LEASE, limit=9) == []
        backlog = await work.announcements.backlog(6001)
    assert (backlog.waiting, backlog.parked) == (0, 1)
    assert backlog.reason == "The guild no longer follows this campaign."


async def test_a_link_that_comes_back_gets_its_id_back(store):
    (dropped,) = (await follow_only(store, link())).values()
    await announce(store, dropped.id)
    await follow_only(store)

    (back,) = (await follow_only(store, link())).values()

    assert back == dropped


async def test_a_saved_link_keeps_its_id_and_its_settings(store):
    settings = {
        "kinds": frozenset({Kind.JOINED, Kind.DECLINED}),
        "staff_kinds": frozenset({Kind.DECLINED}),
        "shows_amounts": True,
    }
    async with store.write() as work:
        first = await work.links.save(link(), at=NOW)
        second = await work.links.save(link(**settings), at=NOW)
        (saved,) = await work.links.of_guild(6001)

    assert first == second == saved.id
    assert {name: getattr(saved, name) for name in settings} == settings


async def test_a_link_without_settings_leaves_them_open(store):
    async with store.write() as work:
        await work.links.save(link(), at=NOW)
        (saved,) = await work.links.of_guild(6001)

    assert (saved.kinds, saved.staff_kinds, saved.shows_amounts) == (None, None, None)


async def test_only_the_named_links_are_removed(store):
    await follow_only(store, link(), link(campaign_id="1002"))
    async with store.write() as work:
        first, second = await work.links.of_guild(6001)

        await work.links.remove([first.id], at=NOW)

        assert await work.links.of_guild(6001) == [second]
