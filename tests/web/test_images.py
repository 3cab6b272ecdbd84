"""Pictures over HTTP: to whoever knows the key, for good, in parts, or what stands in for them."""

import asyncio
import json
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import pytest
from multidict import CIMultiDictProxy
from PIL import Image

from core.image_rows import Place
from core.images import ImageKind
from core.pictures import Size
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from tests import factories
from tests.flows.pictures import CAMPAIGN, open_pictures, public_key
from web.images import MOST_WAITS

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

USER, POST, TIER = ImageKind.USER, ImageKind.POST, ImageKind.TIER
UNKNOWN = "/images/" + "0" * 32


@pytest.fixture
async def pictures(store, clock, tmp_path):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=1, posts=1)
    async with (
        PatreonServer(world, limits=Limits.off()) as server,
        open_pictures(server, store, clock, tmp_path / "images") as pictures,
    ):
        yield pictures


@pytest.fixture
async def site(serve, pictures):
    return await serve(gallery=pictures.gallery)


@pytest.fixture
async def address(pictures):
    """The address of a member's picture that was fetched."""
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    return f"/images/{public_key(pictures.link(USER, '7').key)}"


@dataclass
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    content_type: str
    content: bytes


async def get(site, path, **options):
    async with site.client.get(site.url(path), **options) as response:
        content = await response.read()
        return Answer(response.status, response.headers, response.content_type, content)


async def content_of(pictures, size=Size.FULL):
    return await pictures.show(Place(kind=USER, owner_id="7"), size)


@pytest.mark.parametrize("size", list(Size))
async def test_a_picture_is_webp_that_may_be_kept_for_good(site, pictures, address, size):
    response = await get(site, f"{address}?size={size.value}")

    content = response.content
    assert (response.status, response.content_type) == (200, "image/webp")
    assert content == await content_of(pictures, size)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["ETag"] == f'"{sha256(content).hexdigest()}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_without_a_size_the_largest_is_given(site, pictures, address):
    response = await get(site, address)

    assert response.content == await content_of(pictures, Size.FULL)


async def test_head_tells_everything_but_the_picture(site, pictures, address):
    content = await content_of(pictures)

    async with site.client.head(site.url(address), headers={"Range": "bytes=0-9"}) as response:
        assert response.status == 200
        assert int(response.headers["Content-Length"]) == len(content)
        assert response.headers["ETag"] == f'"{sha256(content).hexdigest()}"'
        assert await response.read() == b""


@pytest.mark.parametrize("form", ['"{0}"', 'W/"{0}"', '"other", "{0}"', "*"])
async def test_who_has_the_picture_already_is_sent_nothing(site, pictures, address, form):
    digest = sha256(await content_of(pictures)).hexdigest()

    response = await get(site, address, headers={"If-None-Match": form.format(digest)})

    assert (response.status, response.content) == (304, b"")
    assert response.headers["ETag"] == f'"{digest}"'


@pytest.mark.parametrize("known", ['"other"', "garbage", ""])
async def test_who_has_another_picture_is_sent_this_one(site, address, known):
    response = await get(site, address, headers={"If-None-Match": known})

    assert response.status == 200


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-0", slice(0, 1)), ("bytes=5-9", slice(5, 10)), ("bytes=5-", slice(5, None)),
     ("bytes=-7", slice(-7, None)), ("bytes=3-999999", slice(3, None))],
)  # fmt: skip
async def test_a_part_is_sent_as_a_part(site, pictures, address, wanted, part):
    content = await content_of(pictures)

    response = await get(site, address, headers={"Range": wanted})

    first = content.index(content[part]) if part.start is None else range(len(content))[part][0]
    expected = content[part]
    assert (response.status, response.content) == (206, expected)
    end = first + len(expected) - 1
    assert response.headers["Content-Range"] == f"bytes {first}-{end}/{len(content)}"


@pytest.mark.parametrize("wanted", ["bytes=999999-", "bytes=-0", "bytes=999999-9999999"])
async def test_a_part_that_is_not_there_is_refused(site, pictures, address, wanted):
    response = await get(site, address, headers={"Range": wanted})

    assert response.status == 416
    assert response.headers["Content-Range"] == f"bytes */{len(await content_of(pictures))}"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("wanted", ["bytes=0-1,3-4", "lines=1-2", "bytes=9-5", "bytes=-", "x"])
async def test_a_range_that_is_not_understood_is_overlooked(site, pictures, address, wanted):
    response = await get(site, address, headers={"Range": wanted})

    assert (response.status, response.content) == (200, await content_of(pictures))


async def test_a_part_is_only_sent_of_the_picture_that_was_meant(site, pictures, address):
    digest = sha256(await content_of(pictures)).hexdigest()
    statuses = []
    for meant in (f'"{digest}"', '"other"', f'W/"{digest}"', "Sat, 01 Jan 2022 00:00:00 GMT"):
        headers = {"Range": "bytes=0-4", "If-Range": meant}
        statuses.append((await get(site, address, headers=headers)).status)

    assert statuses == [206, 200, 200, 200]


@pytest.mark.parametrize("query", ["size=huge", "size=", "size=AVATAR", "or=bot", "or="])
async def test_what_is_no_size_or_kind_is_refused(site, address, query):
    assert (await get(site, f"{address}?{query}")).status == 400


@pytest.mark.parametrize(
    "path", [UNKNOWN, UNKNOWN + "?size=avatar", "/images/short", "/images/" + "%2e" * 32]
)
async def test_what_nobody_knows_is_nothing(site, path):
    response = await get(site, path)

    assert response.status == 404
    assert json.loads(response.content) == {"error": "There is nothing at this address."}


@pytest.mark.parametrize("kind", list(ImageKind))
@pytest.mark.parametrize("path", [UNKNOWN, "/images/none"])
async def test_where_a_page_shows_it_a_placeholder_stands_in_and_is_not_kept(
    site, pictures, path, kind
):
    response = await get(site, f"{path}?size=card&or={kind.value}")

    assert (response.status, response.content_type) == (200, "image/webp")
    assert response.content == await pictures.gallery.placeholder(kind, Size.CARD)
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


async def test_a_picture_that_is_missing_is_fetched_for_who_asks(site, pictures):
    await pictures.see(pictures.seen(USER, "7"))

    response = await get(site, f"/images/{public_key(pictures.link(USER, '7').key)}?size=avatar")

    assert response.status == 200
    assert response.content == await content_of(pictures, Size.AVATAR)
    assert "immutable" in response.headers["Cache-Control"]


async def test_a_picture_that_cannot_be_had_is_the_placeholder_of_its_kind(site, pictures):
    await pictures.see(pictures.seen(TIER, "9"))
    key = public_key(pictures.link(TIER, "9").key)
    await pictures.server.close()

    for query in ("size=avatar", "size=avatar&or=user"):
        response = await get(site, f"/images/{key}?{query}")

        assert response.status == 200
        assert response.content == await pictures.gallery.placeholder(TIER, Size.AVATAR)
        assert response.headers["Cache-Control"] == "no-store"


async def test_a_lost_file_is_noticed_and_fetched_again(site, pictures, address):
    before = await content_of(pictures)
    for path in pictures.files():
        path.unlink()

    response = await get(site, address)

    assert (response.status, response.content) == (200, before)


async def test_of_many_strangers_only_a_few_wait_for_a_fetch(serve, pictures):
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(20)))
    slow = SlowGallery(pictures.gallery)
    site = await serve(gallery=slow)
    keys = [public_key(pictures.link(USER, str(number)).key) for number in range(20)]
    asked = asyncio.gather(*(get(site, f"/images/{key}?size=avatar") for key in keys))

    async with asyncio.timeout(10):
        while slow.read < 20:
            await asyncio.sleep(0.01)
    slow.go_on.set()
    responses = await asked

    kept = ["immutable" in response.headers["Cache-Control"] for response in responses]
    assert (slow.most, sum(kept)) == (MOST_WAITS, MOST_WAITS)
    assert {response.status for response in responses} == {200}


class SlowGallery:
    """A gallery whose fetches wait until told, and that counts them."""

    def __init__(self, gallery):
        self._gallery = gallery
        self.go_on = asyncio.Event()
        self.read = self.most = self._now = 0

    def __getattr__(self, name):
        return getattr(self._gallery, name)

    async def show(self, row, size, *, fetch=True):
        if not fetch:
            content = await self._gallery.show(row, size, fetch=False)
            self.read += 1
            return content
        self._now += 1
        self.most = max(self.most, self._now)
        await self.go_on.wait()
        self._now -= 1
        return await self._gallery.show(row, size)


@pytest.mark.parametrize(("is_public", "status"), [(True, 200), (False, 404), (None, 404)])
async def test_pictures_of_posts_are_for_everybody_only_when_the_post_is(
    site, pictures, store, is_public, status
):
    await factories.save_campaign(store)
    if is_public is not None:
        async with store.write() as work:
            await work.posts.save(
                [factories.post(id="31", campaign_id=CAMPAIGN, is_public=is_public)]
            )
    await pictures.see(pictures.seen(POST, "31", "0"))
    await pictures.gallery.fetch_due()
    path = f"/images/{public_key(pictures.link(POST, '31', '0').key)}"

    response = await get(site, path)
    shown = await get(site, path + "?or=post&size=card")

    assert response.status == status
    placeholder = await pictures.gallery.placeholder(POST, Size.CARD)
    assert (shown.content == placeholder) is (status == 404)


async def test_showing_a_picture_often_writes_once(site, pictures, address, clock):
    row = await pictures.row(USER, "7")
    clock.advance(hours=1)
    before = clock()
    await get(site, address)
    clock.advance(minutes=5)
    await get(site, address)

    async with pictures.store.read() as work:
        seen_since = await work.images.stale(before, limit=10)
        not_noted_again = await work.images.stale(clock(), limit=10)

    assert (seen_since, not_noted_again) == ([], [row.key])


async def test_without_a_gallery_there_are_no_pictures(serve, address):
    assert (await get(await serve(), address)).status == 404


async def test_the_picture_that_comes_is_what_it_says(site, address):
    response = await get(site, f"{address}?size=avatar")

    image = Image.open(BytesIO(response.content))
    assert (image.format, image.size) == ("WEBP", (160, 160))
