"""Ending a worker between two pieces of work."""

from datetime import datetime

from bot.supervisor import Stopped
from core.alarm import Alarm
from core.ports import Clock


class StoppableAlarm(Alarm):
    """An alarm that ends its worker when the process stops.

    A worker waits only when it has nothing in hand, so nothing is cut short.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._is_stopped = False

    def stop(self) -> None:
        """End the worker as soon as it waits."""
        self._is_stopped = True
        self.ring()

    async def wait(self, until: datetime | None) -> None:
        """Wait as an alarm does.

        Raises:
            Stopped: the process stops.
        """
        if not self._is_stopped:
            await super().wait(until)
        if self._is_stopped:
            raise Stopped
