"""Making a backup: database, keys and pictures, sealed, and proven before it counts."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from bot import __version__
from bot.backups.age import AgeWriter
from bot.backups.age_keys import Identity, Passphrase, PrivateKey, Recipient
from bot.backups.archive import FORMAT, ArchiveWriter
from bot.backups.keys import keys_text
from bot.backups.pictures import NamedPictures, copy_pictures
from bot.backups.prove import prove, scratch_of
from bot.backups.records import About, Pictures
from bot.backups.tar import ABOUT, KEYS
from bot.config import Config
from core.errors import PermanentError, UserError
from storage.dump import open_dump
from storage.files import new_file, sync
from storage.shelf import Shelf

log = logging.getLogger(__name__)

NAME = "patreon-bot-"
ENDING = ".age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was brought back once, in a scratch place."""

    path: Path
    size: int
    rows: int
    pictures: Pictures


async def make(
    config: Config,
    to: Path,
    recipient: Recipient,
    *,
    now: datetime,
    beat: Callable[[], None] = lambda: None,
) -> Made:
    """Write a backup to a new file, or to a folder under a name of its own, mode 0600.

    The bot may run meanwhile; a picture that it drops meanwhile is a missing one. The file appears
    after it was opened, read to its end and made a database of again. `beat` is called between
    pieces of work; what it raises ends the work.

    Raises:
        BotError: why there is none.
    """
    keys = keys_text(config)
    path = _in_folder(to, now)
    # Whoever seals for a public key cannot open; a key that nobody keeps lets the proof do it.
    recipients: list[Recipient] = [recipient]
    proof: Identity
    if isinstance(recipient, Passphrase):
        proof = recipient
    else:
        proof = key = PrivateKey.new()
        recipients.append(key.public)
    if path.exists():
        raise UserError(f"{path} exists: name another file, or a folder.")
    try:
        with new_file(path) as draft:
            with draft.open("wb") as file:
                await _write(config, file, recipients, keys, now, beat)
            proven = await prove(draft, proof, scratch=scratch_of(config), beat=beat)
            sync(draft)
            size = draft.stat().st_size
        sync(path.parent)
    except OSError as error:
        raise PermanentError(
            f"The backup {path} cannot be written ({error.strerror}): make its folder, let the "
            "bot's user write there, and make room."
        ) from error
    made = Made(path=path, size=size, rows=proven.rows, pictures=proven.pictures)
    log.info("backup made and proven", extra=_facts(made))
    return made


async def _write(
    config: Config,
    file: BinaryIO,
    recipients: list[Recipient],
    keys: str,
    now: datetime,
    beat: Callable[[], None],
) -> None:
    sealed = AgeWriter(file, recipients)
    archive = ArchiveWriter(sealed)
    named = NamedPictures()
    async with open_dump(config.database.url.get_secret_value()) as dump:
        about = About(
            format=FORMAT,
            bot=__version__,
            made_at=now.isoformat(),
            revision=dump.layout.revision,
            tables={name: list(columns) for name, columns in dump.layout.tables.items()},
        )
        archive.add(ABOUT, about.model_dump_json().encode())
        archive.add(KEYS, keys.encode())
        for name, columns in dump.layout.tables.items():
            async for rows in dump.rows(name):
                archive.add_rows(name, [[*row] for row in rows])
                named.see(name, [column for column, _ in columns], rows)
                beat()
        counters = await dump.counters()
    # A transaction that stayed open while gigabytes are copied would let the log of writes grow.
    shelf = Shelf(Path(config.images.folder))
    shelf.move_earlier()
    missing = copy_pictures(named, shelf, archive, beat=beat)
    archive.finish(counters, missing_pictures=missing)
    sealed.finish()
    file.flush()
    os.fsync(file.fileno())


def _facts(made: Made) -> dict[str, object]:
    return {
        "file": str(made.path),
        "bytes": made.size,
        "rows": made.rows,
        "pictures": made.pictures.files,
        "picture_bytes": made.pictures.size_bytes,
        "pictures_missing": made.pictures.missing,
    }


def _in_folder(to: Path, now: datetime) -> Path:
    return to / f"{NAME}{now:%Y-%m-%dT%H-%M-%SZ}{ENDING}" if to.is_dir() else to
