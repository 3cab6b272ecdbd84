"""Surroundings of a bot in which all is well, unless a test says otherwise."""

from dataclasses import dataclass, field
from datetime import timedelta

from core.changes import Kind
from core.doctor.hook import Door
from core.doctor.machine import FLOORS, Machine
from core.doctor.work import Choices

MACHINE = Machine(
    python=(3, 12),
    versions={name: ".".join(map(str, floor)) for name, floor in FLOORS.items()},
    memory_bytes=2**31,
    descriptor_limit=1024,
    descriptors_open=20,
    stalls=0,
    free_bytes=2**35,
    free_inodes=10**6,
    total_inodes=2 * 10**6,
    database_bytes=2**20,
    wal_bytes=2**16,
)
DOOR = Door(public_url="https://bot.example", port=8080, is_running=True, status=405)
CHOICES = Choices(
    kinds=frozenset(Kind),
    staff_kinds=frozenset(),
    sync_every=timedelta(minutes=30),
    digest_above=20,
)


@dataclass
class CalmSurroundings:
    """What the doctor is told of the machine; a test may change it. `looks` counts."""

    found: Machine = MACHINE
    at_the_door: Door = DOOR
    skews: tuple[timedelta | None, timedelta | None] = field(
        default=(timedelta(), timedelta(seconds=1))
    )
    looks: int = 0

    async def machine(self):
        self.looks += 1
        return self.found

    async def clocks(self):
        return self.skews

    async def door(self, *, is_live):
        return self.at_the_door
