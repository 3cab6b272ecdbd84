"""Addresses of databases, and what the bot says when one does not work."""

import asyncio
import socket

import asyncpg
import pytest

from core.errors import PermanentError, TemporaryError
from storage.address import parse, passwords_in
from storage.store import SqlStore
from storage.text import clean, fold


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
def test_a_file_is_named_by_its_whole_path(scheme, tmp_path):
    address = parse(f"{scheme}:///{tmp_path}/my bot.db")

    assert address.path == tmp_path / "my bot.db"
    assert address.url.drivername == "sqlite+aiosqlite"


def test_a_relative_path_starts_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert parse("sqlite:///data/bot.db").path == tmp_path / "data/bot.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_server_is_named_without_user_and_password(scheme):
    address = parse(f"{scheme}://ada:s3cret@db.example.org:5433/bot?sslmode=require")

    assert address.path is None
    assert address.place == "bot at db.example.org"
    assert address.url.drivername == "postgresql+asyncpg"
    assert dict(address.url.query) == {"ssl": "require"}
    assert (address.url.password, address.url.port) == ("s3cret", 5433)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bot.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://host/bot.db",
        "mysql://ada:s3cret@host/bot",
        "postgresql://ada:s3cret@host",
        "postgresql://ada:s3cret@host:port/bot",
        "postgresql://ada:s3cret@host/bot?surprise=1",
        "postgresql://ada:s3cret@host:99999/bot",
        "postgresql://ada:s3cret@host:0/bot",
        "postgresql://ada:s3cret@/bot?host=a:1&host=b:65536",
        "postgresql://ada:s3cret@/bot?host=a,b&port=5432,99999",
        "postgresql://ada:x@s3cret@host/bot",
        "postgresql://ada:x@y/s3cret@host/bot",
    ],
)
def test_an_address_that_cannot_work_is_refused_without_its_password(address):
    with pytest.raises(PermanentError) as caught:
        parse(address)

    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("port", ["1", "65535"])
def test_every_port_that_exists_is_usable(port):
    assert parse(f"postgresql://ada@host:{port}/bot").url.port == int(port)
    assert parse(f"postgresql://ada@/bot?host=a,b&port=5432,{port}").place == "bot at a, b"


@pytest.mark.parametrize(
    ("address", "spellings"),
    [
        ("postgresql://ada:s3#c]r[e:t@host/bot", {"s3#c]r[e:t"}),
        ("postgresql://ada:s3%2Fcret@host/bot", {"s3%2Fcret", "s3/cret"}),
        ("postgresql://ada:s3@cret@host/bot", {"s3@cret", "s3"}),
        ("postgresql://ada:s3cret@host:port/bot", {"s3cret"}),
        ("postgresql://ada@host/bot", set()),
        ("postgresql://host/bot", set()),
        ("sqlite:///data/bot.db", set()),
        ("sqlite:////srv/ada:b@c/bot.db", {"b"}),
        ("nonsense", set()),
    ],
)
def test_every_spelling_of_a_password_is_found(address, spellings):
    assert set(passwords_in(address)) == spellings


async def test_a_server_that_is_away_is_a_temporary_error(keys, clock, unused_port):
    store = SqlStore(f"postgresql://ada:s3cret@127.0.0.1:{unused_port}/bot", keys=keys, clock=clock)

    with pytest.raises(TemporaryError, match=r"bot at 127\.0\.0\.1 cannot be reached"):
        await store.check()

    await store.close()


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_database_that_does_not_exist_is_named_with_the_cure(database_url, keys, clock):
    store = SqlStore(database_url.replace("/test_", "/missing_"), keys=keys, clock=clock)

    with pytest.raises(PermanentError, match="does not exist: create it"):
        await store.check()

    await store.close()


async def test_a_database_without_tables_is_named_with_the_cure(empty_database_url, keys, clock):
    store = SqlStore(empty_database_url, keys=keys, clock=clock)

    with pytest.raises(PermanentError, match="lacks a table"):
        await store.check()

    await store.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_connection_that_dies_at_work_is_a_temporary_error_and_the_next_one_works(
    store, database_url
):
    name = database_url.split("/")[3].split("?")[0]
    admin = await asyncpg.connect(
        host=database_url.split("host=")[1], user="postgres", database="postgres"
    )

    async def die_at_work():
        async with store.write() as work:
            await work.notes.set("a", "b")
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            await work.notes.set("a", "c")

    with pytest.raises(TemporaryError):
        await die_at_work()

    await store.check()
    await admin.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_connection_that_died_while_it_was_idle_is_replaced_unnoticed(store, database_url):
    name = database_url.split("/")[3].split("?")[0]
    admin = await asyncpg.connect(
        host=database_url.split("host=")[1], user="postgres", database="postgres"
    )
    await store.check()

    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
    )
    await admin.close()
    await asyncio.sleep(1.1)

    await store.check()


def test_folding_forgets_case_and_width_and_keeps_accents():
    assert fold("ＳＴＲＡẞE") == fold("strasse")
    assert fold("é") == fold("E\u0301") != fold("e")


def test_cleaning_leaves_ordinary_text_alone():
    assert clean("Zoë 🦊\n") == "Zoë 🦊\n"
    assert clean("a\x00\udc80") == "a��"
