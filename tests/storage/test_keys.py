"""The keys that seal secrets."""

import logging
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from core.errors import PermanentError
from storage.keys import load_keys


def test_a_missing_key_file_is_made_for_the_bot_alone(tmp_path):
    path = tmp_path / "keys"

    made = load_keys(None, path)
    again = load_keys("  ", path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again.decrypt(made.encrypt(b"x")) == b"x"
    assert [found.name for found in tmp_path.iterdir()] == ["keys"]


def test_bots_that_start_at_once_share_the_key_of_the_first(tmp_path):
    path = tmp_path / "keys"

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: load_keys(None, path), range(8)))

    assert all(keys.decrypt(made[0].encrypt(b"x")) == b"x" for keys in made)


def test_configured_keys_win_and_the_first_one_seals(tmp_path):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    keys = load_keys(f"{new}, {old}", tmp_path / "keys")

    assert Fernet(new).decrypt(keys.encrypt(b"x")) == b"x"
    assert keys.decrypt(Fernet(old).encrypt(b"y")) == b"y"
    assert not (tmp_path / "keys").exists()


def test_a_key_file_may_hold_several_lines(tmp_path):
    path = tmp_path / "keys"
    lines = [Fernet.generate_key() for _ in range(2)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    path.chmod(0o600)

    keys = load_keys(None, path)

    assert keys.decrypt(Fernet(lines[1]).encrypt(b"y")) == b"y"


def test_a_malformed_key_is_refused_without_being_shown(tmp_path):
    with pytest.raises(PermanentError, match="cannot be used") as caught:
        load_keys("my-secret-key", tmp_path / "keys")

    assert "my-secret-key" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_empty_key_file_is_refused(tmp_path):
    (tmp_path / "keys").touch(0o600)

    with pytest.raises(PermanentError, match="cannot be used"):
        load_keys(None, tmp_path / "keys")


def test_a_key_file_that_others_can_read_is_warned_of(tmp_path, caplog):
    load_keys(None, tmp_path / "keys")
    (tmp_path / "keys").chmod(0o644)

    with caplog.at_level(logging.WARNING):
        load_keys(None, tmp_path / "keys")

    assert ["readable by others" in record.message for record in caplog.records] == [True]


def test_a_key_file_that_cannot_be_read_is_named_with_the_cure(tmp_path):
    (tmp_path / "keys").mkdir()

    with pytest.raises(PermanentError, match="keys cannot be read: let the bot's user read it"):
        load_keys(None, tmp_path / "keys")


def test_a_missing_folder_is_named_with_the_cure(tmp_path):
    with pytest.raises(PermanentError, match="create its folder"):
        load_keys(None, tmp_path / "nowhere" / "keys")
