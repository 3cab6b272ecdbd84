"""How consents end, for who waits to hear: in this process, or in another one."""

import asyncio
import logging
from datetime import timedelta

from core.consents import LIFE, Ending, Invitation
from core.errors import TemporaryError
from core.ports import Clock
from core.store import Store

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=2)
"""How often who waits looks whether another process has finished the consent."""

_MOST_WAITING = 1_000


class Endings:
    """Tells who waits in this process at once, and leaves word in the database for others."""

    def __init__(self, store: Store, *, clock: Clock, look_every: timedelta = LOOK_EVERY) -> None:
        self._store = store
        self._clock = clock
        self._look_every = look_every
        self._waiting: dict[str, asyncio.Future[Ending | None]] = {}

    async def wait(self, invitation: Invitation) -> Ending | None:
        """Wait until a consent has ended; None: its time is over, or it was given up."""
        if len(self._waiting) >= _MOST_WAITING:
            return None
        loop = asyncio.get_running_loop()
        ending = self._waiting.setdefault(invitation.digest, loop.create_future())
        left = (invitation.expires_at - self._clock()).total_seconds()
        ends_at = loop.time() + min(max(left, 0.0), LIFE.total_seconds())
        try:
            while not ending.done():
                found = await self._left_word(invitation.digest)
                left = ends_at - loop.time()
                if found is not None or left <= 0:
                    return found
                await asyncio.wait([ending], timeout=min(left, self._look_every.total_seconds()))
        finally:
            self._waiting.pop(invitation.digest, None)
        return ending.result()

    async def tell(self, digest: str, ending: Ending) -> None:
        """Say how a consent ended, which was used up before."""
        is_told = self._end(digest, ending)
        try:
            async with self._store.write() as work:
                if is_told:
                    await work.consents.forget(digest)
                else:
                    await work.consents.end(digest, ending)
        except TemporaryError as error:
            log.warning("ending not stored", extra={"reason": str(error)})

    def give_up(self, digest: str) -> None:
        """Say that a consent will not end any more."""
        self._end(digest, None)

    def _end(self, digest: str, ending: Ending | None) -> bool:
        waiting = self._waiting.get(digest)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(ending)
        return True

    async def _left_word(self, digest: str) -> Ending | None:
        """Give how another process has ended a consent, which is forgotten then."""
        try:
            async with self._store.read() as work:
                ending = await work.consents.ending(digest)
            if ending is not None:
                async with self._store.write() as work:
                    await work.consents.forget(digest)
        except TemporaryError as error:
            log.debug("ending not looked for", extra={"reason": str(error)})
            return None
        return ending
