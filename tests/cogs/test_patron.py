"""`/patron me` and `/patron export`: what the bot knows about the one who asks."""

import json
import re
from dataclasses import replace

import pytest

from core.consent import Consent
from core.images import ImageKind
from core.members import Status
from tests.cogs.conftest import running
from tests.cogs.patronage import ada, asked, know, offered, person
from tests.cogs.reading import HOSTILE, armed
from tests.factories import NOW, campaign, link, member, tier

UNKNOWN = "knows nobody here who is you"
LABELS = ("active patron of ", "Name: ", "Tier: ", "Last charge: ")
MOMENT = re.compile(r"<t:\d+:\w>")


@pytest.fixture
def kim(server, part):
    return server.user("member")


@pytest.fixture
async def known(store, linked, world):
    await know(store, ada(world))


async def test_a_patron_sees_status_tier_pledge_and_history_alone(kim, known):
    answer = await asked(kim, "me")

    assert answer.ephemeral
    for words in (
        "active patron of Ada's Workshop",
        "Tier: Friend",
        "Since: <t:",
        "Name: Ada",
        "Pledge: $5 every month",
        "Paid so far: $15",
        "Next charge: <t:",
        "Announcements about you: 0",
        "joined as a patron: Friend",
        "Patreon told it",
        "You hide nothing",
        "`/patron privacy`",
        "/patron export",
    ):
        assert words in answer.text
    assert answer.components == []


async def test_every_page_shows_the_patrons_own_avatar(kim, store, linked, world, pictures):
    await know(store, ada(world), changes=20)
    await pictures.see(ImageKind.USER, member().id)

    answer = await asked(kim, "me")
    first = [file.data for file in answer.attachments]
    before = answer.text
    await answer.press("Next")
    await answer.until(lambda a: a.text != before)

    assert first == [f"picture user-{member().id} avatar".encode()]
    assert [file.data for file in answer.attachments] == first
    assert answer.embeds[0]["thumbnail"]["url"] == answer.attachments[0].url


async def test_everybody_is_offered_patron_and_patreon_stays_hidden(kim, linked):
    assert [command["name"] for command in kim.commands()] == ["patron"]


async def test_the_own_pledge_is_shown_though_it_is_hidden_on_patreon(kim, store, linked, world):
    await know(store, ada(world, hides_pledges=True))

    assert "Pledge: $5" in (await asked(kim, "me")).text


async def test_tiers_have_the_names_that_the_server_gives_them(kim, known, store, guild):
    async with store.write() as work:
        await work.tier_names.save(guild.id, "201", "Inner Circle", at=NOW)

    answer = await asked(kim, "me")

    assert "Tier: Inner Circle" in answer.text
    assert "Friend" not in answer.text


async def test_announcements_that_name_the_patron_are_counted(kim, linked, services, api, world):
    api.members = [ada(world)]
    await services.sync.run("1001")

    assert "Announcements about you: 1" in (await asked(kim, "me")).text


async def test_whoever_proved_it_reads_when(kim, services, store, linked, clock, world):
    await know(store, member())
    await services.patrons.link(member().user_id, person(world))

    answer = await asked(kim, "me")

    assert f"you proved it on <t:{int(NOW.timestamp())}:D>" in answer.text
    assert "Name: Ada" in answer.text


async def test_several_campaigns_and_a_long_history_are_pages_that_outlive_a_restart(
    new_part, server, store, linked, guild, world
):
    async with store.write() as work:
        creator_id = await work.creators.add()
        other = campaign(id="1002", name="Second Stage")
        await work.campaigns.save(
            other, [tier(id="301", campaign_id="1002", title="Fan")], creator_id=creator_id
        )
        await work.links.save(link(guild_id=guild.id, campaign_id="1002"), at=NOW)
    mine = ada(world, id="other", campaign_id="1002", tier_ids=("301",), status=Status.FORMER)
    await know(store, ada(world), changes=20)
    await know(store, mine)
    shown = []
    async with running(new_part()):
        answer = await asked(server.user("member"), "me")
        shown.append(answer.text)
        assert offered(answer) == ["Next"]
    async with running(new_part()):
        for page in (2, 3):
            before = answer.text
            await server.user("member").press(answer.message, "Next")
            await answer.until(lambda a, before=before: a.text != before)
            assert f"Page {page} of 3" in answer.text
            shown.append(answer.text)
    first, second, third = shown

    assert first.count("upgraded") == 15
    assert second.count("upgraded") == 5
    assert "joined" in second
    assert "Ada's Workshop" in first
    assert "Second Stage" in third
    assert "former patron" in third
    assert offered(answer) == ["Back"]


async def test_a_page_that_is_gone_shows_the_last_one(kim, known, store, world):
    answer = await asked(kim, "me")
    answer.message.components = [
        {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "label": "Next",
                 "custom_id": f"patron1|page|{person(world)}|7"}
            ],
        }
    ]  # fmt: skip
    await kim.press(answer.message, "Next")
    await answer.until(lambda a: a.components == [])

    assert "Name: Ada" in answer.text


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_name_arms_anything(kim, store, linked, world, name):
    await know(store, ada(world, name=name, last_charge_status=name))
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.campaigns.save(campaign(name=name), [tier(title=name)], creator_id=creator_id)

    answer = await asked(kim, "me")

    lines = answer.embeds[0]["description"].splitlines()
    told = [line.partition(label)[2] for label in LABELS for line in lines if label in line]
    assert len(told) == len(LABELS)
    assert [found for text in told if (found := armed(MOMENT.sub("", text)))] == []


async def test_whoever_is_not_known_is_told_what_to_do(kim, store, linked):
    await know(store, member())

    for command in ("me", "export", "forget", "privacy"):
        answer = await asked(kim, command)

        assert answer.ephemeral
        assert UNKNOWN in answer.content
        assert "`/patron link`" in answer.content
        assert "connect Discord" in answer.content
        assert "Ada" not in answer.text
        assert answer.attachments == []


async def test_a_bot_without_an_address_does_not_offer_to_link(
    new_part, services, server, store, exchange, api, clock, linked
):
    consent = Consent(
        store, exchange, lambda creator_id: api, addresses=None, clock=clock,
        new_state=lambda: "s", on_connected=lambda creator_id: None,
    )  # fmt: skip
    async with running(new_part(services=replace(services, consent=consent))):
        answer = await asked(server.user("member"), "me")

    assert UNKNOWN in answer.content
    assert "/patron link" not in answer.content


async def test_a_server_that_follows_nothing_knows_nobody(kim, store, world):
    assert UNKNOWN in (await asked(kim, "me")).content


async def test_the_export_is_a_file_for_the_patron_alone(kim, known, clock):
    answer = await asked(kim, "export")

    (file,) = answer.attachments
    assert answer.ephemeral
    assert file.filename == "patreon-data-2026-11-21.json"
    assert file.filename in answer.content
    assert "everything that this bot stores about you" in answer.content
    assert "Ada's Workshop" in json.dumps(json.loads(file.data))
    assert '"Ada"' in file.data.decode()


async def test_the_export_holds_nobody_else(kim, known, store):
    await know(store, member(id="other", user_id="5002", name="Zenobia", lifetime_cents=98_765))

    (file,) = (await asked(kim, "export")).attachments

    assert b"Zenobia" not in file.data
    assert b"98765" not in file.data


class Wordy:
    """Somebody of whom more is stored than a file in Discord may hold."""

    async def export(self, guild_id, discord_id):
        return b"x" * (8 * 1024 * 1024 + 1)


async def test_an_export_that_is_too_large_for_discord_says_whom_to_ask(
    new_part, services, server, linked
):
    async with running(new_part(services=replace(services, patrons=Wordy()))):
        answer = await asked(server.user("member"), "export")

    assert "larger than Discord's files" in answer.content
    assert answer.attachments == []
