"""`audit`: who did what, for the admin at the terminal."""

import json
import sys
from dataclasses import asdict

from bot import terminal
from bot.config import Config
from bot.database import open_unchanged
from core import audit_csv
from core.audit import AuditEntry, AuditQuery
from core.audit_trail import AuditTrail


async def list_audit(config: Config, *, guild_id: int | None, limit: int, as_json: bool) -> int:
    """Print the newest entries of a guild, or of all and of the terminal."""
    query = AuditQuery(guild_id=guild_id, limit=limit)
    async with open_unchanged(config) as store:
        page = await AuditTrail(store).page(query)
    if as_json:
        facts = [asdict(entry) for entry in page.entries]
        print(json.dumps(facts, indent=2, ensure_ascii=False, default=str))
        return 0
    for entry in page.entries:
        print(_line(entry))
    if not page.entries:
        print("No entry.")
    if page.has_older:
        print(f"There are older ones: --limit {2 * limit} shows more, --csv all of them.")
    return 0


async def export_audit(config: Config, *, guild_id: int | None) -> int:
    """Print every entry as CSV in UTF-8, newest first."""
    # The lines end as a spreadsheet wants them, whatever this system's own line ends are.
    out = sys.stdout.buffer
    out.write(audit_csv.beginning().encode())
    async with open_unchanged(config) as store:
        async for entry in AuditTrail(store).everything(AuditQuery(guild_id=guild_id)):
            out.write(audit_csv.line_of(entry).encode())
    out.flush()
    return 0


def _line(entry: AuditEntry) -> str:
    parts = [
        f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}",
        "terminal" if entry.guild_id is None else f"guild {entry.guild_id}",
        _who(entry),
        entry.action,
        entry.detail,
    ]
    return terminal.printable("  ".join(part for part in parts if part))


def _who(entry: AuditEntry) -> str:
    if entry.user_id is not None:
        return f"user {entry.user_id}"
    return "the admin" if entry.guild_id is None else "the bot"
