"""Every command, button and menu, tried by everybody: only the right that it needs opens it."""

import pytest

from core.permissions import refusal
from core.rights import Person, Right
from sandbox.discord.permissions import Permission
from tests.cogs.commands_and_rights import BUTTONS, COMMANDS, EVERYBODY, MENUS, OPTIONS
from tests.cogs.conftest import until

FORGED = "forged"
SECRETS = ("Ada", "Workshop", "Friend")
REFUSALS = [refusal(right) for right in Right]
PEOPLE = {
    "everyone": frozenset(),
    "Manage Messages": frozenset({Right.SEE_MEMBERS}),
    **{f"a role with {right}": frozenset({right}) for right in Right},
    "everyone with see_members": frozenset({Right.SEE_MEMBERS}),
    "Manage Server": frozenset(Right),
    "an administrator": frozenset(Right),
}


@pytest.fixture
def opened(world, part):
    """The server's Integrations settings show the commands to everybody."""
    for command in world.commands.all():
        command["default_member_permissions"] = None


@pytest.fixture
async def person(request, server, opened, linked, services, world, guild):
    """Somebody who is what the parameter says; the server has data to be seen."""
    await services.sync.run("1001")
    kind = request.param
    may = {
        "Manage Messages": Permission.MANAGE_MESSAGES,
        "Manage Server": Permission.MANAGE_GUILD,
        "an administrator": Permission.ADMINISTRATOR,
    }
    role = world.add_role(guild, "Tried", may.get(kind, 0))
    await until(lambda: role.id in guild.roles)
    world.set_roles(guild.members[world.user_named("member").id], {role.id})
    if kind not in may and kind != "everyone":
        role_id = guild.id if kind.startswith("everyone") else role.id
        await services.rights.change(
            guild.id,
            role_id,
            PEOPLE[kind],
            by=Person(user_id=1, can_manage_guild=True),
            role_name="Tried",
            is_confirmed=True,
        )
    return server.user("member"), PEOPLE[kind]


def may_use(right, rights):
    if right is EVERYBODY:
        return True
    if isinstance(right, frozenset):
        return bool(right & rights)
    return bool(rights) if right is None else right in rights


def forged(world, channel, custom_id, value=None):
    """A message of the bot that everybody sees, with a button or menu that works for some."""
    message = world.messages.write("patreon-bot", channel, FORGED)
    options = [{"label": value, "value": value}]
    menu = {"type": 3, "custom_id": custom_id, "placeholder": "Go", "options": options}
    if "channels" in custom_id:
        menu = {"type": 8, "custom_id": custom_id, "placeholder": "Go"}
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [menu if value else button]}]
    return message


def test_every_command_is_in_the_matrix(world, part):
    offered = set()
    for command in world.commands.all():
        for option in command["options"]:
            below = [each["name"] for each in option.get("options", ()) if each["type"] == 1]
            names = [f"{option['name']} {name}" for name in below] or [option["name"]]
            offered |= {f"{command['name']} {name}" for name in names}

    assert offered == set(COMMANDS)


@pytest.mark.parametrize("person", PEOPLE, indirect=True)
async def test_a_command_opens_to_its_right_alone(person):
    actor, rights = person
    opened = {}
    for command in COMMANDS:
        answer = await (await actor.slash(command, **OPTIONS.get(command, {}))).until(
            lambda a: a.modal or (not a.thinking and "Syncing" not in a.text)
        )
        if answer.modal:
            opened[command] = True
            continue
        opened[command] = answer.content not in REFUSALS
        assert answer.ephemeral
        is_shown = opened[command] and COMMANDS[command] is not EVERYBODY
        assert is_shown or not any(secret in answer.text for secret in SECRETS)

    assert opened == {command: may_use(right, rights) for command, right in COMMANDS.items()}


@pytest.mark.parametrize("person", PEOPLE, indirect=True)
async def test_a_button_or_menu_opens_to_its_right_alone(person, world):
    actor, rights = person
    opened = {}
    for custom_id in BUTTONS:
        message = forged(world, "general", custom_id.format(me=actor.user.id))
        reply = await actor.press(message, "Go")
        opened[custom_id] = await was_let_through(reply)
    for custom_id, value in MENUS:
        message = forged(world, "general", custom_id, value)
        opened[custom_id, value] = await was_let_through(await actor.select(message, "Go", value))

    expected = {key: may_use(right, rights) for key, right in (BUTTONS | MENUS).items()}
    assert opened == expected


async def was_let_through(reply):
    if reply.modal:
        return True
    await until(
        lambda: (
            reply.followups
            or (reply.content != FORGED and not reply.thinking)
            or reply.message.embeds
        )
    )
    said = [reply.content, *(followup.content for followup in reply.followups)]
    return not any(text in REFUSALS for text in said)


async def test_a_stranger_who_owns_another_server_finds_nothing(
    server, part, linked, services, world
):
    await services.sync.run("1001")
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    stranger = server.user("stranger")

    found = []
    for command in COMMANDS:
        answer = await (
            await stranger.slash(command, channel="lobby", **OPTIONS.get(command, {}))
        ).finished()
        said = "" if answer.modal else answer.text
        found += [(command, secret) for secret in SECRETS if secret in said]
    for custom_id, value in (*((each, None) for each in BUTTONS), *MENUS):
        message = forged(world, "lobby", custom_id.format(me=stranger.user.id), value)
        act = stranger.select(message, "Go", value) if value else stranger.press(message, "Go")
        reply = await act
        await was_let_through(reply)
        shown = [reply.message, message, *reply.followups]
        text = " ".join(f"{each.content}{each.embeds}{each.components}" for each in shown)
        found += [(custom_id, secret) for secret in SECRETS if secret in text]

    assert found == []
