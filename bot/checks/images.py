"""Where pictures are kept: a folder that can be written, on a disk with room for them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.checks.files import is_writable
from bot.config import Config
from core.doctor.checks import Check
from core.doctor.rules import IMAGES, IMAGES_ROOM
from core.image_words import size_words

_MEGABYTE = 1024 * 1024


def free_on_disk(folder: Path) -> int:
    """Tell how many bytes are free where `folder` is or will be.

    Raises:
        OSError: the system does not say.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_images(config: Config, *, free: Callable[[Path], int] = free_on_disk) -> Iterator[Check]:
    """Check what `[images]` names. Changes nothing."""
    folder = Path(config.images.folder).absolute()
    if not is_writable(folder):
        yield IMAGES.fail(
            f"{folder} cannot be made, or not be written, so no picture is kept.",
            "Make it, let the bot's user write there, or change `images.folder` (IMAGES_FOLDER).",
        )
        yield IMAGES_ROOM.skip("The folder of the pictures cannot be used.")
        return
    if folder.exists():
        yield IMAGES.ok(f"{folder} can be written.")
    else:
        yield IMAGES.ok(f"{folder} will be made with the first picture.")
    yield _room(folder, config.images.max_megabytes * _MEGABYTE, free)


def _room(folder: Path, most: int, free: Callable[[Path], int]) -> Check:
    try:
        left = free(folder)
        more = most - _taken(folder, enough=most - left)
    except OSError:
        return IMAGES_ROOM.skip("This system does not say how much room there is.")
    if left < more:
        return IMAGES_ROOM.warn(
            f"{size_words(left)} are free on the disk of {folder}, where pictures may take "
            f"{size_words(more)} more.",
            "Make room there, lower `images.max_megabytes` (IMAGES_MAX_MEGABYTES), or move "
            "`images.folder` (IMAGES_FOLDER) to a larger disk.",
        )
    return IMAGES_ROOM.ok(f"The disk of {folder} has room for {size_words(most)} of pictures.")


def _taken(folder: Path, *, enough: int) -> int:
    """Add up the files in `folder`, until there are `enough` bytes."""
    taken = 0
    for place, _, names in os.walk(folder):
        if taken >= enough:
            break
        for name in names:
            try:
                taken += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118  a million of them
            except FileNotFoundError:
                continue
    return taken
