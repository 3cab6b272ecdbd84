"""One pass over all posts of a campaign: read every page, write, forget what is missing."""

from collections.abc import Callable, Set
from dataclasses import dataclass

from core.errors import CursorExpired, TemporaryError
from core.image_notes import ImageNotes
from core.ports import Patreon
from core.store import Store

MOST_PAGES = 5_000
MOST_RESTARTS = 3
MOST_GONE = 1
"""An empty list of posts is believed when no more than this many were known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsTally:
    """What a pass over the posts came to."""

    new: int = 0
    changed: int = 0
    gone: int = 0


class PostsPass:
    """One pass over all posts of a campaign; `beat` is called after every page."""

    def __init__(
        self,
        store: Store,
        api: Patreon,
        campaign_id: str,
        *,
        beat: Callable[[], None],
        notes: ImageNotes,
    ) -> None:
        self._notes = notes
        self._store = store
        self._api = api
        self._campaign_id = campaign_id
        self._beat = beat
        self._new = self._changed = 0

    async def run(self) -> PostsTally:
        """Read every page, write what changed, then forget what no page named.

        An expired cursor starts the pass again, at most twice.

        Raises:
            TemporaryError: the list could not be read to its end; nothing was forgotten.
        """
        # What a webhook adds meanwhile is in no page of this pass, and must not be removed.
        async with self._store.read() as work:
            known = set(await work.posts.ids(self._campaign_id))
        seen = await self._read_again()
        missing = sorted(known - seen)
        if not seen and len(missing) > MOST_GONE:
            raise TemporaryError(f"Patreon listed none of {len(missing)} posts; they were kept.")
        async with self._store.write() as work:
            gone = await work.posts.delete(missing)
            await self._notes.forget_posts(work, self._campaign_id, missing)
        self._notes.ring()
        return PostsTally(new=self._new, changed=self._changed, gone=gone)

    async def _read_again(self) -> Set[str]:
        for _ in range(MOST_RESTARTS - 1):
            try:
                return await self._read_all()
            except CursorExpired:
                continue
        return await self._read_all()

    async def _read_all(self) -> Set[str]:
        """Give the ids of all posts, once the list has come to its end."""
        seen: set[str] = set()
        last: set[str] = set()
        cursors: set[str] = set()
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._api.posts_page(self._campaign_id, cursor=cursor)
            self._beat()
            ids = {post.id for post in page.posts}
            if ids and ids == last:
                # The last page repeats under new cursors.
                return seen
            cursor = page.next_cursor
            is_known = cursor in cursors or (bool(ids) and ids <= seen)
            if cursor is not None and is_known:
                raise TemporaryError("Patreon's list of posts runs in a circle.")
            async with self._store.write() as work:
                new, changed = await work.posts.save(page.posts)
                await self._notes.see_posts(work, page.posts)
            self._new, self._changed = self._new + new, self._changed + changed
            seen |= ids
            last = ids
            if cursor is None:
                return seen
            cursors.add(cursor)
        raise TemporaryError("Patreon's list of posts does not end; nothing was removed.")
