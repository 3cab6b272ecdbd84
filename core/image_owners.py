"""Reading the owner of a picture again, for a link that lives."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.image_notes import ImageNotes
from core.image_rows import ImageRow, Seen
from core.images import ImageKind
from core.ports import Clock, Patreon, PatreonOf
from core.store import Store

_SHARED = timedelta(minutes=1)
"""One reading of a creator's campaigns serves all of their pictures that are renewed by then."""


class ImageOwners:
    """Asks Patreon for an owner's pictures of today."""

    def __init__(
        self, store: Store, patreon_of: PatreonOf, notes: ImageNotes, *, clock: Clock
    ) -> None:
        self._store = store
        self._patreon_of = patreon_of
        self._notes = notes
        self._clock = clock
        self._turn = asyncio.Lock()
        self._campaigns: dict[int, tuple[datetime, Sequence[Seen]]] = {}

    async def read(self, row: ImageRow) -> Seen | None:
        """Read a picture's owner; None when Patreon knows it no more.

        Raises:
            TemporaryError, TokenBroken, PermanentError: as `core.ports.Patreon` does.
        """
        async with self._store.read() as work:
            stored = await work.campaigns.get(row.campaign_id)
        if stored is None:
            return None
        api = self._patreon_of(stored.creator_id)
        if row.kind is ImageKind.USER:
            read = await api.member(row.owner_id)
            if read is None or read.avatar is None:
                return None
            return self._notes.of_avatar(row.campaign_id, row.owner_id, read.avatar)
        if row.kind is ImageKind.POST:
            post = await api.post(row.owner_id)
            return None if post is None else self._notes.of_post(post)
        seen = await self._of_campaigns(stored.creator_id, api)
        return next(
            (each for each in seen if (each.kind, each.owner_id) == (row.kind, row.owner_id)), None
        )

    async def _of_campaigns(self, creator_id: int, api: Patreon) -> Sequence[Seen]:
        async with self._turn:
            read_at, seen = self._campaigns.get(creator_id, (None, ()))
            now = self._clock()
            if read_at is None or not read_at <= now < read_at + _SHARED:
                seen = [each for read in await api.campaigns() for each in read.pictures]
                self._campaigns[creator_id] = now, seen
            return seen
