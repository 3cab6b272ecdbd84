import pytest
from cryptography.fernet import Fernet

from bot.app import open_app
from bot.checks import check_offline
from bot.live_checks import check_live
from bot.load_config import load
from sandbox.discord.permissions import Permission
from sandbox.discord.records import ChannelType
from storage.keys import load_keys
from tests.bot.conftest import until
from tests.bot.test_cli import is_ready


@pytest.fixture(autouse=True)
def here(bot, monkeypatch):
    """The folder in which the bot runs."""
    monkeypatch.chdir(bot.folder)


async def offline(bot):
    return by_name(await check_offline(load(None, bot.environ), None))


async def live(bot):
    return by_name(await check_live(load(None, bot.environ)))


def by_name(checks):
    return {check.name: check for check in checks}


def outcomes(found):
    return {check.outcome.value for check in found.values()}


def text(found):
    return " ".join(f"{check.sentence} {check.cure}" for check in found.values())


async def test_a_good_configuration_has_no_problem_and_nothing_is_written(bot):
    found = await offline(bot)

    assert outcomes(found) == {"ok"}
    assert "will be made at the first start" in found["database"].sentence
    assert list(bot.folder.iterdir()) == []


async def test_what_works_in_part_is_a_note(bot):
    for name in ("PATREON_WEBHOOK_SECRET", "PATREON_CREATOR_REFRESH_TOKEN", "LINKS_FEED"):
        del bot.environ[name]

    found = await offline(bot)

    notes = {name for name, check in found.items() if check.outcome == "note"}
    assert notes == {"webhook secret", "refresh token", "links"}
    assert outcomes(found) == {"ok", "note"}


@pytest.mark.parametrize(
    ("options", "sentence", "cure"),
    [
        (
            {"FEED_STAFF_KINDS": "declined"},
            "names no staff channel, so it does not announce: declined.",
            "FEED_STAFF_KINDS",
        ),
        (
            {"LINKS_FEED": "", "LINKS_STAFF": "5"},
            "names no feed channel, and nothing is for the staff, so it announces nothing.",
            "Add `feed`",
        ),
        ({"FEED_KINDS": ","}, "`feed.kinds` (FEED_KINDS) is empty, so nothing is", "leave it out"),
    ],
)
async def test_changes_that_nobody_would_see_are_noted(bot, options, sentence, cure):
    bot.environ |= options

    (found,) = [check for check in (await offline(bot)).values() if check.outcome == "note"]

    assert sentence in found.sentence
    assert cure in found.cure


@pytest.mark.parametrize(
    "options",
    [
        {"FEED_STAFF_KINDS": "declined", "LINKS_STAFF": "5"},
        {"FEED_STAFF_KINDS": "declined", "LINKS_STAFF": "5", "LINKS_FEED": ""},
        {"FEED_STAFF_KINDS": "declined", "FEED_KINDS": "joined"},
    ],
)
async def test_kinds_whose_channel_is_there_or_that_are_not_announced_are_fine(bot, options):
    bot.environ |= options

    assert outcomes(await offline(bot)) == {"ok"}


async def test_a_database_and_key_that_cannot_be_used_are_problems(bot):
    (bot.folder / "file").write_text("not a key")
    bot.environ["DATABASE_URL"] = f"sqlite:///{bot.folder}/file/bot.db"
    bot.environ["SECRETS_KEY_FILE"] = "file"

    found = await offline(bot)

    assert found["database"].outcome == found["encryption key"].outcome == "bad"


async def test_files_that_others_can_read_are_noted(bot):
    load_keys(None, bot.folder / "secret.key")
    (bot.folder / "secret.key").chmod(0o644)
    (bot.folder / "config.toml").write_text("")
    (bot.folder / "config.toml").chmod(0o640)
    bot.environ["SECRETS_KEY_FILE"] = "secret.key"

    found = await offline(bot)

    assert found["encryption key"].cure == "chmod 600 secret.key."
    assert "chmod 600 config.toml" in found["configuration file"].cure


async def test_a_lost_key_is_a_problem_until_a_new_pair_of_tokens_is_configured(bot):
    async with open_app(load(None, bot.environ)):
        pass
    whole = await offline(bot)
    (bot.folder / "data" / "secret.key").unlink()

    missing = (await offline(bot))["encryption key"]
    bot.environ["SECRETS_KEY"] = Fernet.generate_key().decode()
    wrong = (await offline(bot))["encryption key"]
    bot.environ["PATREON_CREATOR_ACCESS_TOKEN"] = "another-token"
    replaced = (await offline(bot))["encryption key"]

    assert whole["encryption key"].outcome == "ok"
    assert (missing.outcome, wrong.outcome, replaced.outcome) == ("bad", "bad", "note")
    assert "data/secret.key is missing" in missing.sentence
    assert not (bot.folder / "data" / "secret.key").exists()


async def test_a_database_server_that_is_away_is_a_problem_without_its_password(bot):
    bot.environ["DATABASE_URL"] = "postgresql://ada:geheim-0815@127.0.0.1:1/bot"

    found = await offline(bot)

    assert found["database"].outcome == "bad"
    assert "geheim" not in text(found)


async def test_live_everything_is_found_while_the_bot_runs(bot):
    async with bot.running():
        await until(lambda: is_ready(bot))
        found = await live(bot)

    assert outcomes(found) == {"ok"}, found
    assert "(Lantern Observatory)" in found["campaigns"].sentence
    assert "#patreon-feed" in text(found)


async def test_live_a_hook_address_that_leads_elsewhere_is_a_problem_while_the_bot_runs(
    bot, discord
):
    async with bot.running():
        await until(lambda: is_ready(bot))
        bot.environ["SERVER_PUBLIC_URL"] = discord.api_url
        found = await live(bot)

    assert found["hook address"].outcome == "bad"
    assert f"hand this address on to port {bot.port}" in found["hook address"].cure


async def test_live_before_the_first_start_nothing_is_written_and_no_token_renewed(bot, patreon):
    found = await live(bot)

    assert found["patreon token"].outcome == "ok"
    assert found["hook address"].outcome == "note"
    assert list(bot.folder.iterdir()) == []
    assert not [request for request in patreon.requests if "token" in request.path]


async def test_live_an_expired_seed_is_refused_without_using_up_its_refresh_token(bot, patreon):
    bot.environ["PATREON_CREATOR_ACCESS_TOKEN"] = "wrong-patreon-token"

    found = await live(bot)

    assert found["patreon token"].outcome == "bad"
    assert not [request for request in patreon.requests if "token" in request.path]
    assert "wrong-patreon-token" not in text(found)


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

    assert "The bot lacks Send Messages and Embed Links in #patreon-feed." in found
    assert "The bot lacks View Channel there." in found


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

    assert "scope=bot%20applications.commands&permissions=84992" in found


async def test_live_a_refused_bot_token_is_a_problem_and_not_shown(bot):
    bot.environ["DISCORD_TOKEN"] = "MTk4.wrong.token"

    found = await live(bot)

    assert found["discord token"].sentence == "Discord refuses the token."
    assert "wrong.token" not in text(found)


async def test_live_platforms_that_are_away_are_problems(bot, discord, patreon):
    await discord.close()
    await patreon.close()

    found = await live(bot)

    assert found["discord token"].outcome == found["patreon token"].outcome == "bad"
    assert "cannot be reached" in found["discord token"].sentence


async def test_live_a_campaign_of_somebody_else_is_a_problem_that_lists_your_own(bot, patreon):
    bot.environ["LINKS_CAMPAIGN"] = "999"

    found = await live(bot)

    own = f"{patreon.world.campaign().id} (Lantern Observatory)"
    assert own in found["campaign 999"].cure
