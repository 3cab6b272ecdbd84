"""The archive within a backup: what does not belong there is refused."""

import io
import json
import tarfile

import pytest

from bot.backups.age import Unreadable
from bot.backups.archive import ArchiveReader, ArchiveWriter, rows_in
from bot.backups.records import About
from bot.backups.tar import ABOUT, KEYS, SUMS
from core.errors import UserError

BLOCK = 512


def about(**overrides):
    values = {"format": 1, "bot": "1", "made_at": "now", "revision": "0001", "tables": {}}
    return About(**(values | overrides)).model_dump_json().encode()


def archive(*, first=None):
    file = io.BytesIO()
    writer = ArchiveWriter(file)
    writer.add(ABOUT, first or about())
    writer.add(KEYS, b"a key")
    writer.add_rows("posts", [["1", None], ["2", "x"]])
    writer.add_rows("posts", [["3", "ü"]])
    writer.finish({"posts": 3})
    return file.getvalue()


def read(data):
    reader = ArchiveReader(io.BytesIO(data))
    files = list(reader.files())
    return reader, files


def block(name, size=0, **more):
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    for field, value in more.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.USTAR_FORMAT)


def with_more(header, content=b""):
    """The archive with another file before its sums."""
    data = archive()
    place = data.index(SUMS.encode() + b"\0")
    return data[:place] + header + content + bytes(-len(content) % BLOCK) + data[place:]


def test_what_was_written_is_read():
    reader, files = read(archive())

    assert reader.about.revision == "0001"
    assert [name for name, _ in files] == [
        "keys.txt",
        "rows/posts/000000.jsonl",
        "rows/posts/000001.jsonl",
    ]
    assert rows_in(files[1][1]) == [["1", None], ["2", "x"]]
    assert reader.sums.rows == {"posts": 3}
    assert reader.sums.counters == {"posts": 3}


def test_tar_reads_it_too():
    with tarfile.open(fileobj=io.BytesIO(archive())) as tar:
        assert tar.getnames()[0] == ABOUT
        assert json.load(tar.extractfile(SUMS))["rows"] == {"posts": 3}


@pytest.mark.parametrize(
    "name",
    [
        "../keys.txt",
        "/etc/passwd",
        "rows/../../x/000000.jsonl",
        "rows/posts/../000000.jsonl",
        "rows/posts/0.jsonl",
        "rows/Posts/000009.jsonl",
        "images/a.png",
        "keys.txt/",
        "about.json\n",
        "x" * 100,
    ],
)
def test_a_file_with_a_name_that_has_no_place_there_is_refused(name):
    with pytest.raises(Unreadable):
        read(with_more(block(name)))


@pytest.mark.parametrize(
    "more",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "keys.txt"},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.CHRTYPE},
        {"type": tarfile.GNUTYPE_SPARSE},
        {"type": tarfile.XHDTYPE},
        {"mode": 0o4755},
        {"uname": "root"},
        {"mtime": 1},
    ],
)
def test_what_is_no_plain_file_is_refused(more):
    with pytest.raises(Unreadable, match=r"no plain file|no place in it"):
        read(with_more(block("rows/posts/000009.jsonl", **more)))


@pytest.mark.parametrize("size", [32 * 2**20 + 1, 8**11 - 1])
def test_a_file_that_says_it_is_huge_is_refused_before_it_is_read(size):
    with pytest.raises(Unreadable, match="no place"):
        read(with_more(block("rows/posts/000009.jsonl", size)))


def test_a_file_that_the_sums_do_not_name_is_refused():
    with pytest.raises(Unreadable, match="not those that its sums name"):
        read(with_more(block("rows/posts/000009.jsonl", 2), b"[]"))


def test_a_file_that_comes_twice_is_refused():
    with pytest.raises(Unreadable, match="twice"):
        read(with_more(block(KEYS, 2), b"xy"))


def test_every_change_of_its_files_is_noticed():
    data = archive()

    for place in range(data.index(SUMS.encode())):
        changed = bytearray(data)
        changed[place] ^= 4
        with pytest.raises(UserError):
            read(bytes(changed))


def test_every_cut_is_noticed():
    data = archive()

    for length in range(0, len(data), 61):
        with pytest.raises(UserError):
            read(data[:length])
    with pytest.raises(Unreadable):
        read(data + b"\0")


def test_a_newer_format_is_refused_with_what_to_do():
    with pytest.raises(UserError, match=r"format 2.*restore it with the version that made it"):
        read(archive(first=about(format=2)))


@pytest.mark.parametrize("first", [b"", b"[]", b"1", b"[" * 100_000, b'{"format": 1}'])
def test_an_archive_that_does_not_say_what_it_is_is_refused(first):
    with pytest.raises(UserError):
        read(archive(first=first or b" "))


def test_an_archive_that_begins_with_something_else_is_refused():
    file = io.BytesIO()
    ArchiveWriter(file).add(KEYS, b"a key")

    with pytest.raises(Unreadable, match="does not begin"):
        read(file.getvalue())


@pytest.mark.parametrize("content", [b"{}", b"[", b"1", b"\xff"])
def test_rows_that_are_none_are_refused(content):
    with pytest.raises(Unreadable):
        rows_in(content)
