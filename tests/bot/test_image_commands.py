"""`python -m bot images …` as the admin uses it."""

import json

import pytest


async def synced(bot):
    code, _, err = await bot.run("sync")
    assert (code, err) == (0, "")


async def facts(bot):
    """What the status answers in JSON."""
    code, out, err = await bot.run("images", "status", "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


async def test_pictures_are_fetched_and_the_status_tells_of_them(bot, patreon):
    await synced(bot)
    before = await facts(bot)
    fetched = await bot.run("images", "refresh")
    after = await facts(bot)

    known = sum(kind["known"] for kind in before["kinds"].values())
    assert known > 0
    assert fetched[0] == 0, fetched
    assert f"{known} pictures checked" in fetched[1]
    assert [kind["cached"] for kind in after["kinds"].values()] == [
        kind["known"] for kind in before["kinds"].values()
    ]
    assert all(kind["failed"] == {} for kind in after["kinds"].values())
    assert 0 < after["size_bytes"] < after["max_bytes"]


async def test_one_kind_can_be_refreshed_and_forced(bot, patreon):
    await synced(bot)

    first = await bot.run("images", "refresh", "--model", "campaign")
    again = await bot.run("images", "refresh", "--model", "campaign")
    forced = await bot.run("images", "refresh", "--model", "campaign", "--force")

    cached = {name: kind["cached"] for name, kind in (await facts(bot))["kinds"].items()}
    count = cached.pop("campaign")
    assert count > 0
    assert set(cached.values()) == {0}
    assert [first[0], again[0], forced[0]] == [0, 0, 0]
    assert f"{count} fetched" in first[1]
    assert f"{count} were here already; 0 fetched" in again[1]
    assert f"{count} unchanged" in forced[1]


async def test_pictures_that_cannot_be_had_are_told_with_what_to_do(bot, patreon):
    await synced(bot)
    bot.environ["PATREON_IMAGE_STAND_INS"] = ""

    code, out, err = await bot.run("images", "refresh")
    status = await bot.run("images", "status")

    assert code == 1
    assert "`patreon.image_hosts`" in out
    assert status[0] == 0
    assert "failed: " in status[1]
    assert "`patreon.image_hosts`" in status[1]
    assert "token-time" not in out + err + status[1]


@pytest.mark.parametrize("arguments", [["--model", "cat"], ["--model", "user"]])
async def test_an_unknown_kind_is_refused_with_the_known_ones(bot, arguments):
    code, _, err = await bot.run("images", "refresh", *arguments)

    assert code == 2
    assert "member" in err


async def test_before_the_first_sync_there_is_nothing_to_refresh(bot):
    code, out, err = await bot.run("images", "refresh")
    status = await bot.run("images", "status")

    assert (code, out) == (1, "")
    assert "python -m bot sync" in err
    assert status[0] == 0
    assert "no pictures yet" in status[1]
