"""The whole of a published post on a page of our own, for what a message is too short for."""

import re
from dataclasses import dataclass
from datetime import datetime

from core.draft_pages import DraftPages
from core.drafts import Draft, DraftPicture, DraftState, HandOver
from core.picture_files import FoundPicture, find_picture

PATH = "/posts"
_PAGE_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A published post; `html` is clean. `post_id` is Patreon's, once the post is known there."""

    title: str
    html: str
    pictures: tuple[DraftPicture, ...]
    published_at: datetime | None
    post_id: str | None


class WholePosts:
    """Published posts by the key of their page, which cannot be guessed."""

    def __init__(self, pages: DraftPages) -> None:
        self._pages = pages

    def address(self, page_key: str) -> str | None:
        """Tell where the page is, None when browsers cannot reach it."""
        url = self._pages.public_url
        return None if url is None else f"{url}{PATH}/{page_key}"

    async def read(self, page_key: str) -> Whole | None:
        """Give a post; None when there is none, it is not published (any more), or no such key."""
        draft = await self._published(page_key)
        if draft is None:
            return None
        typeset = await self._pages.typesets.of(draft.content.body)
        return Whole(
            title=draft.content.title,
            html=typeset.html,
            pictures=draft.content.pictures,
            published_at=draft.published_at,
            post_id=draft.post_id if draft.hand_over is HandOver.LINKED else None,
        )

    async def picture(self, page_key: str, picture: str) -> FoundPicture | None:
        """Find a picture of a published post by the digest of what is in it."""
        draft = await self._published(page_key)
        if draft is None:
            return None
        return await find_picture(self._pages.files, draft.content.pictures, picture)

    async def _published(self, page_key: str) -> Draft | None:
        if _PAGE_KEY.fullmatch(page_key) is None:
            return None
        async with self._pages.store.read() as work:
            draft = await work.drafts.by_page_key(page_key)
        return draft if draft is not None and draft.state is DraftState.PUBLISHED else None
