"""Ending a worker between two pieces of work."""

from datetime import datetime

from bot.supervisor import Stopped
from core.alarm import Alarm
from core.ports import Clock


class StoppableAlarm(Alarm):
    """An alarm that ends its worker when the process stops.

    That happens where a worker waits or goes on, so nothing is cut short, and much work in the
    queue does not put the end off.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._is_stopped = False

    def stop(self) -> None:
        """End the worker as soon as it waits or goes on."""
        self._is_stopped = True
        self.ring()

    def go_on(self) -> None:
        """Say that a piece of work is done and the next one begins.

        Raises:
            Stopped: the process stops.
        """
        super().go_on()
        if self._is_stopped:
            raise Stopped

    async def wait(self, until: datetime | None, *, in_hand: bool = False) -> None:
        """Wait as an alarm does; what is in hand is the worker's to finish.

        Raises:
            Stopped: the process stops.
        """
        if not self._is_stopped:
            await super().wait(until, in_hand=in_hand)
        if self._is_stopped:
            raise Stopped
