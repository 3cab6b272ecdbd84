"""The uploaded pictures of a draft and their files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.drafts import DraftPicture


class PictureFiles(Protocol):
    """The files of pictures, by the SHA-256 of what is in them."""

    def path_of(self, digest: str) -> Path:
        """Tell where the file lies, if it is there."""
        ...

    async def read(self, digest: str) -> bytes | None:
        """Read a file; None when it is not there, or was damaged and is removed."""
        ...


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture, where it stands among the draft's (from 0), and its file."""

    picture: DraftPicture
    position: int
    path: Path


async def find_picture(
    files: PictureFiles, pictures: Sequence[DraftPicture], digest: str
) -> FoundPicture | None:
    """Find one of `pictures`; None when it is none of them or its file is lost."""
    for position, picture in enumerate(pictures):
        if picture.digest == digest:
            path = files.path_of(picture.digest)
            is_there = await asyncio.to_thread(path.is_file)
            return FoundPicture(picture, position, path) if is_there else None
    return None
