"""The scheduled backups' files and thread, and the commands at the terminal."""

import asyncio
import json
import stat
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.backup_commands import back_up, bring_back
from bot.backups.age_keys import PrivateKey
from bot.backups.bech32 import encode
from bot.backups.keys import identity_of, recipient_of
from bot.backups.schedule import ScheduledBackup
from bot.config import BackupSection
from core.errors import PermanentError, UserError
from storage.shelf import Shelf
from tests.bot import keeping
from tests.bot.conftest import until
from tests.bot.keeping import config_for, fill, hang, make_key, upkeep_in

WORDS = keeping.PASSPHRASE.text


@pytest.fixture
async def config(sqlite_template, tmp_path):
    (tmp_path / "bot.db").write_bytes(sqlite_template.read_bytes())
    config = config_for(f"sqlite:///{tmp_path / 'bot.db'}", tmp_path, keep=2, passphrase=WORDS)
    make_key(config)
    await fill(config, members=1_000)
    return config


def calm():
    pass


def names_in(config):
    return sorted(path.name for path in Path(config.backup.folder).iterdir())


async def test_the_newest_are_kept_and_what_a_killed_process_left_goes(config):
    folder = Path(config.backup.folder)
    folder.mkdir()
    for name in (
        "patreon-bot-2026-01-01T00-00-00Z.age",
        "patreon-bot-2026-01-02T00-00-00Z.age",
        "patreon-bot-2026-01-03T00-00-00Z.age",
        ".patreon-bot-2026-01-04T00-00-00Z.age.x7",
        "mine.age",
        "notes.txt",
    ):
        (folder / name).touch()

    size = await ScheduledBackup(config)(calm)

    *mine, older, newest = names_in(config)
    assert mine == ["mine.age", "notes.txt"]
    assert older == "patreon-bot-2026-01-03T00-00-00Z.age"
    assert (folder / newest).stat().st_size == size
    assert stat.S_IMODE((folder / newest).stat().st_mode) == 0o600


async def test_the_event_loop_goes_on_meanwhile(config):
    loop = asyncio.get_running_loop()
    turns, threads = 0, set()
    making = loop.create_task(ScheduledBackup(config)(lambda: threads.add(threading.get_ident())))

    while not making.done():
        turns += 1
        await asyncio.sleep(0.001)

    await making
    assert turns > 20
    assert threading.get_ident() not in threads


async def test_a_cancelled_one_ends_its_thread_and_leaves_nothing(config):
    begun, go_on = threading.Event(), threading.Event()

    def wait():
        begun.set()
        go_on.wait(10)

    making = asyncio.create_task(ScheduledBackup(config)(wait))
    await asyncio.to_thread(begun.wait, 10)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    go_on.set()

    await until(lambda: not names_in(config))


async def test_the_log_tells_how_many_pictures_there_are_and_how_large(config, caplog):
    gone, *_ = await hang(config, b"first", b"second")
    Shelf(Path(config.images.folder)).path_of(gone).unlink()
    caplog.set_level("INFO")

    await ScheduledBackup(config)(calm)

    (made,) = [each for each in caplog.records if each.message == "backup made and proven"]
    assert (made.pictures, made.picture_bytes, made.pictures_missing) == (3, 17, 1)


async def test_the_terminal_tells_how_many_pictures_there_are_and_how_large(
    config, tmp_path, capsys
):
    gone, *_ = await hang(config, b"first", b"second" * 512)
    Shelf(Path(config.images.folder)).path_of(gone).unlink()
    path = tmp_path / "mine.age"
    nothing = {"passphrase_file": None, "identity": None}

    await back_up(config, path, passphrase_file=None, recipient=None)
    made = capsys.readouterr().out
    await bring_back(config, path, **nothing, is_trial=True)
    tried = capsys.readouterr().out
    ((_, told),) = await upkeep_in(config)
    await bring_back(config, path, **nothing, is_trial=False)
    restored = capsys.readouterr().out

    for said in (made, tried, restored):
        assert ", 3 picture files (6.0 kB)" in said
        assert "gone or damaged, and are not in it: 1. The bot fetches them again" in said
    assert "3 picture files (6.0 kB)" in told


async def test_where_there_are_no_pictures_none_are_spoken_of(config, tmp_path, capsys):
    await back_up(config, tmp_path / "mine.age", passphrase_file=None, recipient=None)

    assert "icture" not in capsys.readouterr().out


async def test_a_folder_that_cannot_be_used_is_told_with_its_option(config):
    Path(config.backup.folder).write_text("a file")

    with pytest.raises(PermanentError, match=r"`backup.folder` \(BACKUP_FOLDER\)"):
        await ScheduledBackup(config)(calm)


async def test_without_somebody_to_seal_for_nothing_is_written(config):
    bare = config.model_copy(update={"backup": BackupSection(folder=config.backup.folder)})

    with pytest.raises(UserError, match="never written unsealed"):
        await ScheduledBackup(bare)(calm)

    assert not Path(config.backup.folder).exists()


async def test_an_identity_opens_what_was_sealed_for_its_public_half(bot, tmp_path):
    key = PrivateKey.new()
    (tmp_path / "identity").write_text(f"# made for this test\n{key.spelled()}\n")
    bot.environ["BACKUP_RECIPIENT"] = encode("age", key.public.raw)
    assert (await bot.run("migrate"))[0] == 0
    (tmp_path / "data/secret.key").write_bytes(Fernet.generate_key())

    made = await bot.run("backup", "--to", "mine.age")
    tried = await bot.run("restore", "mine.age", "--identity", "identity", "--dry-run")
    refused = await bot.run("restore", "mine.age", "--passphrase-file", "identity")

    assert (made[0], tried[0], refused[0]) == (0, 0, 1), (made, tried)
    assert key.spelled() not in str((made, tried, refused))


def test_a_short_passphrase_seals_nothing_and_is_not_quoted(tmp_path):
    words = tmp_path / "words"
    words.write_text("shortword\n")

    with pytest.raises(UserError, match="too short") as refused:
        recipient_of(BackupSection(), passphrase_file=words)

    assert "shortword" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines of words", b"\xff\xfe"])
def test_a_file_that_holds_no_passphrase_is_refused(tmp_path, content):
    (tmp_path / "words").write_bytes(content)

    with pytest.raises(UserError):
        recipient_of(BackupSection(), passphrase_file=tmp_path / "words")
    with pytest.raises(UserError):
        identity_of(BackupSection(), identity=tmp_path / "words")
    with pytest.raises(UserError, match="cannot be read"):
        identity_of(BackupSection(), identity=tmp_path / "missing")


async def test_backup_restore_and_rotation_at_the_terminal(bot, tmp_path):
    (tmp_path / "words").write_text(WORDS)
    bot.environ["BACKUP_RECIPIENT"] = "age1qqqq"
    async with bot.running():
        await until((tmp_path / "data/secret.key").exists)
        await until(lambda: bot_is_ready(bot))
        assert (await bot.run("backup", "--passphrase-file", "words"))[0] == 0
        running = await bot.run("rotate-keys")
        restored_running = await bot.run("restore", "x.age", "--passphrase-file", "words")
    (path,) = (tmp_path / "data/backups").iterdir()

    refused = await bot.run("backup")
    tried = await bot.run("restore", str(path), "--passphrase-file", "words", "--dry-run")
    restored = await bot.run("restore", str(path), "--passphrase-file", "words")
    rotated = await bot.run("rotate-keys", "--forget-old")
    status = await bot.run("status", "--json")

    assert running[0] == 1
    assert "stop it first. Nothing was changed" in running[2]
    assert restored_running[0] == 1
    assert "stop it first" in restored_running[2]
    assert refused[0] == 1
    assert "no age public key" in refused[2]
    assert tried[0] == restored[0] == rotated[0] == 0
    assert "Nothing was replaced" in tried[1]
    assert "before-restore-" in restored[1]
    assert json.loads(status[1])["version"]
    async with bot.running() as process:
        await until(lambda: bot_is_ready(bot))
    assert process.returncode == 0


async def bot_is_ready(bot):
    return (await bot.run("health"))[0] == 0


async def test_a_configured_key_is_shown_only_to_somebody_who_asks(bot, tmp_path):
    bot.environ["SECRETS_KEY"] = Fernet.generate_key().decode()
    assert (await bot.run("migrate"))[0] == 0

    code, out, err = await bot.run("rotate-keys")

    assert code == 1
    assert "where only you can change it" in err
    assert out == ""


async def test_the_bot_makes_backups_by_itself_and_says_so(bot, tmp_path):
    bot.environ |= {"BACKUP_EVERY_HOURS": "1", "BACKUP_PASSPHRASE": WORDS}
    folder = tmp_path / "data/backups"

    async def shown():
        if not list(folder.glob("patreon-bot-*")):
            return None
        code, out, _ = await bot.run("status", "--json")
        return code == 0 and json.loads(out)["backup"]

    async with bot.running():
        backup = await until(shown)

    assert backup["proven"] is True
    assert backup["bytes"] > 1_000
    assert bot.said("backup made and proven")
    assert WORDS not in json.dumps(bot.log)
