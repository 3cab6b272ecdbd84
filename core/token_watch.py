"""Watching over tokens: staff learn that Patreon refuses them, and that it is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.accounts import Creator, TokenState
from core.alarm import Alarm
from core.notices import Notices
from core.ports import Clock
from core.store import Store
from core.troubles import TOKENS_BLOCKED, TOKENS_BROKEN, TOKENS_THROTTLED, Trouble

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
            pause = self._alarm.pause(EVERY)
            while await pause.nap():
                pass

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
        return {TOKENS_BROKEN: True, TOKENS_BLOCKED: False, TOKENS_THROTTLED: False}
    if state is TokenState.OK:
        return {TOKENS_BROKEN: False, TOKENS_BLOCKED: False, TOKENS_THROTTLED: False}
    hindrance = _HINDRANCES.get(state)
    is_long = since is not None and now - since >= PATIENCE
    return {hindrance: True} if hindrance is not None and is_long else {}


_HINDRANCES = {TokenState.BLOCKED: TOKENS_BLOCKED, TokenState.THROTTLED: TOKENS_THROTTLED}
