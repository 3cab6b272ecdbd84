"""Waking and stopping the workers."""

from bot.database import utc_now
from bot.stopping import StoppableAlarm


class Alarms:
    """One alarm for each worker that waits for work."""

    def __init__(self) -> None:
        self.events = StoppableAlarm(utc_now)
        self.announcements = StoppableAlarm(utc_now)
        self.rounds = StoppableAlarm(utc_now)
        self.hooks = StoppableAlarm(utc_now)
        self.tokens = StoppableAlarm(utc_now)
        self.purge = StoppableAlarm(utc_now)
        self.images = StoppableAlarm(utc_now)
        self.backups = StoppableAlarm(utc_now)
        self.schedule = StoppableAlarm(utc_now)
