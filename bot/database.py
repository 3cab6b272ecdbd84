"""The database and the keys that the configuration names."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from bot.config import Config
from bot.settings import seed
from core.connect import hash_seed
from core.errors import PermanentError
from storage.address import parse
from storage.keys import load_keys
from storage.migrate import pending, upgrade
from storage.store import SqlStore

log = logging.getLogger(__name__)

_CURE = (
    "If it is lost for good, configure a new pair of Patreon tokens "
    "(PATREON_CREATOR_ACCESS_TOKEN, PATREON_CREATOR_REFRESH_TOKEN): the next start drops what "
    "cannot be opened and stores the new pair."
)


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_store(config: Config) -> AsyncIterator[SqlStore]:
    """Open the database, up to date; it, its key and their folders are made when missing.

    A lost key is not replaced while the database holds what it sealed, unless a new pair of
    tokens is configured: the admin's word that the old one may go.

    Raises:
        PermanentError: the database or a key cannot be used.
        TemporaryError: the database is away.
    """
    known = known_keys(config)
    url = database_url(config)
    await upgrade(url)
    why = await why_lost(config)
    if why is not None and not await has_new_pair(config):
        raise PermanentError(why)
    keys = known or _make_keys(config)
    store = SqlStore(url, keys=keys, clock=utc_now)
    try:
        if why is not None:
            count = await store.forget_lost_secrets()
            log.warning("secrets dropped that no key opens", extra={"count": count})
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_unchanged(config: Config) -> AsyncIterator[SqlStore]:
    """Open the database as it is, for somebody who only reads: nothing is made or brought up.

    Without a key what is sealed cannot be read, and all else can.

    Raises:
        PermanentError: there is no database yet or migrations are pending, or it or a key cannot
            be used.
        TemporaryError: the database is away.
    """
    url = config.database.url.get_secret_value()
    where = parse(url)
    if where.path is not None and not where.path.exists():
        raise PermanentError(
            f"There is no database {where.place} yet: start the bot, or run "
            "`python -m bot migrate` first."
        )
    if missing := await pending(url):
        raise PermanentError(
            f"The database {where.place} lacks the migrations {', '.join(missing)}: run "
            "`python -m bot migrate` first."
        )
    store = SqlStore(url, keys=known_keys(config) or no_keys(), clock=utc_now)
    try:
        yield store
    finally:
        await store.close()


async def is_up_to_date(url: str) -> bool:
    """Tell whether there is a database, and no migration is pending."""
    path = parse(url).path
    if path is not None and not path.exists():
        return False
    return not await pending(url)


async def why_lost(config: Config) -> str | None:
    """Say what is missing to open the stored secrets; None when nothing is.

    The database has to be up to date. Changes nothing.

    Raises:
        PermanentError: a key cannot be used.
        TemporaryError: the database is away.
    """
    url, keys = config.database.url.get_secret_value(), known_keys(config)
    store = SqlStore(url, keys=keys or no_keys(), clock=utc_now)
    try:
        await store.prove_keys()
    except PermanentError:
        place, key_file = parse(url).place, config.secrets.key_file
        if keys is None:
            return (
                f"The key file {key_file} is missing, and the secrets stored in {place} were "
                f"sealed with it: put the old file back. {_CURE}"
            )
        which = key_file if config.secrets.key is None else "`secrets.key` (SECRETS_KEY)"
        return (
            f"The key in {which} does not open the secrets stored in {place}: put the old key "
            f"back. {_CURE}"
        )
    finally:
        await store.close()
    return None


async def has_new_pair(config: Config) -> bool:
    """Tell whether the configured pair of tokens replaces a stored one at the next start."""
    pair = seed(config)
    if pair is None:
        return False
    store = SqlStore(config.database.url.get_secret_value(), keys=no_keys(), clock=utc_now)
    try:
        async with store.read() as work:
            hashes = {creator.seed_hash for creator in await work.creators.all()} - {None}
    finally:
        await store.close()
    return bool(hashes) and hash_seed(pair) not in hashes


def database_url(config: Config) -> str:
    """Give the database's address; a SQLite file's folder is made when it is missing.

    Raises:
        PermanentError: the address or the folder cannot be used.
    """
    url = config.database.url.get_secret_value()
    path = parse(url).path
    if path is not None:
        _make_folder(path.parent, "`database.url` (DATABASE_URL)")
    return url


def known_keys(config: Config) -> MultiFernet | None:
    """Give the keys; None when the configuration has none and their file was not made yet.

    Raises:
        PermanentError: a key cannot be used.
    """
    key_file = Path(config.secrets.key_file)
    if config.secrets.key is not None:
        return load_keys(config.secrets.key.get_secret_value(), key_file)
    return load_keys(None, key_file) if key_file.exists() else None


def no_keys() -> MultiFernet:
    """Give keys that open nothing that is stored."""
    return MultiFernet([Fernet(Fernet.generate_key())])


def _make_keys(config: Config) -> MultiFernet:
    key_file = Path(config.secrets.key_file)
    _make_folder(key_file.absolute().parent, "`secrets.key_file` (SECRETS_KEY_FILE)")
    return load_keys(None, key_file)


def _make_folder(folder: Path, option: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PermanentError(
            f"The folder {folder} of {option} cannot be made ({error.strerror}): make it and let "
            "the bot's user write there, or name another one."
        ) from error
