"""Through which guilds accounts were connected."""

from core.accounts import GuildCreator
from tests.factories import NOW


async def test_a_guild_has_the_accounts_that_were_connected_through_it(store):
    async with store.write() as work:
        one, other = await work.creators.add(), await work.creators.add()
        for guild_id, creator_id in ((6001, one), (6001, other), (6002, one)):
            await work.connections.save(
                GuildCreator(guild_id=guild_id, creator_id=creator_id, connected_by=9), at=NOW
            )

    async with store.read() as work:
        of_guild = await work.connections.of_guild(6001)
        of_creator = await work.connections.of_creator(one)
        of_stranger = await work.connections.of_guild(6003)

    assert [c.creator_id for c in of_guild] == [one, other]
    assert [c.guild_id for c in of_creator] == [6001, 6002]
    assert list(of_stranger) == []


async def test_connecting_again_keeps_one_entry_with_the_latest_person(store):
    async with store.write() as work:
        creator_id = await work.creators.add()
        for person in (8, 9):
            await work.connections.save(
                GuildCreator(guild_id=6001, creator_id=creator_id, connected_by=person), at=NOW
            )
        (connection,) = await work.connections.of_guild(6001)

    assert (connection.connected_by, connection.connected_at) == (9, NOW)


async def test_only_the_guilds_own_connection_is_removed(store):
    async with store.write() as work:
        creator_id = await work.creators.add()
        for guild_id in (6001, 6002):
            await work.connections.save(
                GuildCreator(guild_id=guild_id, creator_id=creator_id), at=NOW
            )

        removed = await work.connections.remove(6001, creator_id)
        again = await work.connections.remove(6001, creator_id)

        assert (removed, again) == (True, False)
        assert [c.guild_id for c in await work.connections.of_creator(creator_id)] == [6002]
