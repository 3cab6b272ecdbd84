"""Tables as targets without tables show them: a grid of characters, or lines."""

import unicodedata

from markup.nodes import Kind, Run, Runs, Style, Table, text_of

WIDEST_GRID = 56
"""Columns of a grid: more would wrap in an embed of Discord."""

MOST_NAMED_ROWS = 200
"""Rows whose values get their column's name in front; of longer tables every row is one line."""

_LONGEST_NAME = 60
_GAP = "  "
_BREAK = Run("\n")


def grid_of(table: Table) -> str | None:
    """Draw a narrow table of plain words with aligned columns; None when it is not one."""
    rows = [table.header, *table.rows] if table.header else list(table.rows)
    if any(not _is_plain(cell) for row in rows for cell in row):
        return None
    words = [[text_of(cell) for cell in row] for row in rows]
    widths = [0] * max(len(row) for row in words)
    for row in words:
        for column, word in enumerate(row):
            widths[column] = max(widths[column], _columns(word))
        if sum(widths) + len(_GAP) * (len(widths) - 1) > WIDEST_GRID:
            return None
    lines = [
        _GAP.join(
            word + " " * (width - _columns(word)) for word, width in zip(row, widths, strict=False)
        ).rstrip()
        for row in words
    ]
    if table.header:
        lines.insert(1, _GAP.join("-" * width for width in widths))
    return "\n".join(lines)


def rows_of(table: Table) -> tuple[Runs, ...]:
    """Write every row as lines such as "**Header:** value", without the cells that are empty.

    A row of a table without a header, or with very many rows, is its values on one line.
    """
    rows = table.rows
    if not table.header or len(rows) > MOST_NAMED_ROWS:
        rows = (table.header, *rows) if table.header else rows
        return tuple(row for row in map(_joined, rows) if row)
    names = [text_of(cell)[:_LONGEST_NAME] for cell in table.header]
    if not rows:
        return (_joined(table.header),)
    return tuple(row for row in (_named(names, cells) for cells in rows) if row)


def _named(names: list[str], cells: tuple[Runs, ...]) -> Runs:
    runs: list[Run] = []
    for column, cell in enumerate(cells):
        if not text_of(cell):
            continue
        name = names[column] if column < len(names) else ""
        if runs:
            runs.append(_BREAK)
        if name:
            runs += (Run(f"{name}:", style=Style.STRONG), Run(" "))
        runs += _on_one_line(cell)
    return tuple(runs)


def _joined(cells: tuple[Runs, ...]) -> Runs:
    runs: list[Run] = []
    for cell in cells:
        if text_of(cell):
            runs += [Run(" · ")] if runs else []
            runs += _on_one_line(cell)
    return tuple(runs)


def _on_one_line(cell: Runs) -> Runs:
    return tuple(Run(run.text.replace("\n", " "), run.kind, run.style, run.link) for run in cell)


def _is_plain(cell: Runs) -> bool:
    return all(run.kind in {Kind.TEXT, Kind.CODE} and run.link is None for run in cell)


def _columns(text: str) -> int:
    """Count how many columns a text takes in a font of fixed width."""
    return sum(
        0 if unicodedata.combining(character) else _columns_of(character) for character in text
    )


def _columns_of(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
