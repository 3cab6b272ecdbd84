"""Checks of the folder of the pictures, and of the room on its disk."""

from pathlib import Path

import pytest

from bot.checks.images import check_images, free_on_disk
from bot.checks.run import run_checks
from bot.load_config import load

MEGABYTE = 1024 * 1024


@pytest.fixture
def config(bot, tmp_path):
    bot.environ |= {"IMAGES_FOLDER": str(tmp_path / "images"), "IMAGES_MAX_MEGABYTES": "100"}
    return load(None, bot.environ)


def results(checks):
    return {check.id: check.result for check in checks}


def room(config, megabytes):
    _, check = check_images(config, free=lambda folder: megabytes * MEGABYTE)
    return check


def test_a_folder_that_is_not_there_yet_is_fine_and_is_not_made(config):
    found = list(check_images(config, free=lambda folder: 2**40))

    assert results(found) == {"files.images": "ok", "disk.images": "ok"}
    assert "will be made with the first picture" in found[0].found
    assert not Path(config.images.folder).exists()


def test_a_folder_that_cannot_be_written_is_a_problem_with_its_cure(config):
    Path(config.images.folder).write_text("a file")

    found = list(check_images(config))

    assert results(found) == {"files.images": "fail", "disk.images": "skip"}
    assert "`images.folder` (IMAGES_FOLDER)" in found[0].cure


def test_too_little_room_for_the_pictures_is_warned_of_with_its_cure(config):
    found = room(config, 99)

    assert found.result == "warn"
    assert "99.0 MB are free" in found.found
    assert "100.0 MB more" in found.found
    assert "images.max_megabytes" in found.cure
    assert room(config, 100).result == "ok"


def test_what_the_pictures_take_already_is_not_wanted_twice(config):
    place = Path(config.images.folder) / "ab" / "cd" / "file"
    place.parent.mkdir(parents=True)
    place.write_bytes(bytes(2 * MEGABYTE))

    assert room(config, 98).result == "ok"
    assert "98.0 MB more" in room(config, 97).found


def test_a_system_that_does_not_tell_its_room_is_no_problem(config):
    def unknown(folder):
        raise OSError

    _, found = check_images(config, free=unknown)

    assert found.result == "skip"


def test_the_room_is_that_of_the_disk_on_which_the_folder_will_be(config, tmp_path):
    assert free_on_disk(Path(config.images.folder) / "in") > 0


async def test_the_checks_at_the_terminal_tell_of_the_pictures(config):
    found = results(await run_checks(config, None, is_live=False))

    assert found["files.images"] == "ok"
    assert "disk.images" in found
