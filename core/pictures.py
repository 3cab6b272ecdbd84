"""Pictures as people see them: sizes that are made once, and who makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from core.errors import PermanentError
from core.images import ImageKind


class Size(Enum):
    """A size that pictures are made in, as WebP; none is ever enlarged."""

    AVATAR = "avatar"
    CARD = "card"
    FULL = "full"


class NotAPicture(PermanentError):  # noqa: N818  the name says what was found
    """What was fetched cannot be shown: it is broken, too large, or something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A picture that was decoded: its own size in pixels, and WebP files by size."""

    width: int
    height: int
    frames: int
    sizes: Mapping[Size, bytes]


class Imager(Protocol):
    """Decodes what strangers sent, away from the bot."""

    async def render(self, source: Path, sizes: Sequence[Size] = tuple(Size)) -> Rendered:
        """Decode the file and make it in `sizes`; of a moving picture, its first frame.

        Raises:
            NotAPicture: it cannot be decoded, is none of the admitted types, or has too many
                pixels or frames.
            TemporaryError: the worker died or took too long; another try may do.
        """

    async def clean(self, source: Path, *, most_bytes: int) -> bytes:
        """Give the file without what it tells beside its pixels, upright, of the same type.

        Places, times, names, comments and thumbnails go; the colour profile and the movement stay.
        The pixels are those of the file unless it has to be turned: then a JPEG is encoded anew.
        The same file gives the same bytes, and what was cleaned stays as it is. A moving picture
        is not turned.

        Raises:
            NotAPicture: it cannot be decoded, is none of PNG, JPEG, GIF and WebP, has too many
                pixels or frames, or takes more than `most_bytes` in the end.
            TemporaryError: the worker died or took too long; another try may do.
        """

    async def initials(self, text: str, size: Size) -> bytes | None:
        """Draw one or two letters on a coloured ground as WebP.

        The same text has the same colour. None: the typeface lacks a letter.
        """

    async def placeholder(self, kind: ImageKind, size: Size) -> bytes:
        """Draw what stands where a picture of `kind` cannot be had, as WebP."""
