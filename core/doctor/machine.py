"""The machine: versions, memory, open files, disk and clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from core.doctor.checks import Check, Rule
from core.doctor.rules import (
    DESCRIPTORS,
    DISCORD_CLOCK,
    INODES,
    LIBRARIES,
    MEMORY,
    PATREON_CLOCK,
    PYTHON,
    SPACE,
    STALLS,
    WAL,
    ZONE,
)

MB = 1024 * 1024
LEAST_FREE = 100 * MB
FEW_FREE = 1024 * MB
LEAST_MEMORY = 192 * MB
LARGE_WAL = 256 * MB
FEW_INODES = 10_000
FEW_DESCRIPTORS = 512
MOST_SKEW = timedelta(seconds=30)

FLOORS: Mapping[str, tuple[int, ...]] = {
    "discord.py": (2, 7, 1),
    "sqlalchemy": (2, 0, 46),
    "aiosqlite": (0, 22, 1),
    "aiohttp": (3, 14),
    "httpx": (0, 28),
    "pydantic": (2, 12),
    "cryptography": (46,),
}
"""What the bot needs at least: older pairs of SQLAlchemy and aiosqlite hang at exit."""

_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was found; None: it could not be found out, or does not apply.

    `versions` names the installed version of each library in `FLOORS`, None when it is missing.
    `has_foreign_patreon`: PyPI's `patreon` is installed, whose module shadows the bot's folder.
    Disk and `wal_bytes` are those of a SQLite file's folder. `zone` is unknown to the machine
    when not `is_zone_known`.
    """

    python: tuple[int, int]
    versions: Mapping[str, str | None] = field(default_factory=dict)
    has_foreign_patreon: bool = False
    memory_bytes: int | None = None
    descriptor_limit: int | None = None
    descriptors_open: int | None = None
    stalls: int | None = None
    free_bytes: int | None = None
    free_inodes: int | None = None
    total_inodes: int | None = None
    database_bytes: int | None = None
    wal_bytes: int | None = None
    zone: str = "UTC"
    is_zone_known: bool = True


def judge_machine(machine: Machine) -> Iterator[Check]:
    """Judge everything but the clock."""
    yield _python(machine)
    yield _libraries(machine)
    yield _memory(machine)
    yield _descriptors(machine)
    yield _stalls(machine)
    yield _space(machine)
    yield _inodes(machine)
    yield _wal(machine)
    yield _zone(machine)


def judge_clocks(patreon: timedelta | None, discord: timedelta | None) -> Iterator[Check]:
    """Judge how far this machine's clock is ahead of each platform's; None: it did not say."""
    yield _skew(PATREON_CLOCK, "Patreon", patreon)
    yield _skew(DISCORD_CLOCK, "Discord", discord)


def _python(machine: Machine) -> Check:
    version = ".".join(str(part) for part in machine.python)
    if machine.python < _OLDEST_PYTHON:
        return PYTHON.fail(
            f"Python {version} is too old.", "Install Python 3.11 or newer and the bot with it."
        )
    return PYTHON.ok(f"Python {version}.")


def _libraries(machine: Machine) -> Check:
    if machine.has_foreign_patreon:
        return LIBRARIES.fail(
            "PyPI's package `patreon` is installed; its module takes the place of the bot's own.",
            "Remove it: python -m pip uninstall patreon.",
        )
    bad = [
        f"{name} {machine.versions.get(name) or 'is missing'}"
        for name, floor in FLOORS.items()
        if _numbers(machine.versions.get(name)) < floor
    ]
    if bad:
        return LIBRARIES.fail(
            f"Older than the bot needs: {', '.join(bad)}.",
            "Install what requirements.lock says: python -m pip install -r requirements.lock.",
        )
    return LIBRARIES.ok(f"{len(FLOORS)} libraries are recent enough.")


def _memory(machine: Machine) -> Check:
    memory = machine.memory_bytes
    if memory is None:
        return MEMORY.skip("This system does not say how much memory there is.")
    if memory < LEAST_MEMORY:
        return MEMORY.warn(
            f"The bot may use {_size(memory)}; a large sync needs about {_size(LEAST_MEMORY)}.",
            "Give the machine or the container more memory.",
        )
    return MEMORY.ok(f"The bot may use {_size(memory)}.")


def _descriptors(machine: Machine) -> Check:
    limit, used = machine.descriptor_limit, machine.descriptors_open or 0
    cure = "Raise the limit of open files (ulimit -n, or LimitNOFILE in systemd) to 1024 or more."
    if limit is None:
        return DESCRIPTORS.skip("This system does not say how many files may be open.")
    if limit < FEW_DESCRIPTORS:
        return DESCRIPTORS.warn(f"Only {limit:,} files and connections may be open.", cure)
    if used > limit * 0.8:
        return DESCRIPTORS.warn(f"{used:,} of {limit:,} files and connections are open.", cure)
    return DESCRIPTORS.ok(f"{limit:,} files and connections may be open.")


def _stalls(machine: Machine) -> Check:
    if machine.stalls is None:
        return STALLS.skip("Only the running bot knows: /patreon doctor tells.")
    if machine.stalls:
        times = "once" if machine.stalls == 1 else f"{machine.stalls:,} times"
        return STALLS.warn(
            f"The bot stood still {times} since its start, for a second or longer.",
            "Look for `event loop stalled` in the log; a slow disk or a busy machine is likely.",
        )
    return STALLS.ok("The bot has not stood still since its start.")


def _space(machine: Machine) -> Check:
    free = machine.free_bytes
    if free is None:
        return SPACE.skip("There is no database file on this machine.")
    wanted = max(FEW_FREE, 2 * (machine.database_bytes or 0))
    cure = "Delete what is not needed there, or move `database.url` to a larger disk."
    if free < LEAST_FREE:
        return SPACE.fail(f"Only {_size(free)} are free on the database's disk.", cure)
    if free < wanted:
        return SPACE.warn(
            f"{_size(free)} are free on the database's disk; an update copies the database first.",
            cure,
        )
    return SPACE.ok(f"{_size(free)} are free on the database's disk.")


def _inodes(machine: Machine) -> Check:
    free = machine.free_inodes
    if free is None or not machine.total_inodes:
        return INODES.skip("The database's file system does not count its files.")
    if free < FEW_INODES:
        return INODES.warn(
            f"The database's file system has room for {free:,} more files.",
            "Delete small files that are not needed there, such as old logs and caches.",
        )
    return INODES.ok(f"The database's file system has room for {free:,} more files.")


def _wal(machine: Machine) -> Check:
    size = machine.wal_bytes
    if size is None:
        return WAL.skip("There is no write-ahead log.")
    if size > LARGE_WAL:
        return WAL.warn(
            f"The write-ahead log has {_size(size)}: something reads without an end.",
            "End programs that keep the database's file open, such as a shell or a copy, then "
            "restart the bot.",
        )
    return WAL.ok(f"The write-ahead log has {_size(size)}.")


def _zone(machine: Machine) -> Check:
    if machine.is_zone_known:
        return ZONE.ok(f"The machine's time zone is {machine.zone}; Discord shows everybody's own.")
    return ZONE.warn(
        f"The machine does not know the time zone {machine.zone} and uses UTC.",
        "Correct TZ, or install the system's package tzdata; only the terminal and the log are "
        "affected.",
    )


def _skew(rule: Rule, platform: str, skew: timedelta | None) -> Check:
    if skew is None:
        return rule.skip(f"{platform} did not tell its time.")
    seconds = round(abs(skew).total_seconds())
    if abs(skew) > MOST_SKEW:
        way = "ahead of" if skew > timedelta() else "behind"
        return rule.warn(
            f"This machine's clock is {seconds:,} seconds {way} {platform}'s.",
            "Let the machine set its clock by the network: timedatectl set-ntp true.",
        )
    return rule.ok(f"This machine's clock is within {max(seconds, 1)} s of {platform}'s.")


def _numbers(version: str | None) -> tuple[int, ...]:
    """Read a version's leading numbers; nothing is smaller than every version."""
    numbers: list[int] = []
    for part in (version or "").split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits[:9]))
    return tuple(numbers)


def _size(count: int) -> str:
    return f"{count / 1024**3:,.1f} GB" if count >= 1024**3 else f"{count / MB:,.0f} MB"
