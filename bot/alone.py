"""At most one bot per SQLite file: two would take up each other's work."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import PermanentError

log = logging.getLogger(__name__)


@contextmanager
def alone_with(database: Path) -> Iterator[bool]:
    """Keep other bots away from `database` during the block; gives whether that is certain.

    It is not where the file system knows no locks. The lock goes with the process, however it
    ends; its file, beside the database, stays.

    Raises:
        PermanentError: another bot runs with this database.
    """
    with database.with_name(f"{database.name}.lock").open("w") as file:
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
