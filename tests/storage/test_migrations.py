"""Migrations: complete, careful with what exists, and safe when two start at once."""

import asyncio
import sqlite3
import stat
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from core.errors import PermanentError
from storage import migrate
from storage.address import parse
from storage.engine import open_postgresql, open_sqlite
from storage.migrate import current, draft, pending, upgrade
from storage.tables import metadata

_STEPS = sorted((Path(migrate.__file__).parent / "migrations/versions").glob("0*.py"))
LAST = _STEPS[-1].name[:4]
"""The revision of the newest real step; `two_steps` adds `NEXT` behind it."""

NEXT = f"{int(LAST) + 1:04}"


def path_of(url):
    return Path(url.removeprefix("sqlite:///"))


@asynccontextmanager
async def opened(url):
    address = parse(url)
    is_sqlite = address.path is not None
    engine = (
        open_sqlite(address, begin="BEGIN", pool_size=1) if is_sqlite else open_postgresql(address)
    )
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def execute(url, *statements):
    async with opened(url) as connection:
        for statement in statements:
            await connection.execute(text(statement))
        await connection.commit()


def plain(condition):
    """A condition without the parentheses that PostgreSQL puts around its parts."""
    return condition.replace("(", "").replace(")", "")


def difference(connection):
    """What a migration would have to change to build the tables."""
    options = {"compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


async def test_the_migrations_build_exactly_the_tables(database_url):
    async with opened(database_url) as connection:
        assert await connection.run_sync(difference) == []


async def test_the_indexes_of_the_migrations_are_as_partial_as_those_of_the_tables(database_url):
    where = {
        index.name: str(index.dialect_options["postgresql"]["where"])
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    }
    listing = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if "sqlite" in database_url
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    async with opened(database_url) as connection:
        rows = (await connection.execute(text(listing))).all()

    built = {name: plain(sql.split(" WHERE ")[1]) for name, sql in rows if " WHERE " in sql}

    assert built == where


async def test_an_empty_database_gets_everything_and_a_current_one_nothing(empty_database_url):
    assert await current(empty_database_url) is None
    everything = await pending(empty_database_url)

    assert await upgrade(empty_database_url) == everything
    assert await current(empty_database_url) == everything[-1]
    assert await pending(empty_database_url) == []
    assert await upgrade(empty_database_url) == ()


async def test_processes_that_start_at_once_do_not_collide(empty_database_url):
    applied = await asyncio.gather(*(upgrade(empty_database_url) for _ in range(4)))

    assert sorted(map(len, applied))[:3] == [0, 0, 0]
    assert await pending(empty_database_url) == []


async def test_a_database_newer_than_the_code_is_refused_with_advice(database_url):
    await execute(database_url, "UPDATE alembic_version SET version_num = '9999'")

    for call in (upgrade, pending):
        with pytest.raises(PermanentError, match=r"9999.*install the newer version"):
            await call(database_url)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_new_file_can_be_read_by_the_bot_alone(empty_database_url):
    await upgrade(empty_database_url)

    assert stat.S_IMODE(path_of(empty_database_url).stat().st_mode) == 0o600


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_new_file_is_not_copied(empty_database_url):
    await upgrade(empty_database_url)

    assert not list(path_of(empty_database_url).parent.glob("*.before-*"))


@pytest.fixture
def two_steps(tmp_path, monkeypatch):
    """A folder of migrations with one more step than the real one; the test writes that step."""
    folder = tmp_path / "migrations"
    real = Path(migrate.__file__).parent / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in (real / "env.py", real / "script.py.mako", *_STEPS):
        (folder / path.relative_to(real)).write_text(path.read_text())
    monkeypatch.setattr(migrate, "_MIGRATIONS", folder)

    def write(*lines):
        body = "\n".join(f"    {line}" for line in lines)
        (folder / f"versions/{NEXT}_more.py").write_text(
            "from alembic import op\nimport sqlalchemy as sa\n"
            f'revision = "{NEXT}"\ndown_revision = "{LAST}"\n'
            f"def upgrade() -> None:\n{body}\n"
        )

    return write


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_an_existing_file_is_copied_before_its_first_pending_migration(
    database_url, two_steps
):
    two_steps("op.execute(\"UPDATE notes SET value = 'after'\")")
    await execute(database_url, "INSERT INTO notes VALUES ('n', 'before')")

    for _ in range(2):
        assert await upgrade(database_url) == [NEXT]
        await execute(
            database_url,
            f"UPDATE alembic_version SET version_num = '{LAST}'",
            "UPDATE notes SET value = 'before'",
        )

    copy = path_of(database_url).with_name(f"bot.db.before-{NEXT}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT value FROM notes").fetchall() == [("before",)]
    connection.close()
    assert await current(f"sqlite:///{copy}") == LAST


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_of_processes_that_start_at_once_the_copy_is_the_old_database(
    database_url, two_steps
):
    two_steps("op.execute(\"UPDATE notes SET value = 'after'\")")
    await execute(database_url, "INSERT INTO notes VALUES ('n', 'before')")

    await asyncio.gather(*(upgrade(database_url) for _ in range(4)))

    copy = path_of(database_url).with_name(f"bot.db.before-{NEXT}")
    assert await current(f"sqlite:///{copy}") == LAST
    assert not list(copy.parent.glob(".*"))


async def test_a_step_that_fails_leaves_everything_as_it_was(database_url, two_steps):
    two_steps(
        'op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))',
        'raise LookupError("half way")',
    )

    with pytest.raises(LookupError):
        await upgrade(database_url)

    assert await current(database_url) == LAST
    await execute(database_url, "CREATE TABLE extra (id int)")


async def test_changing_a_parent_table_keeps_its_children(database_url, two_steps):
    two_steps(
        'with op.batch_alter_table("creators", recreate="always") as batch:'
        if "sqlite" in database_url
        else 'with op.batch_alter_table("creators") as batch:',
        '    batch.add_column(sa.Column("extra", sa.Text()))',
    )
    await execute(
        database_url,
        "INSERT INTO creators (id, token_state) VALUES (1, 'ok')",
        "INSERT INTO campaigns (id, creator_id, name, currency) VALUES ('c', 1, 'n', 'USD')",
    )

    await upgrade(database_url)

    async with opened(database_url) as connection:
        children = await connection.execute(text("SELECT id, creator_id FROM campaigns"))
        parents = await connection.execute(text("SELECT id, extra FROM creators"))
        assert (children.all(), parents.all()) == ([("c", 1)], [(1, None)])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_step_that_orphans_rows_is_refused(database_url, two_steps):
    two_steps('op.execute("DELETE FROM creators")')
    await execute(
        database_url,
        "INSERT INTO creators (id, token_state) VALUES (1, 'ok')",
        "INSERT INTO campaigns (id, creator_id, name, currency) VALUES ('c', 1, 'n', 'USD')",
    )

    with pytest.raises(PermanentError, match="rows of campaigns"):
        await upgrade(database_url)

    assert await current(database_url) == LAST


async def test_a_drafted_migration_names_no_type_of_ours_and_can_be_applied(
    database_url, two_steps
):
    # The real step lacks nothing, so the database has to.
    await execute(database_url, "DROP TABLE notes", "DROP TABLE posts")

    path = await draft(database_url, "Bring them back")

    assert path.name == f"{NEXT}_bring_them_back.py"
    assert "storage" not in path.read_text()
    assert await upgrade(database_url) == [NEXT]
    async with opened(database_url) as connection:
        assert await connection.run_sync(difference) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_folder_that_is_missing_is_named_with_the_cure(empty_database_url):
    missing = empty_database_url.replace("empty.db", "nowhere/bot.db")

    with pytest.raises(PermanentError, match=r"nowhere/bot\.db.*create its folder"):
        await upgrade(missing)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_file_that_is_no_database_is_named(empty_database_url):
    path_of(empty_database_url).write_bytes(b"This is a text, and a long one at that. " * 50)

    with pytest.raises(PermanentError, match=r"empty\.db is not a SQLite database"):
        await upgrade(empty_database_url)


async def test_stored_events_keep_their_bodies_and_learn_their_campaigns(
    empty_database_url, tmp_path, monkeypatch
):
    real = migrate._MIGRATIONS
    first = tmp_path / "first"
    (first / "versions").mkdir(parents=True)
    for path in (real / "env.py", real / "script.py.mako", _STEPS[0]):
        (first / path.relative_to(real)).write_text(path.read_text())
    monkeypatch.setattr(migrate, "_MIGRATIONS", first)
    await upgrade(empty_database_url)
    await execute(
        empty_database_url,
        "INSERT INTO hooks (id, key, campaign_id, secrets) VALUES (1, 'k', '1001', 's')",
        "INSERT INTO events (id, hook_id, trigger, received_at, body) VALUES "
        "(7, 1, 't', '2026-01-01 00:00:00', 'one'), (8, NULL, 't', '2026-01-01 00:00:00', 'two')",
    )

    monkeypatch.setattr(migrate, "_MIGRATIONS", real)
    await upgrade(empty_database_url)

    async with opened(empty_database_url) as connection:
        rows = await connection.execute(
            text("SELECT id, campaign_id, CAST(body AS text) FROM events ORDER BY id")
        )
        bodies = [(number, campaign) for number, campaign, body in rows if body]
        assert bodies == [(7, "1001"), (8, None)]
