"""The configuration's file, the database's folder and the key: nothing but this machine."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.config import Config
from bot.database import has_new_pair, why_lost
from core.doctor.checks import Check
from core.doctor.rules import CONFIG, CONFIG_MODE, FOLDER, KEY, KEY_MODE, SEALED
from core.errors import BotError
from storage.address import parse
from storage.keys import load_keys

log = logging.getLogger(__name__)


def check_files(config: Config, path: Path) -> Iterator[Check]:
    """Check the files that the bot needs. Changes nothing."""
    yield CONFIG.ok("Every option has a usable value.")
    yield _config_mode(path)
    yield _folder(config)
    yield from _key(config)


async def check_sealed(config: Config) -> Check:
    """Check that the keys open what is stored; the database has to be up to date."""
    try:
        why = await why_lost(config)
        if why is None:
            return SEALED.ok("Every stored secret can be opened.")
        if await has_new_pair(config):
            return SEALED.warn(
                "The stored secrets cannot be opened, and a new pair of tokens is configured.",
                "Start the bot: it stores the new pair.",
            )
    except BotError as error:
        log.debug("stored secrets not looked at", extra={"reason": str(error)})
        return SEALED.skip("The key or the database cannot be used.")
    sentence, _, cure = why.partition(": ")
    return SEALED.fail(f"{sentence}.", cure[:1].upper() + cure[1:])


def _config_mode(path: Path) -> Check:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return CONFIG_MODE.skip("There is no file: the environment says everything.")
    if mode & 0o077:
        return CONFIG_MODE.warn(
            f"{path} can be read by other users of this machine (mode {mode:o}).",
            f"It holds secrets: chmod 600 {path}.",
        )
    return CONFIG_MODE.ok(f"{path} can be read by its owner only.")


def _folder(config: Config) -> Check:
    try:
        where = parse(config.database.url.get_secret_value()).path
    except BotError as error:
        return FOLDER.fail(str(error), "Correct `database.url` (DATABASE_URL).")
    if where is None:
        return FOLDER.skip("The database is on a server.")
    if not is_writable(where.parent):
        return FOLDER.fail(
            f"The folder {where.parent} cannot be written.",
            "Let the bot's user write there, or change `database.url` (DATABASE_URL).",
        )
    return FOLDER.ok(f"{where.parent} can be written.")


def _key(config: Config) -> Iterator[Check]:
    key_file = Path(config.secrets.key_file)
    try:
        if config.secrets.key is not None:
            load_keys(config.secrets.key.get_secret_value(), key_file)
            yield KEY.ok("The configured keys are usable.")
            yield KEY_MODE.skip("The key stands in the configuration.")
            return
        if not key_file.exists():
            yield _missing_key(key_file)
            return
        load_keys(None, key_file)
        mode = stat.S_IMODE(key_file.stat().st_mode)
    except (BotError, OSError) as error:
        yield KEY.fail(
            str(error) if isinstance(error, BotError) else f"{key_file} cannot be read.",
            "Put the right key there, or a copy of it; `secrets.key_file` names the file.",
        )
        return
    yield KEY.ok(f"{key_file} holds usable keys.")
    if mode & 0o077:
        yield KEY_MODE.warn(
            f"{key_file} can be read by others (mode {mode:o}).", f"chmod 600 {key_file}."
        )
    else:
        yield KEY_MODE.ok(f"{key_file} can be read by the bot's user only.")


def _missing_key(key_file: Path) -> Check:
    if is_writable(key_file.absolute().parent):
        return KEY.ok(f"{key_file} will be made at the first start.")
    return KEY.fail(
        f"{key_file} does not exist and cannot be made.",
        "Let the bot's user write in its folder, or set `secrets.key` (SECRETS_KEY).",
    )


def is_writable(folder: Path) -> bool:
    """Tell whether files can be made in `folder`, or it can be made itself."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
