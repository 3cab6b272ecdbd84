"""Every check at the terminal, before the first start and while the bot runs."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bot.checks.backup import check_backup
from bot.checks.database import check_database
from bot.checks.discord_rest import DiscordChecks
from bot.checks.files import check_files, check_sealed
from bot.checks.images import check_images
from bot.checks.stored import Stored, opened
from bot.config import Config
from bot.database import no_keys, utc_now
from bot.load_config import DEFAULT_PATH
from bot.settings import choices, links, patreon_settings, seed
from bot.surroundings import BotSurroundings
from core.connect import import_seed
from core.doctor.checks import Check, arranged, without
from core.doctor.examine import PATIENCE
from core.doctor.guild import judge_connection
from core.doctor.hook import Door, judge_door, judge_hooks
from core.doctor.machine import judge_clocks, judge_machine
from core.doctor.patreon import (
    Account,
    Found,
    ask,
    judge_account,
    judge_found,
    judge_seed,
    judge_state,
)
from core.doctor.rules import HOOK_SECRET, RENEWAL
from core.doctor.work import judge_links, judge_usage, judge_work
from core.guilds import Link
from core.store import Store
from patreon.clients import PatreonClients
from storage.migrate import upgrade
from storage.store import SqlStore


async def run_checks(config: Config, path: Path | None, *, is_live: bool) -> list[Check]:
    """Check everything, the worst first; with `is_live` Discord, Patreon and the public address
    are asked. Changes nothing there, and no check says a secret.
    """
    surroundings = BotSurroundings(config, clock=utc_now)
    door = await surroundings.door(is_live=is_live)
    checks = [*check_files(config, path or DEFAULT_PATH), *check_backup(config)]
    checks += await asyncio.to_thread(lambda: [*check_images(config)])
    checks += await check_database(config, is_running=door.is_running)
    checks += judge_machine(await surroundings.machine())
    checks += judge_door(door)
    async with opened(config) as stored:
        if stored is not None:
            checks.append(await check_sealed(config))
        followed = stored.links if stored is not None and stored.links else tuple(links(config))
        checks += judge_links(followed, choices(config))
        founds: Mapping[int, Found] = {}
        if is_live:
            founds = await _ask(config, stored)
            checks += await _check_live(config, surroundings, stored, followed)
            checks += await _check_seed(config, stored, followed)
        if stored is not None:
            checks += _judge_stored(config, stored, founds, door)
        elif not is_live:
            checks += _judge_configured(config)
    return arranged(without(checks, tuple(config.secret_values())))


def _judge_stored(
    config: Config, stored: Stored, founds: Mapping[int, Found], door: Door
) -> list[Check]:
    now, report = utc_now(), stored.report
    checks = [*judge_work(report, choices(config), now=now)]
    checks.append(judge_usage(None))
    checks.append(judge_connection(None))
    for account in stored.accounts:
        checks += judge_account(account, now=now)
        found = founds.get(account.creator.id)
        if found is None:
            checks.append(judge_state(account.creator))
        else:
            linked = _linked(stored, account, founds)
            checks += judge_found(found, account.creator, linked, lists_all=True)
    return [*checks, *judge_hooks(report, founds, door, now=now)]


def _linked(stored: Stored, account: Account, founds: Mapping[int, Found]) -> list[str]:
    """List the followed campaigns that should be the account's.

    One that the database does not know is looked for in every account, and missed in the first.
    """
    is_first = account is stored.accounts[0]
    mine = founds[account.creator.id].campaigns
    linked: list[str] = []
    for campaign in stored.report.campaigns:
        campaign_id = campaign.link.campaign_id
        if campaign.creator is not None:
            is_mine = campaign.creator.id == account.creator.id
        else:
            is_known = any(campaign_id in found.campaigns for found in founds.values())
            is_mine = campaign_id in mine or (is_first and not is_known)
        if is_mine:
            linked.append(campaign_id)
    return linked


def _judge_configured(config: Config) -> list[Check]:
    """Judge what only the configuration says yet."""
    checks: list[Check] = []
    if config.patreon.creator_refresh_token is None:
        checks.append(
            RENEWAL.warn(
                "The access token cannot be renewed and dies within a month.",
                "Set `patreon.creator_refresh_token` (PATREON_CREATOR_REFRESH_TOKEN).",
            )
        )
    else:
        checks.append(RENEWAL.ok("A refresh token is configured. It works once."))
    if config.patreon.webhook_secrets or config.server.public_url is not None:
        checks.append(HOOK_SECRET.ok("A secret is configured, or will be agreed with Patreon."))
    else:
        checks.append(
            HOOK_SECRET.warn(
                "No webhook is believed; news arrive with the periodic sync only.",
                "Set `patreon.webhook_secret` (PATREON_WEBHOOK_SECRET), or `server.public_url`.",
            )
        )
    return checks


async def _check_live(
    config: Config, surroundings: BotSurroundings, stored: Stored | None, followed: Sequence[Link]
) -> list[Check]:
    granted = stored.granted if stored is not None else {}
    async with aiohttp.ClientSession() as session:
        clocks, of_discord = await asyncio.gather(
            surroundings.clocks(), DiscordChecks(session, config).run(followed, granted)
        )
    return [*judge_clocks(*clocks), *of_discord]


async def _ask(config: Config, stored: Stored | None) -> dict[int, Found]:
    """Ask Patreon as each stored account whose tokens can be opened."""
    if stored is None:
        return {}
    ids = [a.creator.id for a in stored.accounts if a.can_be_renewed is not None]
    async with _clients(config, stored.store) as clients:
        founds = [await ask(clients(creator_id), timeout=PATIENCE) for creator_id in ids]
    return dict(zip(ids, founds, strict=True))


async def _check_seed(
    config: Config, stored: Stored | None, followed: Sequence[Link]
) -> list[Check]:
    """Try the configured access token by itself, unless the pair was imported before.

    Renewing it here would use up the refresh token.
    """
    pair = seed(config, can_be_renewed=False)
    if stored is not None and stored.has_seed:
        return []
    if pair is None:
        return _judge_configured(config) if stored is None else []
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/check.db"
        await upgrade(url)
        store = SqlStore(url, keys=no_keys(), clock=utc_now)
        try:
            creator_id = await import_seed(store, pair)
            async with _clients(config, store) as clients:
                found = await ask(clients(creator_id), timeout=PATIENCE)
        finally:
            await store.close()
    campaigns = [link.campaign_id for link in followed]
    can_be_renewed = config.patreon.creator_refresh_token is not None
    checks = [*judge_seed(found, can_be_renewed=can_be_renewed, linked=campaigns)]
    return checks if stored is not None else [*checks, *_judge_configured(config)]


@asynccontextmanager
async def _clients(config: Config, store: Store) -> AsyncIterator[PatreonClients]:
    clients = PatreonClients(
        patreon_settings(config),
        store=store,
        clock=utc_now,
        monotonic=time.monotonic,
        sleep=asyncio.sleep,
    )
    try:
        yield clients
    finally:
        await clients.aclose()
