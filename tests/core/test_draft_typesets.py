"""Typesetting what is looked at again and again."""

import asyncio
import threading

import pytest

from core.draft_typesets import LONG, MOST_KEPT, Typesets
from core.typesetting import Typeset


class Counting:
    def __init__(self):
        self.texts = []
        self.threads = set()

    def typeset(self, markdown):
        self.texts.append(markdown[:2])
        self.threads.add(threading.current_thread())
        return Typeset(blocks=(markdown,), html=f"<p>{markdown}</p>")


async def test_a_long_text_is_typeset_once_as_long_as_it_is_among_the_last():
    typesetter = Counting()
    typesets = Typesets(typesetter)
    first = "00" + "x" * LONG

    await asyncio.gather(*(typesets.of(first) for _ in range(5)))
    assert typesetter.texts == ["00"]
    for number in range(1, MOST_KEPT + 1):
        await typesets.of(f"{number:02}" + "x" * LONG)
    assert (await typesets.of(first)).blocks == (first,)

    assert typesetter.texts.count("00") == 2


class Held:
    """A typesetter that waits until it is let go, and counts how often it is at work at once."""

    def __init__(self):
        self.go = threading.Event()
        self.begun = 0
        self.at_once = []
        self._now = 0

    def typeset(self, markdown):
        self.begun += 1
        self._now += 1
        self.at_once.append(self._now)
        assert self.go.wait(10)
        self._now -= 1
        return Typeset(blocks=(markdown,), html="")


async def test_whoever_gives_up_does_not_let_a_second_text_begin_beside_the_first():
    typesetter = Held()
    typesets = Typesets(typesetter)
    waiting = [asyncio.create_task(typesets.of(f"{n}" + "x" * LONG)) for n in range(4)]
    while not typesetter.begun:
        await asyncio.sleep(0)

    for one in waiting[:3]:
        one.cancel()
    await asyncio.wait(waiting[:3])
    for _ in range(50):
        await asyncio.sleep(0.001)
    begun = typesetter.begun
    typesetter.go.set()

    assert (await waiting[3]).blocks == ("3" + "x" * LONG,)
    assert begun == 1
    assert set(typesetter.at_once) == {1}


async def test_a_long_text_does_not_hold_up_what_is_known():
    typesetter = Held()
    typesets = Typesets(typesetter)
    typesetter.go.set()
    known = "known" + "x" * LONG
    await typesets.of(known)
    typesetter.go.clear()
    waiting = asyncio.create_task(typesets.of("other" + "x" * LONG))
    while typesetter.begun < 2:
        await asyncio.sleep(0)

    assert (await typesets.of(known)).blocks == (known,)

    typesetter.go.set()
    await waiting


async def test_a_short_text_is_typeset_once_too():
    typesetter = Counting()
    typesets = Typesets(typesetter)

    assert await typesets.of("Hi") is await typesets.of("Hi")

    assert typesetter.texts == ["Hi"]


@pytest.mark.parametrize("body", ["Hi", "H" + "i" * LONG])
async def test_plain_text_comes_of_the_same_typesetting(body):
    typesetter = Counting()
    typesets = Typesets(typesetter)
    await typesets.of(body)

    assert await typesets.plain(body) == body

    assert typesetter.texts == ["Hi"]
    assert (threading.main_thread() in typesetter.threads) is (len(body) <= LONG)


async def test_long_texts_leave_the_threads_that_everybody_shares_alone():
    names = []

    class Naming:
        def typeset(self, markdown):
            names.append(threading.current_thread().name)
            return Typeset(blocks=(), html="")

    await Typesets(Naming()).of("x" * (LONG + 1))

    assert names[0].startswith("typeset")
