"""Looking at the audit, page by page or whole."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from core import audit_csv
from core.audit import AuditEntry, AuditPage, AuditQuery
from core.store import Store

_CHUNK = 500
_MOST_CHUNKS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A table of `count` entries, newest first, as CSV in UTF-8; `is_cut`: there are more."""

    csv: bytes
    count: int
    is_cut: bool


class AuditTrail:
    """The entries of a guild; `guild_id` None stands for the admin at the terminal."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, query: AuditQuery) -> AuditPage:
        """Answer `query`.

        At the newer end the page is filled up with older entries; where there are no older
        entries (any more), it is the newest page.
        """
        newest = replace(query, before_id=None, after_id=None)
        async with self._store.read() as work:
            page = await work.audit.page(query)
            is_at_newer_end = query.after_id is not None and not page.has_newer
            if newest != query and (is_at_newer_end or not page.entries):
                page = await work.audit.page(newest)
        return page

    async def actions(self, guild_id: int | None) -> Sequence[str]:
        """The actions that there are entries of, by name."""
        async with self._store.read() as work:
            return await work.audit.actions(guild_id)

    async def everything(self, query: AuditQuery) -> AsyncIterator[AuditEntry]:
        """Go through every entry that `query` fits, newest first, whatever its page.

        The database is read in short steps; entries that come meanwhile are left out.
        """
        step = replace(query, before_id=None, after_id=None, limit=_CHUNK)
        for _ in range(_MOST_CHUNKS):
            async with self._store.read() as work:
                page = await work.audit.page(step)
            for entry in page.entries:
                yield entry
            if not page.has_older:
                return
            step = replace(step, before_id=page.entries[-1].id)

    async def export(self, query: AuditQuery, *, most_bytes: int) -> Export:
        """Write every entry that `query` fits into a table of at most `most_bytes`."""
        lines = [audit_csv.beginning().encode()]
        size = len(lines[0])
        is_cut = False
        async for entry in self.everything(query):
            line = audit_csv.line_of(entry).encode()
            size += len(line)
            is_cut = size > most_bytes
            if is_cut:
                break
            lines.append(line)
        return Export(csv=b"".join(lines), count=len(lines) - 1, is_cut=is_cut)
