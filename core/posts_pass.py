"""One pass over all posts of a campaign: read every page, write, forget what is missing."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from core.errors import BotError, CursorExpired, PermanentError, TemporaryError
from core.image_notes import ImageNotes
from core.ports import Clock, Patreon
from core.post_feed import PostFeed
from core.post_update import PostsUpdated, remove_posts, update_posts
from core.posts import Post
from core.store import Store, StoredCampaign

MOST_PAGES = 5_000
MOST_RESTARTS = 3
MOST_CONFIRMED = 50
"""So many posts that no page named are asked for in one pass; others have their turn in the next.

At most 50 requests of the 100 that Patreon allows in a minute.
"""

MOST_READ_AGAIN = 20
"""Posts that a webhook overtook are read once more, one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsTally:
    """What a pass over the posts came to; `trouble` is a sentence when something went wrong."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    trouble: str = ""


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
        self._new = self._changed = self._gone = 0
        self._overtaken: set[str] = set()

    async def run(self) -> PostsTally:
        """Read every page, write what changed, then forget what no page named and is not there.

        An expired cursor starts the pass again, at most twice. When the list cannot be read to
        its end, nothing is forgotten.
        """
        try:
            trouble = await self._look_at_all()
        except BotError as error:
            trouble = str(error)
        self._notes.ring()
        return PostsTally(new=self._new, changed=self._changed, gone=self._gone, trouble=trouble)

    async def _look_at_all(self) -> str:
        began_at = self._clock()
        # What a webhook adds meanwhile is in no page of this pass, and must not be removed.
        async with self._store.read() as work:
            known = set(await work.posts.ids(self._campaign_id))
        seen = await self._read_again()
        chosen = _some(sorted(known - seen), turn=int(began_at.timestamp()))
        gone, trouble = await self._ask_for(chosen)
        await self._remove(gone, began_at)
        await self._read_overtaken()
        return trouble

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

    async def _ask_for(self, missing: Sequence[str]) -> tuple[list[str], str]:
        """Ask for posts one by one: a list may lack what is still there.

        Gives those that are gone, and what went wrong.
        """
        gone: list[str] = []
        trouble = ""
        for post_id in missing:
            try:
                if not await self._is_there(post_id):
                    gone.append(post_id)
            except PermanentError as error:
                # Refused is not gone: what the token may see may have changed.
                trouble = str(error)
            except TemporaryError as error:
                return gone, str(error)
        return gone, trouble

    async def _remove(self, missing: Sequence[str], began_at: datetime) -> None:
        """Forget posts that are gone, unless they were saved meanwhile."""
        if not missing:
            return
        async with self._store.write() as work:
            updated = await remove_posts(
                work,
                missing,
                asked_at=began_at,
                stored=self._stored,
                feed=self._feed,
                now=self._clock(),
            )
            await self._notes.forget_posts(work, self._campaign_id, updated.forgotten)
        self._tell(updated)
        self._gone = updated.gone

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


def _some(missing: Sequence[str], *, turn: int) -> Sequence[str]:
    """Choose as many as are asked for, at another turn others."""
    start = turn % len(missing) if missing else 0
    return [*missing[start:], *missing[:start]][:MOST_CONFIRMED]
