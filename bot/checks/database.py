"""The database: does it answer, is it up to date and whole, and who has it open."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bot.config import Config
from core.doctor.checks import Check
from core.doctor.machine import MB
from core.doctor.rules import ALONE, INTEGRITY, MIGRATIONS, OPENS
from core.errors import BotError, TemporaryError
from storage.address import Address, parse
from storage.integrity import damage
from storage.migrate import pending

LARGEST = 512 * MB
"""A larger file is not read through: that would take minutes."""

LONGEST = timedelta(seconds=20)
_LOCKS = Path("/proc/locks")


async def check_database(config: Config, *, is_running: bool) -> list[Check]:
    """Check the database. Changes nothing. `is_running`: a bot answers on this machine."""
    url = config.database.url.get_secret_value()
    try:
        where = parse(url)
        if where.path is not None and not where.path.exists():
            return [OPENS.ok(f"{where.place} will be made at the first start.")]
        missing = await pending(url)
    except BotError as error:
        return [OPENS.fail(str(error), "Correct `database.url` (DATABASE_URL), or its server.")]
    checks = [OPENS.ok(f"{where.place} answers.")]
    if missing:
        checks.append(
            MIGRATIONS.warn(
                f"It lacks {len(missing)} migrations: {', '.join(missing)}.",
                "The next start applies them, or `python -m bot migrate`.",
            )
        )
    else:
        checks.append(MIGRATIONS.ok("No migration is pending."))
    checks.append(await _integrity(where))
    checks.append(_alone(where, is_running=is_running))
    return checks


async def _integrity(where: Address) -> Check:
    if where.path is None:
        return INTEGRITY.skip("PostgreSQL looks after its own files.")
    if where.path.stat().st_size > LARGEST:
        return INTEGRITY.skip("The file is too large to be read through here.")
    try:
        reason = await asyncio.to_thread(damage, where.path, within=LONGEST)
    except TemporaryError as error:
        return INTEGRITY.skip(str(error))
    if reason is None:
        return INTEGRITY.ok("Its file is whole.")
    return INTEGRITY.fail(
        f"Its file is damaged ({reason}).",
        "Stop the bot, keep a copy of the file, and put a backup in its place.",
    )


def _alone(where: Address, *, is_running: bool) -> Check:
    if where.path is None:
        return ALONE.skip("Several processes may share a PostgreSQL database.")
    is_held = is_locked(where.path.with_name(f"{where.path.name}.lock"))
    if is_held is None:
        return ALONE.skip("This system does not tell who holds the database.")
    if is_held and not is_running:
        return ALONE.warn(
            "A bot holds this database, but none answers at the configured port.",
            "It may be starting, hang, or run with another configuration: look at its log.",
        )
    if is_running and not is_held:
        return ALONE.warn(
            "A bot answers at the configured port, but it does not hold this database.",
            "It runs with another configuration, or the disk knows no locks: then make sure that "
            "no second bot is started.",
        )
    return ALONE.ok("One bot holds it." if is_held else "No bot holds it.")


def is_locked(path: Path) -> bool | None:
    """Tell whether a process holds the lock `path`, without touching it; None: nobody knows."""
    if not path.exists():
        return False
    try:
        inodes = set(_locked_inodes(_LOCKS.read_text(encoding="ascii")))
        return path.stat().st_ino in inodes
    except (OSError, ValueError):
        return None


def _locked_inodes(table: str) -> Iterator[int]:
    """Read the inodes of flock's locks. Source: man 5 proc_locks."""
    for line in table.splitlines():
        fields = line.split()
        if "->" not in fields and len(fields) > 5 and fields[1] == "FLOCK":
            yield int(fields[5].rpartition(":")[2])
