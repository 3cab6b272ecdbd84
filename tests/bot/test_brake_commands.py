"""A sync that stops, answered at the terminal."""

import json


async def sync_after_loss(bot, patreon):
    """Sync, lose 27 of 30 members, and sync again."""
    assert (await bot.run("sync"))[0] == 0
    world = patreon.world
    for member in list(world.members())[:27]:
        world.roster().remove(member)
    return await bot.run("sync")


async def test_a_sync_that_stops_says_so_and_how_to_apply(bot, patreon):
    code, out, err = await sync_after_loss(bot, patreon)

    assert (code, err) == (1, "")
    assert "27 of 30 members are missing from Patreon's list; nobody was marked as gone." in out
    assert "python -m bot sync --apply-removals" in out
    assert " 0 gone;" in out
    _, status, _ = await bot.run("status", "--json")
    [campaign] = json.loads(status)["campaigns"]
    assert (campaign["question"]["missing"], campaign["question"]["answer"]) == (27, "none yet")


async def test_apply_removals_lets_the_missing_go_once(bot, patreon):
    await sync_after_loss(bot, patreon)

    code, out, err = await bot.run("sync", "--apply-removals")
    assert (code, err) == (0, "")
    assert "27 gone" in out

    code, out, _ = await bot.run("sync", "--apply-removals")
    assert code == 0
    assert "no removal waits to be applied" in out
    assert " 0 gone;" in out


async def test_the_share_is_configured(bot, patreon):
    bot.environ["SYNC_MOST_GONE_PERCENT"] = "100"

    code, out, _ = await sync_after_loss(bot, patreon)

    assert code == 0
    assert "27 gone" in out
