"""What the scheduled backups do: the work in a thread of its own, and old files deleted."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from bot.backups.age_keys import Recipient
from bot.backups.keys import recipient_of
from bot.backups.make import ENDING, NAME, make
from bot.config import Config
from bot.database import utc_now
from core.errors import PermanentError, TemporaryError

log = logging.getLogger(__name__)


class GivenUp(TemporaryError):  # noqa: N818  the name says what happened
    """The process stops, so the backup was given up."""


class ScheduledBackup:
    """Makes a backup in the configured folder and deletes the oldest ones there.

    Reading, sealing and proving happen in a thread with an event loop of its own, so that nothing
    else waits for them.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._folder = Path(config.backup.folder)

    async def __call__(self, beat: Callable[[], None]) -> int:
        """Make a proven backup; gives its size in bytes.

        Raises:
            BotError: why there is none; the older ones are all still there.
        """
        is_over = threading.Event()

        def go_on() -> None:
            if is_over.is_set():
                raise GivenUp("The bot stops, so the backup was given up.")
            beat()

        try:
            return await asyncio.to_thread(self._work, go_on)
        finally:
            # A thread cannot be cancelled: it ends itself at its next step.
            is_over.set()

    def _work(self, go_on: Callable[[], None]) -> int:
        try:
            recipient = recipient_of(self._config.backup)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = asyncio.run(self._make(recipient, go_on))
            self._forget()
        except OSError as error:
            raise PermanentError(
                f"The folder {self._folder} of `backup.folder` (BACKUP_FOLDER) cannot be used "
                f"({error.strerror}): make it, and let the bot's user write there."
            ) from error
        return made

    async def _make(self, recipient: Recipient, go_on: Callable[[], None]) -> int:
        made = await make(self._config, self._folder, recipient, now=utc_now(), beat=go_on)
        return made.size

    def _forget(self) -> None:
        """Delete the oldest backups, and what a killed process left half written."""
        found = sorted(self._folder.glob(f"{NAME}*{ENDING}"))
        rests = self._folder.glob(f".{NAME}*{ENDING}.*")
        for path in (*found[: -self._config.backup.keep], *rests):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                log.info("old backup deleted", extra={"file": str(path)})
