"""Reading a table of HTML."""

from markup.nodes import Runs


class HtmlTable:
    """A table that is being read; one inside it adds to its cells."""

    def __init__(self) -> None:
        self.rows: list[list[Runs]] = [[]]
        self.has_header = False
        self.depth = 1
        self._in_cell = False

    def begin(self, name: str) -> None:
        """Begin a row or a cell."""
        if name == "tr" and self.rows[-1]:
            self.rows.append([])
        self._in_cell = name in {"td", "th"}
        if name == "th" and len(self.rows) == 1:
            self.has_header = True

    def end_cell(self, runs: Runs) -> None:
        """End the cell that is open, or make one of text that stood outside of any."""
        if self._in_cell or any(run.text.strip() for run in runs):
            self.rows[-1].append(runs)
        self._in_cell = False
