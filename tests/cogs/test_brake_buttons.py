"""The brake's question in Discord: in the staff channel, below a sync, below a status."""

import asyncio
from dataclasses import replace

import pytest

from cogs.embeds import view_of
from core.alarm import Alarm
from core.audit import AuditQuery
from core.brake import load_question
from core.cards import Action, ActionStyle, Card
from core.errors import TemporaryError
from core.outbox import Outbox
from core.permissions import refusal
from core.rights import Person, Right
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until
from tests.cogs.in_memory import many_members
from tests.cogs.reading import armed
from tests.factories import card, replace_links, save_campaign, save_link

APPLY, KEEP = "Apply: they really left", "Keep: the list is wrong"


@pytest.fixture
def staff(world):
    return world.channel_named("staff")


@pytest.fixture
async def asked(store, guild, staff, api, services):
    """40 of 300 members are missing from the list, and the staff channel is to be asked."""
    await save_campaign(store)
    await save_link(store, guild_id=guild.id, feed_channel_id=None, staff_channel_id=staff.id)
    role = next(role for role in guild.roles.values() if role.name == "Moderator")
    await services.rights.change(
        guild.id,
        role.id,
        frozenset({Right.ADMINISTRATE}),
        by=Person(can_manage_guild=True),
        role_name="Moderator",
    )
    await lose(api, services)


async def lose(api, services, count=40):
    api.members = many_members(300)
    await services.sync.run("1001")
    api.members = api.members[count:]
    api.clock.advance(seconds=10)
    return await services.sync.run("1001")


@pytest.fixture
def messages(world, staff):
    """Everything that the staff channel shows."""
    return lambda: world.messages.seen_by(world.bot.id, staff)


@pytest.fixture
def deliver(store, clock):
    """Deliver what waits, through the publisher of a part."""

    async def deliver(part):
        outbox = Outbox(store, part.publisher, clock=clock, random=lambda: 0.5, alarm=Alarm(clock))
        for _ in range(20):
            if not await outbox.deliver_due():
                return

    return deliver


async def count_present(store):
    async with store.read() as work:
        return await work.members.count_present("1001")


async def question_of(store):
    async with store.read() as work:
        return await load_question(work, "1001")


def labels(message):
    return [button["label"] for row in message.components for button in row["components"]]


async def said(reply):
    """What a reply says in the end, when it shows no progress any more."""
    return (await reply.until(lambda r: not r.thinking and "Syncing" not in r.text)).text


async def asks(server, command):
    """Use a command and wait for the end of its reply."""
    answer = await server.user("moderator").slash(f"patreon {command}")
    await said(answer)
    return answer


async def test_the_staff_channel_is_asked_once_with_two_buttons(
    part, asked, deliver, messages, services
):
    await deliver(part)
    await services.sync.run("1001")
    await deliver(part)

    [message] = messages()
    assert labels(message) == [APPLY, KEEP]
    assert "40 of 300 members" in str(message.embeds)


async def test_apply_removes_the_missing_and_the_message_says_who_answered(
    server, part, asked, deliver, messages, store, clock
):
    await deliver(part)
    clock.advance(seconds=10)

    reply = await server.user("moderator").press(messages()[0], APPLY)
    text = await said(reply)
    await deliver(part)
    async with store.read() as work:
        page = await work.audit.page(AuditQuery(guild_id=None, action="brake.applied"))
    assert [one.user_id for one in page.entries] == [server.user("moderator").user.id]

    assert reply.ephemeral
    assert "40 gone" in text
    assert await count_present(store) == 260
    [message] = messages()
    assert labels(message) == []
    assert "Max answered\\\\: they really left" in str(message.embeds)


async def test_keep_keeps_everybody_and_the_message_says_who_answered(
    server, part, asked, deliver, messages, store
):
    await deliver(part)

    reply = await server.user("moderator").press(messages()[0], KEEP)
    text = await said(reply)
    await deliver(part)

    assert reply.ephemeral
    assert "Everybody stays: 40 missing members are kept." in text
    assert await count_present(store) == 300
    [message] = messages()
    assert labels(message) == []
    assert "Max answered" in str(message.embeds)


async def test_buttons_work_for_a_bot_that_was_started_after_them(
    server, new_part, asked, deliver, messages, store
):
    async with running(new_part()) as part:
        await deliver(part)
    async with running(new_part()):
        await said(await server.user("moderator").press(messages()[0], KEEP))

    assert (await question_of(store)).is_kept


async def test_the_second_who_presses_hears_who_was_first(
    server, part, asked, deliver, messages, store
):
    await deliver(part)
    [message] = messages()

    await said(await server.user("moderator").press(message, KEEP))
    late = await said(await server.user("owner").press(message, APPLY))

    assert "Somebody was faster. Max answered" in late
    assert "the list is wrong" in late
    assert await count_present(store) == 300


async def test_two_who_press_at_once_get_one_result(server, part, asked, deliver, messages):
    await deliver(part)
    [message] = messages()

    replies = await asyncio.gather(
        server.user("moderator").press(message, KEEP), server.user("owner").press(message, KEEP)
    )
    texts = [await said(reply) for reply in replies]

    assert sorted("Somebody was faster" in text for text in texts) == [False, True]


async def test_a_button_of_an_older_question_says_so(
    server, part, asked, deliver, messages, api, services, store
):
    await deliver(part)
    [message] = messages()
    api.members = api.members[1:]
    await services.sync.run("1001")

    late = await said(await server.user("moderator").press(message, APPLY))

    assert "no longer open" in late
    assert await count_present(store) == 300


async def test_who_may_not_administrate_may_not_answer(
    server, part, asked, deliver, messages, world, guild
):
    await deliver(part)
    [message] = messages()
    moderates = world.add_role(guild, "Moderates", Permission.MANAGE_MESSAGES)
    world.set_roles(guild.members[world.user_named("moderator").id], {moderates.id})
    world.channel_named("staff").overwrites.clear()

    reply = await server.user("moderator").press(message, APPLY)

    assert await said(reply) == refusal(Right.ADMINISTRATE)


async def test_a_stranger_of_another_server_learns_and_changes_nothing(
    server, part, asked, world, store
):
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    role = world.add_role(other, "Boss", Permission.MANAGE_GUILD)
    world.add_member(other, world.add_user("boss"), [role])
    question = await question_of(store)
    forged = world.messages.write("patreon-bot", "lobby", "forged")
    buttons = [
        {"type": 2, "style": 2, "label": label, "custom_id": f"brake1|{label}|{rest}"}
        for label, rest in (("apply", f"1001|{question.version}"), ("keep", "2002|" + "0" * 12))
    ]
    forged.components = [{"type": 1, "components": buttons}]

    texts = [
        await said(await server.user("boss").press(forged, name)) for name in ("apply", "keep")
    ]

    assert texts[0] == texts[1]
    assert "no longer open" in texts[0]
    assert (await question_of(store)).is_open


@pytest.mark.parametrize("command", ["sync", "status"])
async def test_a_sync_and_a_status_ask_too(server, part, asked, store, command):
    answer = await asks(server, command)
    assert "40 of 300 members are missing" in answer.text
    assert labels(answer.message) == [APPLY, KEEP]

    text = await said(await answer.press(KEEP))

    assert "Everybody stays" in text
    assert (await question_of(store)).is_kept


@pytest.mark.parametrize("command", ["sync", "status"])
async def test_what_is_kept_is_shown_with_who_said_so_and_no_buttons(
    server, part, asked, deliver, messages, command
):
    await deliver(part)
    await said(await server.user("moderator").press(messages()[0], KEEP))

    answer = await asks(server, command)

    assert "and are kept. Max answered" in answer.text
    assert labels(answer.message) == []


async def test_questions_of_several_campaigns_are_told_apart(server, part, asked, store, clock):
    async with store.write() as work:
        second = replace((await work.campaigns.get("1001")).campaign, id="2002", name="[Ada's] Two")
        await work.campaigns.save(second, [], creator_id=1)
        links = [*await work.links.all()]
        await replace_links(work, [*links, replace(links[0], campaign_id="2002")], at=clock())
        question = await work.notes.get("brake:1001")
        await work.notes.set("brake:2002", question)

    answer = await asks(server, "status")

    assert labels(answer.message) == [
        "Apply: Ada's Workshop",
        "Keep: Ada's Workshop",
        "Apply: [Ada's] Two",
        "Keep: [Ada's] Two",
    ]
    assert len(answer.message.components) == 2


async def test_a_hostile_name_of_who_answered_is_only_text(
    server, part, asked, deliver, messages, world
):
    world.user_named("moderator").global_name = "@everyone [x](http://evil)"
    await deliver(part)
    [message] = messages()

    await said(await server.user("moderator").press(message, KEEP))
    late = await said(await server.user("owner").press(message, KEEP))
    await deliver(part)

    assert armed(messages()[0].embeds[0]["description"]) is None
    assert "http" in late
    assert armed(late.partition("answered")[0]) is None


async def test_apply_while_patreon_is_away_keeps_everybody_and_asks_again(
    server, part, asked, deliver, messages, api, store
):
    await deliver(part)
    api.members_failure = TemporaryError("Patreon answered with status 503.")

    reply = await server.user("moderator").press(messages()[0], APPLY)
    text = await said(reply)
    await deliver(part)

    assert "status 503" in text
    assert labels(messages()[0]) == [APPLY, KEEP]
    assert await count_present(store) == 300


async def test_the_bots_end_waits_for_a_press(server, new_part, asked, deliver, messages, api):
    part = new_part()
    async with running(part):
        await deliver(part)
        api.page_size = 100
        api.gate.clear()
        reply = await server.user("moderator").press(messages()[0], APPLY)
        await until(lambda: part._at_work)
        assert reply.thinking or "Syncing" in reply.text
    await until(lambda: not part._at_work)


def test_a_card_of_an_older_version_has_no_buttons():
    stored = card().to_json().replace(',"actions":[]', "")

    assert "actions" not in stored
    assert Card.from_json(stored) == card()


def test_a_card_keeps_its_buttons():
    shown = card(actions=(Action(label="Go", style=ActionStyle.DANGER, custom_id="x|1"),))

    assert Card.from_json(shown.to_json()) == shown


async def test_buttons_stand_in_rows_that_fit():
    row = [Action(label="x" * 200, custom_id=f"{number}") for number in range(2)]
    rows = [[replace(one, custom_id=f"{at}-{one.custom_id}") for one in row] for at in range(9)]

    view = view_of([], *rows)

    assert [len(each["components"]) for each in view.to_components()] == [2] * 5
    assert {len(item.label) for item in view.children} == {80}
    assert view.is_finished(), "discord.py would keep it and answer for it"
    assert view_of() is None
    assert view_of([]) is None
