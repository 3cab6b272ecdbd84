"""Files that appear whole, with their permissions, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Lend a private draft (mode 0600) that becomes `path` at the block's end.

    A `path` that exists by then, because another process was faster, is left alone.

    Raises:
        OSError: the folder is missing or cannot be written.
    """
    with draft_of(path) as draft:
        yield draft
        _publish(draft, path)


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Lend a private file (mode 0600) beside `path`, gone at the block's end unless renamed.

    Raises:
        OSError: the folder is missing or cannot be written.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def replace(draft: Path, path: Path) -> None:
    """Put `draft` in the place of `path`, durably: after a power cut it is the one or the other.

    Raises:
        OSError: it cannot be done.
    """
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _publish(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:
        # Some file systems know no links; there, the gap before the renaming is accepted.
        if not path.exists():
            draft.rename(path)
