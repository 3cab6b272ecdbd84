"""Two stand-ins for Discord, made apart from each other, give the same answers."""

import importlib
import time
from pathlib import Path

import discord
import pytest

from tests.crosscheck.local_driver import local
from tests.crosscheck.scenario import SCENARIOS, differences, play_on
from tests.crosscheck.simcord_driver import simulated

for file in sorted(Path(__file__).parent.glob("scenarios_*.py")):
    importlib.import_module(f"tests.crosscheck.{file.stem}")


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_both_stand_ins_answer_alike_except_where_said(name):
    chosen = SCENARIOS[name]

    ours, simcord = play_on(local, chosen), play_on(simulated, chosen)

    known = {path: (each.ours, each.simcord) for path, each in chosen.differs.items()}
    assert differences(ours, simcord) == known
    assert ours["fails"] == chosen.fails


def test_there_are_at_least_25_scenarios():
    assert len(SCENARIOS) >= 25


def test_every_known_difference_has_a_reason():
    assert all(each.because for one in SCENARIOS.values() for each in one.differs.values())


def test_simcord_gives_the_clocks_back():
    before = time.monotonic, discord.utils.datetime

    play_on(simulated, next(iter(SCENARIOS.values())))

    assert (time.monotonic, discord.utils.datetime) == before


@pytest.mark.parametrize(
    ("ours", "simcord", "expected"),
    [
        ({"a": [1, 2]}, {"a": [1, 2]}, {}),
        ({"a": [1, 2]}, {"a": [1]}, {"a.1": (2, "(absent)")}),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, {"a.b": ("x", "y")}),
        ({"a": []}, {"a": "x"}, {"a": ([], "x")}),
    ],
)
def test_a_difference_is_found_at_its_place(ours, simcord, expected):
    assert differences(ours, simcord) == expected
