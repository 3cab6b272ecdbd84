"""One pass over all posts of a campaign: read every page, write, forget what is missing."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from core.errors import CursorExpired, TemporaryError
from core.image_notes import ImageNotes
from core.ports import Clock, Patreon
from core.post_feed import PostFeed
from core.post_update import PostsUpdated, remove_posts, update_posts
from core.posts import Post
from core.store import Store, StoredCampaign

MOST_PAGES = 5_000
MOST_RESTARTS = 3
MOST_CONFIRMED = 25
"""Up to this many posts that no page named are asked for one by one before any is forgotten."""

MOST_READ_AGAIN = 20
"""Posts that a webhook overtook are read once more, one by one."""

MOST_AT_ONCE = 100
"""Missing posts that are forgotten in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsTally:
    """What a pass over the posts came to."""

    new: int = 0
    changed: int = 0
    gone: int = 0


class PostsPass:
    """One pass over all posts of a campaign.

    `beat` is called after every page, `on_announced` whenever messages wait.
    """

    def __init__(
        self,
        store: Store,
        api: Patreon,
        stored: StoredCampaign,
        *,
        clock: Clock,
        beat: Callable[[], None],
        notes: ImageNotes,
        feed: PostFeed,
        on_announced: Callable[[], None],
    ) -> None:
        self._notes = notes
        self._store = store
        self._api = api
        self._stored = stored
        self._campaign_id = stored.campaign.id
        self._clock = clock
        self._beat = beat
        self._feed = feed
        self._on_announced = on_announced
        self._new = self._changed = 0
        self._overtaken: set[str] = set()

    async def run(self) -> PostsTally:
        """Read every page, write what changed, then forget what no page named and is not there.

        An expired cursor starts the pass again, at most twice.

        Raises:
            TemporaryError: the list could not be read to its end; nothing was forgotten.
        """
        began_at = self._clock()
        # What a webhook adds meanwhile is in no page of this pass, and must not be removed.
        async with self._store.read() as work:
            known = set(await work.posts.ids(self._campaign_id))
        seen = await self._read_again()
        missing = sorted(known - seen)
        gone = await self._remove(await self._confirm(missing), began_at)
        await self._read_overtaken()
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
            await self._write(page.posts, page.asked_at)
            seen |= ids
            last = ids
            if cursor is None:
                return seen
            cursors.add(cursor)
        raise TemporaryError("Patreon's list of posts does not end; nothing was removed.")

    async def _write(self, posts: Sequence[Post], asked_at: datetime) -> None:
        async with self._store.write() as work:
            updated = await update_posts(
                work,
                posts,
                asked_at=asked_at,
                stored=self._stored,
                feed=self._feed,
                now=self._clock(),
            )
            await self._notes.see_posts(work, updated.saved)
        self._tell(updated)
        self._new, self._changed = self._new + updated.new, self._changed + updated.changed
        self._overtaken.update(updated.outdated)

    async def _confirm(self, missing: Sequence[str]) -> Sequence[str]:
        """Give those of the missing posts that are gone: a list may lack what is still there.

        Of very many only some are asked for, spread over all of them, and speak for the others.

        Raises:
            TemporaryError: Patreon did not say it, or one that speaks for others is still there.
        """
        asked = missing[:: -(-len(missing) // MOST_CONFIRMED) or 1]
        gone: list[str] = []
        for post_id in asked:
            if not await self._is_there(post_id):
                gone.append(post_id)
            elif len(asked) < len(missing):
                raise TemporaryError(
                    f"Patreon's list lacks {len(missing)} posts, but some of them are still "
                    "there; all were kept."
                )
        return gone if len(asked) == len(missing) else missing

    async def _remove(self, missing: Sequence[str], began_at: datetime) -> int:
        """Forget posts that no page named, unless they were saved meanwhile."""
        gone = 0
        for start in range(0, len(missing), MOST_AT_ONCE):
            batch = missing[start : start + MOST_AT_ONCE]
            async with self._store.write() as work:
                updated = await remove_posts(
                    work,
                    batch,
                    asked_at=began_at,
                    stored=self._stored,
                    feed=self._feed,
                    now=self._clock(),
                )
                await self._notes.forget_posts(work, self._campaign_id, updated.forgotten)
            self._tell(updated)
            gone += updated.gone
        return gone

    async def _read_overtaken(self) -> None:
        """Read again what was read at the same time as something else, for it may have changed.

        What cannot be read now is left to the next pass.
        """
        for post_id in sorted(self._overtaken)[:MOST_READ_AGAIN]:
            try:
                await self._is_there(post_id)
            except TemporaryError:
                return

    async def _is_there(self, post_id: str) -> bool:
        """Ask for one post, and write it if it is there."""
        asked_at = self._clock()
        post = await self._api.post(post_id)
        self._beat()
        if post is not None and post.campaign_id == self._campaign_id:
            await self._write([post], asked_at)
        return post is not None

    def _tell(self, updated: PostsUpdated) -> None:
        if updated.messages:
            self._on_announced()
