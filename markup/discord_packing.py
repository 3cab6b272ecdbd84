"""Packing lines of Discord's dialect into blocks that are not too long."""

from collections.abc import Iterable
from dataclasses import dataclass

from markup.discord_escape import units

LONGEST_BLOCK = 1_500
"""UTF-16 units of a block."""

FENCE = "```"
"""Closes code, and opens it, with its language behind."""

_BLANK = frozenset({"", ">"})


@dataclass(frozen=True, slots=True)
class Strip:
    """Lines that stay together if they fit; `fence` opens the code that they are, if any.

    `prefix` stands before every line, those of the fences included. No line is longer than a block
    with its prefix and its fences.
    """

    lines: tuple[str, ...]
    fence: str | None = None
    prefix: str = ""


def packed(strips: Iterable[Strip]) -> list[str]:
    """Join strips line by line into texts of at most `LONGEST_BLOCK` units.

    A strip that has to be cut is cut between lines; code is closed and opened again.
    """
    packer = _Packer()
    for strip in strips:
        whole = [f"{strip.prefix}{line}" for line in strip.lines]
        if strip.fence is None:
            packer.add_lines(whole)
        else:
            packer.add_code(whole, strip.prefix + strip.fence, strip.prefix + FENCE)
    packer.flush()
    return packer.texts


class _Packer:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self._lines: list[str] = []
        self._used = 0

    def add_lines(self, lines: list[str]) -> None:
        self._make_room(sum(_cost(line) for line in lines))
        for line in lines:
            if not self._fits(_cost(line)):
                self.flush()
            self._add(line)

    def add_code(self, lines: list[str], opening: str, closing: str) -> None:
        fences = _cost(opening) + _cost(closing)
        self._make_room(sum(_cost(line) for line in lines) + fences)
        chunk: list[str] = []
        used = fences
        for line in lines:
            if not self._fits(used + _cost(line)):
                self._add_chunk(chunk, opening, closing)
                self.flush()
                chunk, used = [], fences
            chunk.append(line)
            used += _cost(line)
        self._add_chunk(chunk, opening, closing)

    def flush(self) -> None:
        """Begin a new text."""
        lines, self._lines, self._used = self._lines, [], 0
        while lines and lines[-1].strip() in _BLANK:
            lines.pop()
        start = 0
        while start < len(lines) and lines[start].strip() in _BLANK:
            start += 1
        if lines[start:]:
            self.texts.append("\n".join(lines[start:]))

    def _make_room(self, size: int) -> None:
        if not self._fits(size) and size <= LONGEST_BLOCK:
            self.flush()

    def _fits(self, size: int) -> bool:
        return self._used + size <= LONGEST_BLOCK

    def _add(self, line: str) -> None:
        self._lines.append(line)
        self._used += _cost(line)

    def _add_chunk(self, lines: list[str], opening: str, closing: str) -> None:
        """Add code with its fences; Discord does not show code of blank lines as code."""
        if any(line.strip() not in _BLANK for line in lines):
            for line in (opening, *lines, closing):
                self._add(line)


def _cost(line: str) -> int:
    return units(line) + 1
