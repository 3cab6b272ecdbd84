"""Is the configuration true? Questions that need nothing but this machine and the database."""

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.config import Config, FeedSection, LinkSection
from bot.database import has_new_pair, is_up_to_date, why_lost
from bot.load_config import DEFAULT_PATH
from core.errors import BotError
from storage.address import parse
from storage.keys import load_keys
from storage.migrate import pending

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a check ended. `NOTE`: it works, and there is something to know."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One answer: a sentence, and what to do unless all is well."""

    name: str
    outcome: Outcome
    sentence: str
    cure: str = ""


def good(name: str, sentence: str) -> Check:
    """All is well."""
    return Check(name=name, outcome=Outcome.OK, sentence=sentence)


def note(name: str, sentence: str, cure: str = "") -> Check:
    """It works, but the admin should know."""
    return Check(name=name, outcome=Outcome.NOTE, sentence=sentence, cure=cure)


def bad(name: str, sentence: str, cure: str) -> Check:
    """It will not work."""
    return Check(name=name, outcome=Outcome.BAD, sentence=sentence, cure=cure)


def failed(name: str, error: BotError) -> Check:
    """It will not work, and the error's sentence says why and what to do."""
    return bad(name, str(error), "")


async def check_offline(config: Config, path: Path | None) -> list[Check]:
    """Check what can be checked without asking Discord and Patreon. Changes nothing."""
    return [
        good("configuration", "Every option has a usable value."),
        *_check_config_file(path or DEFAULT_PATH),
        *_check_choices(config),
        await _check_keys(config),
        await _check_database(config),
    ]


def _check_config_file(path: Path) -> Iterator[Check]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return
    if mode & 0o077:
        yield note(
            "configuration file",
            f"{path} can be read by other users of this machine (mode {mode:o}).",
            f"It holds secrets: chmod 600 {path}.",
        )


def _check_choices(config: Config) -> Iterator[Check]:
    yield from _check_feed(config)
    if not config.patreon.webhook_secrets:
        yield note(
            "webhook secret",
            "No webhook is believed; news arrive with the periodic sync only.",
            "Set `patreon.webhook_secret` (PATREON_WEBHOOK_SECRET).",
        )
    if config.patreon.creator_refresh_token is None:
        yield note(
            "refresh token",
            "The access token cannot be renewed and dies within a month.",
            "Set `patreon.creator_refresh_token` (PATREON_CREATOR_REFRESH_TOKEN).",
        )


def _check_feed(config: Config) -> Iterator[Check]:
    """Name every change that nobody would see."""
    if not config.links:
        yield note(
            "links",
            "No server follows a campaign, so nothing is announced.",
            "Add a [[links]] section; config.example.toml shows one.",
        )
    if not config.feed.kinds:
        yield note(
            "feed",
            "`feed.kinds` (FEED_KINDS) is empty, so nothing is announced.",
            "List the kinds of changes there, or leave it out to announce all.",
        )
    for number, link in enumerate(config.links, 1):
        yield from _check_link(f"Link {number} (guild {link.guild})", link, config.feed)


def _check_link(name: str, link: LinkSection, feed: FeedSection) -> Iterator[Check]:
    for_staff = [kind for kind in feed.kinds if kind in feed.staff_kinds]
    if link.feed is None and (link.staff is None or not for_staff):
        which = "channel" if link.staff is None else "feed channel, and nothing is for the staff"
        yield note(
            "links",
            f"{name} names no {which}, so it announces nothing.",
            "Add `feed` with a channel's id.",
        )
    elif link.staff is None and for_staff:
        yield note(
            "links",
            f"{name} names no staff channel, so it does not announce: {', '.join(for_staff)}.",
            "Add `staff` with a channel's id, or take them out of `feed.staff_kinds` "
            "(FEED_STAFF_KINDS).",
        )


async def _check_keys(config: Config) -> Check:
    found = _check_key_file(config)
    return found if found.outcome is Outcome.BAD else await _check_stored(config) or found


async def _check_stored(config: Config) -> Check | None:
    """Tell of stored secrets that no key opens."""
    name = "encryption key"
    try:
        if not await is_up_to_date(config.database.url.get_secret_value()):
            return None
        why = await why_lost(config)
        if why is None:
            return None
        if not await has_new_pair(config):
            return bad(name, why, "")
    except BotError as error:
        log.debug("stored secrets not looked at", extra={"reason": str(error)})
        return None
    return note(name, "The stored secrets cannot be opened; the next start stores the new pair.")


def _check_key_file(config: Config) -> Check:
    name, key_file = "encryption key", Path(config.secrets.key_file)
    try:
        if config.secrets.key is not None:
            load_keys(config.secrets.key.get_secret_value(), key_file)
            return good(name, "The configured keys are usable.")
        if not key_file.exists():
            if is_writable(key_file.absolute().parent):
                return good(name, f"{key_file} will be made at the first start.")
            return bad(
                name,
                f"{key_file} does not exist and cannot be made.",
                "Let the bot's user write in its folder, or set `secrets.key` (SECRETS_KEY).",
            )
        load_keys(None, key_file)
        mode = stat.S_IMODE(key_file.stat().st_mode)
    except BotError as error:
        return failed(name, error)
    if mode & 0o077:
        return note(
            name, f"{key_file} can be read by others (mode {mode:o}).", f"chmod 600 {key_file}."
        )
    return good(name, f"{key_file} holds usable keys, readable by the bot's user only.")


async def _check_database(config: Config) -> Check:
    name, url = "database", config.database.url.get_secret_value()
    try:
        where = parse(url)
        if where.path is not None:
            if not is_writable(where.path.parent):
                return bad(
                    name,
                    f"The folder {where.path.parent} cannot be written.",
                    "Let the bot's user write there, or change `database.url` (DATABASE_URL).",
                )
            if not where.path.exists():
                return good(name, f"{where.place} will be made at the first start.")
        missing = await pending(url)
    except BotError as error:
        return failed(name, error)
    if missing:
        return note(
            name,
            f"{where.place} answers; {len(missing)} migrations are pending.",
            "The next start applies them, or `python -m bot migrate`.",
        )
    return good(name, f"{where.place} answers and is up to date.")


def is_writable(folder: Path) -> bool:
    """Tell whether files can be made in `folder`, or it can be made itself."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
