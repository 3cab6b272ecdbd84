"""Changing the keys: whatever happens, a key that is kept opens every secret."""

import stat
from contextlib import nullcontext
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.alone import alone_with
from bot.backup_commands import back_up
from bot.backups.age_keys import PrivateKey
from bot.backups.bech32 import encode
from bot.backups.rotate import rotate
from core.errors import PermanentError
from storage.address import parse
from storage.reseal import count_others
from storage.store import SqlStore
from tests.bot.keeping import config_for, everything_in, fill, keys_of, make_key, upkeep_in
from tests.factories import NOW, FakeClock


@pytest.fixture
async def config(database_url, tmp_path):
    config = config_for(database_url, tmp_path)
    make_key(config)
    await fill(config, members=5)
    return config


def lines_of(config):
    return Path(config.secrets.key_file).read_text().splitlines()


def configured(config, *keys):
    secrets = config.secrets.model_copy(update={"key": SecretStr(",".join(keys))})
    return config.model_copy(update={"secrets": secrets})


async def test_everything_is_sealed_with_a_new_key_and_the_old_one_is_kept(config):
    (old,), before = lines_of(config), await everything_in(config)
    url = config.database.url.get_secret_value()

    done = await rotate(config, now=NOW)

    new, kept = lines_of(config)
    assert (done.secrets, done.keys, kept) == (3, 2, old)
    assert await count_others(url, Fernet(new)) == 0
    assert await count_others(url, Fernet(old)) == 3
    assert await everything_in(config) == before
    assert stat.S_IMODE(Path(config.secrets.key_file).stat().st_mode) == 0o600
    assert await upkeep_in(config) == [
        ("keys.rotated", "Every stored secret was sealed with a new key.")
    ]


async def test_old_keys_are_dropped_when_asked(config):
    before = await everything_in(config)
    await rotate(config, now=NOW)

    done = await rotate(config, now=NOW, forget_old=True)

    assert done.keys == len(lines_of(config)) == 1
    assert await everything_in(config) == before


async def test_a_secret_that_no_key_opens_stops_it_before_anything_is_changed(config):
    old = make_key(config)

    with pytest.raises(PermanentError, match="do not open every stored secret"):
        await rotate(config, now=NOW, forget_old=True)

    assert lines_of(config) == [old]
    assert await upkeep_in(config) == []


@pytest.mark.parametrize("text", ["", "no key\n", "\n\n"])
async def test_keys_that_are_none_stop_it(config, text):
    Path(config.secrets.key_file).write_text(text)

    with pytest.raises(PermanentError, match="cannot be used"):
        await rotate(config, now=NOW)

    assert Path(config.secrets.key_file).read_text() == text


async def test_a_missing_key_file_is_not_made_anew(config):
    Path(config.secrets.key_file).unlink()

    with pytest.raises(PermanentError, match="is missing"):
        await rotate(config, now=NOW)

    assert not Path(config.secrets.key_file).exists()


async def test_nothing_is_rotated_while_somebody_uses_the_database(config):
    before = lines_of(config)
    url = config.database.url.get_secret_value()
    path = parse(url).path
    store = SqlStore(url, keys=keys_of(config), clock=FakeClock())
    await store.check()
    try:
        with (
            nullcontext() if path is None else alone_with(path),
            pytest.raises(PermanentError, match="Nothing was changed"),
        ):
            await rotate(config, now=NOW)
    finally:
        await store.close()

    assert lines_of(config) == before


async def test_a_key_of_the_configuration_is_changed_in_two_steps(config):
    (old,), before = lines_of(config), await everything_in(config)
    url = config.database.url.get_secret_value()

    first = await rotate(configured(config, old), now=NOW)
    second = await rotate(configured(config, first.new_key, old), now=NOW)

    assert (first.secrets, second.secrets, second.new_key) == (0, 3, None)
    assert await count_others(url, Fernet(first.new_key)) == 0
    assert lines_of(config) == [old]
    Path(config.secrets.key_file).write_text(first.new_key)
    assert await everything_in(config) == before
    assert [action for action, _ in await upkeep_in(config)] == ["keys.rotated"]


async def test_the_audit_tells_of_a_backup_made_at_the_terminal(config, tmp_path, capsys):
    recipient = encode("age", PrivateKey.new().public.raw)

    assert await back_up(config, tmp_path / "x.age", passphrase_file=None, recipient=recipient) == 0

    [(action, detail)] = await upkeep_in(config)
    assert (action, detail.split(":")[0]) == ("backup.made", "x.age")
    assert capsys.readouterr().err == ""
