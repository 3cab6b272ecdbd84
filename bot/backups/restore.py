"""Bringing a backup back: everything is built and proven beside, then put in place in one step.

Pictures go onto their shelf before that step: as long as no row names them, nobody sees them.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.alone import alone_with
from bot.backups.age import AgeReader
from bot.backups.age_keys import Identity
from bot.backups.archive import ArchiveReader
from bot.backups.pictures import bringing
from bot.backups.pour import Poured, build_sqlite, pour
from bot.backups.records import Pictures
from bot.config import Config
from bot.database import database_url, known_keys
from core.audit import AuditEntry
from core.errors import PermanentError, UserError
from storage.address import Address, parse
from storage.files import draft_of
from storage.keys import split_keys, write_key_file
from storage.swap import refuse_others, swap_sqlite, swapping_postgresql

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was brought back. `kept` names where the earlier database went on, None: was none."""

    made_at: str
    rows: int
    secrets: int
    pictures: Pictures
    kept: str | None


async def restore(config: Config, path: Path, identity: Identity, *, now: datetime) -> Restored:
    """Put a backup in the place of the configured database, which is kept under another name.

    Its secrets are sealed with the configured keys, so the key file stays as it is; where there is
    none yet, the backup's is written. Its pictures are put into the configured folder, where they
    are not there yet. The audit of what was brought back tells of it.

    Raises:
        BotError: it cannot be done; nothing was replaced.
    """
    where = parse(database_url(config))
    async with alone(where):
        try:
            with path.open("rb") as file:
                archive = ArchiveReader(AgeReader(file, identity))
                if where.path is not None:
                    return await _in_sqlite(config, where.path, archive, now=now)
                return await _in_postgresql(config, where, archive, now=now)
        except OSError as error:
            raise UserError(
                f"The backup {path} cannot be read, or what it holds not be written here "
                f"({error.strerror}). Nothing was replaced."
            ) from error


@asynccontextmanager
async def alone(where: Address) -> AsyncIterator[None]:
    """Keep bots away from a database during the block; PostgreSQL's can only be looked for.

    Raises:
        PermanentError: one is there.
    """
    with ExitStack() as locks:
        if where.path is not None:
            locks.enter_context(_locked(where.path))
        else:
            await refuse_others(where)
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with ExitStack() as lock:
        try:
            lock.enter_context(alone_with(path))
        except PermanentError as error:
            raise PermanentError(
                f"A bot runs with the database {path}: stop it first. Nothing was changed."
            ) from error
        yield


async def _in_sqlite(
    config: Config, path: Path, archive: ArchiveReader, *, now: datetime
) -> Restored:
    old = path.with_name(f"{path.name}.before-restore-{_suffix(now)}")
    with draft_of(path) as draft:
        try:
            async with bringing(Path(config.images.folder)) as bringer:
                poured = await build_sqlite(
                    draft,
                    archive,
                    seals=known_keys(config),
                    entry=_entry(archive, now),
                    put=bringer.put,
                )
            _bring_keys(config, poured)
            is_kept = swap_sqlite(draft, path, old=old)
        finally:
            for side in ("-wal", "-shm"):
                draft.with_name(draft.name + side).unlink(missing_ok=True)
    return _restored(archive, poured, str(old) if is_kept else None)


async def _in_postgresql(
    config: Config, where: Address, archive: ArchiveReader, *, now: datetime
) -> Restored:
    suffix = _suffix(now).lower()
    async with swapping_postgresql(where, suffix=suffix) as connection:
        async with bringing(Path(config.images.folder)) as bringer:
            poured = await pour(
                archive,
                connection,
                where,
                seals=known_keys(config),
                entry=_entry(archive, now),
                put=bringer.put,
            )
        _bring_keys(config, poured)
    return _restored(
        archive, poured, f"the tables of the schema before_restore_{suffix} in {where.place}"
    )


def _bring_keys(config: Config, poured: Poured) -> None:
    """Write the backup's keys where there are none: without them its secrets stay closed."""
    if known_keys(config) is not None:
        return
    key_file = Path(config.secrets.key_file)
    key_file.absolute().parent.mkdir(parents=True, exist_ok=True)
    write_key_file(key_file, split_keys(poured.keys))
    log.info("encryption keys brought back", extra={"file": str(key_file)})


def _restored(archive: ArchiveReader, poured: Poured, kept: str | None) -> Restored:
    return Restored(
        made_at=archive.about.made_at,
        rows=poured.rows,
        secrets=poured.secrets,
        pictures=poured.pictures,
        kept=kept,
    )


def _entry(archive: ArchiveReader, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        guild_id=None,
        user_id=None,
        action="backup.restored",
        detail=f"The database is that of the backup of {archive.about.made_at}.",
    )


def _suffix(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S}"
