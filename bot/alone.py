"""At most one bot per SQLite file: two would take up each other's work."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from core.errors import PermanentError

log = logging.getLogger(__name__)


@contextmanager
def alone_with(database: Path) -> Iterator[bool]:
    """Keep other bots away from `database` during the block; gives whether that is certain.

    It is not where the file system knows no locks. The lock goes with the process, however it
    ends; its file, beside the database, stays.

    Raises:
        PermanentError: another bot runs with this database, or the lock's file cannot be opened.
    """
    with _open(database.with_name(f"{database.name}.lock")) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermanentError(
                f"Another bot already runs with the database {database}: stop it first, or give "
                "this one a database of its own in `database.url` (DATABASE_URL)."
            ) from None
        except OSError as error:
            log.warning("database cannot be locked", extra={"reason": error.strerror})
            yield False
            return
        yield True


def _open(path: Path) -> TextIO:
    try:
        return path.open("w")
    except OSError as error:
        raise PermanentError(
            f"The file {path}, which keeps a second bot away from the database, cannot be opened "
            f"({error.strerror}): let the bot's user write it and its folder, or delete it while "
            "no bot runs."
        ) from error
