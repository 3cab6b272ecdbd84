"""The audit as a table that spreadsheets open, and that does nothing there."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC

from core.audit import AuditEntry
from core.names import visible

HEADER = ("Time (UTC)", "Server", "Person", "Action", "Detail")
BEGINNING = "\ufeff"
"""Without a byte order mark, Excel takes UTF-8 for something else."""

_FORMULA = re.compile(r"(^|[,;|\"'])(\s*)(?=[=+\-@＝＋－＠])")
_LONG_NUMBER = re.compile(r"\d{16,}")


def beginning() -> str:
    """Give what stands before the entries: the byte order mark and the names of the columns."""
    return BEGINNING + _line(HEADER)


def line_of(entry: AuditEntry) -> str:
    """Write an entry as a line."""
    return _line(
        (
            f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            "" if entry.guild_id is None else str(entry.guild_id),
            "" if entry.user_id is None else str(entry.user_id),
            entry.action,
            entry.detail,
        )
    )


def harmless(text: str) -> str:
    """Write a cell that no spreadsheet takes for a formula or rounds as a number.

    An apostrophe goes before what would start a formula, also behind what separates cells in
    other countries, and before a number of more digits than a spreadsheet keeps (15).

    Source: OWASP, "CSV Injection".
    """
    shown = visible(text)
    if _LONG_NUMBER.fullmatch(shown):
        return "'" + shown
    return _FORMULA.sub(r"\1\2'", shown)


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(
        [harmless(cell) for cell in cells]
    )
    return line.getvalue()
