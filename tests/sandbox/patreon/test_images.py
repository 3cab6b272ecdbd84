"""Image links: signed, expiring at midnight, and showing real pictures."""

import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.patreon import Limits, PatreonServer


@pytest.fixture
def link(world, server, campaign):
    return lambda: world.images.url("campaign", campaign.id, "eyJ3Ijo0MH0=")


async def fetch(session, url):
    async with session.get(url) as answer:
        return answer.status, answer.content_type, await answer.read()


def expiry(url):
    return datetime.fromtimestamp(int(url.split("token-time=")[1].split("&")[0]), UTC)


async def test_a_link_leads_to_a_real_png_of_the_wished_width(session, link):
    status, kind, png = await fetch(session, link())

    assert (status, kind) == (200, "image/png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    length = struct.unpack(">I", png[33:37])[0]
    assert (width, height) == (40, 40)
    assert len(zlib.decompress(png[41 : 41 + length])) == 40 * (1 + 3 * 40)


async def test_links_of_one_day_are_equal_and_expire_at_midnight(link, clock):
    first = link()
    clock.advance(timedelta(hours=11))
    same = link()
    clock.advance(timedelta(hours=2))
    next_day = link()

    assert first == same != next_day
    assert first.split("?")[0] == next_day.split("?")[0]
    assert expiry(first).time().isoformat() == "00:00:00"
    assert timedelta(days=13) < expiry(first) - clock() < timedelta(days=15)


async def test_a_link_that_expired_is_forbidden_and_a_fresh_one_works(session, link, clock):
    old = link()
    clock.advance(timedelta(days=15))

    assert (await fetch(session, old))[0] == 403
    assert (await fetch(session, link()))[0] == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda url: url.split("?")[0],
        lambda url: url.replace("token-hash=", "token-hash=A"),
        lambda url: url.replace("token-time=1", "token-time=2"),
        lambda url: url.replace("/1.png", "/2.png"),
        lambda url: url.replace("eyJ3Ijo0MH0%3D", "eyJ3Ijo5OX0%3D"),
    ],
)
async def test_a_link_cannot_be_made_up(session, link, spoil):
    url = link()
    assert spoil(url) != url

    assert (await fetch(session, spoil(url)))[0] == 403


async def test_a_new_picture_has_a_new_path(world, link, campaign):
    before = link()
    world.images.replace("campaign", campaign.id)

    assert link().split("?")[0] != before.split("?")[0]


async def test_avatars_live_until_2038(world, server):
    assert expiry(world.images.url("user", "1", "eyJ3IjoyMDB9")).year == 2038


async def test_a_post_carries_its_image_in_the_content(session, reader, world):
    post = world.publish_post("With a picture", with_image=True).post

    _, body = await reader.get(f"/posts/{post.id}", fields__post="content")

    source = body["data"]["attributes"]["content"].split('src="')[1].split('"')[0]
    assert (await fetch(session, source.replace("&amp;", "&")))[0] == 200


async def test_image_links_can_start_with_another_host(world, campaign, session):
    base = "https://c10.patreonusercontent.com"
    async with PatreonServer(world, limits=Limits.off(), image_base_url=base) as server:
        url = world.images.url("campaign", campaign.id, "eyJ3Ijo0MH0=")
        assert (server.image_base_url, server.image_host) == (base, "c10.patreonusercontent.com")
        assert url.startswith(base + "/4/patreon-media/p/campaign/")
        assert (await fetch(session, url.replace(base, server.url)))[0] == 200
