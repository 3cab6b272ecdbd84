"""A file that is being written: in memory at first, on the disk when it is large or done."""

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

MOST_IN_MEMORY = 512 * 1024


class DraftFile:
    """Lies in `folder` under a name of its own, from `settle` on or when it is large."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buffer = bytearray()
        self._digest = sha256()
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._is_gone = False
        self.is_settled = False

    @property
    def path(self) -> Path:
        """Where it lies.

        Raises:
            ValueError: it is in memory only.
        """
        if self._path is None:
            raise ValueError("the draft is not settled")
        return self._path

    @property
    def is_left(self) -> bool:
        """Whether there is a file that has to be discarded."""
        return self._path is not None and not self._is_gone

    @property
    def digest(self) -> str:
        """The SHA-256 of a settled file, in hex."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes, /) -> None:
        """Take all of `chunk`."""
        if self._file is not None:
            self._digest.update(chunk)
            self._file.write(chunk)
            return
        self._buffer += chunk
        if len(self._buffer) > MOST_IN_MEMORY:
            self._file = self._opened()

    def settle(self) -> None:
        """Bring everything to the disk; nothing is written afterwards."""
        if self._file is None:
            self._write_whole()
        else:
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
        self._file = None
        self.is_settled = True

    def move(self, place: Path) -> None:
        """Give a settled file its name; nothing happens to one that was discarded meanwhile."""
        try:
            self.path.replace(place)
        except FileNotFoundError:
            if not self._is_gone:
                raise
        self._is_gone = True

    def discard(self) -> None:
        """Remove it."""
        self._is_gone = True
        self._buffer.clear()
        if self._file is not None:
            # What it could not write before it cannot write now.
            with suppress(OSError):
                self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _write_whole(self) -> None:
        # Straight to the system: after each of its calls a thread waits for Python's lock.
        descriptor = self._created()
        try:
            self._digest.update(self._buffer)
            with memoryview(self._buffer) as left:
                written = 0
                while written < len(left):
                    written += os.write(descriptor, left[written:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._buffer.clear()

    def _created(self) -> int:
        path = self._folder / token_hex(16)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, flags, 0o600)
        self._path = path
        return descriptor

    def _opened(self) -> BinaryIO:
        file = os.fdopen(self._created(), "wb")
        try:
            self._digest.update(self._buffer)
            file.write(self._buffer)
        except BaseException:
            file.close()
            raise
        self._buffer.clear()
        return file
