import json
import signal
import sqlite3
from contextlib import closing

import aiohttp
import pytest

from tests.bot.conftest import HOOK_SECRET, until


async def get(bot, path):
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{bot.port}{path}") as answer,
        ):
            return answer.status, await answer.text()
    except aiohttp.ClientConnectionError:
        return 0, ""


async def is_ready(bot):
    return (await get(bot, "/readyz"))[0] == 200


async def test_the_bot_starts_becomes_ready_and_stops_cleanly_on_sigterm(bot, discord):
    async with bot.running() as process:
        await until(lambda: is_ready(bot))
        assert (await bot.run("health"))[0] == 0
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.returncode is not None)

    assert process.returncode == 0
    assert len(bot.said("bot started")) == 1
    assert len(bot.said("bot stopped")) == 1
    assert [entry for entry in bot.log if entry.get("level") not in ("info", None)] == []
    assert all("level" in entry for entry in bot.log)
    assert (await bot.run("health"))[0] == 1


async def test_a_webhook_becomes_a_message_in_the_feed(bot, discord, patreon):
    feed = discord.world.channel_named("patreon-feed")
    patreon.world.add_hook(f"http://127.0.0.1:{bot.port}/webhooks/patreon", HOOK_SECRET)

    async with bot.running():
        await until(lambda: is_ready(bot))
        patreon.world.join(name="Zora Quill")
        await until(lambda: discord.world.messages.all_in(feed))

    messages = discord.world.messages.all_in(feed)
    assert len(messages) == 1
    assert discord.violations == []


async def test_a_refused_token_ends_the_process_with_a_sentence_and_no_traceback(bot):
    bot.environ["DISCORD_TOKEN"] = "MTk4.wrong.token"

    code, _, err = await bot.run("run")

    assert code == 1
    assert "Discord refuses the bot's token" in err
    assert "Traceback" not in err
    assert "MTk4.wrong.token" not in err


async def test_a_taken_port_ends_the_process_with_a_sentence(bot):
    async with bot.running():
        await until(lambda: is_ready(bot))
        bot.environ["DATABASE_URL"] = "sqlite:///data/other.db"

        code, _, err = await bot.run("run")

    assert code == 1
    assert f"cannot listen on 127.0.0.1 port {bot.port}" in err
    assert "Traceback" not in err


async def test_a_second_bot_with_the_same_database_is_refused(bot):
    async with bot.running():
        await until(lambda: is_ready(bot))
        bot.environ["PATREON_SERVER_PORT"] = "0"

        code, _, err = await bot.run("run")
        assert (await bot.run("status"))[0] == 0

    assert code == 1
    assert "Another bot already runs with the database" in err
    assert "Traceback" not in err


async def test_problems_of_the_configuration_go_to_standard_error_with_exit_code_1(bot):
    del bot.environ["DISCORD_TOKEN"]
    bot.environ["PATREON_SERVER_PORT"] = "many"

    code, out, err = await bot.run()

    assert (code, out) == (1, "")
    assert "`discord.token` (DISCORD_TOKEN) is not set" in err
    assert "`server.port` (PATREON_SERVER_PORT) should be a valid integer" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["frobnicate"], ["run", "--nonsense"], ["demo", "--port"]])
async def test_wrong_arguments_are_a_matter_of_usage(bot, arguments):
    code, _, err = await bot.run(*arguments)

    assert code == 2
    assert "usage:" in err


async def test_the_version_is_told(bot):
    assert await bot.run("--version") == (0, "0.1.0\n", "")


async def test_a_database_in_an_impossible_place_is_a_sentence(bot):
    (bot.folder / "file").write_text("")
    bot.environ["DATABASE_URL"] = f"sqlite:///{bot.folder}/file/bot.db"

    code, _, err = await bot.run("migrate")

    assert code == 1
    assert "cannot be made" in err
    assert "Traceback" not in err


async def test_migrate_makes_the_database_once(bot):
    first = await bot.run("migrate")
    second = await bot.run("migrate")

    assert (first[0], second[0]) == (0, 0)
    assert first[1].startswith("Applied: ")
    assert second[1] == "The database is up to date.\n"


async def test_sync_reports_and_status_tells_what_was_synced(bot, patreon):
    code, out, err = await bot.run("sync")
    assert (code, err) == (0, "")
    assert "30 members, 30 new" in out
    assert "first complete sync" in out

    code, out, _ = await bot.run("sync", patreon.world.campaign().id)
    assert code == 0
    assert "0 new, 0 changed, 0 gone; " in out

    code, out, _ = await bot.run("status", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["running"] is False
    assert facts["creators"][0]["tokens"] == "ok"
    (campaign,) = facts["campaigns"]
    assert campaign["name"] == "Lantern Observatory"
    assert sum(campaign["members"].values()) == 30
    assert campaign["synced_at"]


async def test_sync_of_an_unknown_campaign_says_why_it_cannot(bot):
    code, _, err = await bot.run("sync", "999")

    assert code == 1
    assert "Campaign 999 cannot be synced" in err
    assert "Traceback" not in err


def content(folder):
    """Every file below a folder with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def feeds_in(bot):
    """The feed channels of the links that the database holds."""
    with closing(sqlite3.connect(bot.folder / "data" / "bot.db")) as database:
        rows = database.execute("SELECT feed_channel_id FROM links WHERE is_active").fetchall()
    return [str(channel) for (channel,) in rows]


async def test_status_changes_nothing_whatever_its_configuration_says(bot):
    await bot.run("sync")
    before = content(bot.folder)
    bot.environ["LINKS_CAMPAIGN"] = "999"
    bot.environ["PATREON_CREATOR_ACCESS_TOKEN"] = "another-0815"

    code, out, _ = await bot.run("status")

    assert code == 0
    assert "Lantern Observatory" in out
    assert content(bot.folder) == before


async def test_status_without_a_database_makes_none_and_says_what_to_do(bot):
    code, _, err = await bot.run("status")

    assert code == 1
    assert "run `python -m bot migrate` first" in err
    assert content(bot.folder) == {}


async def test_status_before_a_migration_makes_none_and_says_what_to_do(bot):
    await bot.run("migrate")
    with closing(sqlite3.connect(bot.folder / "data" / "bot.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    before = content(bot.folder)

    code, _, err = await bot.run("status")

    assert code == 1
    assert "lacks the migrations 000" in err
    assert "run `python -m bot migrate` first" in err
    assert content(bot.folder) == before


async def test_a_sync_imports_links_only_where_there_are_none(bot):
    first = bot.environ["LINKS_FEED"]
    await bot.run("sync")
    assert feeds_in(bot) == [first]
    bot.environ["LINKS_FEED"] = "999999999999999998"

    code, _, _ = await bot.run("sync")

    assert code == 0
    assert feeds_in(bot) == [first]


async def test_the_database_decides_over_links_that_were_configured_before(bot, discord):
    first = bot.environ["LINKS_FEED"]
    await bot.run("sync")
    bot.environ["LINKS_FEED"] = str(discord.world.channel_named("staff").id)

    async with bot.running():
        await until(lambda: is_ready(bot))

    assert feeds_in(bot) == [first]
    assert bot.said("configured link is not used, the database decides")


async def test_a_lock_that_cannot_be_opened_is_a_sentence_with_its_cure(bot):
    (bot.folder / "data" / "bot.db.lock").mkdir(parents=True)

    code, _, err = await bot.run("run")

    assert code == 1
    assert "bot.db.lock, which keeps a second bot away" in err
    assert "let the bot's user write it" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["run", "sync", "status", "migrate"])
@pytest.mark.parametrize("address", ["geheim-0815@127.0.0.1:99999", "gehe]im[#0815@127.0.0.1:1"])
async def test_a_database_address_that_cannot_work_is_a_sentence(bot, command, address):
    bot.environ["DATABASE_URL"] = f"postgresql://ada:{address}/bot"

    code, out, err = await bot.run("--verbose", command)

    assert code == 1
    assert "Traceback" not in err
    assert "0815" not in out + err


async def test_asking_whether_a_bot_runs_loads_no_database(bot):
    bot.environ["PYTHONPROFILEIMPORTTIME"] = "1"

    _, _, err = await bot.run("health")

    assert "bot.config" in err
    assert "sqlalchemy" not in err


async def test_status_tells_no_secret(bot):
    await bot.run("migrate")
    _, text, _ = await bot.run("status")
    _, as_json, _ = await bot.run("status", "--json")

    assert "webhook secret: configured" in text
    for secret in (HOOK_SECRET, bot.environ["DISCORD_TOKEN"]):
        assert secret not in text + as_json


async def test_stored_tokens_are_not_readable_in_the_file(bot):
    await bot.run("sync")

    with closing(sqlite3.connect(bot.folder / "data" / "bot.db")) as database:
        dump = "\n".join(database.iterdump())
    assert bot.environ["PATREON_CREATOR_ACCESS_TOKEN"] not in dump
    assert (bot.folder / "data" / "secret.key").stat().st_mode & 0o777 == 0o600


async def test_check_tells_problems_with_exit_code_1(bot):
    good = await bot.run("check", "--json")
    bot.environ["PATREON_CLIENT_ID"] = "changeme"
    bad = await bot.run("check")

    assert (good[0], bad[0]) == (0, 1)
    assert json.loads(good[1])["counts"]["fail"] == 0
    assert "FAIL  Configuration: `patreon.client_id` (PATREON_CLIENT_ID) still holds a" in bad[1]
    assert "1 problem to solve." in bad[1]
    assert good[2] == bad[2] == ""


async def test_the_keys_of_the_checks_in_json_stay_as_documented(bot):
    document = json.loads((await bot.run("check", "--json"))[1])

    assert list(document) == ["format", "result", "counts", "checks"]
    assert document["format"] == 1
    assert list(document["counts"]) == ["ok", "warn", "fail", "skip"]
    for check in document["checks"]:
        assert list(check) == ["id", "group", "title", "about", "result", "found", "cure"]
        assert check["id"].startswith(f"{check['group']}.")
        assert (check["cure"] == "") == (check["result"] in ("ok", "skip"))


async def test_a_check_that_cannot_be_made_ends_with_exit_code_2(bot):
    bot.environ["DATABASE_URL"] = f"sqlite:///{'x' * 300}.db"

    code, out, _ = await bot.run("check", "--json")

    assert (code, out) == (2, "")


async def test_verbose_and_config_may_stand_before_and_behind_the_command(bot):
    (bot.folder / "other.toml").write_text('[log]\nlevel = "loud"')

    before = await bot.run("--config", "other.toml", "migrate")
    behind = await bot.run("migrate", "--config", "other.toml")

    assert before[0] == behind[0] == 1
    assert "`log.level` (LOG_LEVEL)" in before[2]
    assert before[2] == behind[2]
