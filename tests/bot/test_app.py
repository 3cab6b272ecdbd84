from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from bot.app import open_app
from bot.load_config import load
from bot.settings import patreon_settings, web_settings
from core.accounts import TokenPair
from core.errors import PermanentError
from core.inbox import Hook
from core.meters import CRASHES, REQUESTS
from tests.bot.test_config import MINIMUM


@pytest.fixture
def environ(bot, database_url):
    """The bot's environment with a database of each kind; Discord is not asked."""
    return {k: v for k, v in bot.environ.items() if not k.startswith("DISCORD_")} | {
        "DISCORD_TOKEN": "a.b.c",
        "DATABASE_URL": database_url,
        "SECRETS_KEY_FILE": str(bot.folder / "secret.key"),
    }


async def test_a_sync_through_the_wired_use_cases_fills_either_database(environ, patreon):
    async with open_app(load(None, environ)) as app:
        (report,) = await app.services.sync.of_guild(int(environ["LINKS_GUILD"]))
        status = await app.services.status.of_guild(int(environ["LINKS_GUILD"]))

    assert (report.members.new, report.failures) == (30, ())
    assert status.campaigns[0].totals.everyone == 30
    assert status.has_configured_secret is True


async def test_the_configured_tokens_are_a_seed_that_does_not_come_back(environ):
    config = load(None, environ)
    async with open_app(config) as app, app.store.write() as work:
        (creator,) = await work.creators.all()
        await work.creators.save_tokens(creator.id, TokenPair(access="renewed", refresh="r-2"))

    async with open_app(config) as app, app.store.read() as work:
        again = await work.creators.tokens(creator.id)

    assert again.access == "renewed"


async def test_a_lost_key_file_is_named_and_not_replaced(environ, bot):
    async with open_app(load(None, environ)):
        pass
    key_file = bot.folder / "secret.key"
    key = key_file.read_bytes()
    key_file.unlink()

    with pytest.raises(PermanentError, match=r"secret\.key is missing.*put the old file back"):
        async with open_app(load(None, environ)):
            pass
    was_made = key_file.exists()
    key_file.write_bytes(key)
    key_file.chmod(0o600)
    async with open_app(load(None, environ)) as app:
        await app.clients(1).identity()

    assert not was_made


@pytest.mark.parametrize("option", ["SECRETS_KEY", "SECRETS_KEY_FILE"])
async def test_a_key_that_does_not_open_what_is_stored_ends_the_start(environ, bot, option):
    async with open_app(load(None, environ)):
        pass
    key = Fernet.generate_key().decode()
    (bot.folder / "other.key").write_text(key)
    (bot.folder / "other.key").chmod(0o600)
    other = key if option == "SECRETS_KEY" else str(bot.folder / "other.key")

    with pytest.raises(PermanentError, match="does not open the secrets stored in") as caught:
        async with open_app(load(None, environ | {option: other})):
            pass

    assert key not in str(caught.value)


async def test_after_a_lost_key_a_new_pair_of_tokens_starts_anew(environ, bot, patreon):
    async with open_app(load(None, environ)) as app, app.store.write() as work:
        (creator,) = await work.creators.all()
        await work.creators.save_tokens(creator.id, TokenPair(access="renewed", refresh="r-2"))
        await work.hooks.save(Hook(id=0, key="k", campaign_id="1", secrets=("s",)))
    (bot.folder / "secret.key").unlink()
    token = patreon.world.creator_token
    # The same access token without its refresh token is another pair.
    replaced = {name: value for name, value in environ.items() if "REFRESH_TOKEN" not in name}

    for _ in range(2):
        async with open_app(load(None, replaced)) as app:
            identity = await app.clients(creator.id).identity()
            async with app.store.read() as work:
                stored = await work.creators.tokens(creator.id)
                (hook,) = await work.hooks.all()

    assert identity.patreon_id
    assert (stored.access, stored.refresh) == (token.access_token, None)
    assert (hook.key, hook.secrets) == ("k", ())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_requests_stop_first_and_discord_last(environ):
    async with open_app(load(None, environ)) as app:
        order = list(reversed(app.parts()))

    assert order[:2] == ["web", "inbox"]
    assert order[-2:] == ["outbox", "discord"]


def test_the_settings_carry_what_was_configured():
    config = load(
        None,
        MINIMUM
        | {
            "PATREON_RATE_LIMIT_REQUESTS_PER_MINUTE": "12",
            "PATREON_RATE_LIMIT_REQUESTS_PER_2_SECONDS": "3",
            "PATREON_WEBHOOK_SECRET": "now-0815",
            "SERVER_TRUSTED_PROXIES": "10.0.0.0/8",
        },
    )

    limits = patreon_settings(config).limits
    web = web_settings(config)

    assert (limits.per_token, limits.token_window) == (12, timedelta(minutes=1))
    assert (limits.per_client, limits.client_window) == (3, timedelta(seconds=2))
    assert [str(network) for network in web.trusted_proxies] == ["10.0.0.0/8"]
    assert web.webhooks.secrets == ("now-0815",)
    assert "now-0815" not in repr(web)


async def test_every_part_of_the_process_has_a_counter_of_its_crashes(environ):
    backups = {"BACKUP_EVERY_HOURS": "24", "BACKUP_PASSPHRASE": "long and secret enough"}
    async with open_app(load(None, environ | backups)) as app:
        assert set(app.parts()) == set(CRASHES.values)


async def test_what_the_parts_do_is_counted(environ, patreon):
    async with open_app(load(None, environ)) as app:
        await app.services.sync.of_guild(int(environ["LINKS_GUILD"]))
        await app.gauges.refresh()
        text = app.meters.text().decode()

    assert app.meters.value(REQUESTS, "2xx") >= 3
    assert 'patreon_bot_members{campaign="' in text
    assert 'patreon_bot_ready{what="discord"} 0.0' in text
