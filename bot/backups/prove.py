"""Proving a backup: it is opened, read to its end and made a database of, in a scratch place."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.backups.age import AgeReader
from bot.backups.age_keys import Identity
from bot.backups.archive import ArchiveReader
from bot.backups.pour import build_sqlite
from bot.backups.records import Pictures
from bot.config import Config
from storage.address import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a backup holds that was made a database of."""

    made_at: str
    revision: str
    rows: int
    secrets: int
    pictures: Pictures


async def prove(
    path: Path, identity: Identity, *, scratch: Path, beat: Callable[[], None] = lambda: None
) -> Proven:
    """Make a database of a backup, in a folder within `scratch` that is gone afterwards.

    Its pictures are read and compared, and written nowhere.

    Raises:
        BotError: what is wrong with it.
        OSError: it cannot be read, or there is no room.
    """
    with (
        tempfile.TemporaryDirectory(prefix=".backup-proof-", dir=scratch) as folder,
        path.open("rb") as file,
    ):
        archive = ArchiveReader(AgeReader(file, identity))
        poured = await build_sqlite(Path(folder) / "proof.db", archive, seals=None, beat=beat)
    return Proven(
        made_at=archive.about.made_at,
        revision=archive.about.revision,
        rows=poured.rows,
        secrets=poured.secrets,
        pictures=poured.pictures,
    )


def scratch_of(config: Config) -> Path:
    """Give a folder that may hold what the database holds."""
    path = parse(config.database.url.get_secret_value()).path
    return Path(tempfile.gettempdir()) if path is None else path.parent
