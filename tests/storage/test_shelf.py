"""Files named by what is in them: whole or not at all."""

import asyncio
import errno
import os
import subprocess
import sys
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotStored
from storage.shelf import Shelf

HOUR = timedelta(hours=1)
STEPS = 12
"""Folders made, renamings and flushes of the first file that is kept."""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "files")


def files_of(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def grow_old(path: Path) -> None:
    then = time.time() - 7_200
    os.utime(path, (then, then))


@given(st.binary(max_size=5_000))
def test_what_is_kept_is_read_back_under_its_digest(tmp_path_factory, content):
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))

    async def keep() -> tuple[str, bytes | None]:
        digest = await shelf.add(content)
        return digest, await shelf.read(digest)

    assert asyncio.run(keep()) == (sha256(content).hexdigest(), content)


async def test_files_lie_in_two_levels_that_only_the_bot_can_enter(shelf, tmp_path):
    digest = await shelf.add(b"a picture")

    assert files_of(tmp_path / "files") == [f"{digest[0]}/{digest[1]}/{digest}"]
    assert (tmp_path / "files" / digest[0] / digest[1]).stat().st_mode & 0o077 == 0
    assert shelf.path_of(digest).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("size", [10, 2**19 + 1])
@pytest.mark.parametrize("is_settled", [False, True])
async def test_a_draft_that_is_not_kept_leaves_nothing(shelf, tmp_path, size, is_settled):
    async def lose_the_connection() -> None:
        async with shelf.draft() as draft:
            draft.write(b"h" * size)
            if is_settled:
                await draft.settle()
                assert draft.path.read_bytes() == b"h" * size
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await lose_the_connection()

    assert files_of(tmp_path / "files") == []


@pytest.mark.parametrize("size", [10, 2**19 + 1])
async def test_a_folder_that_cannot_be_used_is_said_in_words(tmp_path, size):
    (tmp_path / "files").write_text("not a folder")
    shelf = Shelf(tmp_path / "files")

    with pytest.raises(NotStored, match="cannot be used for files") as told:
        await shelf.add(b"h" * size)

    assert told.value.why == "Not a directory"


async def test_what_the_disk_does_not_take_leaves_nothing_and_is_said_in_words(
    shelf, tmp_path, monkeypatch
):
    async with shelf.draft() as draft:
        draft.write(b"h" * 2**20)
        await shelf.add(b"so that there is a folder")

        def is_full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", is_full)
        with pytest.raises(NotStored, match="No space left"):
            await draft.settle()
        monkeypatch.undo()

    assert list((tmp_path / "files" / "drafts").iterdir()) == []


async def test_who_stops_waiting_for_a_draft_leaves_nothing_open(shelf, tmp_path):
    async def open_one() -> None:
        async with shelf.draft() as draft:
            draft.write(b"half a pic" * 60_000)
            await draft.settle()
            await asyncio.sleep(10)

    for pause in (0, 0, 0.0005, 0.001, 0.01):
        opening = asyncio.create_task(open_one())
        await asyncio.sleep(pause)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    async with asyncio.timeout(5):
        while files_of(tmp_path / "files"):
            await asyncio.sleep(0.01)


async def test_the_same_content_twice_is_one_file(shelf, tmp_path):
    first, second = await shelf.add(b"same"), await shelf.add(b"same")

    assert first == second
    assert len(files_of(tmp_path / "files")) == 1


async def test_a_file_that_is_not_there_is_none(shelf):
    assert await shelf.read("0" * 64) is None


@pytest.mark.parametrize("damaged", [b"", b"a pictur", b"a picture!", b"b picture"])
async def test_a_damaged_file_is_noticed_and_removed(shelf, damaged):
    digest = await shelf.add(b"a picture")
    shelf.path_of(digest).write_bytes(damaged)

    assert await shelf.read(digest) is None
    assert not shelf.path_of(digest).exists()


async def test_a_damaged_file_is_replaced_when_it_is_kept_again(shelf):
    digest = await shelf.add(b"a picture")
    shelf.path_of(digest).write_bytes(b"noise")

    await shelf.add(b"a picture")

    assert await shelf.read(digest) == b"a picture"


async def test_old_files_are_listed_in_batches_and_young_ones_are_not(shelf):
    digests = [await shelf.add(str(number).encode()) for number in range(1_203)]
    for digest in digests[3:]:
        grow_old(shelf.path_of(digest))

    batches = [batch async for batch in shelf.older_than(HOUR)]

    assert sorted(name for batch in batches for name in batch) == sorted(digests[3:])
    assert max(map(len, batches)) <= 500


def put_in_the_way(place: Path) -> None:
    """Let something lie there that cannot be read as a file, or removed, even by root."""
    place.unlink(missing_ok=True)
    place.mkdir(parents=True)
    grow_old(place)


async def test_a_file_that_cannot_be_removed_does_not_keep_the_others(shelf, caplog):
    stuck = [await shelf.add(content) for content in (b"one", b"two")]
    other = await shelf.add(b"other")
    grow_old(shelf.path_of(other))
    for digest in stuck:
        put_in_the_way(shelf.path_of(digest))

    assert await shelf.remove([*stuck, other]) == 1

    assert not shelf.path_of(other).exists()
    [line] = caplog.records
    assert (line.getMessage(), line.files) == ("files cannot be removed", 2)


async def test_a_draft_that_cannot_be_removed_does_not_keep_the_sweep(shelf, tmp_path):
    digest = await shelf.add(b"one")
    grow_old(shelf.path_of(digest))
    put_in_the_way(tmp_path / "files" / "drafts" / "left")

    assert [batch async for batch in shelf.older_than(HOUR)] == [[digest]]


async def test_files_in_folders_of_two_digits_are_given_their_place(shelf, tmp_path):
    digest = await shelf.add(b"a picture")
    earlier = tmp_path / "files" / digest[:2] / digest[2:4]
    earlier.mkdir(parents=True)
    shelf.path_of(digest).rename(earlier / digest)

    shelf.move_earlier()

    assert await shelf.read(digest) == b"a picture"
    assert not earlier.parent.exists()


async def test_what_was_kept_anew_is_not_removed_as_old(shelf):
    old, renewed = await shelf.add(b"old"), await shelf.add(b"renewed")
    for digest in (old, renewed):
        grow_old(shelf.path_of(digest))
    await shelf.add(b"renewed")

    removed = await shelf.remove([old, renewed, "0" * 64], age=HOUR)

    assert removed == 1
    assert await shelf.read(old) is None
    assert await shelf.read(renewed) == b"renewed"


async def test_only_digests_are_listed_and_drafts_of_the_dead_are_removed(shelf, tmp_path):
    await shelf.add(b"x")
    folder = tmp_path / "files"
    for path in (folder / "drafts" / "left", folder / "a" / "b" / "notes.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        grow_old(path)
    (folder / "drafts" / "young").write_bytes(b"")

    assert [batch async for batch in shelf.older_than(HOUR)] == []
    assert sorted(path.name for path in (folder / "drafts").iterdir()) == ["young"]


_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
import storage.shelf
from storage.shelf import Shelf

calls = 0
def count(name, real):
    def counted(*args, **options):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **options)
    return counted

os.fsync = count("fsync", os.fsync)
Path.replace = count("replace", Path.replace)
Path.mkdir = count("mkdir", Path.mkdir)
asyncio.run(Shelf(Path(sys.argv[1])).add(b"a picture"))
"""


@pytest.mark.parametrize("call", range(1, STEPS + 2))
def test_hostile_kill_at_every_step_leaves_a_whole_file_or_none(tmp_path, call):
    command = [sys.executable, "-c", _KILLED, str(tmp_path / "files"), str(call)]
    ended = subprocess.run(command, check=False, timeout=30, cwd=Path(__file__).parents[2])
    shelf = Shelf(tmp_path / "files")
    digest = sha256(b"a picture").hexdigest()

    assert ended.returncode == (-9 if call <= STEPS else 0)
    whole = shelf.path_of(digest).exists()
    assert asyncio.run(shelf.read(digest)) == (b"a picture" if whole else None)
    assert all(name.startswith("drafts/") or whole for name in files_of(tmp_path / "files"))
