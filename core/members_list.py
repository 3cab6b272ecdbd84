"""Reading Patreon's list of a campaign's members: page after page, and whom it has named."""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from core.errors import TemporaryError
from core.ports import MembersPage, Patreon

MOST_PAGES = 5_000


async def read_pages(api: Patreon, campaign_id: str) -> AsyncGenerator[MembersPage, None]:
    """Give all pages, fetching the next one while the caller writes this one.

    Raises:
        TemporaryError: a cursor came twice, or the list does not end.
    """
    cursors: set[str] = set()
    fetch = asyncio.create_task(api.members_page(campaign_id))
    try:
        for _ in range(MOST_PAGES):
            page = await fetch
            cursor = page.next_cursor
            if cursor is None:
                yield page
                return
            if cursor in cursors:
                raise TemporaryError("Patreon's list of members runs in a circle.")
            cursors.add(cursor)
            fetch = asyncio.create_task(api.members_page(campaign_id, cursor=cursor))
            yield page
        raise TemporaryError("Patreon's list of members does not end.")
    finally:
        fetch.cancel()
        await asyncio.gather(fetch, return_exceptions=True)


class Rows:
    """A set of row numbers, an eighth of a byte each."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self.count = 0

    def add(self, rows: Iterable[int]) -> None:
        """Put rows in."""
        for row in rows:
            index, bit = row >> 3, 1 << (row & 7)
            if index >= len(self._bits):
                self._bits.extend(bytes(index + 1 - len(self._bits) + 4_096))
            if not self._bits[index] & bit:
                self._bits[index] |= bit
                self.count += 1

    def __contains__(self, row: object) -> bool:
        if not isinstance(row, int):
            return False
        index = row >> 3
        return index < len(self._bits) and bool(self._bits[index] & (1 << (row & 7)))
