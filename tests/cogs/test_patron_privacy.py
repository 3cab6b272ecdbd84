"""`/patron privacy`: two toggles that take effect at once and work after a restart."""

import pytest

from core.privacy import Privacy
from tests.cogs.conftest import running, until
from tests.cogs.patronage import ada, asked, know, offered, person
from tests.cogs.test_patron_forget import text_in
from tests.factories import member


@pytest.fixture
def kim(server, part):
    return server.user("member")


@pytest.fixture
async def known(store, linked, world):
    await know(store, ada(world))


async def wishes(services, guild, world):
    return (await services.patrons.about(guild.id, person(world))).privacy


async def pressed(actor, answer, label):
    before = answer.text
    await actor.press(answer.message, label)
    return await answer.until(lambda a: a.text != before)


async def test_the_panel_shows_that_nothing_is_hidden(kim, known):
    answer = await asked(kim, "privacy")

    assert answer.ephemeral
    assert "Your name is **shown**" in answer.text
    assert "Your tier is **shown**" in answer.text
    assert offered(answer) == ["Hide my name", "Hide my tier"]


@pytest.mark.parametrize(
    ("label", "back", "hidden"),
    [
        ("Hide my name", "Show my name", Privacy(hides_name=True)),
        ("Hide my tier", "Show my tier", Privacy(hides_tier=True)),
    ],
)
async def test_a_toggle_hides_at_once_says_so_and_shows_again(
    kim, known, services, guild, world, label, back, hidden
):
    answer = await pressed(kim, await asked(kim, "privacy"), label)

    assert await wishes(services, guild, world) == hidden
    assert "is hidden from now on" in answer.text
    assert back in offered(answer)
    assert "You hide your" in (await asked(kim, "me")).text

    await pressed(kim, answer, back)

    assert await wishes(services, guild, world) == Privacy()
    assert "New announcements name your" in answer.text
    assert offered(answer) == ["Hide my name", "Hide my tier"]


async def test_both_can_be_hidden_and_the_toggles_work_after_a_restart(
    new_part, server, known, services, guild, world
):
    async with running(new_part()):
        answer = await asked(server.user("member"), "privacy")
        await pressed(server.user("member"), answer, "Hide my name")
    async with running(new_part()):
        await pressed(server.user("member"), answer, "Hide my tier")

    assert await wishes(services, guild, world) == Privacy(hides_name=True, hides_tier=True)
    assert offered(answer) == ["Show my name", "Show my tier"]


async def test_pressing_twice_in_an_old_panel_hides_all_the_same(
    kim, known, services, guild, world
):
    old, new = await asked(kim, "privacy"), await asked(kim, "privacy")
    await pressed(kim, new, "Hide my name")

    await pressed(kim, old, "Hide my name")

    assert await wishes(services, guild, world) == Privacy(hides_name=True)


async def test_the_next_announcement_and_the_last_ones_do_not_name_the_patron(
    kim, linked, services, api, world, feed, delivering, clock
):
    api.members = [ada(world)]
    await services.sync.run("1001")
    await until(lambda: "Ada joined" in text_in(world, feed))

    await pressed(kim, await asked(kim, "privacy"), "Hide my name")
    await until(lambda: "Ada joined" not in text_in(world, feed))
    clock.advance(minutes=1)
    api.members = [ada(world, tier_ids=("202",), entitled_cents=1000, will_pay_cents=1000)]
    await services.sync.run("1001")
    await until(lambda: len(world.messages.all_in(feed.id)) == 2)

    assert text_in(world, feed).count("A patron") >= 2
    assert "Ada " not in text_in(world, feed).replace("Ada's Workshop", "")


async def test_a_toggle_for_nobody_known_changes_nothing(kim, known, store, services, world):
    answer = await asked(kim, "privacy")
    async with store.write() as work:
        await work.members.save([(member(), b"2")], seen_at=services.consent._clock())

    reply = await kim.press(answer.message, "Hide my name")
    await until(lambda: reply.followups)

    assert "/patron" in reply.followups[0].content
