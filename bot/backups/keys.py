"""The configuration's own words on backups: for whom they are sealed, and the keys within."""

from pathlib import Path

from bot.backups.age_keys import Identity, Passphrase, PrivateKey, PublicKey, Recipient
from bot.config import BackupSection, Config
from core.errors import PermanentError, UserError
from storage.keys import read_key_file

SHORTEST_PASSPHRASE = 12
_LONGEST_FILE = 64 * 1024


def recipient_of(
    section: BackupSection, *, passphrase_file: Path | None = None, recipient: str | None = None
) -> Recipient:
    """Say for whom a backup is sealed: the arguments first, then the configuration.

    Raises:
        UserError: for nobody, for two, or with a passphrase that is too short.
    """
    if passphrase_file is not None and recipient is not None:
        raise UserError("Name a passphrase or a recipient, not both.")
    if recipient is not None:
        return PublicKey.parse(recipient)
    if passphrase_file is not None:
        return _strong(_passphrase_in(passphrase_file))
    if section.recipient is not None:
        return PublicKey.parse(section.recipient)
    if (configured := _configured(section)) is not None:
        return _strong(configured)
    raise UserError(
        "A backup holds every secret and is never written unsealed: set `backup.passphrase_file` "
        "(BACKUP_PASSPHRASE_FILE) or `backup.recipient`, or name --passphrase-file or --recipient."
    )


def identity_of(
    section: BackupSection, *, passphrase_file: Path | None = None, identity: Path | None = None
) -> Identity:
    """Say who opens a backup: the arguments first, then the configuration.

    Raises:
        UserError: nobody does, or two do.
    """
    if passphrase_file is not None and identity is not None:
        raise UserError("Name a passphrase or an identity, not both.")
    if identity is not None:
        return PrivateKey.parse(_content(identity))
    passphrase = (
        _configured(section) if passphrase_file is None else _passphrase_in(passphrase_file)
    )
    if passphrase is None:
        raise UserError(
            "Say how the backup is opened: --passphrase-file names a file with its passphrase, "
            "--identity the file with the private key that `age-keygen` wrote."
        )
    return passphrase


def keys_text(config: Config) -> str:
    """Give the keys that seal what is stored, as they are written.

    Raises:
        PermanentError: there are none yet, or they cannot be read.
    """
    if config.secrets.key is not None:
        return config.secrets.key.get_secret_value()
    key_file = Path(config.secrets.key_file)
    if not key_file.exists():
        raise PermanentError(
            f"The key file {key_file} is missing: start the bot once, which makes it, or put the "
            "old file back."
        )
    return read_key_file(key_file)


def _configured(section: BackupSection) -> Passphrase | None:
    if section.passphrase_file is not None:
        return _passphrase_in(Path(section.passphrase_file))
    if section.passphrase is not None:
        return Passphrase(section.passphrase.get_secret_value())
    return None


def _passphrase_in(path: Path) -> Passphrase:
    lines = _content(path).splitlines()
    if len(lines) != 1 or not lines[0].strip():
        raise UserError(f"The file {path} has to hold the passphrase, and only it, in one line.")
    return Passphrase(lines[0].strip())


def _strong(passphrase: Passphrase) -> Passphrase:
    if len(passphrase.text) < SHORTEST_PASSPHRASE:
        raise UserError(
            f"The backup's passphrase is too short: use at least {SHORTEST_PASSPHRASE} characters, "
            "such as five words that have nothing to do with each other."
        )
    return passphrase


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE).decode().strip()
    except OSError as error:
        raise UserError(
            f"The file {path} cannot be read ({error.strerror}): check its name, owner and mode."
        ) from error
    except UnicodeDecodeError:
        raise UserError(f"The file {path} is not text.") from None
