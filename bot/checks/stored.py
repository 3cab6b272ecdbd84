"""What the checks need of the database, read once. Changes nothing."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cryptography.fernet import MultiFernet

from bot.config import Config
from bot.database import is_up_to_date, known_keys, no_keys, utc_now
from bot.services import status_of
from bot.settings import seed
from core.connect import hash_seed
from core.doctor.patreon import Account, load_account
from core.errors import BotError
from core.guilds import Link
from core.ports import Usage
from core.status import StatusReport
from storage.store import SqlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored. `has_seed`: the configured pair of tokens was imported before.

    `granted` names the roles that were given rights, by server.
    """

    store: SqlStore
    report: StatusReport
    links: tuple[Link, ...]
    accounts: tuple[Account, ...]
    granted: Mapping[int, Iterable[int]]
    has_seed: bool


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Stored | None]:
    """Read what is stored; None when there is no database that is up to date, or it is away."""
    url = config.database.url.get_secret_value()
    try:
        is_usable = await is_up_to_date(url)
    except BotError:
        is_usable = False
    if not is_usable:
        yield None
        return
    store = SqlStore(url, keys=_keys(config), clock=utc_now)
    try:
        yield await _read(store, config)
    finally:
        await store.close()


def _keys(config: Config) -> MultiFernet:
    try:
        return known_keys(config) or no_keys()
    except BotError:
        return no_keys()


async def _read(store: SqlStore, config: Config) -> Stored | None:
    pair = seed(config)
    wanted = hash_seed(pair) if pair is not None else None
    try:
        report = await status_of(config, store, usage=_no_usage).of_everything()
        async with store.read() as work:
            links = tuple(await work.links.all())
            creators = await work.creators.all()
            accounts = tuple([await load_account(work, creator) for creator in creators])
            guilds = {link.guild_id for link in links}
            granted = {guild: list(await work.role_rights.of_guild(guild)) for guild in guilds}
    except BotError:
        return None
    return Stored(
        store=store,
        report=report,
        links=links,
        accounts=accounts,
        granted=granted,
        has_seed=pair is None or any(creator.seed_hash == wanted for creator in creators),
    )


def _no_usage() -> Usage:
    return Usage(total=0, last_minute=0, minute_limit=0, refused_last_10_minutes=0)
