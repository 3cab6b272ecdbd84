import pytest

from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until
from tests.cogs.in_memory import many_members
from tests.factories import link, replace_links


@pytest.fixture
async def crowd(linked, api, services):
    api.members = many_members(40)
    await services.sync.run("1001")


def shown(answer):
    return [line.split("**")[1] for line in answer.text.splitlines() if "**Patron" in line]


def disabled(answer):
    return [
        button["label"]
        for row in answer.components
        for button in row["components"]
        if button.get("disabled")
    ]


async def listed(server, **options):
    return await (await server.user("moderator").slash("patreon members", **options)).finished()


async def turn(answer, label):
    before = answer.text
    await answer.press(label)
    return await answer.until(lambda a: a.text != before)


async def test_buttons_turn_the_pages(server, part, crowd):
    answer = await listed(server)

    pages = [shown(answer)]
    for label in ("Next", "Next", "Prev", "Last", "First"):
        pages.append(shown(await turn(answer, label)))

    starts = [page[0] for page in pages]
    assert starts == [f"Patron {n:03}" for n in (0, 15, 30, 15, 30, 0)]
    assert len(pages[2]) == 10


async def test_buttons_that_lead_nowhere_are_disabled(server, part, crowd):
    answer = await listed(server)
    first = disabled(answer)
    await turn(answer, "Next")
    middle = disabled(answer)
    await turn(answer, "Last")

    assert (first, middle, disabled(answer)) == (["First", "Prev"], [], ["Next", "Last"])


async def test_a_short_list_has_no_buttons(server, part, crowd):
    answer = await listed(server, text="Patron 00")

    assert len(shown(answer)) == 10
    assert answer.components == []


async def test_filters_go_along_when_pages_are_turned(server, part, crowd):
    answer = await listed(server, text="PATRON 0", tier="201", status="active")

    await turn(answer, "Next")

    assert shown(answer)[0] == "Patron 015"
    assert "name contains “PATRON 0”" in answer.text


async def test_buttons_work_for_a_bot_that_was_started_after_them(server, new_part, crowd):
    async with running(new_part()):
        answer = await listed(server)
    async with running(new_part()):
        await turn(answer, "Next")

    assert shown(answer)[0] == "Patron 015"


async def test_a_list_that_became_shorter_shows_its_last_page(server, part, crowd, api, services):
    answer = await listed(server)
    api.members = many_members(16)
    await services.sync.run("1001")

    await turn(answer, "Last")

    assert shown(answer) == ["Patron 015"]


async def test_a_moderator_who_lost_the_right_turns_no_page(server, part, crowd, world, guild):
    answer = await listed(server)
    world.set_roles(guild.members[world.user_named("moderator").id], set())

    reply = await answer.press("Next")

    assert reply.ephemeral
    assert "Manage Messages" in reply.content
    assert shown(answer)[0] == "Patron 000"


def forged(world, channel, custom_id):
    """A message of the bot with a button that it never made."""
    message = world.messages.write("patreon-bot", channel, "forged")
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [button]}]
    return message


@pytest.mark.parametrize("custom_id", ["members1|next||n|zzz||", "members0|1|2", "members1|"])
async def test_a_forged_button_is_answered_with_a_sentence(server, part, crowd, world, custom_id):
    message = forged(world, "general", custom_id)

    answer = await server.user("moderator").press(message, "Go")

    assert "out of date" in answer.content


async def test_another_servers_moderator_sees_nothing_of_this_one(
    server, part, crowd, world, store
):
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    role = world.add_role(other, "Boss", Permission.MANAGE_MESSAGES)
    world.add_member(other, world.add_user("boss"), [role])
    boss = server.user("boss")
    message = forged(world, "lobby", "members1|next||n|15|201|Patron")

    for command in ("members", "sync"):
        reply = await (await boss.slash(f"patreon {command}", channel="lobby")).finished()
        assert "follows no campaign yet" in reply.content
    status = await (await boss.slash("patreon status", channel="lobby")).finished()
    suggestions = await boss.autocomplete("patreon members", "tier", channel="lobby")
    pressed = await boss.press(message, "Go")
    await until(lambda: pressed.followups)

    assert "Ada" not in status.text
    assert suggestions == []
    assert "follows no campaign yet" in pressed.followups[0].content
    assert "Patron" not in message.content + str(message.embeds)


async def test_a_linked_server_lists_its_own_members_only(server, part, crowd, world, store, clock):
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    async with store.write() as work:
        links = [*await work.links.all(), link(guild_id=other.id, campaign_id="2002")]
        await replace_links(work, links, at=clock())
    message = forged(world, "lobby", "members1|next||n|0||")

    await server.user("stranger").press(message, "Go")
    await until(lambda: message.embeds)

    assert "Patron" not in str(message.embeds)
    assert "Nobody is known yet" in str(message.embeds)
