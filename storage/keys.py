"""The keys that seal secrets: from the configuration, or a file made at the first start."""

import logging
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from core.errors import PermanentError
from storage.files import draft_of, new_file, replace

log = logging.getLogger(__name__)


def load_keys(text: str | None, key_file: Path) -> MultiFernet:
    """Give the keys of `text`, else those of `key_file`, which is made when it is missing.

    Keys are separated by commas or line ends. The first one seals, all of them open: to change
    keys, put a new one in front. A blank `text` counts as none.

    Raises:
        PermanentError: a key is malformed, or the file cannot be read or made.
    """
    if text and text.strip():
        return parse_keys(text, "The configured encryption keys")
    return parse_keys(_read_or_make(key_file), f"The encryption keys in {key_file}")


def split_keys(text: str) -> list[str]:
    """List the keys of a text, the one that seals first."""
    return [key.strip() for key in text.replace("\n", ",").split(",") if key.strip()]


def read_key_file(key_file: Path) -> str:
    """Give what stands in a key file.

    Raises:
        PermanentError: it cannot be read.
    """
    return _read(key_file)


def write_key_file(key_file: Path, keys: Sequence[str]) -> None:
    """Put `keys` in the place of what the file holds; a crash leaves the one or the other.

    Raises:
        PermanentError: the file cannot be written.
    """
    try:
        with draft_of(key_file) as draft:
            draft.write_text("".join(f"{key}\n" for key in keys))
            replace(draft, key_file)
    except OSError as error:
        raise PermanentError(
            f"The key file {key_file} cannot be written ({error.strerror}): let the bot's user "
            "write there. The file is as it was."
        ) from error


def parse_keys(text: str, what: str) -> MultiFernet:
    """Read the keys of a text; `what` names it in the error.

    Raises:
        PermanentError: there is none, or one is malformed.
    """
    try:
        return MultiFernet([Fernet(key) for key in split_keys(text)])
    except ValueError:
        # The cause is not chained: it may quote a key.
        raise PermanentError(
            f"{what} cannot be used: each must be 32 random bytes in URL-safe base64, as "
            "cryptography's Fernet.generate_key() makes them."
        ) from None


def _read_or_make(key_file: Path) -> str:
    if not key_file.exists():
        _make(key_file)
    return _read(key_file)


def _make(key_file: Path) -> None:
    try:
        with new_file(key_file) as draft, draft.open("wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PermanentError(
            f"The key file {key_file} cannot be made ({error.strerror}): create its folder and let "
            "the bot write there, or set the encryption keys in the configuration."
        ) from error
    log.info("encryption key made", extra={"file": str(key_file)})


def _read(key_file: Path) -> str:
    try:
        mode = stat.S_IMODE(key_file.stat().st_mode)
        text = key_file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(
            f"The key file {key_file} cannot be read: let the bot's user read it, "
            "or bring it back from a copy."
        ) from error
    if mode & 0o077:
        log.warning(
            "encryption key file is readable by others, make it private with chmod 600",
            extra={"file": str(key_file), "mode": f"{mode:o}"},
        )
    return text
