"""The bot's side of the worker: starts it, asks it, ends it."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import TemporaryError
from core.images import ImageKind
from core.pictures import NotAPicture, Rendered, Size
from imaging.limits import LARGEST_ANSWER, LONGEST_HEAD

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parent.parent
_END_SECONDS = 2.0
_UNFIT = "The picture cannot be shown: {}."
_Answer = tuple[Mapping[str, Any], list[bytes]]


class Studio:
    """Implements `core.pictures.Imager` with one long-lived process, one picture at a time.

    The process starts with the first picture. One that dies, or takes longer than `deadline` for
    a picture, is replaced for the next. Enter it to have the process ended.
    """

    def __init__(self, *, deadline: timedelta = timedelta(seconds=20)) -> None:
        self._deadline = deadline.total_seconds()
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        """Do nothing yet: many bots never decode a picture."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        await self._end()

    async def render(self, source: Path, sizes: Sequence[Size] = tuple(Size)) -> Rendered:
        """Decode the file and make it in `sizes`; see `core.pictures.Imager`."""
        named = [size.value for size in sizes]
        head, files = await self._ask({"do": "render", "path": _path(source), "sizes": named})
        if "unfit" in head:
            raise NotAPicture(_UNFIT.format(head["unfit"]))
        return Rendered(
            width=head["width"],
            height=head["height"],
            frames=head["frames"],
            sizes=dict(zip(sizes, files, strict=True)),
        )

    async def clean(self, source: Path, *, most_bytes: int) -> bytes:
        """Give the file without its hidden details; see `core.pictures.Imager`."""
        most = min(most_bytes, LARGEST_ANSWER)
        head, files = await self._ask({"do": "clean", "path": _path(source), "most_bytes": most})
        if "unfit" in head:
            raise NotAPicture(_UNFIT.format(head["unfit"]))
        return files[0]

    async def initials(self, text: str, size: Size) -> bytes | None:
        """Draw letters on a coloured ground; see `core.pictures.Imager`."""
        _, files = await self._ask({"do": "initials", "text": text[:2], "size": size.value})
        return files[0] if files else None

    async def placeholder(self, kind: ImageKind, size: Size) -> bytes:
        """Draw what stands where a picture cannot be had; see `core.pictures.Imager`."""
        _, files = await self._ask({"do": "placeholder", "kind": kind.value, "size": size.value})
        return files[0]

    async def _ask(self, request: Mapping[str, object]) -> _Answer:
        async with self._turn:
            try:
                async with asyncio.timeout(self._deadline):
                    process = self._process or await self._start()
                    return await _exchange(process, json.dumps(request).encode() + b"\n")
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                await self._end()
                log.warning("picture worker replaced", extra={"reason": type(error).__name__})
                raise TemporaryError(
                    "The process that decodes pictures died or took too long over this one."
                ) from error
            except asyncio.CancelledError:
                # Half an answer would be taken for the next one's.
                await self._end()
                raise

    async def _start(self) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-s",
            "-m",
            "imaging.worker",
            stdin=PIPE,
            stdout=PIPE,
            limit=LONGEST_HEAD,
            cwd=_ROOT,
            # Nothing of the bot's own environment, which may hold secrets.
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(_END_SECONDS):
            # Reads what is left, so that the pipe is closed with the process.
            await process.communicate()


def _path(source: Path) -> str:
    # The worker stands in another folder.
    return str(source.absolute())


async def _exchange(process: Process, request: bytes) -> _Answer:
    if process.stdin is None or process.stdout is None:
        raise OSError("the worker has no pipes")
    process.stdin.write(request)
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError("the worker ended")
    head = json.loads(line)
    lengths = head["lengths"]
    if sum(lengths) > LARGEST_ANSWER:
        raise ValueError("the worker's answer is too long")
    return head, [await process.stdout.readexactly(length) for length in lengths]
