"""Scenarios: what is played on both stand-ins, and where their answers are known to differ."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from tests.crosscheck.driver import Driver

SCENARIOS: dict[str, "Scenario"] = {}
"""All scenarios by name."""

ABSENT = "(absent)"
"""Stands for a value that only the other stand-in has."""


LIMIT_SECONDS = 25.0
"""How long one stand-in may take for one scenario."""


@dataclass(frozen=True, slots=True)
class Differs:
    """A known difference at one place, with the reason: who is right, and where that is said."""

    ours: object
    simcord: object
    because: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One conversation between people and a bot that has `commands`.

    `fails` is what the bot is refused on our stand-in, in order.
    """

    name: str
    commands: Callable[[], Sequence[Any]]
    play: Callable[[Driver], Awaitable[object]]
    fails: Sequence[str]
    differs: Mapping[str, Differs]


def scenario(commands, *, fails=(), differs=None):
    """Register a function as a scenario; its name says what should happen."""

    def register(play):
        name = play.__name__
        assert name not in SCENARIOS
        SCENARIOS[name] = Scenario(name, commands, play, list(fails), differs or {})
        return play

    return register


def play_on(stand_in, chosen):
    """Play a scenario in a thread, loop and context of its own.

    simcord leaves a context variable behind and replaces clocks for as long as it runs, so it
    never shares these with anybody else.

    Returns:
        What the scenario has seen, and what the bot was refused, in order.
    """

    async def play():
        async with asyncio.timeout(LIMIT_SECONDS), stand_in(chosen.commands()) as driver:
            seen = await chosen.play(driver)
            return {"seen": seen, "fails": list(driver.bot.failures)}

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(Context().run, lambda: asyncio.run(play())).result()


def differences(ours, simcord):
    """Compare two answers; returns the differing places with both values."""
    left, right = dict(_flat(ours)), dict(_flat(simcord))
    return {
        path: (left.get(path, ABSENT), right.get(path, ABSENT))
        for path in sorted(left.keys() | right.keys())
        if left.get(path, ABSENT) != right.get(path, ABSENT)
    }


def _flat(value, path=""):
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from _flat(each, f"{path}.{at}")
    else:
        yield path, value
