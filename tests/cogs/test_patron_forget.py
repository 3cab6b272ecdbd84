"""`/patron forget`: asked first, done once, told with counts."""

import pytest

from tests.cogs.conftest import running, until
from tests.cogs.patronage import ada, asked, know, offered, person, stored
from tests.factories import member


@pytest.fixture
def kim(server, part):
    return server.user("member")


@pytest.fixture
async def known(store, linked, world):
    await know(store, ada(world))


async def confirmed(actor, answer, label="Forget me"):
    await actor.press(answer.message, label)
    return await answer.until(lambda a: a.components == [])


async def test_it_asks_first_and_says_what_goes_and_what_stays(kim, known, store):
    answer = await asked(kim, "forget")

    assert answer.ephemeral
    assert offered(answer) == ["Forget me", "Keep it"]
    for words in ("Deleted", "your name", "Kept", "announced as new", "/patron link ends it"):
        assert words in answer.text
    assert (await stored(store)).name == "Ada"


async def test_keeping_it_changes_nothing(kim, known, store):
    answer = await confirmed(kim, await asked(kim, "forget"), "Keep it")

    assert "Nothing was deleted" in answer.text
    assert (await stored(store)).name == "Ada"


async def test_confirming_forgets_after_a_restart_too(new_part, server, known, store):
    async with running(new_part()):
        answer = await asked(server.user("member"), "forget")
    async with running(new_part()):
        kim = server.user("member")
        await confirmed(kim, answer)
        after = await asked(kim, "me")

    left = await stored(store)
    assert "The bot has forgotten you" in answer.text
    assert "1 membership" in answer.text
    assert "`/patron link`" in answer.text
    assert (left.name, left.discord_id) == (None, None)
    assert "knows nobody here who is you" in after.content


async def test_messages_that_name_the_patron_are_rewritten(
    kim, linked, services, api, world, feed, delivering
):
    api.members = [ada(world)]
    await services.sync.run("1001")
    await until(lambda: "Ada joined" in text_in(world, feed))
    question = await asked(kim, "forget")
    warned = question.text

    answer = await confirmed(kim, question)

    await until(lambda: "Ada joined" not in text_in(world, feed))
    assert "announcements (1 about your memberships here): they will say “A patron”" in warned
    assert "1 announcement about you will say “A patron”" in answer.text
    assert "A patron" in text_in(world, feed)


async def test_a_second_press_of_an_old_question_says_that_nobody_is_known(
    kim, known, store, world
):
    answer = await asked(kim, "forget")
    components = answer.components
    await confirmed(kim, answer)
    answer.message.components = components

    pressed = await kim.press(answer.message, "Forget me")
    await until(lambda: pressed.followups or "were forgotten before" in answer.text)

    assert (await stored(store)).name is None


async def test_linking_again_ends_it(kim, known, services, store, world, linked):
    await confirmed(kim, await asked(kim, "forget"))

    await services.patrons.link(member().user_id, person(world))

    assert "active patron" in (await asked(kim, "me")).text


def text_in(world, channel):
    messages = world.messages.all_in(channel.id)
    return " ".join(f"{one.content} {one.embeds}" for one in messages)
