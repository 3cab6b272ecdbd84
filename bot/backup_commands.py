"""`backup`, `restore` and `rotate-keys`, for the admin at the terminal."""

import sys
from pathlib import Path

from bot.backups.keys import identity_of, recipient_of
from bot.backups.make import Made, make
from bot.backups.pictures import missing_words, picture_words
from bot.backups.prove import Proven, prove, scratch_of
from bot.backups.records import Pictures
from bot.backups.restore import Restored, restore
from bot.backups.rotate import rotate
from bot.config import Config
from bot.database import open_unchanged, utc_now
from core.audit import AuditEntry
from core.errors import BotError, UserError


async def back_up(
    config: Config, to: Path | None, *, passphrase_file: Path | None, recipient: str | None
) -> int:
    """Make a backup in a file or a folder (None: the configured one)."""
    whom = recipient_of(config.backup, passphrase_file=passphrase_file, recipient=recipient)
    made = await make(config, to or _folder(config), whom, now=utc_now())
    await _note(config, made)
    print(f"{made.path}: {_contents(made)}, opened and restored once.")
    _tell_missing(made.pictures)
    print("The configuration is not in it: keep a copy of that, and what opens the backup, apart.")
    return 0


async def bring_back(
    config: Config,
    path: Path,
    *,
    passphrase_file: Path | None,
    identity: Path | None,
    is_trial: bool,
) -> int:
    """Put a backup in the place of the database, or only prove that it could be."""
    who = identity_of(config.backup, passphrase_file=passphrase_file, identity=identity)
    if is_trial:
        try:
            proven = await prove(path, who, scratch=scratch_of(config))
        except OSError as error:
            raise UserError(f"{path} cannot be read ({error.strerror}): check its name.") from error
        _tell(proven)
        print("Nothing was replaced.")
        return 0
    done = await restore(config, path, who, now=utc_now())
    _tell(done)
    if done.kept is not None:
        print(f"What was there before is kept as {done.kept}: delete it when all is well.")
    print(
        "Start the bot. If Patreon refuses the tokens, they were renewed after the backup was "
        "made: configure a new pair or use /patreon connect."
    )
    return 0


async def rotate_keys(config: Config, *, forget_old: bool) -> int:
    """Seal everything with a new key."""
    done = await rotate(config, now=utc_now(), forget_old=forget_old)
    if done.new_key is not None:
        _show(done.new_key)
        return 0
    print(f"{done.secrets} secrets are sealed with the first key.")
    if done.keys > 1 and config.secrets.key is not None:
        print("Now take every key but the first out of `secrets.key` (SECRETS_KEY).")
    elif done.keys > 1:
        print(f"{done.keys} keys are kept; --forget-old keeps only the new one.")
    return 0


async def _note(config: Config, made: Made) -> None:
    """Write into the audit that there is a backup; it counts without that, too."""
    entry = AuditEntry(
        at=utc_now(),
        guild_id=None,
        user_id=None,
        action="backup.made",
        detail=f"{made.path.name}: {_contents(made)}.",
    )
    try:
        async with open_unchanged(config) as store, store.write() as work:
            await work.audit.add(entry)
    except BotError as error:
        print(f"The audit does not tell of it: {error}", file=sys.stderr)


def _contents(made: Made) -> str:
    return f"{made.size:,} bytes, {made.rows:,} rows{picture_words(made.pictures)}"


def _tell(found: Proven | Restored) -> None:
    holds = f"{found.rows:,} rows, {found.secrets} secrets{picture_words(found.pictures)}"
    print(f"The backup of {found.made_at}: {holds}, whole.")
    _tell_missing(found.pictures)


def _tell_missing(pictures: Pictures) -> None:
    if sentence := missing_words(pictures):
        print(sentence)


def _show(key: str) -> None:
    """Show a new key on a terminal, after asking."""
    if not sys.stdin.isatty():
        raise UserError(
            "The key stands in `secrets.key` (SECRETS_KEY), where only you can change it: make a "
            "new one on your own and put it and a comma in front of the old one, then run this "
            "again. Run this at a terminal and it makes one for you."
        )
    if input("Show a new key on this terminal? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UserError("Nothing was changed.")
    print(f"Put this in front of the value of `secrets.key` (SECRETS_KEY):\n\n{key},\n")
    print("Then run this command again, with the bot stopped; it says when the old key may go.")


def _folder(config: Config) -> Path:
    folder = Path(config.backup.folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder {folder} of `backup.folder` (BACKUP_FOLDER) cannot be made "
            f"({error.strerror}): make it, or name another place with --to."
        ) from error
    return folder
