"""What a backup needs before it is made: somebody who can open it, and a folder."""

from collections.abc import Iterator
from pathlib import Path

from bot.backups.age_keys import Passphrase
from bot.backups.keys import recipient_of
from bot.checks.files import is_writable
from bot.config import BackupSection, Config
from core.doctor.checks import Check
from core.doctor.rules import BACKUP_FOLDER, RECIPIENT
from core.errors import UserError

_NONE = "No backup is configured: [backup] in config.toml says for whom one is sealed."


def check_backup(config: Config) -> Iterator[Check]:
    """Check what `[backup]` names. Changes nothing."""
    section = config.backup
    chosen = (section.recipient, section.passphrase, section.passphrase_file)
    if not section.every_hours and all(each is None for each in chosen):
        yield RECIPIENT.skip(_NONE)
        yield BACKUP_FOLDER.skip(_NONE)
        return
    yield _recipient(section)
    yield _folder(section)


def _recipient(section: BackupSection) -> Check:
    try:
        recipient = recipient_of(section)
    except UserError as error:
        return RECIPIENT.fail(
            str(error),
            "Set `backup.recipient` (BACKUP_RECIPIENT) to the public key that `age-keygen` shows, "
            "or `backup.passphrase_file` (BACKUP_PASSPHRASE_FILE) to a file with a passphrase.",
        )
    if isinstance(recipient, Passphrase):
        return RECIPIENT.ok("A passphrase seals them. Keep a copy of it on another machine.")
    return RECIPIENT.ok("A public key seals them. Keep its private half on another machine.")


def _folder(section: BackupSection) -> Check:
    folder = Path(section.folder)
    if not is_writable(folder):
        return BACKUP_FOLDER.fail(
            f"{folder} cannot be made, or not be written.",
            "Make it, let the bot's user write there, or change `backup.folder` (BACKUP_FOLDER).",
        )
    if not folder.exists():
        return BACKUP_FOLDER.ok(f"{folder} will be made with the first backup.")
    return BACKUP_FOLDER.ok(f"{folder} can be written.")
