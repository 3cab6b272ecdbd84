"""Reading a SQLite file through: whole, broken, or not to be read now."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from core.errors import TemporaryError
from storage.integrity import damage

PAGE = 4_096
SOON = timedelta(seconds=20)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)")
        rows = [("word" * 50,)] * 5_000
        database.executemany("INSERT INTO words (word) VALUES (?)", rows)
        database.commit()
    return path


def test_a_whole_file_has_no_damage_and_stays_as_it_is(path):
    before = path.read_bytes()

    assert damage(path, within=SOON) is None
    assert path.read_bytes() == before


def test_a_page_that_was_overwritten_is_damage(path):
    with path.open("r+b") as file:
        file.seek(5 * PAGE)
        file.write(b"\xff" * PAGE)

    assert damage(path, within=SOON) is not None


def test_a_file_that_is_no_database_is_damaged(path):
    path.write_bytes(b"no database" * 1_000)

    assert damage(path, within=SOON) == "SQLITE_NOTADB"


def test_a_file_that_takes_too_long_is_not_called_damaged(path):
    with pytest.raises(TemporaryError, match="in time"):
        damage(path, within=timedelta(seconds=-1))


def test_a_file_that_cannot_be_opened_is_not_called_damaged(path):
    with pytest.raises(TemporaryError, match="SQLITE_CANTOPEN"):
        damage(path.with_name("missing.db"), within=SOON)
