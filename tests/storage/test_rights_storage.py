"""The rights of roles, on both databases."""

from sqlalchemy import text

from core.rights import Right
from tests.factories import NOW, save_link

GUILD, ELSEWHERE = 6001, 6002


async def give(store, role_id, *rights, guild_id=GUILD):
    async with store.write() as work:
        await work.role_rights.replace(guild_id, role_id, frozenset(rights), at=NOW)


async def granted(store, guild_id=GUILD):
    async with store.read() as work:
        return await work.role_rights.of_guild(guild_id)


async def test_a_guild_that_decided_nothing_gives_its_roles_nothing(store):
    assert await granted(store) == {}


async def test_rights_are_replaced_and_a_role_without_any_is_not_named(store):
    await give(store, 7, Right.COMPOSE, Right.APPROVE)
    await give(store, 8, Right.SEE_AMOUNTS)
    await give(store, 7, Right.SEE_MEMBERS)
    await give(store, 8)

    assert await granted(store) == {7: {Right.SEE_MEMBERS}}


async def test_a_role_can_have_every_right_in_a_guild_that_is_linked_already(store):
    await save_link(store, guild_id=GUILD)

    await give(store, 7, *Right)

    assert await granted(store) == {7: set(Right)}


async def test_a_stranger_guild_has_its_own_rights_even_for_the_same_role(store):
    await give(store, 7, Right.ADMINISTRATE)
    await give(store, 7, Right.COMPOSE, guild_id=ELSEWHERE)
    await give(store, 7, guild_id=ELSEWHERE)

    assert await granted(store) == {7: {Right.ADMINISTRATE}}
    assert await granted(store, ELSEWHERE) == {}


async def test_a_right_of_a_newer_version_is_left_out(store):
    await give(store, 7, Right.COMPOSE)
    async with store._engine.write() as connection:
        for role in (7, 8):
            await connection.run(
                text(f"INSERT INTO role_rights VALUES ({GUILD}, {role}, 'time_travel')")
            )

    assert await granted(store) == {7: {Right.COMPOSE}}
