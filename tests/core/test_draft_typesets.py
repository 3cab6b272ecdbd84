"""Typesetting what is looked at again and again."""

import asyncio

from core.draft_typesets import LONG, MOST_KEPT, Typesets
from core.typesetting import Typeset


class Counting:
    def __init__(self):
        self.texts = []

    def typeset(self, markdown):
        self.texts.append(markdown[:2])
        return Typeset(blocks=(markdown,), html="")


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
