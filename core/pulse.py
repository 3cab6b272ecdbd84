"""Signs of life of a worker, for whoever watches over it."""


class Pulse:
    """Counts a worker's signs of life.

    A worker with something in hand beats after each piece of it. One with nothing in hand rests,
    for as long as it likes. So a worker that neither rests nor beats hangs.
    """

    __slots__ = ("_beats", "_is_resting")

    def __init__(self) -> None:
        self._beats = 0
        self._is_resting = False

    @property
    def beats(self) -> int:
        """How many signs there were; the number itself means nothing, its changes do."""
        return self._beats

    @property
    def is_resting(self) -> bool:
        """Whether the worker waits for work."""
        return self._is_resting

    def beat(self) -> None:
        """Show that the work goes on."""
        self._beats += 1
        self._is_resting = False

    def rest(self) -> None:
        """Show that there is nothing to do until the next beat."""
        self._beats += 1
        self._is_resting = True
