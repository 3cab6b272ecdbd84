"""`/patreon audit`: who did what, within one server, for who may administrate it."""

import csv
import io
from datetime import timedelta

import pytest

from core.audit import AuditEntry
from tests.cogs.conftest import running, until
from tests.cogs.reading import HOSTILE, armed
from tests.factories import NOW, delivery

FORGED = "forged"
CSV = "Export (CSV)"


@pytest.fixture
def note(store, guild, world):
    """Write entries, oldest first."""

    async def note(*details, guild_id=None, user="owner", action="words.reset"):
        user_id = world.user_named(user).id if user else None
        async with store.write() as work:
            for detail in details:
                await work.audit.add(
                    AuditEntry(
                        at=NOW,
                        guild_id=guild_id or guild.id,
                        user_id=user_id,
                        action=action,
                        detail=detail,
                    )
                )

    return note


async def audit(server, user="owner", **options):
    return await (await server.user(user).slash("patreon audit", **options)).finished()


def told(answer):
    lines = answer.embeds[0]["description"].splitlines()
    return [line.removeprefix("> ") for line in lines if line.startswith("> ")]


async def turn(answer, label):
    before = answer.text
    await answer.press(label)
    return await answer.until(lambda a: a.text != before)


async def exported(answer):
    """The rows of the file that the button gives, and the sentence beside it."""
    reply = await (await answer.press(CSV)).finished()
    (file,) = reply.attachments
    assert reply.ephemeral
    text = file.data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:], reply


async def test_entries_are_shown_privately_with_time_person_and_action(server, part, note, world):
    await note("First.", "Second.")

    answer = await audit(server)

    assert answer.ephemeral
    assert told(answer) == ["Second.", "First."]
    owner = world.user_named("owner").id
    assert f"<t:{int(NOW.timestamp())}:f> · <@{owner}> · **words.reset**" in answer.text
    assert answer.message.mention_ids == []


async def test_an_audit_without_entries_says_what_will_be_noted(server, part):
    answer = await audit(server)

    assert "Nothing has been noted yet" in answer.text
    assert answer.components == []


async def test_what_the_bot_did_by_itself_is_told_so(server, part, note):
    await note("Forgotten.", user=None)

    assert "· the bot ·" in (await audit(server)).text


async def test_pages_are_turned_there_and_back(server, part, note):
    await note(*(f"{number:02}" for number in range(25)))
    answer = await audit(server)

    pages = [told(answer)]
    for label in ("Older", "Older", "Newer", "Newest"):
        pages.append(told(await turn(answer, label)))

    assert [(page[0], page[-1]) for page in pages] == [
        ("24", "15"),
        ("14", "05"),
        ("04", "00"),
        ("14", "05"),
        ("24", "15"),
    ]
    assert "Newer" not in answer.text


async def test_filters_go_along_when_pages_are_turned(server, part, note, world):
    await note(*(f"{number:02}" for number in range(12)), user="member", action="link.saved")
    await note(*(f"no {number}" for number in range(12)))

    answer = await audit(server, person="member", action="link")
    first = told(answer)
    await turn(answer, "Older")

    assert (first[0], told(answer)) == ("11", ["01", "00"])
    assert f"by <@{world.user_named('member').id}> · link" in answer.text


async def test_a_filter_that_fits_nothing_says_so(server, part, note):
    await note("x")

    assert "Leave out a filter" in (await audit(server, action="link")).text
    assert "no such action" in (await audit(server, action="=1+1")).content


async def test_actions_and_areas_are_suggested(server, part, note):
    await note("a", action="link.saved")
    await note("b", action="words.reset")
    await note("c", guild_id=99, action="secret.thing")
    owner = server.user("owner")

    everything = [choice["value"] for choice in await owner.autocomplete("patreon audit", "action")]
    some = [choice["value"] for choice in await owner.autocomplete("patreon audit", "action", "LI")]
    moderator = await server.user("moderator").autocomplete("patreon audit", "action")

    assert everything == ["link", "link.saved", "words", "words.reset"]
    assert some == ["link", "link.saved"]
    assert moderator == []


async def test_everything_that_fits_is_exported_as_a_file(server, part, note, world):
    await note(*(f"{number:02}" for number in range(12)), action="link.saved")
    await note("other")
    await note("elsewhere", guild_id=99, action="link.saved")

    rows, reply = await exported(await audit(server, action="link"))

    assert [row[4] for row in rows] == [f"{number:02}" for number in reversed(range(12))]
    assert rows[0][2].lstrip("'") == str(world.user_named("owner").id)
    assert reply.attachments[0].filename == "patreon-audit-2026-11-21.csv"
    assert "12 entries, newest first" in reply.content


async def test_no_cell_of_the_file_is_a_formula(server, part, note):
    attacks = ["=cmd()", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", 'x";=1']
    await note(*attacks)

    rows, _ = await exported(await audit(server))

    assert len(rows) == len(attacks)
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]


async def test_commands_leave_their_entries(server, part, linked, store, note):
    await store.add_deliveries([delivery()])
    async with store.write() as work:
        (event,) = await work.events.claim_due(NOW, lease=timedelta(minutes=2), limit=1)
        await work.events.park([event.id], reason="Unreadable.", campaign_id="1001")
    owner = server.user("owner")
    await (await owner.slash("patreon sync")).until(lambda a: "finished" in a.text)
    listed = await (await owner.slash("patreon webhooks")).finished()
    reply = await owner.select(listed.message, "Discard a webhook…", str(event.id))
    await until(lambda: reply.followups)

    answer = await audit(server)

    assert "**webhook.discarded**" in answer.text
    assert "**sync.started**" in answer.text
    assert told(answer) == [f"Webhook {event.id} (members\\:update).", "Campaign 1001."]


async def test_buttons_work_for_a_bot_that_was_started_after_them(server, new_part, note):
    await note(*(f"{number:02}" for number in range(12)))
    async with running(new_part()):
        answer = await audit(server)
    async with running(new_part()):
        await turn(answer, "Older")
        rows, _ = await exported(answer)

    assert told(answer) == ["01", "00"]
    assert len(rows) == 12


async def test_hostile_details_are_only_text(server, part, note):
    await note(*HOSTILE[:10])

    for line in told(await audit(server)):
        assert armed(line) is None, line


async def test_an_administrator_who_lost_the_right_sees_no_further_page(
    server, part, note, world, guild
):
    await note(*(f"{number:02}" for number in range(12)))
    role = next(role for role in guild.roles.values() if role.name == "Admin")
    member = guild.members[world.user_named("moderator").id]
    world.set_roles(member, {role.id})
    answer = await audit(server, "moderator")
    world.set_roles(member, set())

    for label in ("Older", CSV):
        reply = await answer.press(label)
        assert "This changes settings" in reply.content
        assert reply.attachments == []
    assert told(answer)[0] == "11"


@pytest.fixture
def elsewhere(world):
    """Another server, with an owner and a channel `lobby`."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    return other


def forged(world, channel, custom_id):
    """A message of the bot with a button that it never made."""
    message = world.messages.write("patreon-bot", channel, FORGED)
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [button]}]
    return message


async def test_a_stranger_sees_no_entry_of_this_server(server, part, note, world, elsewhere):
    await note("Secret.", action="secret.thing")
    stranger = server.user("stranger")

    answer = await audit(server, "stranger", channel="lobby")
    suggested = await stranger.autocomplete("patreon audit", "action", channel="lobby")
    page = forged(world, "lobby", "audit1|newer|0||")
    await stranger.press(page, "Go")
    await until(lambda: page.embeds)
    export = await stranger.press(forged(world, "lobby", "audit1|csv|0||"), "Go")
    await export.finished()

    assert "Nothing has been noted yet" in answer.text
    assert suggested == []
    assert "Nothing has been noted yet" in str(page.embeds)
    assert "nothing to export" in export.content
    assert export.attachments == []


@pytest.mark.parametrize(
    "custom_id",
    ["audit0|newest|0||", "audit1|burn|0||", "audit1|older|x||", "audit1|csv|0|0|", "audit1|",
     "audit1|csv|0||NO SUCH"],
)  # fmt: skip
async def test_a_forged_button_is_answered_with_a_sentence(server, part, world, note, custom_id):
    await note("x")

    reply = await server.user("owner").press(forged(world, "general", custom_id), "Go")

    assert "out of date" in reply.content
