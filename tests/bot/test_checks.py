import socket
import sqlite3
from contextlib import closing

import pytest
from cryptography.fernet import Fernet

from bot.alone import alone_with
from bot.app import open_app
from bot.backups.age_keys import PrivateKey
from bot.backups.bech32 import encode
from bot.checks.run import run_checks
from bot.load_config import load
from sandbox.discord.permissions import Permission
from sandbox.discord.records import ChannelType
from storage.keys import load_keys
from tests.bot.conftest import until
from tests.bot.test_cli import is_ready

MACHINE = ("machine", "disk", "clock")


@pytest.fixture(autouse=True)
def here(bot, monkeypatch):
    """The folder in which the bot runs."""
    monkeypatch.chdir(bot.folder)


async def offline(bot, path=None):
    return await run_checks(load(path, bot.environ), path, is_live=False)


async def live(bot):
    return await run_checks(load(None, bot.environ), None, is_live=True)


def of(checks, id_, about=""):
    """The one check of an id, about something that contains `about`."""
    (found,) = [check for check in checks if check.id == id_ and about in check.about]
    return found


def ids(checks, result):
    """The ids of what ended so, apart from what the machine decides that runs the tests."""
    return {c.id for c in checks if c.result == result and c.group not in MACHINE}


def text(found):
    return " ".join(f"{check.about} {check.found} {check.cure}" for check in found)


async def test_a_good_configuration_has_no_problem_and_nothing_is_written(bot):
    bot.environ["LINKS_STAFF"] = "5"

    found = await offline(bot)

    assert ids(found, "fail") == set()
    assert ids(found, "warn") == {"hook.public_url"}
    assert "will be made at the first start" in of(found, "database.opens").found
    assert list(bot.folder.iterdir()) == []


async def test_what_works_in_part_is_a_warning(bot):
    for name in ("PATREON_WEBHOOK_SECRET", "PATREON_CREATOR_REFRESH_TOKEN", "LINKS_FEED"):
        del bot.environ[name]
    del bot.environ["SERVER_PUBLIC_URL"]

    found = await offline(bot)

    assert ids(found, "fail") == set()
    assert ids(found, "warn") == {
        "hook.public_url",
        "hook.secret",
        "patreon.renewal",
        "channels.feed",
        "channels.staff",
    }


@pytest.mark.parametrize(
    ("options", "id_", "sentence", "cure"),
    [
        (
            {"FEED_STAFF_KINDS": "declined"},
            "channels.staff",
            "not announced: declined.",
            "/patreon settings",
        ),
        (
            {"LINKS_FEED": "", "LINKS_STAFF": "5"},
            "channels.feed",
            "No feed channel is chosen, so nothing is announced.",
            "/patreon settings",
        ),
        ({"FEED_KINDS": ","}, "work.kinds", "No kind of change is announced.", "leave it out"),
        ({"FEED_DIGEST_ABOVE": "0"}, "work.digests", "a message of its own", "FEED_DIGEST_ABOVE"),
    ],
)
async def test_changes_that_nobody_would_see_are_warned_of(bot, options, id_, sentence, cure):
    bot.environ |= options

    found = of(await offline(bot), id_)

    assert found.result == "warn"
    assert sentence in found.found
    assert cure in found.cure


@pytest.mark.parametrize(
    "options",
    [
        {"FEED_STAFF_KINDS": "declined", "LINKS_STAFF": "5"},
        {"FEED_STAFF_KINDS": "declined", "LINKS_STAFF": "5", "LINKS_FEED": ""},
        {"FEED_STAFF_KINDS": "declined", "FEED_KINDS": "joined", "LINKS_STAFF": "5"},
    ],
)
async def test_kinds_whose_channel_is_there_or_that_are_not_announced_are_fine(bot, options):
    bot.environ |= options

    assert ids(await offline(bot), "warn") <= {"hook.public_url"}


async def test_a_database_and_key_that_cannot_be_used_are_problems(bot):
    (bot.folder / "file").write_text("not a key")
    bot.environ["DATABASE_URL"] = f"sqlite:///{bot.folder}/file/bot.db"
    bot.environ["SECRETS_KEY_FILE"] = "file"

    found = await offline(bot)

    assert ids(found, "fail") == {"files.folder", "files.key"}


WORDS = "five words that nobody knows"


@pytest.mark.parametrize(
    ("options", "recipient", "folder"),
    [
        ({}, "skip", "skip"),
        ({"BACKUP_EVERY_HOURS": "24"}, "fail", "ok"),
        ({"BACKUP_RECIPIENT": "age1qqqq"}, "fail", "ok"),
        ({"BACKUP_RECIPIENT": encode("age", PrivateKey.new().public.raw)}, "ok", "ok"),
        ({"BACKUP_PASSPHRASE": "short"}, "fail", "ok"),
        ({"BACKUP_PASSPHRASE": WORDS}, "ok", "ok"),
        ({"BACKUP_PASSPHRASE_FILE": "words"}, "ok", "ok"),
        ({"BACKUP_PASSPHRASE_FILE": "missing"}, "fail", "ok"),
        ({"BACKUP_PASSPHRASE": WORDS, "BACKUP_FOLDER": "words/in"}, "ok", "fail"),
        ({"BACKUP_PASSPHRASE": WORDS, "BACKUP_FOLDER": "words"}, "ok", "fail"),
    ],
)
async def test_who_opens_a_backup_and_where_it_goes_is_checked(bot, options, recipient, folder):
    (bot.folder / "words").write_text(WORDS)
    bot.environ |= options

    found = await offline(bot)

    opener, place = of(found, "backup.recipient"), of(found, "backup.folder")
    assert (opener.result, place.result) == (recipient, folder)
    assert all(bool(check.cure) == (check.result == "fail") for check in (opener, place))
    assert WORDS not in text(found)
    assert [path.name for path in bot.folder.iterdir()] == ["words"]


async def test_backups_that_were_asked_for_and_never_made_are_warned_of(bot):
    bot.environ |= {"BACKUP_EVERY_HOURS": "24", "BACKUP_PASSPHRASE": WORDS}
    assert (await bot.run("migrate"))[0] == 0

    found = of(await offline(bot), "database.backup")

    assert (found.result, found.found) == ("warn", "None was made yet.")


async def test_files_that_others_can_read_are_noted(bot):
    load_keys(None, bot.folder / "secret.key")
    (bot.folder / "secret.key").chmod(0o644)
    (bot.folder / "config.toml").write_text("")
    (bot.folder / "config.toml").chmod(0o640)
    bot.environ["SECRETS_KEY_FILE"] = "secret.key"

    found = await offline(bot)

    assert of(found, "files.key_mode").cure == "chmod 600 secret.key."
    assert "chmod 600 config.toml" in of(found, "files.config_mode").cure


async def test_a_lost_key_is_a_problem_until_a_new_pair_of_tokens_is_configured(bot):
    async with open_app(load(None, bot.environ)):
        pass
    whole = await offline(bot)
    (bot.folder / "data" / "secret.key").unlink()

    missing = of(await offline(bot), "database.secrets")
    bot.environ["SECRETS_KEY"] = Fernet.generate_key().decode()
    wrong = of(await offline(bot), "database.secrets")
    bot.environ["PATREON_CREATOR_ACCESS_TOKEN"] = "another-token"
    replaced = of(await offline(bot), "database.secrets")

    assert of(whole, "database.secrets").result == "ok"
    assert (missing.result, wrong.result, replaced.result) == ("fail", "fail", "warn")
    assert "data/secret.key is missing" in missing.found
    assert "Put the old file back" in missing.cure
    assert not (bot.folder / "data" / "secret.key").exists()


async def test_a_database_server_that_is_away_is_a_problem_without_its_password(bot):
    bot.environ["DATABASE_URL"] = "postgresql://ada:geheim-0815@127.0.0.1:1/bot"

    found = await offline(bot)

    assert of(found, "database.opens").result == "fail"
    assert "geheim" not in text(found)


async def test_live_everything_is_found_while_the_bot_runs(bot):
    async with bot.running():
        await until(lambda: is_ready(bot))
        found = await live(bot)

    assert ids(found, "fail") == set(), text(found)
    assert "(Lantern Observatory)" in of(found, "patreon.campaigns").found
    assert of(found, "hook.reachable").result == "ok"
    assert of(found, "database.alone").found == "One bot holds it."
    assert of(found, "discord.commands").result == "ok"
    assert of(found, "clock.patreon").result == of(found, "clock.discord").result == "ok"
    assert len({check.id for check in found}) >= 45
    assert "#patreon-feed" in text(found)


async def test_live_a_hook_address_that_leads_elsewhere_is_a_problem_while_the_bot_runs(
    bot, discord
):
    async with bot.running():
        await until(lambda: is_ready(bot))
        bot.environ["SERVER_PUBLIC_URL"] = discord.api_url
        found = await live(bot)

    assert of(found, "hook.reachable").result == "fail"
    assert f"hand this address on to port {bot.port}" in of(found, "hook.reachable").cure


async def test_live_before_the_first_start_nothing_is_written_and_no_token_renewed(bot, patreon):
    found = await live(bot)

    assert of(found, "patreon.token").result == "ok"
    assert of(found, "hook.reachable").result == "warn"
    assert list(bot.folder.iterdir()) == []
    assert not [request for request in patreon.requests if "token" in request.path]


async def test_live_an_expired_seed_is_refused_without_using_up_its_refresh_token(bot, patreon):
    bot.environ["PATREON_CREATOR_ACCESS_TOKEN"] = "wrong-patreon-token"

    found = await live(bot)

    token = of(found, "patreon.token")
    assert token.result == "warn"
    assert token.cure.startswith("Start the bot: it renews the tokens.")
    assert not [request for request in patreon.requests if "token" in request.path]
    assert "wrong-patreon-token" not in text(found)


async def test_live_an_expired_seed_without_a_refresh_token_needs_a_new_pair(bot):
    bot.environ["PATREON_CREATOR_ACCESS_TOKEN"] = "wrong-patreon-token"
    del bot.environ["PATREON_CREATOR_REFRESH_TOKEN"]

    token = of(await live(bot), "patreon.token")

    assert token.result == "fail"
    assert token.cure.startswith("Make new tokens at https://www.patreon.com/portal")


async def test_live_each_missing_permission_is_named_with_its_channel(bot, discord):
    world = discord.world
    role = world.role_named("Patreon Bot")
    world.allow(
        world.channel_named("patreon-feed"),
        role,
        deny=Permission.EMBED_LINKS | Permission.SEND_MESSAGES,
    )
    hidden = world.channel_named("staff")
    world.allow(hidden, role, deny=Permission.VIEW_CHANNEL)
    bot.environ["LINKS_STAFF"] = str(hidden.id)

    found = text(await live(bot))

    assert "The bot lacks Send Messages in #patreon-feed." in found
    assert "The bot lacks Embed Links in #patreon-feed." in found
    assert "The bot lacks View Channel in the channel." in found


async def test_live_channels_of_the_wrong_kind_or_gone_are_problems(bot, discord):
    forum = discord.world.channel_named("posts")
    bot.environ["LINKS_FEED"] = str(forum.id)
    bot.environ["LINKS_STAFF"] = "999999999999999998"

    found = text(await live(bot))

    assert forum.type is ChannelType.FORUM
    assert "#posts cannot hold messages of its own." in found
    assert "There is no such channel." in found


async def test_live_a_guild_without_the_bot_is_answered_with_an_invitation(bot):
    bot.environ["LINKS_GUILD"] = "999999999999999998"

    found = text(await live(bot))

    assert "scope=bot%20applications.commands&permissions=117760" in found


async def test_live_a_refused_bot_token_is_a_problem_and_not_shown(bot):
    bot.environ["DISCORD_TOKEN"] = "MTk4.wrong.token"

    found = await live(bot)

    assert of(found, "discord.token").found == "Discord refuses the token."
    assert "wrong.token" not in text(found)


async def test_live_platforms_that_are_away_are_problems(bot, discord, patreon):
    await discord.close()
    await patreon.close()

    found = await live(bot)

    assert of(found, "discord.token").result == of(found, "patreon.reach").result == "fail"
    assert "cannot be reached" in of(found, "discord.token").found
    assert of(found, "clock.patreon").result == "skip"


async def test_live_a_campaign_of_somebody_else_is_a_problem_that_lists_your_own(bot, patreon):
    bot.environ["LINKS_CAMPAIGN"] = "999"

    found = await live(bot)

    own = f"{patreon.world.campaign().id} (Lantern Observatory)"
    assert own in of(found, "patreon.linked", "999").cure


async def test_no_check_says_a_secret(bot):
    names = ("DISCORD_TOKEN", "PATREON_CLIENT_SECRET", "PATREON_CREATOR_ACCESS_TOKEN")
    names += ("PATREON_CREATOR_REFRESH_TOKEN", "PATREON_WEBHOOK_SECRET")
    canaries = [bot.environ[name] for name in names]
    async with bot.running():
        await until(lambda: is_ready(bot))
        found = text(await live(bot))
    with closing(sqlite3.connect(bot.folder / "data" / "bot.db")) as database:
        keys = [key for (key,) in database.execute("SELECT key FROM hooks")]

    for secret in (*canaries, *keys, (bot.folder / "data" / "secret.key").read_text().strip()):
        assert secret not in found


async def test_a_secret_that_a_platform_repeats_is_hidden(bot, discord):
    secret = bot.environ["PATREON_CLIENT_SECRET"]
    discord.world.channel_named("patreon-feed").name = f"x-{secret}"

    found = text(await live(bot))

    assert "#x-(hidden)" in found
    assert secret not in found


async def test_a_damaged_file_is_a_problem(bot):
    async with open_app(load(None, bot.environ)):
        pass
    path = bot.folder / "data" / "bot.db"
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(bytes(range(256)) * 64)

    assert of(await offline(bot), "database.integrity").result == "fail"


async def test_a_database_that_waits_for_a_migration_is_a_warning(bot):
    async with open_app(load(None, bot.environ)):
        pass
    with closing(sqlite3.connect(bot.folder / "data" / "bot.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()

    assert of(await offline(bot), "database.migrations").result == "warn"


async def test_a_lock_without_a_bot_that_answers_is_a_warning(bot):
    async with open_app(load(None, bot.environ)):
        pass
    with alone_with(bot.folder / "data" / "bot.db"):
        held = of(await offline(bot), "database.alone")
    free = of(await offline(bot), "database.alone")

    assert (held.result, free.result) == ("warn", "ok")


async def test_a_port_that_another_program_holds_is_a_problem(bot):
    with socket.socket() as other:
        other.bind(("127.0.0.1", bot.port))
        other.listen()
        found = of(await offline(bot), "hook.port")

    assert found.result == "fail"
    assert "PATREON_SERVER_PORT" in found.cure


async def test_a_time_zone_that_the_machine_does_not_know_is_a_warning(bot, monkeypatch):
    monkeypatch.setenv("TZ", "Middle-earth/Shire")

    assert of(await offline(bot), "clock.zone").result == "warn"
