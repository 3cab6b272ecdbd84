"""Is the Patreon part of the configuration true? Asks Patreon, and the hook's own address."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp

from bot.alive import is_alive
from bot.checks import Check, bad, failed, good, note
from bot.config import Config
from bot.database import is_up_to_date, known_keys, no_keys, utc_now
from bot.discord_checks import TIMEOUT_SECONDS, DiscordChecks
from bot.option_types import is_loopback
from bot.settings import patreon_settings, seed
from core.connect import hash_seed, import_seed
from core.errors import BotError, TemporaryError
from core.ports import CampaignRead, Patreon
from patreon.clients import PatreonClients
from storage.migrate import upgrade
from storage.store import SqlStore
from web.webhooks import PATHS


async def check_live(config: Config) -> list[Check]:
    """Ask Discord, Patreon and the hook's address at the same time. Changes nothing there."""
    async with aiohttp.ClientSession() as session:
        found = await asyncio.gather(
            DiscordChecks(session, config).run(),
            check_patreon(config),
            _check_hook_address(session, config),
        )
    return [check for checks in found for check in checks]


async def check_patreon(config: Config) -> list[Check]:
    """Check the creator's token, and that the linked campaigns are the creator's."""
    try:
        async with asyncio.timeout(60), _patreon(config) as api:
            identity = await api.identity()
            campaigns = await api.campaigns()
    except TimeoutError:
        return [failed("patreon token", TemporaryError("Patreon did not answer in a minute."))]
    except BotError as error:
        return [failed("patreon token", error)]
    owner = identity.name or f"user {identity.patreon_id}"
    checks = [good("patreon token", f"The token belongs to {owner}.")]
    return checks + _check_campaigns(config, campaigns)


def _check_campaigns(config: Config, campaigns: Sequence[CampaignRead]) -> list[Check]:
    own = {read.campaign.id: read.campaign.name for read in campaigns}
    listed = ", ".join(f"{id_} ({name})" for id_, name in own.items())
    if not own:
        return [
            bad(
                "campaigns",
                "The creator has no campaign.",
                "Use the tokens of the account that owns the page.",
            )
        ]
    checks = [good("campaigns", f"The creator's campaigns are: {listed}.")]
    for campaign_id in dict.fromkeys(link.campaign for link in config.links):
        name = f"campaign {campaign_id}"
        if campaign_id in own:
            checks.append(good(name, f"It is {own[campaign_id]}."))
        else:
            cure = f"Correct `links.campaign`; there are: {listed}."
            checks.append(bad(name, "It is none of the creator's campaigns.", cure))
    return checks


@asynccontextmanager
async def _patreon(config: Config) -> AsyncIterator[Patreon]:
    """Open the API with the tokens that the bot uses.

    Those are the stored ones, if the configured pair was imported before. Else the configured
    access token is tried by itself: renewing it here would use up the refresh token.
    """
    async with _stored_tokens(config) as (store, creator_id):
        clients = PatreonClients(
            patreon_settings(config),
            store=store,
            clock=utc_now,
            monotonic=time.monotonic,
            sleep=asyncio.sleep,
        )
        try:
            yield clients(creator_id)
        finally:
            await clients.aclose()


@asynccontextmanager
async def _stored_tokens(config: Config) -> AsyncIterator[tuple[SqlStore, int]]:
    url = config.database.url.get_secret_value()
    if await is_up_to_date(url):
        # Whether a key is missing is told by the offline checks.
        store = SqlStore(url, keys=known_keys(config) or no_keys(), clock=utc_now)
        try:
            creator_id = await _imported(store, config)
            if creator_id is not None:
                yield store, creator_id
                return
        finally:
            await store.close()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/check.db"
        await upgrade(url)
        store = SqlStore(url, keys=no_keys(), clock=utc_now)
        try:
            yield store, await import_seed(store, seed(config, can_be_renewed=False))
        finally:
            await store.close()


async def _imported(store: SqlStore, config: Config) -> int | None:
    wanted = hash_seed(seed(config))
    async with store.read() as work:
        creators = await work.creators.all()
    return next((creator.id for creator in creators if creator.seed_hash == wanted), None)


async def _check_hook_address(session: aiohttp.ClientSession, config: Config) -> list[Check]:
    name, base = "hook address", config.server.public_url
    if base is None:
        return [
            note(
                name,
                "It is not known where the world reaches this bot, so that was not tried.",
                "Set `server.public_url` (SERVER_PUBLIC_URL).",
            )
        ]
    url = base + PATHS[0]
    status, why = await _status_of(session, url)
    if status != 405:
        problem = f"{url} {why}."
        if not await asyncio.to_thread(is_alive, config):
            return [note(name, f"No bot runs here, and {problem}", "Start it and check again.")]
        port = config.server.port
        return [bad(name, problem, f"Let the reverse proxy hand this address on to port {port}.")]
    parts = urlsplit(base)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        return [note(name, f"{url} is reached, but without https.", "Put https before it.")]
    return [good(name, f"{url} is answered by the bot; give it to Patreon as webhook address.")]


async def _status_of(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with session.get(url, timeout=timeout, allow_redirects=False) as answer:
            return answer.status, f"answers with status {answer.status} instead of the bot's 405"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return 0, f"cannot be reached ({type(error).__name__})"
