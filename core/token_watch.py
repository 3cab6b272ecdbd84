"""Watching over tokens: staff learn that Patreon refuses them, and that it is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.accounts import Creator, TokenState
from core.alarm import Alarm
from core.notices import Notices
from core.ports import Clock
from core.store import Store
from core.troubles import TOKENS_BLOCKED, TOKENS_BROKEN, Trouble

EVERY = timedelta(minutes=1)
PATIENCE = timedelta(minutes=10)
"""A machine that is turned away for less than this is not worth a message."""


class TokenWatch:
    """Looks at the state of every creator's tokens; it asks Patreon nothing."""

    def __init__(self, store: Store, notices: Notices, *, clock: Clock, alarm: Alarm) -> None:
        self._store = store
        self._notices = notices
        self._clock = clock
        self._alarm = alarm

    async def run(self) -> None:
        """Look every minute, for good."""
        while True:
            await self.look()
            due_at = self._clock() + EVERY
            while self._clock() < due_at:
                await self._alarm.wait(due_at)

    async def look(self) -> None:
        """Tell what has changed since the last look, once per campaign."""
        async with self._store.read() as work:
            creators = {creator.id: creator for creator in await work.creators.all()}
            campaigns = await work.campaigns.all()
        for stored in campaigns:
            creator = creators[stored.creator_id]
            for trouble, is_on in troubles_of(creator, now=self._clock()).items():
                await self._notices.note(
                    stored, trouble, is_on=is_on, reason=creator.token_reason or ""
                )


def troubles_of(creator: Creator, *, now: datetime) -> Mapping[Trouble, bool]:
    """Tell which troubles last and which do not; one that is not named stays as it was."""
    state, since = creator.token_state, creator.token_checked_at
    if state is TokenState.BROKEN:
        return {TOKENS_BROKEN: True, TOKENS_BLOCKED: False}
    if state is TokenState.BLOCKED:
        is_long = since is not None and now - since >= PATIENCE
        return {TOKENS_BLOCKED: True} if is_long else {}
    if state is TokenState.OK:
        return {TOKENS_BROKEN: False, TOKENS_BLOCKED: False}
    return {}
