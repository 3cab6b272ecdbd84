"""Switching troubles on and off."""

import pytest

from sandbox.discord.permissions import Permission
from sandbox.page.protocol import NotNow
from sandbox.page.troubles import Troubles


@pytest.fixture
async def troubles(sandbox):
    troubles = Troubles(sandbox.scene)
    yield troubles
    await troubles.close()


def _view(troubles: Troubles, name: str) -> dict:
    return next(each for each in troubles.view() if each["name"] == name)


async def test_every_switch_goes_on_and_off_again(troubles):
    for each in [one for one in troubles.view() if one["is_switch"]]:
        assert await troubles.make(each["name"], on=True)
        assert _view(troubles, each["name"])["is_on"]
        assert await troubles.make(each["name"], on=False)
        assert not _view(troubles, each["name"])["is_on"]


async def test_everything_that_happens_once_says_what_it_did(troubles):
    for each in [one for one in troubles.view() if not one["is_switch"]]:
        assert (await troubles.make(each["name"], on=True)).endswith(".")


async def test_a_withdrawn_permission_is_gone_and_comes_back(troubles, sandbox):
    world = sandbox.scene.world
    feed = world.channel_named("patreon-feed")

    await troubles.make("discord-denied", on=True)
    assert not world.permissions(world.bot.id, feed) & Permission.SEND_MESSAGES

    await troubles.make("discord-denied", on=False)
    assert world.permissions(world.bot.id, feed) & Permission.SEND_MESSAGES


async def test_a_deleted_channel_comes_back_under_its_old_id(troubles, sandbox):
    await troubles.make("discord-gone", on=True)
    assert sandbox.scene.channel_named("patreon-feed") is None
    with pytest.raises(NotNow):
        await troubles.make("discord-denied", on=True)

    await troubles.make("discord-gone", on=False)
    assert sandbox.scene.channel_named("patreon-feed").id == sandbox.feed_channel_id


async def test_planned_failures_happen_and_can_be_forgotten(troubles, sandbox, http):
    url = f"{sandbox.patreon_api_url}/identity"
    headers = {"Authorization": f"Bearer {sandbox.access_token}", "User-Agent": "test"}

    await troubles.make("patreon-500", on=True)
    async with http.get(url, headers=headers) as answer:
        assert answer.status == 500

    await troubles.make("forget", on=True)
    async with http.get(url, headers=headers) as answer:
        assert answer.status == 200


async def test_a_switch_is_told_to_every_browser(browse):
    async with browse() as one, browse() as other:
        await other.state()
        assert (await one.ask("trouble", name="hooks-copies", on=True))["ok"]
        update = await other.until(lambda each: each["type"] == "troubles")

    assert next(t for t in update["troubles"] if t["name"] == "hooks-copies")["is_on"]
