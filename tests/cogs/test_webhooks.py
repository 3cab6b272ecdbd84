"""`/patreon webhooks`: looking for moderators, acting for administrators, within one server."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.letter_box import LetterState
from core.letters import Letters
from tests.cogs.conftest import running, until
from tests.cogs.reading import HOSTILE, armed
from tests.factories import NOW, delivery, link, replace_links

REPLAY, DISCARD = "Replay a webhook…", "Discard a webhook…"
SECRET = "ada@example.com"
FORGED = "forged"


@pytest.fixture
def rings():
    return []


@pytest.fixture
def services(services, store, clock, rings):
    letters = Letters(store, clock=clock, on_replayed=lambda: rings.append(clock()))
    return replace(services, letters=letters)


async def parked(store, count, *, campaign_id="1001", reason="Unreadable.", **overrides):
    """Park events that came one after the other; gives their ids, oldest first."""
    body = f'{{"email": "{SECRET}"}}'.encode()
    await store.add_deliveries([delivery(body=body, **overrides)] * count)
    async with store.write() as work:
        claimed = await work.events.claim_due(NOW, lease=timedelta(minutes=2), limit=100)
        ids = [event.id for event in claimed]
        await work.events.park(ids, reason=reason, campaign_id=campaign_id)
    return ids


async def state_of(store, event_id):
    async with store.read() as work:
        return (await work.letters.get(event_id, None)).state


async def listed(server, user="moderator", **options):
    return await (await server.user(user).slash("patreon webhooks", **options)).finished()


async def said(reply):
    """What an answer to a menu says in the end; a deferred one shows its message until then."""
    await until(lambda: reply.followups or reply.content not in ("", FORGED))
    return reply.followups[-1].content if reply.followups else reply.content


@pytest.fixture
async def owner(server, guild):
    """Somebody with Manage Server."""
    return server.user("owner")


async def test_webhooks_that_were_set_aside_are_listed_privately_with_their_reasons(
    server, part, linked, store
):
    first, second = await parked(store, 2)

    answer = await listed(server)

    assert answer.ephemeral
    assert answer.text.index(f"#{second}") < answer.text.index(f"#{first}")
    assert "set aside" in answer.text
    assert "1 attempt" in answer.text
    assert "> Unreadable." in answer.text


async def test_a_body_is_never_shown(server, part, linked, store):
    await parked(store, 1)

    for state in ("parked", "all"):
        answer = await listed(server, state=state)

        assert SECRET not in f"{answer.text}{answer.embeds}{answer.components}"


async def test_an_empty_list_says_that_all_is_well(server, part, linked):
    answer = await listed(server)

    assert "No webhook is set aside" in answer.text
    assert REPLAY not in answer.text


async def test_states_are_listed_by_themselves(server, part, linked, store, services, guild):
    gone, kept = await parked(store, 2)
    await services.letters.discard(guild.id, gone, by="Ada")

    discarded = await listed(server, state="discarded")
    everything = await listed(server, state="all")

    assert f"#{gone}" in discarded.text
    assert "by Ada" in discarded.text
    assert f"#{kept}" not in discarded.text
    assert f"#{gone}" in everything.text
    assert f"#{kept}" in everything.text


async def test_pages_are_turned_and_the_ends_have_no_button_beyond(server, part, linked, store):
    ids = await parked(store, 11)
    answer = await listed(server)
    assert "Newer" not in answer.text

    before = answer.text
    await answer.press("Older")
    await answer.until(lambda a: a.text != before)

    assert f"#{ids[0]}" in answer.text
    assert f"#{ids[10]}" not in answer.text
    assert "9 to 11" in answer.text
    assert "Older" not in answer.text
    await answer.press("Newer")
    await answer.until(lambda a: f"#{ids[10]}" in a.text)


async def test_an_administrator_replays_a_webhook(server, part, linked, store, owner, rings):
    (event,) = await parked(store, 1)
    answer = await listed(server, "owner")

    reply = await owner.select(answer.message, REPLAY, str(event))

    assert f"#{event} is processed again now" in await said(reply)
    assert await state_of(store, event) is LetterState.WAITING
    assert len(rings) == 1
    await answer.until(lambda a: "No webhook is set aside" in a.text)


async def test_an_administrator_discards_a_webhook(server, part, linked, store, owner, rings):
    (event,) = await parked(store, 1)
    answer = await listed(server, "owner")

    reply = await owner.select(answer.message, DISCARD, str(event))

    assert f"#{event} is discarded" in await said(reply)
    assert await state_of(store, event) is LetterState.DISCARDED
    assert rings == []
    again = await listed(server, "owner", state="discarded")
    assert f"Discord user {owner.user.id}" in again.text.replace("\\", "")


@pytest.mark.parametrize("menu", [REPLAY, DISCARD])
async def test_a_moderator_may_look_but_not_act(server, part, linked, store, menu):
    (event,) = await parked(store, 1)
    answer = await listed(server)

    reply = await server.user("moderator").select(answer.message, menu, str(event))

    assert "Manage Server" in await said(reply)
    assert await state_of(store, event) is LetterState.PARKED


async def test_a_moderator_who_lost_the_right_sees_no_further_page(
    server, part, linked, store, world, guild
):
    await parked(store, 11)
    answer = await listed(server)
    world.set_roles(guild.members[world.user_named("moderator").id], set())

    reply = await answer.press("Older")

    assert "Manage Messages" in reply.content
    assert "1 to 8" in answer.text


async def test_an_ordinary_member_is_refused_even_when_the_command_is_shown(
    server, part, linked, store, world
):
    await parked(store, 1)
    for command in world.commands.all():
        command["default_member_permissions"] = None

    answer = await server.user("member").slash("patreon webhooks")

    assert "Manage Messages" in answer.content
    assert "Unreadable" not in answer.text


async def test_buttons_and_menus_work_for_a_bot_that_was_started_after_them(
    server, new_part, linked, store, owner
):
    ids = await parked(store, 11)
    async with running(new_part()):
        answer = await listed(server, "owner")
    async with running(new_part()):
        reply = await owner.select(answer.message, DISCARD, str(ids[10]))
        assert "is discarded" in await said(reply)
        await answer.press("Older")
        await answer.until(lambda a: f"#{ids[0]}" in a.text)

    assert await state_of(store, ids[10]) is LetterState.DISCARDED


async def test_two_who_discard_the_same_webhook_are_told_apart(
    server, part, linked, store, owner, services, guild
):
    (event,) = await parked(store, 1)
    answer = await listed(server, "owner")
    await services.letters.discard(guild.id, event, by="Ada")

    reply = await owner.select(answer.message, DISCARD, str(event))

    assert "already discarded" in await said(reply)


async def test_a_webhook_whose_content_is_gone_cannot_be_replayed(
    server, part, linked, store, clock
):
    (event,) = await parked(store, 1)
    async with store.write() as work:
        await work.letters.discard_parked(parked_by=clock(), at=clock(), by="the bot", limit=1)

    answer = await listed(server, state="discarded")

    assert f"#{event}" in answer.text
    assert "content deleted" in answer.text
    assert REPLAY not in answer.text


@pytest.fixture
def elsewhere(world):
    """Another server, with an owner and a channel `lobby`."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    return other


def forged(world, channel, custom_id, event_id):
    """A message of the bot with a menu that it never made."""
    message = world.messages.write("patreon-bot", channel, FORGED)
    options = [{"label": "it", "value": str(event_id)}]
    menu = {"type": 3, "custom_id": custom_id, "placeholder": "Go", "options": options}
    message.components = [{"type": 1, "components": [menu]}]
    return message


@pytest.mark.parametrize("is_linked", [True, False])
async def test_another_server_sees_nothing_and_changes_nothing(
    server, part, linked, store, world, elsewhere, clock, is_linked
):
    (event,) = await parked(store, 1)
    (unknown,) = await parked(store, 1, campaign_id=None)
    if is_linked:
        async with store.write() as work:
            links = [*await work.links.all(), link(guild_id=elsewhere.id, campaign_id="2002")]
            await replace_links(work, links, at=clock())
    stranger = server.user("stranger")

    answer = await (await stranger.slash("patreon webhooks", channel="lobby")).finished()
    sentences = []
    for target in (event, unknown):
        for act in ("replay", "discard"):
            custom_id = f"webhook-changes1|{act}|parked|0"
            message = forged(world, "lobby", custom_id, target)
            sentences.append(await said(await stranger.select(message, "Go", str(target))))

    assert "Unreadable" not in answer.text
    assert ("No webhook is set aside" if is_linked else "`/patreon setup`") in answer.text
    expected = "There is no event" if is_linked else "follows no campaign"
    assert all(expected in sentence for sentence in sentences)
    assert await state_of(store, event) is LetterState.PARKED
    assert await state_of(store, unknown) is LetterState.PARKED


async def test_events_of_an_unknown_campaign_are_not_shown_in_a_server(
    server, part, linked, store, owner
):
    await parked(store, 1, campaign_id=None)

    assert "No webhook is set aside" in (await listed(server, "owner")).text


@pytest.mark.parametrize(
    "custom_id",
    ["webhook-changes0|replay|parked|0", "webhook-changes1|burn|parked|0", "webhook-changes1|"],
)
async def test_a_forged_menu_is_answered_with_a_sentence(
    server, part, linked, store, world, owner, custom_id
):
    (event,) = await parked(store, 1)
    message = forged(world, "general", custom_id, event)

    reply = await owner.select(message, "Go", str(event))

    assert "out of date" in await said(reply)
    assert await state_of(store, event) is LetterState.PARKED


@pytest.mark.parametrize("value", ["x", "-1", "9" * 40])
async def test_a_forged_choice_is_answered_with_a_sentence(
    server, part, linked, world, owner, value
):
    message = forged(world, "general", "webhook-changes1|replay|parked|0", value)

    assert "Pick one" in await said(await owner.select(message, "Go", value))


async def test_hostile_triggers_and_reasons_are_only_text(server, part, linked, store):
    for text in HOSTILE:
        await parked(store, 1, trigger=text, reason=text)
    answer = await listed(server)

    seen = 0
    while True:
        for line in answer.embeds[0]["description"].splitlines():
            words = line.removeprefix("> ")
            for known in ("🟠 **#", "** "):
                words = words.replace(known, "", 1)
            assert armed(words.split(" · set aside")[0]) is None, line
        seen += 1
        if "Older" not in answer.text:
            break
        before = answer.text
        await answer.press("Older")
        await answer.until(lambda a, before=before: a.text != before)
    assert seen > 3
