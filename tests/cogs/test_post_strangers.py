"""Doors of posts, tried by those they are not for: strangers, and people of the server itself."""

import pytest

from core.rights import Person, Right
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import until
from tests.cogs.posting import OWNER, drafts_of, pressed, written
from tests.factories import campaign, link, tier

FORGED = "forged"
ACTS = (
    "show|{d}|{v}|main",
    "show|{d}|{v}|channels",
    "show|{d}|{v}|campaign",
    "look|{d}|0|main",
    "sheet|{d}|{v}|0",
    "preview|{d}|{v}|",
    "edit|{d}|{v}|",
    "add|{d}|{v}|",
    "upload|{d}|{v}|",
    "minimum|{d}|{v}|",
    "paid|{d}|{v}|yes",
    "crosspost|{d}|{v}|1",
    "ask|{d}|{v}|",
    "approve|{d}|{v}|",
    "refuse|{d}|{v}|",
    "publish|{d}|{v}|",
    "schedule|{d}|{v}|",
    "unschedule|{d}|{v}|",
    "retract|{d}|{v}|",
    "discard|{d}|{v}|",
    "restore|{d}|{v}|",
    "copy|{d}|{v}|",
    "template|{d}|{v}|",
    "use|{d}|{v}|",
    "hand-over|{d}|{v}|",
    "patreon|{d}|{v}|",
    "describe|{d}|{v}|abc",
)
MENUS = (
    ("open|0|0|", "{d}"),
    ("part|{d}|{v}|0", "0"),
    ("cut|{d}|{v}|0", "0"),
    ("drop|{d}|{v}|", "abc"),
    ("describe|{d}|{v}|", "abc"),
    ("campaign|{d}|{v}|", "1001"),
    ("audience|{d}|{v}|", "patrons"),
    ("tiers|{d}|{v}|0", "1"),
    ("channels|{d}|{v}|", "1"),
    ("target|{d}|{v}|", "1"),
    ("roles|{d}|{v}|1", "1"),
    ("tags|{d}|{v}|1", "1"),
)
FORMS = (
    "edit|{d}|{v}|",
    "add|{d}|{v}|",
    "part|{d}|{v}|0",
    "upload|{d}|{v}|",
    "describe|{d}|{v}|abc",
)
STALE = (
    "post-buttons0|show|1|1|main",
    "post-buttons1|show|1|1",
    "post-buttons1|show|1|1|nowhere",
    "post-buttons1|show|-1|1|main",
    "post-buttons1|show|99999999999999999999|1|main",
    "post-buttons1|fly|1|1|",
    "post-buttons1|new|1|1|",
    "post-buttons1|sheet|1|1|x",
    "post-list1|show|x|0||0",
    "post-list1|show|e|0||99999999999999999999",
    "post-list2|show||0||0",
)


@pytest.fixture
async def draft(server, part, following, services, guild):
    """A post of the first server."""
    await written(server.user("owner"), "Vermilion secrets", "Lapislazuli\n\nand more")
    [draft] = await drafts_of(services, guild)
    return draft


@pytest.fixture
async def stranger(part, world, store, server, draft):
    """The owner of another server, which follows another campaign."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    lobby = world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [world.add_role(other, "Bot", Permission.ADMINISTRATOR)])
    await until(lambda: part._bot.get_channel(lobby.id) is not None)
    async with store.write() as work:
        theirs = campaign(id="2002", name="Own Garden")
        await work.campaigns.save(theirs, [tier(id="77", campaign_id="2002")], creator_id=1)
        await work.links.save(
            link(guild_id=other.id, campaign_id="2002", posts_channel_id=lobby.id),
            at=draft.created_at,
        )
    return server.user("stranger")


async def used(actor, world, channel, custom_id, value=None):
    """Use a forged button or menu; gives all that is seen of the answer."""
    message = world.messages.write("patreon-bot", channel, FORGED)
    component = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    if value is not None:
        component = {"type": 3, "custom_id": custom_id, "placeholder": "Go"}
        component["options"] = [{"label": value, "value": value}]
    message.components = [{"type": 1, "components": [component]}]
    act = actor.press(message, "Go") if value is None else actor.select(message, "Go", value)
    reply = await act
    if reply.modal:
        return str(reply.modal)
    await until(lambda: reply.followups or (not reply.thinking and reply.content != FORGED))
    shown = [reply.message, *reply.followups]
    return " ".join(f"{one.content}{one.embeds}{one.components}" for one in shown)


async def test_a_stranger_sees_and_changes_nothing_of_a_post(
    stranger, world, services, guild, draft
):
    tried = [(f"post-buttons1|{act}", None) for act in ACTS]
    tried += [(f"post-menus1|{act}", value) for act, value in MENUS]

    for custom_id, value in tried:
        said = []
        for number in (draft.id, 777):
            given = {"d": number, "v": draft.version}
            picked = value.format(**given) if value else None
            said.append(await used(stranger, world, "lobby", custom_id.format(**given), picked))
        assert said[0] == said[1], custom_id
        assert "no such" in said[0], custom_id
    assert await drafts_of(services, guild) == [draft]


async def test_a_stranger_sends_forms_in_vain(stranger, services, guild, draft):
    for template in FORMS:
        form = await stranger.slash("patreon post", channel="lobby")
        form.modal["custom_id"] = "post-forms1|" + template.format(d=draft.id, v=draft.version)
        answer = await form.submit({"Title": "Mine", "Text": "Mine"})
        await answer.until(lambda a: not a.thinking and a.embeds)
        assert "This server has no such draft" in answer.text

    assert await drafts_of(services, guild) == [draft]


async def test_nobody_opens_a_form_that_somebody_else_sent(
    server, world, services, guild, draft, stranger
):
    owner = server.user("owner")
    answer = await written(owner, " \u200b ", "Heliotrope")
    [kept] = await services.composing.unused(
        guild.id, Person(user_id=owner.user.id, can_manage_guild=True)
    )
    custom_id = f"post-buttons1|reopen|{kept.id}|0|"
    await permitted(server, services, world, guild, "moderator", {Right.COMPOSE, Right.APPROVE})

    for actor, channel in ((stranger, "lobby"), (server.user("moderator"), "general")):
        said = await used(actor, world, channel, custom_id)
        assert "This form is not known" in said
        assert "Heliotrope" not in said
    assert "Heliotrope" in str((await answer.press("Open the form again")).modal)


@pytest.mark.parametrize("custom_id", STALE)
async def test_an_odd_custom_id_is_out_of_date(server, world, draft, custom_id):
    said = await used(server.user("owner"), world, "general", custom_id)

    assert "out of date" in said


async def permitted(server, services, world, guild, name, rights):
    role = world.add_role(guild, f"Role of {name}")
    await until(lambda: role.id in guild.roles)
    member = guild.members[world.user_named(name).id]
    world.set_roles(member, {*member.role_ids, role.id})
    await services.rights.change(
        guild.id, role.id, frozenset(rights), by=OWNER, role_name="Role", is_confirmed=True
    )
    return server.user(name)


@pytest.mark.parametrize("rights", [set(), {Right.SEE_MEMBERS}, {Right.ADMINISTRATE}])
async def test_other_rights_open_no_door_of_posts(server, world, services, guild, draft, rights):
    actor = await permitted(server, services, world, guild, "member", rights)
    given = {"d": draft.id, "v": draft.version}

    for act in (*ACTS, "bulk|0|0|"):
        said = await used(actor, world, "general", f"post-buttons1|{act.format(**given)}")
        assert "Writing posts needs" in said, act
    for act, value in MENUS:
        custom_id = f"post-menus1|{act.format(**given)}"
        said = await used(actor, world, "general", custom_id, value.format(**given))
        assert "Writing posts needs" in said, act
    for press in ("show", "pause", "resume"):
        said = await used(actor, world, "general", f"post-list1|{press}||0||0")
        assert "Writing posts needs" in said, press
    assert await drafts_of(services, guild) == [draft]


async def test_an_author_may_not_publish_and_an_approver_may_not_write(
    server, world, services, guild, draft
):
    author = await permitted(server, services, world, guild, "moderator", {Right.COMPOSE})
    approver = await permitted(server, services, world, guild, "member", {Right.APPROVE})
    answer = await written(author, "Mine", "Text")
    mine = next(one for one in await drafts_of(services, guild) if one.id != draft.id)

    said = await used(author, world, "general", f"post-buttons1|publish|{mine.id}|{mine.version}|")
    assert "has to approve this first" in said
    said = await used(approver, world, "general", f"post-buttons1|copy|{mine.id}|1|")
    assert "Writing posts needs the right" in said
    await pressed(answer, "Ask for approval", until="asked for approval")
    said = await used(author, world, "general", f"post-buttons1|approve|{mine.id}|2|")
    assert "Approving needs the right" in said
    said = await used(approver, world, "general", f"post-buttons1|approve|{mine.id}|2|")
    assert "It can be published or scheduled now" in said
