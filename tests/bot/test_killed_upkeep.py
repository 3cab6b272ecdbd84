"""Backup, restore and rotate-keys, killed at each step they take on the disk."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from bot.backups.keys import SHORTEST_PASSPHRASE
from tests.bot.conftest import PATIENCE, ROOT
from tests.bot.keeping import (
    config_for,
    everything_in,
    fill,
    hang,
    make_key,
    upkeep_in,
)
from tests.storage.test_migrations import execute

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

CHILD = """
import os, sys

STEPS = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect",
         "tempfile.mkstemp"}
folder, at, left = sys.argv[1], int(sys.argv[2]), 0


def hook(event, arguments):
    global left
    if event in STEPS and any(str(argument).startswith(folder) for argument in arguments):
        left += 1
        if left == at:
            os._exit(9)


sys.addaudithook(hook)
from bot.cli import main
sys.exit(main(sys.argv[3:]))
"""
KILLED = 9
ARGUMENTS = {
    "backup": ("backup",),
    "restore": ("restore", "backup.age"),
    "rotate": ("rotate-keys", "--forget-old"),
}
SAMPLE = {"backup": (6,), "restore": (9, 28), "rotate": (9,)}
PICTURES = (b"two" * 50_000,)


async def run(config, folder, at, *arguments):
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DISCORD_TOKEN": "MTk4.dGVz.dG9rZW4",
        "PATREON_CLIENT_ID": "client-0815",
        "PATREON_CLIENT_SECRET": "cs-0815-abcdef",
        "PATREON_CREATOR_ACCESS_TOKEN": "at-0815-abcdef",
        "DATABASE_URL": config.database.url.get_secret_value(),
        "SECRETS_KEY_FILE": config.secrets.key_file,
        "IMAGES_FOLDER": config.images.folder,
        "BACKUP_FOLDER": str(folder / "backups"),
        "BACKUP_PASSPHRASE_FILE": str(folder / "words"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, str(folder), str(at), *arguments),
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return process.returncode, (out + err).decode()


@pytest.fixture
async def config(database_url, tmp_path):
    config = config_for(database_url, tmp_path)
    make_key(config)
    (tmp_path / "words").write_text("x" * SHORTEST_PASSPHRASE)
    await fill(config, members=20)
    await hang(config, *PICTURES)
    code, said = await run(config, tmp_path, 0, "backup", "--to", str(tmp_path / "backup.age"))
    assert code == 0, said
    return config


def placed(config):
    """The files on the shelf by name, without the drafts."""
    files = Path(config.images.folder).glob("?/?/*")
    return {path.name: path.read_bytes() for path in files}


async def keeps_its_state(config, folder, command, at):
    """Kill a command at a step; tells whether it was killed there."""
    url = config.database.url.get_secret_value()
    backed_up = await everything_in(config)
    await execute(url, "DELETE FROM member_tiers")
    before, pictures = await everything_in(config), placed(config)
    if command == "restore":
        shutil.rmtree(config.images.folder)

    code, said = await run(config, folder, at, *ARGUMENTS[command])

    assert code in (0, KILLED), said
    after = await everything_in(config)
    assert after in ([backed_up, before] if command == "restore" else [before])
    if command == "restore":
        told = [action for action, _ in await upkeep_in(config)]
        assert told.count("backup.restored") == (after == backed_up)
        assert placed(config).items() <= pictures.items()
        assert placed(config) == pictures or after == before
    whole = list((folder / "backups").glob("patreon-bot-*")) if command == "backup" else []
    code_again, said = await run(config, folder, 0, *ARGUMENTS[command])
    assert code_again == 0 or (whole and "exists" in said), said
    assert placed(config) == pictures
    for path in whole:
        assert (await run(config, folder, 0, "restore", "--dry-run", str(path)))[0] == 0
    return code == KILLED


@pytest.mark.parametrize(
    ("command", "at"), [(command, at) for command, steps in SAMPLE.items() for at in steps]
)
async def test_a_kill_leaves_a_state_that_works(config, tmp_path, command, at):
    assert await keeps_its_state(config, tmp_path, command, at)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", ARGUMENTS)
async def test_a_kill_at_every_other_step_leaves_a_state_that_works(config, tmp_path, command):
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path, kept, ignore=lambda *_: ["kept", "images"])

    for at in range(1, 200, 2):
        for path in kept.iterdir():
            shutil.copyfile(path, tmp_path / path.name)
        for side in ("bot.db-wal", "bot.db-shm"):
            (tmp_path / side).unlink(missing_ok=True)
        shutil.rmtree(tmp_path / "backups", ignore_errors=True)
        for path in tmp_path.glob("bot.db.before-*"):
            path.unlink()
        if not await keeps_its_state(config, tmp_path, command, at):
            break
    else:
        pytest.fail("it never came to its end")

    assert at > 5
