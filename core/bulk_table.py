"""A table from a file that a spreadsheet wrote, or somebody's hands."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import UserError
from core.names import visible

LARGEST_FILE = 100_000
MOST_ROWS = 50
MOST_COLUMNS = 20
_SEPARATORS = ",;\t"
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row by its columns' names; `line` is where it begins in the file, from 1."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The names in the header, in small letters, and the rows that are not empty."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


def read_table(raw: bytes) -> Table:
    """Read CSV in UTF-8, with or without a byte order mark, with a header.

    Columns are apart by commas, semicolons or tabs, whichever the header has most of.

    Raises:
        UserError: it is too large, is no such file, or has no header or no rows.
    """
    if len(raw) > LARGEST_FILE:
        raise UserError(
            f"The file has {len(raw) / 1000:,.0f} kB; at most {LARGEST_FILE // 1000} kB fit. "
            "Make several files of it."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            "The file is not in UTF-8. In a spreadsheet, export it as “CSV UTF-8”."
        ) from error
    if "\0" in text:
        raise UserError("The file is no text. In a spreadsheet, export it as “CSV UTF-8”.")
    lines = _records(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not lines:
        raise UserError("The file is empty: it needs a header and a row for each post.")
    _, header = lines[0]
    columns = tuple(visible(name).casefold() for name in header)
    _check(columns)
    rows = [_row(line, cells, columns) for line, cells in lines[1:]]
    if not rows:
        raise UserError("The file has a header and no posts: write one in each row below it.")
    if len(rows) > MOST_ROWS:
        raise UserError(
            f"The file has {len(rows)} posts; at most {MOST_ROWS} fit. Make several files of it."
        )
    return Table(columns=columns, rows=tuple(rows))


def _records(text: str) -> list[tuple[int, Sequence[str]]]:
    """Give the records that are not empty, each with the line where it begins."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[tuple[int, Sequence[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"Line {line}: the quotes do not match. A text that holds quotes has each of them "
            'twice (`""`) and one more around it all.'
        ) from error
    return found


def _check(columns: Sequence[str]) -> None:
    if len(columns) > MOST_COLUMNS:
        raise UserError(f"The file has {len(columns)} columns; at most {MOST_COLUMNS} fit.")
    for number, name in enumerate(columns, 1):
        if not name:
            raise UserError(f"Line 1: column {number} has no name.")
        if columns.count(name) > 1:
            raise UserError(f"Line 1: there are two columns “{name[:_LONGEST_NAME]}”.")


def _row(line: int, cells: Sequence[str], columns: Sequence[str]) -> TableRow:
    kept = list(cells)
    # Spreadsheets fill rows up with empty cells.
    while len(kept) > len(columns) and not kept[-1].strip():
        kept.pop()
    if len(kept) > len(columns):
        raise UserError(
            f"Line {line}: it has {len(kept)} columns, the header {len(columns)}. A text that "
            "holds the separator stands in quotes."
        )
    kept += [""] * (len(columns) - len(kept))
    return TableRow(line=line, cells=dict(zip(columns, kept, strict=True)))
