"""Backup and restore of pictures: the files that the rows name, each whole or left out."""

import io
import re
import shutil
import tarfile
import tracemalloc
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bot.backups.age import AgeReader, AgeWriter
from bot.backups.age_keys import PrivateKey
from bot.backups.archive import ArchiveReader, ArchiveWriter
from bot.backups.make import make
from bot.backups.pictures import NamedPictures, bringing, copy_pictures
from bot.backups.prove import prove
from bot.backups.records import Pictures
from bot.backups.restore import restore
from bot.backups.tar import ABOUT, KEYS, SUMS, header
from bot.database import open_store
from core.drafts import Content, DraftPicture
from core.errors import BotError, PermanentError, TemporaryError, UserError
from core.image_rows import Place
from core.images import ImageKind
from core.pictures import Size
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from storage.shelf import Shelf
from storage.store import SqlStore
from tests.bot.keeping import config_for, everything_in, fill, hang, keys_of, make_key, shown
from tests.factories import NOW, FakeClock
from tests.flows.pictures import open_pictures
from tests.storage.test_drafts_storage import draft, form
from tests.storage.test_migrations import execute

KEY = PrivateKey.new()
LATER = NOW + timedelta(hours=1)
CONTENTS = (b"first", b"second" * 50_000, b"third!" * 100)
ALL = Pictures(files=6, size_bytes=2 * sum(map(len, CONTENTS)))
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def config(database_url, tmp_path):
    config = config_for(database_url, tmp_path)
    make_key(config)
    await fill(config, members=3)
    return config


async def backed_up(config, folder):
    return (await make(config, folder, KEY.public, now=NOW)).path


def place_of(config, digest):
    return Shelf(Path(config.images.folder)).path_of(digest)


def tar_in(path):
    with path.open("rb") as file:
        return AgeReader(file, KEY).read(2**30)


def resealed(path, data):
    """Write an archive into a backup of its own."""
    whole = io.BytesIO()
    sealed = AgeWriter(whole, [KEY.public])
    sealed.write(data)
    sealed.finish()
    other = path.with_name("tampered.age")
    other.write_bytes(whole.getvalue())
    return other


async def test_pictures_come_back_with_their_rows(config, tmp_path):
    await hang(config, *CONTENTS)
    before, files = await everything_in(config), shown(config)
    made = await make(config, tmp_path, KEY.public, now=NOW)
    shutil.rmtree(config.images.folder)
    url = config.database.url.get_secret_value()
    await execute(url, "DELETE FROM renditions", "DELETE FROM image_places", "DELETE FROM images")

    done = await restore(config, made.path, KEY, now=LATER)

    assert await everything_in(config) == before
    assert shown(config) == files
    assert made.pictures == done.pictures == ALL


@pytest.mark.parametrize("is_earlier", [False, True], ids=["now", "at first"])
async def test_an_uploaded_picture_of_a_post_is_backed_up(config, tmp_path, is_earlier):
    content = b"uploaded" * 1_000
    digest = await Shelf(Path(config.images.folder)).add(content)
    if is_earlier:
        earlier = Path(config.images.folder) / digest[:2] / digest[2:4]
        earlier.mkdir(parents=True)
        place_of(config, digest).rename(earlier / digest)
    picture = DraftPicture(
        digest=digest, name="a.png", media_type="image/png", size_bytes=len(content)
    )
    async with open_store(config) as store, store.write() as work:
        await work.drafts.add(
            draft(content=Content(title="News", parts=("New.",), pictures=(picture,)))
        )
    path = await backed_up(config, tmp_path)
    shutil.rmtree(config.images.folder)

    done = await restore(config, path, KEY, now=LATER)

    assert place_of(config, digest).read_bytes() == content
    assert done.pictures.files == 1


async def test_a_picture_of_a_form_that_was_not_used_is_backed_up(config, tmp_path):
    shelf = Shelf(Path(config.images.folder))
    kept, used = await shelf.add(b"kept" * 1_000), await shelf.add(b"used" * 1_000)
    async with open_store(config) as store, store.write() as work:
        made = await work.drafts.add(draft())
        for number, digest in ((5001, kept), (5002, used)):
            await work.submissions.add(form(number))
            await work.submissions.fill(number, {"title": "News"}, digests=[digest])
        await work.submissions.use([5002], draft_id=made.id)
    path = await backed_up(config, tmp_path)
    shutil.rmtree(config.images.folder)

    done = await restore(config, path, KEY, now=LATER)

    assert place_of(config, kept).read_bytes() == b"kept" * 1_000
    assert done.pictures.files == 1
    async with open_store(config) as store, store.read() as work:
        assert await work.submissions.which_kept([kept, used]) == {kept}


@on_sqlite
async def test_pictures_go_into_the_folder_of_the_machine_that_restores(config, tmp_path):
    await hang(config, *CONTENTS)
    path, files = await backed_up(config, tmp_path), shown(config)
    images = config.images.model_copy(update={"folder": str(tmp_path / "other" / "shelf")})
    other = config.model_copy(update={"images": images})

    await restore(other, path, KEY, now=LATER)

    assert shown(other) == files


@asynccontextmanager
async def gallery_of(config, server, clock):
    store = SqlStore(config.database.url.get_secret_value(), keys=keys_of(config), clock=clock)
    try:
        async with open_pictures(server, store, clock, Path(config.images.folder)) as pictures:
            yield pictures
    finally:
        await store.close()


async def test_what_was_restored_is_shown_and_what_was_missing_is_fetched_again(config, tmp_path):
    clock = FakeClock()
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=2, posts=1)
    here, lost = (Place(kind=ImageKind.USER, owner_id=owner) for owner in ("7", "8"))
    async with PatreonServer(world, limits=Limits.off()) as server:
        async with gallery_of(config, server, clock) as pictures:
            await pictures.see(
                *(pictures.seen(place.kind, place.owner_id) for place in (here, lost))
            )
            await pictures.gallery.fetch_due()
            before = [await pictures.show(place) for place in (here, lost)]
            async with pictures.store.read() as work:
                rows = await work.images.of([here, lost])
                digest = (await work.images.file_of(rows[lost].key, Size.AVATAR)).digest
        place_of(config, digest).unlink()
        made = await make(config, tmp_path, KEY.public, now=NOW)
        shutil.rmtree(config.images.folder)
        await restore(config, made.path, KEY, now=LATER)
        async with gallery_of(config, server, clock) as pictures:
            asked = pictures.requests()
            shown_here = await pictures.show(here)
            asked_for_here = pictures.requests() - asked
            await pictures.show(lost)
            await pictures.gallery.fetch_due()
            shown_lost = await pictures.show(lost)
            asked_for_lost = pictures.requests() - asked

    assert made.pictures.missing == 1
    assert [shown_here, shown_lost] == before
    assert (asked_for_here, asked_for_lost) == (0, 1)


async def test_missing_and_damaged_files_are_left_out_and_counted(config, tmp_path):
    gone, damaged, whole, *_ = await hang(config, *CONTENTS)
    place_of(config, gone).unlink()
    place_of(config, damaged).write_bytes(b"second" * 49_999 + b"sEcond")

    made = await make(config, tmp_path, KEY.public, now=NOW)

    assert made.pictures.files == 4
    assert made.pictures.missing == 2
    data = tar_in(made.path)
    assert names_in(data).isdisjoint({f"images/{gone}", f"images/{damaged}"})
    assert f"images/{whole}" in names_in(data)
    assert place_of(config, damaged).exists()


def names_in(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return set(tar.getnames())


async def test_files_that_no_picture_has_any_more_are_not_missed(config, tmp_path):
    await hang(config, *CONTENTS)
    url = config.database.url.get_secret_value()
    await execute(url, "UPDATE images SET digest = NULL")
    await Shelf(Path(config.images.folder)).add(b"nobody names it")

    made = await make(config, tmp_path, KEY.public, now=NOW)

    assert made.pictures == Pictures()


@on_sqlite
async def test_a_picture_that_two_rows_name_is_there_once(config, tmp_path):
    await hang(config, b"aa", b"aa")

    made = await make(config, tmp_path, KEY.public, now=NOW)

    assert made.pictures == Pictures(files=1, size_bytes=2)


@on_sqlite
async def test_a_backup_without_pictures_is_as_before_and_makes_no_folder(config, tmp_path):
    path = await backed_up(config, tmp_path)
    data = tar_in(path)

    done = await restore(config, path, KEY, now=LATER)

    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        sums = tar.extractfile(SUMS).read()
    assert not any(name.startswith("images/") for name in names_in(data))
    assert b"pictures" not in sums
    assert done.pictures == Pictures()
    assert not Path(config.images.folder).exists()


@on_sqlite
async def test_a_file_that_is_there_is_not_written_again_and_a_damaged_one_is(config, tmp_path):
    kept, damaged, gone, *_ = await hang(config, *CONTENTS)
    files = shown(config)
    path = await backed_up(config, tmp_path)
    place_of(config, damaged).write_bytes(b"x")
    place_of(config, gone).unlink()
    before = place_of(config, kept).stat()

    await restore(config, path, KEY, now=LATER)

    after = place_of(config, kept).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert shown(config) == files


def with_one_byte_changed(data):
    place = data.index(b"third!" * 9)
    return data[:place] + b"T" + data[place + 1 :]


def first_picture(data):
    """Where the first picture begins and ends, with its header."""
    start = re.search(rb"images/[0-9a-f]{64}\0", data).start()
    size = int(data[start + 124 : start + 135], 8)
    return start, start + 512 + size + -size % 512


def without_a_picture(data):
    start, end = first_picture(data)
    return data[:start] + data[end:]


def with_a_picture_twice(data):
    start, end = first_picture(data)
    return data[:end] + data[start:]


def with_one_more(data):
    content, start = b"nobody counted it", data.index(b"sums.json\0")
    name = "images/" + "f" * 3 + sha256(content).hexdigest()[3:]
    return data[:start] + header(name, len(content)) + content.ljust(512, b"\0") + data[start:]


def with_rows_behind(data):
    start = data.index(b"sums.json\0")
    return data[:start] + header("rows/tiers/000009.jsonl", 0) + data[start:]


def cut_in_a_picture(data):
    return data[: data.index(b"secondsecond") + 70_000]


def with_a_huge_picture(data):
    start, _ = first_picture(data)
    name = data[start : start + 71].decode()
    return data[:start] + header(name, 2**26) + data[start + 512 :]


TAMPERED = {
    with_one_byte_changed: "not what its name says",
    without_a_picture: "not as many as its sums say",
    with_a_picture_twice: "twice, or out of its order",
    with_one_more: "not what its name says",
    with_rows_behind: "among the backup's pictures",
    cut_in_a_picture: "ends too early",
    with_a_huge_picture: "no place in it",
}


@pytest.mark.parametrize("change", TAMPERED)
@on_sqlite
async def test_a_backup_whose_pictures_are_not_whole_replaces_and_leaves_nothing(
    config, tmp_path, change
):
    await hang(config, *CONTENTS)
    path = await backed_up(config, tmp_path)
    place_of(config, sha256(CONTENTS[0]).hexdigest()).unlink()
    path = resealed(path, change(tar_in(path)))
    before, files = await everything_in(config), shown(config)

    with pytest.raises(UserError, match=TAMPERED[change]):
        await prove(path, KEY, scratch=tmp_path)
    with pytest.raises(UserError, match=TAMPERED[change]):
        await restore(config, path, KEY, now=LATER)

    assert await everything_in(config) == before
    assert shown(config) == files


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_damaged_picture_replaces_and_leaves_nothing_on_a_server(config, tmp_path):
    await hang(config, *CONTENTS)
    path = await backed_up(config, tmp_path)
    path = resealed(path, with_one_byte_changed(tar_in(path)))
    shutil.rmtree(config.images.folder)
    before = await everything_in(config)

    with pytest.raises(UserError, match="not what its name says"):
        await restore(config, path, KEY, now=LATER)

    assert await everything_in(config) == before
    assert shown(config) == {}


@on_sqlite
async def test_a_folder_that_cannot_be_written_is_told_with_its_option(config, tmp_path):
    await hang(config, *CONTENTS)
    path = await backed_up(config, tmp_path)
    shutil.rmtree(config.images.folder)
    Path(config.images.folder).write_text("a file")
    before = await everything_in(config)

    with pytest.raises(PermanentError, match=r"images\.folder.*Nothing was replaced"):
        await restore(config, path, KEY, now=LATER)

    assert await everything_in(config) == before


async def test_pictures_that_go_while_they_are_copied_are_only_missing(config, tmp_path):
    digests = sorted(await hang(config, *CONTENTS))
    at = 0

    def drop():
        nonlocal at
        at += 1
        if not place_of(config, digests[-1]).exists():
            return
        if list(tmp_path.glob(".patreon-bot-*")) and at > 3:
            place_of(config, digests[-1]).unlink()

    made = await make(config, tmp_path, KEY.public, now=NOW, beat=drop)

    assert (made.pictures.files, made.pictures.missing) == (5, 1)


def test_a_picture_that_changes_while_it_is_copied_ends_the_backup():
    archive = ArchiveWriter(io.BytesIO())

    with pytest.raises(TemporaryError, match="changed while it was copied"):
        archive.add_picture(sha256(b"a").hexdigest(), 1, [b"b"])
    with pytest.raises(TemporaryError, match="changed while it was copied"):
        archive.add_picture(sha256(b"ab").hexdigest(), 1, [b"ab"])


async def test_the_bytes_of_pictures_are_never_all_in_memory(tmp_path):
    shelf, named = Shelf(tmp_path / "from"), NamedPictures()
    for number in range(40):
        digest = await shelf.add(bytes([number]) * 2**20)
        named.see("images", ["key", "digest"], [["x", digest]])
    path = tmp_path / "archive"

    tracemalloc.start()
    try:
        with path.open("wb") as file:
            archive = ArchiveWriter(sealed := AgeWriter(file, [KEY.public]))
            archive.add(ABOUT, ABOUT_NOTHING)
            archive.add(KEYS, b"a key")
            assert copy_pictures(named, shelf, archive, beat=lambda: None) == 0
            archive.finish({})
            sealed.finish()
        with path.open("rb") as file:
            reader = ArchiveReader(AgeReader(file, KEY))
            assert [name for name, _ in reader.files()] == [KEYS]
            async with bringing(tmp_path / "to") as bringer:
                for digest, pieces in reader.pictures():
                    await bringer.put(digest, pieces)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert reader.sums.pictures == Pictures(files=40, size_bytes=40 * 2**20)
    assert len(list((tmp_path / "to").glob("?/?/*"))) == 40
    assert peak < 4 * 2**20


ABOUT_NOTHING = b'{"format":1,"bot":"1","made_at":"now","revision":"0001","tables":{}}'


@on_sqlite
async def test_every_cut_and_change_of_a_backup_with_pictures_is_noticed(config, tmp_path):
    await hang(config, *CONTENTS)
    data = (await backed_up(config, tmp_path)).read_bytes()
    other = tmp_path / "damaged.age"
    step = len(data) // 7

    for place in range(11, len(data), step):
        for content in (data[:place], data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]):
            other.write_bytes(content)
            with pytest.raises(BotError):
                await prove(other, KEY, scratch=tmp_path)


async def test_no_byte_of_a_picture_can_be_read_in_a_backup(config, tmp_path):
    await hang(config, b"a picture to recognise" * 10)

    data = (await backed_up(config, tmp_path)).read_bytes()

    assert b"to recognise" not in data
