"""The wired consent: a bot without tokens is connected from its own page."""

import httpx
import pytest

from bot.app import open_app
from bot.load_config import load
from bot.settings import consent_addresses
from core.consents import Outcome, Purpose
from tests.bot.test_config import MINIMUM

PUBLIC = "https://bot.example.com"
BACK = "https://other.example.com/patreon/oauth/callback/"


@pytest.mark.parametrize(
    ("environ", "authorize", "redirect_uri"),
    [
        (
            {"SERVER_PUBLIC_URL": PUBLIC},
            f"{PUBLIC}/oauth/authorize",
            f"{PUBLIC}/oauth/callback",
        ),
        (
            {"SERVER_PUBLIC_URL": f"{PUBLIC}/below/"},
            f"{PUBLIC}/below/oauth/authorize",
            f"{PUBLIC}/below/oauth/callback",
        ),
        (
            {"SERVER_PUBLIC_URL": PUBLIC, "PATREON_REDIRECT_URI": BACK},
            f"{PUBLIC}/oauth/authorize",
            BACK,
        ),
        (
            {"PATREON_REDIRECT_URI": BACK},
            "https://other.example.com/oauth/authorize",
            BACK,
        ),
    ],
)
def test_the_addresses_come_from_the_configuration(environ, authorize, redirect_uri):
    addresses = consent_addresses(load(None, MINIMUM | environ))

    assert (addresses.authorize, addresses.redirect_uri) == (authorize, redirect_uri)


def test_without_an_address_there_is_no_way_for_browsers():
    assert consent_addresses(load(None, MINIMUM)) is None


async def test_a_bot_without_tokens_starts_and_is_connected(bot, patreon, tmp_path):
    redirect_uri = "http://127.0.0.1:1/oauth/callback"
    patreon.world.allow_redirect(redirect_uri)
    environ = {k: v for k, v in bot.environ.items() if "CREATOR" not in k} | {
        "PATREON_AUTHORIZE_URL": f"{patreon.url}/oauth2/authorize",
        "SERVER_PUBLIC_URL": "http://127.0.0.1:1",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
        "SECRETS_KEY_FILE": str(tmp_path / "secret.key"),
    }
    async with open_app(load(None, environ)) as app, httpx.AsyncClient() as browser:
        consent = app.services.consent
        invitation = await consent.begin(
            Purpose.CONNECT, guild_id=int(environ["LINKS_GUILD"]), user_id=7
        )
        state = invitation.url.partition("?s=")[2]
        url = httpx.URL((await consent.look(state)).patreon_url)
        answer = await browser.post(
            url.copy_with(query=None), data={**dict(url.params), "decision": "allow"}
        )
        code = httpx.URL(answer.headers["Location"]).params["code"]
        ending = await consent.finish(state, code)
        (report,) = await app.services.sync.of_guild(int(environ["LINKS_GUILD"]))

    assert ending.outcome is Outcome.DONE
    assert (report.members.new, report.failures) == (30, ())
