"""The worker's side: one request after the other from standard input, until it ends.

A request is a line of JSON; an answer is a line of JSON that ends in the lengths of the files that
follow it. The process can write no file and open few, has a bound on its memory, and knows nothing
of the bot's environment.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

from imaging.cleaning import clean
from imaging.drawing import draw_initials
from imaging.limits import LONGEST_HEAD, MEMORY_BYTES
from imaging.opening import UnfitError
from imaging.placeholders import draw_placeholder
from imaging.scaling import render

_MOST_FILES = 64
_NICENESS = 10


def restrict() -> None:
    """Give up what decoding needs not, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    os.nice(_NICENESS)


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Do what one request asks for."""
    if request["do"] == "initials":
        drawn = draw_initials(request["text"], request["size"])
        return {}, [] if drawn is None else [drawn]
    if request["do"] == "placeholder":
        return {}, [draw_placeholder(request["kind"], request["size"])]
    try:
        if request["do"] == "clean":
            return {}, [clean(Path(request["path"]), most_bytes=request["most_bytes"])]
        (width, height, frames), files = render(Path(request["path"]), request["sizes"])
    except UnfitError as error:
        return {"unfit": str(error)}, []
    return {"width": width, "height": height, "frames": frames}, files


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while line := requests.readline(LONGEST_HEAD):
        head, files = answer(json.loads(line))
        head["lengths"] = [len(file) for file in files]
        answers.write(json.dumps(head).encode() + b"\n")
        answers.writelines(files)
        answers.flush()


if __name__ == "__main__":
    restrict()
    serve(sys.stdin.buffer, sys.stdout.buffer)
