"""Disks that fail: a preloaded shim (with gcc), the kernel's limits, a small file system."""

import contextlib
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("disk.c")


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled `disk.c`."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not at hand, which compiles the disk that fails on demand")
    library = tmp_path_factory.mktemp("disk") / "disk.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"],
        check=True,
        timeout=60,
    )
    return library


def preloaded(shim: Path, database: Path, *, kept: Path | None = None) -> dict[str, str]:
    """Give the environment of a process whose database lies on a disk that can be told to fail."""
    environ = {
        "LD_PRELOAD": str(shim),
        "DISK_OF": str(database.resolve()),
        "DISK_TROUBLE": str(trouble_file(database)),
    }
    return environ if kept is None else environ | {"DISK_KEPT": str(kept)}


def trouble_file(database: Path) -> Path:
    return database.with_name("trouble")


@contextlib.contextmanager
def failing(database: Path, how: str) -> Iterator[None]:
    """Let every write or flush fail during the block: `write 28`, `flush 5`."""
    draft = database.with_name("trouble-draft")
    draft.write_text(how)
    draft.replace(trouble_file(database))
    try:
        yield
    finally:
        trouble_file(database).unlink()


@contextlib.contextmanager
def no_file_grows(pid: int) -> Iterator[None]:
    """Let the kernel refuse every write of a process to a file during the block."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Write to the database from here during the block, so that nobody else can."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=5)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@contextlib.contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """Mount a small disk; skips the test where that is not allowed."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True, timeout=10)


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Fill a small disk to its last byte during the block."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65_536, 4_096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder over itself, read-only; skips the test where that is not allowed."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,ro,bind", str(folder))
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True, timeout=10)


def _mount(*arguments: str) -> None:
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("there is no mount command")
    done = subprocess.run(
        [mount, *arguments], check=False, capture_output=True, text=True, timeout=10
    )
    if done.returncode:
        pytest.skip(f"mounting is not allowed: {done.stderr.strip()}")
