"""`/patreon doctor`: every check of a server, its cures, and nobody else's matters."""

from dataclasses import replace

import pytest

from core.doctor.checks import Outcome
from core.doctor.examine import Doctor
from core.doctor.guild import GuildFacts
from core.errors import TemporaryError
from core.ports import Connection
from core.rights import Person, Right
from sandbox.discord.permissions import Permission
from tests.cogs.calm import CHOICES, DOOR
from tests.factories import save_link

pytestmark = pytest.mark.usefixtures("part", "linked")


async def doctor(server, user="owner", **options):
    return await (await server.user(user).slash("patreon doctor", **options)).finished()


async def everything(answer):
    """The texts of all pages."""
    texts = [answer.text]
    while any("Next" in str(row) for row in answer.components):
        before = answer.text
        await answer.press("Next")
        await answer.until(lambda a, before=before: a.text != before)
        texts.append(answer.text)
    return "\n".join(texts)


async def test_a_server_is_examined_privately_with_at_least_thirty_checks(server, services):
    await services.sync.run("1001")

    answer = await doctor(server)

    assert answer.ephemeral
    count = int(answer.embeds[0]["footer"]["text"].split(" checks")[0])
    assert count >= 30
    assert "Run again" in str(answer.components)
    assert len(await everything(answer)) > count


async def test_what_fails_stands_first_with_its_cure(server, world, feed):
    world.allow(feed, world.role_named("Patreon Bot"), deny=Permission.EMBED_LINKS)

    answer = await doctor(server)

    text = answer.embeds[0]["description"]
    assert answer.embeds[0]["title"].startswith("🔴 1 problem")
    assert "**Channels**\n🔴 Embed Links" in text
    assert "The bot lacks Embed Links in #patreon-feed." in text
    assert "> Give it in the settings of" in text


async def test_a_channel_that_is_gone_and_a_lost_view_are_told_apart(
    server, world, store, guild, feed
):
    await save_link(store, guild_id=guild.id, feed_channel_id=999, staff_channel_id=feed.id)
    world.allow(feed, world.role_named("Patreon Bot"), deny=Permission.VIEW_CHANNEL)

    text = await everything(await doctor(server))

    assert "There is no such channel." in text
    assert "The bot lacks View Channel" in text


async def test_run_again_tells_of_what_was_mended(server, world, feed, clock):
    role = world.role_named("Patreon Bot")
    world.allow(feed, role, deny=Permission.EMBED_LINKS)
    answer = await doctor(server)
    assert "🔴" in answer.embeds[0]["title"]

    world.allow(feed, role, allow=Permission.EMBED_LINKS)
    clock.advance(minutes=1)
    await answer.press("Run again")

    await answer.until(lambda a: "🔴" not in a.embeds[0]["title"])


async def test_pressing_again_and_again_asks_once_in_a_while(server, surroundings):
    answer = await doctor(server)
    await answer.press("Run again")
    await doctor(server)

    assert surroundings.looks == 1


async def test_a_page_that_nobody_remembers_is_examined_anew(server, surroundings, clock):
    answer = await doctor(server)
    clock.advance(minutes=11)
    before = answer.text

    await answer.press("Next")
    await answer.until(lambda a: a.text != before)

    assert "page 2 of" in answer.embeds[0]["footer"]["text"]
    assert surroundings.looks == 2


async def test_a_stranger_without_the_right_learns_nothing(server, world, services, guild):
    for command in world.commands.all():
        command["default_member_permissions"] = None
    await services.rights.change(
        guild.id,
        guild.id,
        frozenset({Right.SEE_MEMBERS}),
        by=Person(user_id=1, can_manage_guild=True),
        role_name="everyone",
        is_confirmed=True,
    )

    answer = await doctor(server, user="member")

    assert answer.embeds == []
    assert "Examined" not in answer.text


async def test_a_stranger_of_another_server_is_told_of_their_own_alone(
    server, world, store, services, guild
):
    await services.sync.run("1001")
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])

    mine = await everything(await doctor(server))
    theirs = await everything(await doctor(server, user="stranger", channel="lobby"))

    assert "1001" in mine
    for secret in ("1001", "Workshop", "Ada", "patreon-feed", guild.name, str(guild.id)):
        assert secret not in theirs
    assert "Elsewhere" in theirs


async def test_a_database_that_is_away_is_a_finding_and_not_a_crash(
    guild, status, store, api, surroundings, clock
):
    class Away:
        def __getattr__(self, name):
            return getattr(store, name)

        async def check(self):
            raise TemporaryError("The disk is full.")

    broken = Doctor(Away(), status, lambda _: api, surroundings, CHOICES, clock=clock)
    here = GuildFacts(guild_id=guild.id, name="Here", role_ids=frozenset())

    done = await broken.examine(here, Connection(is_ready=True))

    (found,) = [check for check in done.checks if check.id == "database.opens"]
    assert (found.result, found.found) == (Outcome.FAIL, "The disk is full.")


async def test_the_doctor_never_says_a_secret_whoever_tells_it(
    guild, services, status, store, api, surroundings, clock
):
    await services.sync.run("1001")
    surroundings.at_the_door = replace(DOOR, status=502, why="answers with geheim-0815")
    careful = Doctor(
        store,
        status,
        lambda _: api,
        surroundings,
        CHOICES,
        clock=clock,
        secrets=lambda: ["geheim-0815", "Workshop"],
    )

    done = await careful.examine(
        GuildFacts(guild_id=guild.id, name="The Workshop", role_ids=frozenset()),
        Connection(is_ready=True),
    )

    told = " ".join(f"{check.found} {check.cure} {check.about}" for check in done.checks)
    assert "geheim" not in told
    assert "Workshop" not in told
    assert "answers with (hidden)." in told
