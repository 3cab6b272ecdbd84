from datetime import timedelta

import pytest

from bot.app import open_app
from bot.load_config import load
from bot.settings import patreon_settings, web_settings
from core.accounts import TokenPair
from core.errors import PermanentError
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


async def test_another_key_than_the_one_that_sealed_the_tokens_is_told(environ, bot):
    async with open_app(load(None, environ)):
        pass
    (bot.folder / "secret.key").unlink()

    with pytest.raises(PermanentError, match="key"):
        async with open_app(load(None, environ)) as app:
            await app.clients(1).identity()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_requests_stop_first_and_discord_last(environ):
    async with open_app(load(None, environ)) as app:
        order = list(reversed(app.parts()))

    assert order == ["web", "inbox", "processor", "rounds", "outbox", "discord"]


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
