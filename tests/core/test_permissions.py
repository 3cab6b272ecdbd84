"""Who may do what, and who may say so; on both databases."""

import pytest

from core.audit import AuditQuery
from core.errors import UserError
from core.permissions import Rights, RightsChange, Unconfirmed, refusal
from core.rights import Person, Right, rights_of

GUILD, ELSEWHERE = 6001, 6002
TEAM, HELPERS = 7, 8
BOSS = Person(user_id=1, can_manage_guild=True)
AMOUNTS = frozenset({Right.SEE_AMOUNTS})


@pytest.fixture
def rights(store, clock):
    return Rights(store, clock=clock, moderator_role_ids=frozenset({HELPERS}))


async def give(rights, *wanted, role_id=TEAM, by=BOSS, guild_id=GUILD, **more):
    return await rights.change(
        guild_id, role_id, frozenset(wanted), by=by, role_name="Team", **more
    )


async def audited(store, guild_id=GUILD):
    async with store.read() as work:
        return (await work.audit.page(AuditQuery(guild_id=guild_id))).entries


def may(person, granted=None):
    return rights_of(person, moderator_role_ids=frozenset({HELPERS}), granted=granted or {})


def test_who_manages_the_server_may_do_everything():
    assert may(Person(can_manage_guild=True)) == set(Right)


def test_a_moderator_without_a_role_of_the_bot_sees_members_only():
    assert may(Person(can_manage_messages=True)) == {Right.SEE_MEMBERS}


def test_a_role_of_the_configuration_sees_members_only():
    assert may(Person(role_ids=frozenset({HELPERS}))) == {Right.SEE_MEMBERS}


def test_nobody_else_may_do_anything():
    assert may(Person(role_ids=frozenset({9, GUILD}))) == set()


@pytest.mark.parametrize("right", Right)
def test_a_role_gives_exactly_its_rights_and_they_add_up(right):
    granted = {TEAM: frozenset({right}), 9: frozenset({Right.COMPOSE}), 10: frozenset(Right)}

    assert may(Person(role_ids=frozenset({TEAM})), granted) == {right}
    assert may(Person(role_ids=frozenset({TEAM, 9})), granted) == {right, Right.COMPOSE}


@pytest.mark.parametrize("right", Right)
async def test_a_check_lets_a_role_with_the_right_through_and_nobody_else(rights, right):
    await give(rights, right)
    member = Person(role_ids=frozenset({TEAM}))

    await rights.check(member, GUILD, right)
    with pytest.raises(UserError) as refused:
        await rights.check(Person(role_ids=frozenset({9})), GUILD, right)

    assert str(refused.value) == refusal(right)
    assert "/patreon permissions" in str(refused.value)


async def test_a_stranger_with_the_same_role_id_has_no_right_in_another_guild(rights):
    await give(rights, *Right)

    for right in Right:
        with pytest.raises(UserError):
            await rights.check(Person(role_ids=frozenset({TEAM})), ELSEWHERE, right)


async def test_a_change_tells_what_was_given_and_taken_and_is_noted(rights, store, clock):
    await give(rights, Right.COMPOSE)

    change = await give(rights, Right.APPROVE, Right.SEE_MEMBERS)

    assert change == RightsChange(
        given=frozenset({Right.APPROVE, Right.SEE_MEMBERS}), taken=frozenset({Right.COMPOSE})
    )
    latest, _ = await audited(store)
    assert (latest.at, latest.user_id, latest.action) == (clock(), 1, "rights.changed")
    assert latest.detail == (
        "Role Team (7): given “see members, approve posts”, taken “compose posts”."
    )
    assert await audited(store, ELSEWHERE) == ()


async def test_a_change_that_changes_nothing_is_not_noted(rights, store):
    await give(rights, Right.COMPOSE)

    assert await give(rights, Right.COMPOSE) == RightsChange(given=frozenset(), taken=frozenset())

    assert len(await audited(store)) == 1


async def test_only_who_may_administrate_changes_rights(rights, store):
    await give(rights, Right.COMPOSE, Right.APPROVE, Right.SEE_MEMBERS, Right.SEE_AMOUNTS)

    with pytest.raises(UserError, match="changes settings"):
        await give(rights, Right.COMPOSE, by=Person(role_ids=frozenset({TEAM})))

    assert len(await audited(store)) == 1


async def test_nobody_gives_or_takes_a_right_that_they_do_not_have(rights):
    await give(rights, Right.ADMINISTRATE, Right.COMPOSE)
    await give(rights, Right.SEE_AMOUNTS, role_id=9)
    administrator = Person(user_id=2, role_ids=frozenset({TEAM}))

    with pytest.raises(UserError, match="right to see amounts yourself"):
        await give(rights, Right.ADMINISTRATE, Right.COMPOSE, Right.SEE_AMOUNTS, by=administrator)
    with pytest.raises(UserError, match="right to see amounts yourself"):
        await give(rights, role_id=9, by=administrator)
    await give(rights, Right.SEE_AMOUNTS, Right.COMPOSE, role_id=9, by=administrator)

    granted = await rights.granted(GUILD)
    assert granted[TEAM] == {Right.ADMINISTRATE, Right.COMPOSE}
    assert granted[9] == {Right.SEE_AMOUNTS, Right.COMPOSE}


async def test_everybody_gets_a_right_only_after_a_confirmation(rights):
    with pytest.raises(Unconfirmed, match="see members"):
        await give(rights, Right.SEE_MEMBERS, role_id=GUILD)
    assert await rights.granted(GUILD) == {}

    await give(rights, Right.SEE_MEMBERS, role_id=GUILD, is_confirmed=True)
    assert await rights.held(Person(role_ids=frozenset({GUILD})), GUILD) == {Right.SEE_MEMBERS}

    await give(rights, role_id=GUILD)
    assert await rights.granted(GUILD) == {}
