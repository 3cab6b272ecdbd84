"""Taking turns: of two transactions that decide by what they read, the second one waits."""

from core.store import Work

ACCOUNTS = "consent.connected"
"""The turn of whoever looks which accounts there are, to add one."""


async def take_turn(work: Work, what: str) -> None:
    """Wait until no other transaction has this turn; it is over when this one ends.

    On PostgreSQL a transaction reads what was committed before each statement, so what it decided
    by may be gone when it writes. Whoever reads and decides takes the same turn first.
    """
    # Writing a row makes every other writer of it wait, on SQLite and on PostgreSQL.
    await work.notes.set(what, "")


async def take_settings_turn(work: Work, guild_id: int) -> None:
    """Take the turn of whoever changes what a guild follows and shows."""
    await take_turn(work, f"settings.changed:{guild_id}")
