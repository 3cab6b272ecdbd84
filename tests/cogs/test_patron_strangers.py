"""`/patron` is about the person who acts: nobody sees or changes anything of somebody else."""

import pytest

from core.consents import Purpose
from tests.cogs.conftest import until
from tests.cogs.patronage import FORGED, ada, asked, forged, ids, know, person, stored
from tests.factories import NOW, campaign, link, member, tier

COMMANDS = ("me", "export", "forget", "privacy", "link", "unlink")
ACTS = ("page", "forget", "keep", "hide-name", "show-name", "hide-tier", "show-tier")
SECRETS = ("Ada", "Workshop", "Friend", "$5", "$15", "5001")


@pytest.fixture
async def known(store, linked, world, services, guild):
    """Kim is Ada; she hides her tier."""
    await know(store, ada(world))
    await services.patrons.hide(guild.id, person(world), tier=True)


@pytest.fixture
async def elsewhere(world, part):
    """Another server with Kim and a stranger in it."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    lobby = world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    world.add_member(other, world.user_named("member"), [])
    await until(lambda: part._bot.get_channel(lobby.id) is not None)
    return other


async def standing(store, services, guild, world):
    async with store.read() as work:
        return (
            await stored(store),
            await work.people.get(member().user_id),
            await services.patrons.about(guild.id, person(world)),
            await work.changes.count_of_member(member().id),
        )


def found_in(answer):
    text = f"{answer.text} {[file.data for file in answer.attachments]}"
    return [secret for secret in SECRETS if secret in text]


async def said(pressed):
    """Everything that a press shows, except what the message showed before."""
    await until(lambda: pressed.followups or pressed.content != FORGED or pressed.message.embeds)
    shown = [pressed.message, *pressed.followups]
    return " ".join(f"{one.content}{one.embeds}{one.components}" for one in shown)


@pytest.mark.parametrize("name", ["moderator", "owner"])
async def test_a_stranger_in_the_same_server_learns_and_changes_nothing(
    name, part, server, known, store, services, guild, world
):
    before = await standing(store, services, guild, world)

    for command in COMMANDS:
        answer = await asked(server.user(name), command)

        assert answer.ephemeral
        assert found_in(answer) == [], command
    assert await standing(store, services, guild, world) == before


@pytest.mark.parametrize("name", ["moderator", "owner"])
@pytest.mark.parametrize("act", ACTS)
async def test_a_stranger_cannot_use_somebody_elses_button(
    name, act, part, server, known, store, services, guild, world
):
    before = await standing(store, services, guild, world)
    message = forged(world, f"patron1|{act}|{person(world)}|0")

    text = await said(await server.user(name).press(message, "Go"))

    assert "belongs to somebody else" in text
    assert [secret for secret in SECRETS if secret in text.replace("patron1", "")] == []
    assert await standing(store, services, guild, world) == before


@pytest.mark.parametrize("act", ACTS)
async def test_a_button_with_the_strangers_own_id_is_about_the_stranger(
    act, part, server, known, store, services, guild, world
):
    before = await standing(store, services, guild, world)
    message = forged(world, f"patron1|{act}|{person(world, 'moderator')}|0")

    text = await said(await server.user("moderator").press(message, "Go"))

    assert [secret for secret in SECRETS if secret in text] == []
    assert await standing(store, services, guild, world) == before


@pytest.mark.parametrize(
    "custom_id",
    ["patron1|me|{me}|0", "patron0|forget|{me}|0", "patron1|forget|{me}", "patron1|forget||0",
     "patron1|page|{me}|-1", "patron1|page|{me}|٣", "patron|", "patron1|forget|{me}|0|x",
     "patron1|page|99999999999999999999999|0"],
)  # fmt: skip
async def test_a_button_of_another_version_says_what_to_do(custom_id, part, server, known, world):
    message = forged(world, custom_id.format(me=person(world)))

    text = await said(await server.user("member").press(message, "Go"))

    assert "out of date" in text


async def test_in_a_strangers_server_the_patron_finds_only_what_that_server_follows(
    server, known, elsewhere, store
):
    kim = server.user("member")
    for command in ("me", "export", "forget", "privacy"):
        answer = await asked(kim, command, channel="lobby")
        assert "knows nobody here who is you" in answer.content
        assert found_in(answer) == []
    async with store.write() as work:
        creator_id = await work.creators.add()
        theirs = campaign(id="2002", name="Second Stage")
        await work.campaigns.save(
            theirs, [tier(id="301", campaign_id="2002", title="Fan")], creator_id=creator_id
        )
        await work.links.save(link(guild_id=elsewhere.id, campaign_id="2002"), at=NOW)
        mine = member(
            id="mine", campaign_id="2002", tier_ids=("301",), name="Ida",
            discord_id=kim.user.id, entitled_cents=700,
        )  # fmt: skip
        await work.members.save([(mine, b"2")], seen_at=NOW)

    answer = await asked(kim, "me", channel="lobby")
    (file,) = (await asked(kim, "export", channel="lobby")).attachments

    assert "Second Stage" in answer.text
    assert "Workshop" not in answer.text
    assert "Name: Ida" in answer.text
    assert b"Workshop" not in file.data
    assert member().id.encode() not in file.data


async def test_the_patrons_own_button_shows_a_strangers_server_nothing(
    server, known, elsewhere, world
):
    message = forged(world, f"patron1|page|{person(world)}|0", "lobby")

    text = await said(await server.user("member").press(message, "Go"))

    assert "knows nobody here who is you" in text
    assert [secret for secret in SECRETS if secret in text] == []


async def test_the_patron_sees_all_of_it(part, server, known):
    answer = await asked(server.user("member"), "me")

    assert {"Ada", "Workshop", "Friend", "$5", "$15"} <= set(found_in(answer))


async def test_a_strangers_proof_moves_the_account_and_not_the_person(
    part, server, known, services, exchange, world
):
    """The newest proof wins: whoever logs in at Patreon as Ada is Ada from then on."""
    invitation = await services.consent.begin(
        Purpose.PATRON, guild_id=None, user_id=person(world, "moderator")
    )
    exchange.account = type(exchange.account)(patreon_id="5001", name="Ada")
    await services.consent.finish(invitation.url.partition("?s=")[2], "code")

    before = await asked(server.user("member"), "me")
    now = await asked(server.user("moderator"), "me")

    assert "knows nobody here who is you" in before.content
    assert "Name: Ada" in now.text


async def test_every_button_names_the_one_it_was_offered_to(part, server, known, world):
    kim = server.user("member")
    answers = [await asked(kim, command) for command in ("forget", "privacy")]

    offered = [custom_id for answer in answers for custom_id in ids(answer).values()]
    assert len(offered) == 4
    assert {custom_id.split("|")[2] for custom_id in offered} == {str(kim.user.id)}
