"""Whatever happens to pictures, the database knows what a simple model knows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from core.image_rows import Blob, Place, Seen, Stored
from core.images import ImageFailure, ImageKind, ImageLink
from core.pictures import Size
from storage.tables import image_places, images, renditions
from tests.factories import NOW

KEYS = [f"/p/{number}" for number in range(3)]
KINDS = [ImageKind.USER, ImageKind.POST]
OWNERS, CAMPAIGNS, SLOTS = ["1", "2"], ["c1", "c2"], ["0", "1"]
PLACES = [Place(kind=k, owner_id=o, slot=s) for k in KINDS for o in OWNERS for s in SLOTS]
CONTENTS = range(3)
DIGESTS = sorted({f"{letter}{number}" for letter in "fam" for number in CONTENTS})


def stored(content: int) -> Stored:
    """A file and its sizes; of three files, two have the same smallest size."""
    sizes = {
        Size.AVATAR: Blob(digest=f"a{content % 2}", size_bytes=10 + content % 2),
        Size.FULL: Blob(digest=f"m{content}", size_bytes=100 + content),
    }
    file = Blob(digest=f"f{content}", size_bytes=1_000 + content)
    return Stored(file=file, media_type="image/png", width=5, height=5, sizes=sizes)


SIZES = {
    blob.digest: blob.size_bytes
    for content in CONTENTS
    for blob in (stored(content).file, *stored(content).sizes.values())
}


@dataclass
class Row:
    url: str | None
    expires_at: datetime | None
    due_at: datetime | None
    digest: str | None = None
    attempts: int = 0
    failure: ImageFailure | None = None
    used_at: datetime | None = None


@dataclass
class Model:
    rows: dict[str, Row] = field(default_factory=dict)
    places: dict[Place, tuple[str, str]] = field(default_factory=dict)
    made: dict[str, dict[Size, Blob]] = field(default_factory=dict)

    def belongs(self, key, campaigns=CAMPAIGNS, kinds=KINDS):
        return any(
            at == key and campaign in campaigns and place.kind in kinds
            for place, (at, campaign) in self.places.items()
        )

    def see(self, now, kind, owner, campaign, links):
        for link in {link.key: link for link in links.values()}.values():
            row = self.rows.get(link.key)
            if row is None:
                self.rows[link.key] = Row(link.url, link.expires_at, now)
                continue
            is_fresher = row.url is None or (
                link.expires_at is not None
                and (row.expires_at is None or link.expires_at > row.expires_at)
            )
            if row.digest is None and is_fresher:
                row.url, row.expires_at = link.url, link.expires_at
                if row.due_at is not None and row.failure in (None, ImageFailure.EXPIRED):
                    row.due_at = now
        for place in [p for p in self.places if (p.kind, p.owner_id) == (kind, owner)]:
            del self.places[place]
        for slot, link in links.items():
            self.places[Place(kind=kind, owner_id=owner, slot=slot)] = link.key, campaign

    def keep(self, now, kept):
        for key, file in kept.items():
            used_at = self.rows[key].used_at or now
            expires_at = self.rows[key].expires_at
            self.rows[key] = Row(None, expires_at, None, file.file.digest, used_at=used_at)
            self.made[file.file.digest] = dict(file.sizes)

    def fail(self, key, failure, due_at, forget_url):
        row = self.rows[key]
        row.failure, row.due_at, row.attempts = failure, due_at, row.attempts + 1
        row.url = None if forget_url else row.url

    def want(self, now, campaign, kinds, with_files):
        wanted = [
            row
            for key, row in self.rows.items()
            if self.belongs(key, [campaign], kinds) and (with_files or row.digest is None)
        ]
        for row in wanted:
            row.due_at, row.attempts = now, 0
        return len(wanted)

    def lose(self, now, digest):
        lost = [
            row
            for row in self.rows.values()
            if row.digest is not None and digest in self.files_of(row.digest)
        ]
        for row in lost:
            row.digest, row.due_at, row.attempts = None, now, 0
        return len(lost)

    def files_of(self, source):
        return {source} | {blob.digest for blob in self.made.get(source, {}).values()}

    def drop(self, keys):
        before = {row.digest for key, row in self.rows.items() if key in keys} - {None}
        for key in keys & self.rows.keys():
            row = self.rows[key]
            row.digest = row.due_at = row.url = None
        unused = before - {row.digest for row in self.rows.values()}
        candidates = {file for source in unused for file in self.files_of(source)}
        for source in unused:
            self.made.pop(source, None)
        return sorted(candidates - self.used())

    def tidy(self):
        sources = {row.digest for row in self.rows.values()}
        self.made = {source: sizes for source, sizes in self.made.items() if source in sources}
        gone = [k for k, row in self.rows.items() if row.digest is None and not self.belongs(k)]
        for key in gone:
            del self.rows[key]
        return len(gone)

    def used(self):
        digests = {row.digest for row in self.rows.values()} - {None}
        return {file for digest in digests for file in self.files_of(digest)}

    def size_bytes(self):
        files = {
            row.digest: 1_000 + int(row.digest[1:]) for row in self.rows.values() if row.digest
        }
        for sizes in self.made.values():
            files |= {blob.digest: blob.size_bytes for blob in sizes.values()}
        return sum(files.values())

    def due(self, now, kinds):
        found = [
            (row.due_at, key)
            for key, row in self.rows.items()
            if row.due_at is not None and row.due_at <= now and self.belongs(key, kinds=kinds)
        ]
        return [key for _, key in sorted(found)]

    def stale(self, before):
        return {
            key for key, row in self.rows.items() if row.digest is not None and row.used_at < before
        }


hours = st.integers(-3, 6)
keys = st.sampled_from(KEYS)
links = st.dictionaries(st.sampled_from(SLOTS), st.tuples(keys, st.none() | hours))
OPERATIONS = st.one_of(
    st.tuples(st.just("see"), st.sampled_from(KINDS), st.sampled_from(OWNERS),
              st.sampled_from(CAMPAIGNS), links),
    st.tuples(st.just("keep"), st.dictionaries(keys, st.sampled_from(CONTENTS), min_size=1)),
    st.tuples(st.just("fail"), keys, st.sampled_from([ImageFailure.EXPIRED, ImageFailure.GONE]),
              st.none() | hours, st.booleans()),
    st.tuples(st.just("want"), st.sampled_from(CAMPAIGNS),
              st.lists(st.sampled_from(KINDS), min_size=1, unique=True), st.booleans()),
    st.tuples(st.just("lose"), st.sampled_from(DIGESTS)),
    st.tuples(st.just("drop"), st.frozensets(keys)),
    st.tuples(st.just("touch"), keys),
    st.tuples(st.just("tidy")),
)  # fmt: skip


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(operations=st.lists(OPERATIONS, min_size=5, max_size=30))
async def test_pictures_are_what_a_simple_model_says(store, operations):
    assert await compared(store, operations) == len(operations)


async def compared(store, operations):
    """Do it all here and in the model; gives after how many operations both were the same."""
    model, same = Model(), 0
    async with store.write() as work:
        for table in (image_places, images, renditions):
            await work.images._connection.run(delete(table))
    for number, (name, *values) in enumerate(operations):
        now = NOW + timedelta(hours=number)
        async with store.write() as work:
            told = await OPERATE[name](work.images, model, now, *values)
            assert told is None or told[0] == told[1], (name, told)
        async with store.read() as work:
            await compare(work.images, model, now)
        same += 1
    return same


async def see(images, model, now, kind, owner, campaign, chosen):
    given = {
        slot: ImageLink(
            url=f"https://x{key}?{at}",
            key=key,
            expires_at=None if at is None else now + timedelta(hours=at),
        )
        for slot, (key, at) in chosen.items()
    }
    by_key = {link.key: link for link in given.values()}
    given = {slot: by_key[link.key] for slot, link in given.items()}
    new = len(by_key.keys() - model.rows.keys())
    seen = Seen(kind=kind, owner_id=owner, campaign_id=campaign, links=given)
    model.see(now, kind, owner, campaign, given)
    return await images.see([seen], public_key=lambda key: "public" + key, at=now), new


async def keep(images, model, now, chosen):
    kept = {key: stored(content) for key, content in chosen.items() if key in model.rows}
    model.keep(now, kept)
    await images.keep(kept, at=now)


async def fail(images, model, now, key, failure, hours, forget_url):
    due_at = None if hours is None else now + timedelta(hours=hours)
    if key in model.rows:
        model.fail(key, failure, due_at, forget_url)
    await images.fail(key, failure, due_at=due_at, forget_url=forget_url)


async def want(images, model, now, campaign, kinds, with_files):
    wanted = model.want(now, campaign, kinds, with_files)
    return await images.want([campaign], kinds, at=now, with_files=with_files), wanted


async def lose(images, model, now, digest):
    return await images.lose([digest], at=now), model.lose(now, digest)


async def drop(images, model, now, chosen):
    files = await images.drop(sorted(chosen))
    assert all(file.size_bytes == SIZES[file.digest] for file in files)
    return [file.digest for file in files], model.drop(chosen)


async def touch(images, model, now, key):
    if key in model.rows:
        model.rows[key].used_at = now
    await images.touch([key], at=now)


async def tidy(images, model, now):
    return await images.tidy(), model.tidy()


OPERATE = {each.__name__: each for each in (see, keep, fail, want, lose, drop, touch, tidy)}


async def compare(images, model, now):
    rows = await images.of(PLACES)
    assert {place: (row.key, row.campaign_id) for place, row in rows.items()} == model.places
    for row in rows.values():
        known = model.rows[row.key]
        assert (row.url, row.expires_at, row.due_at, row.digest, row.attempts, row.failure) == (
            known.url, known.expires_at, known.due_at, known.digest, known.attempts, known.failure,
        )  # fmt: skip
        assert (await images.by_public_key("public" + row.key)).key == row.key
        for size in (Size.AVATAR, Size.FULL):
            made = model.made.get(known.digest, {}).get(size)
            assert await images.file_of(row.key, size) == made
    for kinds in (KINDS, KINDS[:1]):
        due = await images.due(now, limit=100, kinds=kinds)
        assert [row.key for row in due] == model.due(now, kinds)
        assert {row.kind for row in due} <= set(kinds)
    waiting = [r.due_at for k, r in model.rows.items() if r.due_at and model.belongs(k)]
    assert await images.next_due() == min(waiting, default=None)
    assert set(await images.stale(now, limit=100)) == model.stale(now)
    assert await images.used(DIGESTS) == model.used()
    assert await images.size_bytes() == model.size_bytes()


SEE = ("see", KINDS[0], "1", "c1")
GIVEN_UP = [
    (*SEE, {"0": (KEYS[0], 1)}),
    ("fail", KEYS[0], ImageFailure.EXPIRED, None, True),
    (*SEE, {"0": (KEYS[0], 6)}),
]
REPLACED = [
    (*SEE, {"0": (KEYS[0], 1)}),
    ("keep", {KEYS[0]: 0}),
    ("keep", {KEYS[0]: 1}),
    ("tidy",),
]
SHARED = [
    (*SEE, {"0": (KEYS[0], 1), "1": (KEYS[1], 1)}),
    ("keep", {KEYS[0]: 0, KEYS[1]: 2}),
    ("drop", frozenset(KEYS[:1])),
    ("lose", "a0"),
]


@pytest.mark.parametrize("operations", [GIVEN_UP, REPLACED, SHARED])
async def test_rare_turns_are_what_the_model_says(store, operations):
    assert await compared(store, operations) == len(operations)
