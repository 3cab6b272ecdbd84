"""`/patreon permissions`: explained to whoever has a right, changed by who may administrate."""

from dataclasses import replace

import pytest

from core.audit import AuditQuery
from core.permissions import Rights
from core.rights import Person, Right
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until

FORGED = "forged"
MENU, NOTHING = "Change what a role may do…", "Nothing"
EVERYBODY, CONFIRM, BACK, CLEAR = (
    "Everybody in this server…",
    "Yes, everybody",
    "Back",
    "Take every right away",
)
BOSS = Person(user_id=1, can_manage_guild=True)


@pytest.fixture
def owner(server, part):
    return server.user("owner")


@pytest.fixture
def roles(guild):
    return {role.name: role for role in guild.roles.values()}


@pytest.fixture
def give(services, guild):
    async def give(role, *rights):
        await services.rights.change(
            guild.id, role.id, frozenset(rights), by=BOSS, role_name="x", is_confirmed=True
        )

    return give


async def explained(server, user="owner", **options):
    return await (await server.user(user).slash("patreon permissions", **options)).finished()


def field(answer, name):
    return next(field["value"] for field in answer.embeds[0]["fields"] if field["name"] == name)


async def granted(services, guild):
    return await services.rights.granted(guild.id)


async def audited(store, guild):
    async with store.read() as work:
        return (await work.audit.page(AuditQuery(guild_id=guild.id))).entries


async def test_every_right_is_explained_with_who_has_it(server, part, give, roles):
    await give(roles["Gold"], Right.COMPOSE, Right.SEE_MEMBERS)

    answer = await explained(server)

    gold = f"<@&{roles['Gold'].id}>"
    assert answer.ephemeral
    assert field(answer, "See members").endswith(f"→ Manage Server · Manage Messages · {gold}")
    assert field(answer, "Compose posts").endswith(f"→ Manage Server · {gold}")
    assert field(answer, "See amounts").endswith("→ Manage Server")
    assert answer.message.mention_role_ids == []


async def test_it_says_that_discord_decides_who_sees_the_commands(server, part, give, roles):
    nobody = field(await explained(server), "Who sees the commands")
    await give(roles["Gold"], Right.COMPOSE)
    await give(roles["Moderator"], Right.COMPOSE)
    gold = field(await explained(server), "Who sees the commands")

    assert "Integrations" in nobody
    assert "No role needs to be allowed" in nobody
    assert gold.endswith(f"Allow there: <@&{roles['Gold'].id}>.")


async def test_roles_of_the_configuration_are_named_and_those_of_other_servers_are_not(
    server, new_part, services, store, clock, roles
):
    configured = frozenset({roles["Bronze"].id, 123456789012345678})
    rights = Rights(store, clock=clock, moderator_role_ids=configured)
    async with running(new_part(services=replace(services, rights=rights))):
        answer = await explained(server)

    assert field(answer, "See members").endswith(f"Manage Messages · <@&{roles['Bronze'].id}>")
    assert "123456789012345678" not in answer.text


async def test_a_deleted_role_vanishes(server, part, give, roles, world):
    gold = roles["Gold"]
    await give(gold, Right.COMPOSE)
    world.delete_role(gold)
    await until(lambda: part._bot.get_guild(gold.guild_id).get_role(gold.id) is None)

    assert str(gold.id) not in (await explained(server)).text


async def test_a_moderator_reads_and_is_offered_no_change(server, part):
    answer = await explained(server, "moderator")

    assert "You may: see members." in answer.text
    assert answer.components == []


async def test_rights_are_given_to_a_role_and_taken_again(
    server, part, services, guild, roles, store
):
    answer = await explained(server)

    await answer.select(MENU, roles["Gold"])
    await answer.until(lambda a: "Rights of a role" in a.text)
    given = await answer.select(NOTHING, "compose", "approve")
    await given.until(lambda a: a.followups)
    assert await granted(services, guild) == {roles["Gold"].id: {Right.COMPOSE, Right.APPROVE}}
    assert "may compose posts, approve posts from now on" in given.followups[0].content
    assert "Integrations" in given.followups[0].content
    assert f"<@&{roles['Gold'].id}>" in field(answer, "Approve posts")

    await answer.select(MENU, "Gold")
    await answer.until(lambda a: CLEAR in a.text)
    taken = await answer.press(CLEAR)
    await taken.until(lambda a: a.followups)
    assert await granted(services, guild) == {}
    assert "no longer has: compose posts, approve posts" in taken.followups[0].content
    assert [entry.action for entry in await audited(store, guild)] == ["rights.changed"] * 2
    assert (await audited(store, guild))[0].user_id == server.user("owner").user.id
    assert "Role Gold" in (await audited(store, guild))[0].detail


async def test_the_menu_shows_what_the_role_may_already(server, part, give, roles):
    await give(roles["Gold"], Right.SEE_AMOUNTS)
    answer = await explained(server)

    await answer.select(MENU, "Gold")
    await answer.until(lambda a: "Rights of a role" in a.text)

    options = answer.components[0]["components"][0]["options"]
    assert [option["value"] for option in options if option.get("default")] == ["see_amounts"]
    assert len(options) == len(Right)


async def test_everybody_gets_a_right_only_after_a_warning(server, part, services, guild):
    answer = await explained(server)
    await answer.press(EVERYBODY)
    await answer.until(lambda a: "Rights of a role" in a.text)

    await answer.select(NOTHING, "see_members")
    await answer.until(lambda a: CONFIRM in a.text)
    assert await granted(services, guild) == {}
    assert "everybody in this server may: **see members**" in answer.text

    await answer.press(BACK)
    await answer.until(lambda a: MENU in a.text)
    assert await granted(services, guild) == {}

    await answer.press(EVERYBODY)
    await answer.until(lambda a: "Rights of a role" in a.text)
    await answer.select(NOTHING, "see_members")
    await answer.until(lambda a: CONFIRM in a.text)
    await answer.press(CONFIRM)
    await answer.until(lambda a: MENU in a.text)
    assert await granted(services, guild) == {guild.id: {Right.SEE_MEMBERS}}
    assert "Everybody in this server" in field(answer, "See members")


async def test_an_administrator_without_a_right_cannot_give_it(
    server, part, give, services, guild, roles, world
):
    await give(roles["Gold"], Right.ADMINISTRATE)
    world.set_roles(
        guild.members[world.user_named("moderator").id], {roles["Gold"].id, roles["Moderator"].id}
    )
    answer = await explained(server, "moderator")
    await answer.select(MENU, "Silver")
    await answer.until(lambda a: "Rights of a role" in a.text)

    reply = await answer.select(NOTHING, "see_amounts")
    await reply.until(lambda a: a.followups)

    assert "You do not have the right to see amounts yourself" in reply.followups[0].content
    assert await granted(services, guild) == {roles["Gold"].id: {Right.ADMINISTRATE}}


async def test_who_lost_the_right_changes_nothing(
    server, part, give, services, guild, roles, world
):
    await give(roles["Gold"], Right.ADMINISTRATE)
    member = guild.members[world.user_named("moderator").id]
    world.set_roles(member, {roles["Gold"].id, roles["Moderator"].id})
    answer = await explained(server, "moderator")
    await answer.select(MENU, "Silver")
    await answer.until(lambda a: "Rights of a role" in a.text)
    world.set_roles(member, {roles["Moderator"].id})

    reply = await answer.select(NOTHING, "compose")

    assert "This changes settings" in reply.content
    assert await granted(services, guild) == {roles["Gold"].id: {Right.ADMINISTRATE}}


async def test_the_panel_works_for_a_bot_that_was_started_after_it(
    server, new_part, services, guild, roles
):
    async with running(new_part()):
        answer = await explained(server)
    async with running(new_part()):
        await answer.select(MENU, "Gold")
        await answer.until(lambda a: "Rights of a role" in a.text)
    async with running(new_part()):
        await answer.select(NOTHING, "compose")
        await answer.until(lambda a: MENU in a.text)

    assert await granted(services, guild) == {roles["Gold"].id: {Right.COMPOSE}}


@pytest.fixture
def elsewhere(world):
    """Another server, with an owner and a channel `lobby`."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    return other


def forged(world, channel, custom_id, *values):
    """A message of the bot with a menu or a button that it never made."""
    message = world.messages.write("patreon-bot", channel, FORGED)
    options = [{"label": value, "value": value} for value in values]
    menu = {"type": 3, "custom_id": custom_id, "placeholder": "Go", "options": options}
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [menu if values else button]}]
    return message


async def said(reply):
    await until(lambda: reply.followups or reply.content not in ("", FORGED))
    return reply.followups[-1].content if reply.followups else reply.content


async def test_a_stranger_learns_and_changes_nothing_of_this_server(
    server, part, give, services, guild, roles, world, elsewhere
):
    gold = roles["Gold"]
    await give(gold, Right.COMPOSE)
    stranger = server.user("stranger")

    answer = await explained(server, "stranger", channel="lobby")
    menu = forged(world, "lobby", f"permission-rights1|{gold.id}", "administrate")
    button = forged(world, "lobby", f"permission-steps1|nothing|{gold.id}|")
    sentences = [
        await said(await stranger.select(menu, "Go", "administrate")),
        await said(await stranger.press(button, "Go")),
    ]

    assert str(gold.id) not in answer.text
    assert all("no such role" in sentence for sentence in sentences)
    assert await granted(services, guild) == {gold.id: {Right.COMPOSE}}
    assert await services.rights.granted(elsewhere.id) == {}


@pytest.mark.parametrize(
    "custom_id",
    [
        "permission-steps0|back|0|",
        "permission-steps1|burn|0|",
        "permission-steps1|confirm|0|fly",
        "permission-steps1|nothing|x|",
        "permission-steps1|",
    ],
)
async def test_a_forged_button_is_answered_with_a_sentence(server, part, world, owner, custom_id):
    message = forged(world, "general", custom_id)

    assert "out of date" in await said(await owner.press(message, "Go"))


@pytest.mark.parametrize(
    ("custom_id", "value"),
    [
        ("permission-rights1|x", "compose"),
        ("permission-rights1|" + "9" * 19, "compose"),
        ("permission-rights9|1", "compose"),
        ("permission-rights1|1", "fly"),
    ],
)
async def test_a_forged_menu_is_answered_with_a_sentence(
    server, part, world, owner, custom_id, value
):
    message = forged(world, "general", custom_id, value)

    assert "out of date" in await said(await owner.select(message, "Go", value))


async def test_hostile_role_names_are_only_text(server, part, world, guild, store, services):
    role = world.add_role(guild, "](http://evil.example) @everyone", Permission.VIEW_CHANNEL)
    await until(lambda: part._bot.get_guild(guild.id).get_role(role.id))
    answer = await explained(server)
    await answer.select(MENU, role)
    await answer.until(lambda a: "Rights of a role" in a.text)

    await answer.select(NOTHING, "compose")
    await answer.until(lambda a: MENU in a.text)

    assert "evil" not in answer.text
    assert not answer.message.mention_everyone


async def test_a_moderator_who_finds_the_menu_of_roles_opens_nothing(server, part, world, roles):
    message = world.messages.write("patreon-bot", "general", FORGED)
    menu = {"type": 6, "custom_id": "permission-roles1|", "placeholder": "Go"}
    message.components = [{"type": 1, "components": [menu]}]

    reply = await server.user("moderator").select(message, "Go", roles["Gold"])

    assert "This changes settings" in reply.content
    assert message.embeds == []
