"""Backup and restore: what was kept comes back whole, or nothing is touched."""

import io
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.alone import alone_with
from bot.backups.age import AgeReader, AgeWriter
from bot.backups.age_keys import PrivateKey
from bot.backups.archive import ArchiveReader, ArchiveWriter
from bot.backups.make import make
from bot.backups.prove import prove
from bot.backups.restore import restore
from bot.backups.tar import ABOUT, KEYS
from core.errors import BotError, PermanentError, UserError
from storage.address import parse
from storage.dump import columns_of, names_in, reflected
from storage.migrate import revisions, run, upgrade
from storage.store import SqlStore
from tests.bot import keeping
from tests.bot.keeping import config_for, everything_in, fill, keys_of, make_key, upkeep_in
from tests.end_to_end.matrix import sampled
from tests.factories import NOW, FakeClock
from tests.storage.test_migrations import execute, opened

KEY = PrivateKey.new()
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def config(database_url, tmp_path):
    config = config_for(database_url, tmp_path)
    make_key(config)
    await fill(config)
    return config


async def backed_up(config, folder, recipient=KEY.public, now=NOW):
    return (await make(config, folder, recipient, now=now)).path


def tampered(path, change, *, more_rows=0):
    """Write the backup again, with `change` made to its files before they are sealed."""
    with path.open("rb") as file:
        reader = ArchiveReader(AgeReader(file, KEY))
        files = [(ABOUT, reader.about.model_dump_json().encode()), *reader.files()]
    whole = io.BytesIO()
    writer = ArchiveWriter(sealed := AgeWriter(whole, [KEY.public]))
    rows = {}
    for name, content in change(files):
        writer.add(name, content)
        if name.startswith("rows/"):
            table = name.split("/")[1]
            rows[table] = rows.get(table, 0) + len(content.splitlines())
    writer._rows = {table: count + more_rows for table, count in rows.items()}
    writer.finish(reader.sums.counters)
    sealed.finish()
    other = path.with_name("tampered.age")
    other.write_bytes(whole.getvalue())
    return other


def replacing(part, old, new):
    return lambda files: [(n, c.replace(old, new) if part in n else c) for n, c in files]


async def test_what_was_backed_up_comes_back_whole(config, tmp_path):
    before = await everything_in(config)
    path = await backed_up(config, tmp_path)
    await execute(config.database.url.get_secret_value(), "DELETE FROM member_tiers")

    done = await restore(config, path, KEY, now=LATER)

    assert await everything_in(config) == before
    assert done.rows == sum(map(len, before.values())) > 2_000
    assert done.secrets == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await upkeep_in(config) == [
        ("backup.restored", f"The database is that of the backup of {done.made_at}.")
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_sqlite_moves_to_postgresql_and_back(config, tmp_path, request):
    from tests.conftest import cloned

    before = await everything_in(config)
    path = await backed_up(config, tmp_path)
    async with cloned(request, "template0") as address:
        other = config_for(address, tmp_path / "other")
        (tmp_path / "other").mkdir()
        await restore(other, path, KEY, now=LATER)
        assert await everything_in(other) == before
        back = await backed_up(other, tmp_path, now=LATER)
    await restore(config, back, KEY, now=LATER)

    assert await everything_in(config) == before


async def test_numbers_that_were_given_out_are_never_given_out_again(config, tmp_path):
    url = config.database.url.get_secret_value()
    await execute(url, "DELETE FROM announcements")
    path = await backed_up(config, tmp_path)
    await restore(config, path, KEY, now=LATER)
    store = SqlStore(url, keys=keys_of(config), clock=FakeClock())
    try:
        async with store.write() as work:
            link = (await work.links.all())[0]
            new = await work.announcements.post(
                keeping.card(), channel_id=1, link_id=link.id, at=NOW
            )
            await work.audit.add(
                keeping.AuditEntry(at=NOW, guild_id=None, user_id=None, action="x.y", detail="z")
            )
    finally:
        await store.close()

    assert new == 4


async def layout_of(address, revision):
    """Build the tables of a revision; gives their columns by table."""
    async with opened(address) as connection:
        await connection.run_sync(run, revision)
        tables = await connection.run_sync(reflected, await connection.run_sync(names_in))
        return {table.name: columns_of(table) for table in tables}


async def test_an_older_revision_is_brought_up_to_date(config, tmp_path, empty_database_url):
    url = config.database.url.get_secret_value()
    before = await everything_in(config)
    path = await backed_up(config, tmp_path)
    old = await layout_of(empty_database_url, "0005")

    await restore(config, tampered(path, lambda files: as_of("0005", old, files)), KEY, now=LATER)

    assert await everything_in(config) == before
    assert await upgrade(url) == ()


def as_of(revision, old, files):
    """Write a backup's files as a bot of an earlier revision has written them."""
    about = json.loads(files[0][1])
    new = {table: [name for name, _ in columns] for table, columns in about["tables"].items()}
    tables = {table: columns for table, columns in old.items() if table in new}
    yield ABOUT, json.dumps(about | {"revision": revision, "tables": tables}).encode()
    for name, content in files[1:]:
        table = name.split("/")[1] if name.startswith("rows/") else None
        if table in old:
            places = [new[table].index(column) for column, _ in old[table]]
            rows = [json.loads(line) for line in content.splitlines()]
            kept = [json.dumps([row[place] for place in places]) + "\n" for row in rows]
            yield name, "".join(kept).encode()
        elif table is None:
            yield name, content


async def test_a_newer_backup_is_refused_with_what_to_do(config, tmp_path):
    newest = f'"{revisions()[-1]}"'.encode()
    path = tampered(await backed_up(config, tmp_path), replacing(ABOUT, newest, b'"9999"'))

    with pytest.raises(UserError, match=r"9999.*install the newer version first"):
        await restore(config, path, KEY, now=LATER)


CORRUPTIONS = {
    "a row is missing": lambda files: [
        (n, c.split(b"\n", 1)[1] if n == "rows/members/000000.jsonl" else c) for n, c in files
    ],
    "a table is missing": lambda files: [f for f in files if "/campaigns/" not in f[0]],
    "a row is there twice": lambda files: [
        (n, c + c if "/campaigns/" in n else c) for n, c in files
    ],
    "a foreign table": lambda files: [*files, ("rows/pg_class/000000.jsonl", b"[1]\n")],
    "a value of another kind": replacing("rows/campaigns", b'"1001"', b"1001"),
    "a number that is too large": replacing("rows/creators", b"[1,", b"[99999999999999999999,"),
    "a reference to nothing": replacing("rows/campaigns", b'"1001",1', b'"1001",77'),
    "a moment without its zone": replacing("rows/guilds", b"+00:00", b""),
    "text that is none": replacing("rows/events", b'"2026', b'"20\xff26'),
    "other columns": replacing(ABOUT, b'["token_reason","text"],', b""),
    "an unknown kind": replacing(ABOUT, b'"boolean"', b'"pickle"'),
    "another key": lambda files: [(n, Fernet.generate_key() if n == KEYS else c) for n, c in files],
    "no key": lambda files: [f for f in files if f[0] != KEYS],
    "a key that is none": lambda files: [(n, b"x" if n == KEYS else c) for n, c in files],
}


@pytest.mark.parametrize(
    "corruption", sampled(CORRUPTIONS, ["a row is missing", "another key", "a foreign table"])
)
async def test_a_backup_that_is_not_whole_replaces_nothing(config, tmp_path, corruption):
    change = CORRUPTIONS[corruption]
    path = tampered(await backed_up(config, tmp_path), change)
    before, files = await everything_in(config), set(tmp_path.iterdir())

    with pytest.raises(BotError):
        await restore(config, path, KEY, now=LATER)

    assert await everything_in(config) == before
    assert set(tmp_path.iterdir()) - {tmp_path / "bot.db.lock"} == files


async def test_a_backup_that_should_hold_more_than_it_does_replaces_nothing(config, tmp_path):
    path = tampered(await backed_up(config, tmp_path), lambda files: files, more_rows=1)

    with pytest.raises(UserError, match=r"should hold 2 rows of .* and holds 1"):
        await restore(config, path, KEY, now=LATER)


async def test_tables_of_another_shape_are_refused_before_a_row_is_read(config, tmp_path):
    change = replacing(ABOUT, b'["token_reason","text"],', b"")
    path = tampered(await backed_up(config, tmp_path), change)

    with pytest.raises(UserError, match="not those of the revision"):
        await restore(config, path, KEY, now=LATER)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_damage_and_wrong_keys_replace_nothing(config, tmp_path):
    path = await backed_up(config, tmp_path)
    before, data = await everything_in(config), path.read_bytes()
    step = len(data) // 9
    damaged = [data[:at] for at in range(0, len(data), step)]
    damaged += [
        data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(5, len(data), step)
    ]

    for number, content in enumerate(damaged):
        other = tmp_path / f"damaged-{number}.age"
        other.write_bytes(content)
        with pytest.raises(BotError):
            await restore(config, other, KEY, now=LATER)
    with pytest.raises(UserError, match="not the one that it was made for"):
        await restore(config, path, PrivateKey.new(), now=LATER)
    with pytest.raises(UserError, match="cannot be read"):
        await restore(config, tmp_path / "missing.age", KEY, now=LATER)

    assert await everything_in(config) == before
    assert list(tmp_path.glob("*before-restore*")) == []


async def test_the_secrets_are_sealed_with_the_key_of_this_machine(config, tmp_path):
    path = await backed_up(config, tmp_path)
    key = make_key(config)

    await restore(config, path, KEY, now=LATER)

    store = SqlStore(
        config.database.url.get_secret_value(), keys=keys_of(config), clock=FakeClock()
    )
    try:
        await store.prove_keys()
        async with store.read() as work:
            pair = await work.creators.tokens(1)
    finally:
        await store.close()
    assert pair.access == keeping.ACCESS
    assert Path(config.secrets.key_file).read_text().strip() == key


async def test_a_machine_without_a_key_gets_the_backups(config, tmp_path):
    path = await backed_up(config, tmp_path)
    before = await everything_in(config)
    key_file = Path(config.secrets.key_file)
    key = key_file.read_text()
    key_file.unlink()

    await restore(config, path, KEY, now=LATER)

    assert key_file.read_text() == key
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert await everything_in(config) == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_earlier_file_is_kept_beside(config, tmp_path):
    path = await backed_up(config, tmp_path)
    database = parse(config.database.url.get_secret_value()).path
    old = database.read_bytes()

    done = await restore(config, path, KEY, now=LATER)

    assert done.kept == f"{database}.before-restore-20261121T130000"
    assert Path(done.kept).read_bytes() == old
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"bot.db", "bot.db.lock", Path(done.kept).name, path.name, "secret.key"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_database_that_is_damaged_or_gone_can_be_replaced(config, tmp_path):
    path = await backed_up(config, tmp_path)
    before = await everything_in(config)
    database = parse(config.database.url.get_secret_value()).path

    database.write_bytes(b"no database" * 1_000)
    await restore(config, path, KEY, now=LATER)
    assert await everything_in(config) == before
    database.unlink()
    assert (await restore(config, path, KEY, now=LATER)).kept is None
    assert await everything_in(config) == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_the_earlier_tables_are_kept_in_a_schema(config, tmp_path):
    path = await backed_up(config, tmp_path)
    url = config.database.url.get_secret_value()
    await execute(url, "DELETE FROM member_tiers", "DELETE FROM members")

    await restore(config, path, KEY, now=LATER)

    async with opened(url) as connection:
        from sqlalchemy import text

        count = "SELECT count(*) FROM {}.members"
        old = text(count.format("before_restore_20261121t130000"))
        assert await connection.scalar(old) == 0
        assert await connection.scalar(text(count.format("public"))) == 1_203
        left = text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'restored%'")
        assert await connection.scalar(left) == 0


async def test_a_database_in_use_is_not_replaced(config, tmp_path):
    path = await backed_up(config, tmp_path)
    url = config.database.url.get_secret_value()
    store = SqlStore(url, keys=keys_of(config), clock=FakeClock())
    await store.check()
    try:
        with pytest.raises(PermanentError, match="is in use: stop the bot"):
            await restore(config, path, KEY, now=LATER)
    finally:
        await store.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_database_that_a_bot_runs_with_is_not_replaced(config, tmp_path):
    path = await backed_up(config, tmp_path)

    with (
        alone_with(parse(config.database.url.get_secret_value()).path),
        pytest.raises(PermanentError, match=r"A bot runs.*stop it first\. Nothing was changed"),
    ):
        await restore(config, path, KEY, now=LATER)


async def test_a_backup_shows_one_moment_while_others_write(config, tmp_path):
    url = config.database.url.get_secret_value()
    before = sum(map(len, (await everything_in(config)).values()))
    store = SqlStore(url, keys=keys_of(config), clock=FakeClock())
    await store.check()
    try:
        async with store.write() as work:
            await work.notes.set("uncommitted", "x")
            path = await backed_up(config, tmp_path)
    finally:
        await store.close()

    assert (await prove(path, KEY, scratch=tmp_path)).rows == before + 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_backup_never_replaces_a_file_and_a_failed_one_leaves_none(config, tmp_path):
    path = await backed_up(config, tmp_path)
    names = set(tmp_path.iterdir())

    def fail():
        raise UserError("enough")

    with pytest.raises(UserError, match="exists: name another"):
        await backed_up(config, path)
    with pytest.raises(UserError, match="enough"):
        await make(config, tmp_path, KEY.public, now=LATER, beat=fail)
    with pytest.raises(PermanentError, match="cannot be written"):
        await backed_up(config, tmp_path / "nowhere" / "x.age")

    assert set(tmp_path.iterdir()) == names


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_backup_that_cannot_be_restored_does_not_count(config, tmp_path):
    make_key(config)

    with pytest.raises(PermanentError, match="cannot be opened with the keys at hand"):
        await backed_up(config, tmp_path)

    assert list(tmp_path.glob("*.age*")) == []


async def test_nothing_can_be_read_in_a_backup(config, tmp_path):
    data = (await backed_up(config, tmp_path, keeping.PASSPHRASE)).read_bytes()

    for secret in (
        keeping.ACCESS,
        keeping.HOOK_SECRET,
        keeping.MAIL,
        "Zaphira",
        keeping.PASSPHRASE.text,
        Path(config.secrets.key_file).read_text().strip(),
        "members",
    ):
        assert secret.encode() not in data
