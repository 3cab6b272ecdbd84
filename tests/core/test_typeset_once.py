"""Typesetting once for each version, beside the loop."""

import asyncio
import threading
from dataclasses import replace

import pytest

from core.typeset_once import TypesetOnce
from core.typesetting import Typeset
from tests.web.handing import draft


class Held:
    """A typesetter that waits until it is let go, and notes in which thread it works."""

    def __init__(self):
        self.go = threading.Event()
        self.threads = []

    def typeset(self, markdown):
        self.threads.append(threading.current_thread())
        assert self.go.wait(10)
        return Typeset(blocks=(markdown,), html=f"<p>{markdown}</p>")

    def from_html(self, html):
        raise NotImplementedError


@pytest.fixture
def held():
    held = Held()
    yield held
    held.go.set()


async def test_all_who_wait_for_a_version_get_the_same_one(held, clock):
    once = TypesetOnce(held)
    made = draft(clock, id=3, body="Hi")
    waiting = [asyncio.create_task(once(made)) for _ in range(20)]
    while not held.threads:
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)

    held.go.set()

    assert set(await asyncio.gather(*waiting)) == {("<p>Hi</p>", "Hi")}
    assert len(held.threads) == 1
    assert threading.main_thread() not in held.threads


async def test_one_long_draft_does_not_hold_up_what_is_known(held, clock):
    once = TypesetOnce(held)
    known, long = draft(clock, id=1, body="Hi"), draft(clock, id=3)
    held.go.set()
    await once(known)
    held.go.clear()
    waiting = asyncio.create_task(once(long))
    while len(held.threads) < 2:
        await asyncio.sleep(0)

    assert await once(known) == ("<p>Hi</p>", "Hi")
    held.go.set()
    await waiting


async def test_another_version_is_typeset_anew(held, clock):
    once = TypesetOnce(held)
    held.go.set()
    made = draft(clock, id=3)

    await once(made)
    await once(replace(made, version=2))

    assert len(held.threads) == 2
