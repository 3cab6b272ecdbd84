"""Changing the key that seals: at every moment some key that is kept opens every secret."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from bot.backups.keys import keys_text
from bot.backups.restore import alone
from bot.config import Config
from bot.database import is_up_to_date
from core.audit import AuditEntry
from core.errors import PermanentError
from storage.address import parse
from storage.keys import parse_keys, split_keys, write_key_file
from storage.reseal import count_others, reseal_all

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What was done: how many secrets the first key seals now, and how many keys are kept.

    `new_key`: nothing was done yet, because only the operator can put this secret in front of the
    configured keys.
    """

    secrets: int
    keys: int
    new_key: str | None = None


async def rotate(config: Config, *, now: datetime, forget_old: bool = False) -> Rotated:
    """Make a new key, seal every secret with it, and drop the others with `forget_old`.

    The audit tells of it from the transaction on that seals.

    The key file gets the new key in front of the old ones before anything is sealed, and loses
    them only after everything was: a crash leaves every secret open to a key of the file, and the
    next call ends the work. A bot that ran meanwhile could not open what was sealed anew, because
    it reads its keys at the start.

    Raises:
        PermanentError: a bot runs, the database is not up to date, or a secret was sealed with a
            key that is not there.
    """
    url = config.database.url.get_secret_value()
    where = parse(url)
    async with alone(where):
        if not await is_up_to_date(url):
            raise PermanentError(
                f"The database {where.place} does not exist yet or lacks migrations: run "
                "`python -m bot migrate` first."
            )
        text = keys_text(config)
        # Malformed keys must stop here, before a file is written.
        parse_keys(text, "The encryption keys")
        if config.secrets.key is not None:
            return await _in_configuration(url, split_keys(text), now=now)
        return await _in_file(config, url, split_keys(text), now=now, forget_old=forget_old)


async def _in_file(
    config: Config, url: str, old: list[str], *, now: datetime, forget_old: bool
) -> Rotated:
    key_file = Path(config.secrets.key_file)
    keys = [_new_key(), *old]
    opens = _fernets(keys)
    if await count_others(url, opens):
        raise PermanentError(
            f"The keys in {key_file} do not open every stored secret, so nothing was changed: "
            "bring back the key that is missing."
        )
    write_key_file(key_file, keys)
    entry = _rotated(now, "Every stored secret was sealed with a new key.")
    count = await reseal_all(url, opens=opens, seals=opens, entry=entry)
    log.info("secrets sealed with a new key", extra={"count": count})
    if not forget_old:
        return Rotated(secrets=count, keys=len(keys))
    if await count_others(url, Fernet(keys[0])):
        raise PermanentError(
            "Something else stored a secret meanwhile, so the old keys were kept: stop every bot "
            "on this database and try again."
        )
    write_key_file(key_file, keys[:1])
    log.info("old keys dropped", extra={"count": len(old)})
    return Rotated(secrets=count, keys=1)


async def _in_configuration(url: str, keys: list[str], *, now: datetime) -> Rotated:
    others = await count_others(url, Fernet(keys[0]))
    if not others and len(keys) == 1:
        return Rotated(secrets=0, keys=1, new_key=_new_key())
    entry = _rotated(now, "Every stored secret was sealed with the first configured key.")
    count = await reseal_all(url, opens=_fernets(keys), seals=_fernets(keys), entry=entry)
    log.info("secrets sealed with the first key", extra={"count": count})
    return Rotated(secrets=count, keys=len(keys))


def _rotated(now: datetime, detail: str) -> AuditEntry:
    return AuditEntry(at=now, guild_id=None, user_id=None, action="keys.rotated", detail=detail)


def _new_key() -> str:
    return Fernet.generate_key().decode()


def _fernets(keys: list[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
