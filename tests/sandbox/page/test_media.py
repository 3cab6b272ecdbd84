"""Pictures and files come through the page's own server, from the stand-ins only."""

import pytest

from sandbox.discord.cdn import png
from sandbox.discord.records import Attachment


def _attach(sandbox, name: str, kind: str, content: bytes) -> str:
    world = sandbox.scene.world
    file = Attachment(world.ids.next(), name, kind, content, "")
    file.url = f"{world.cdn_url}/attachments/1/{file.id}/{name}"
    world.files[file.id] = file
    return file.url


async def test_a_picture_of_a_message_is_shown(sandbox, http):
    picture = png(1, 2, 3)
    url = _attach(sandbox, "a.png", "image/png", picture)

    async with http.get(f"{sandbox.page_url}media", params={"url": url}) as answer:
        assert answer.content_type == "image/png"
        assert await answer.read() == picture


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/javascript"])
async def test_a_file_that_could_run_is_only_offered_as_a_download(sandbox, http, kind):
    url = _attach(sandbox, "a.html", kind, b"<script>alert(1)</script>")

    async with http.get(f"{sandbox.page_url}media", params={"url": url}) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_picture_of_patreon_is_shown_while_its_link_lives(sandbox, http):
    images = sandbox.scene.campaigns.images
    from sandbox.patreon.images import AVATAR

    url = images.url("user", "1", AVATAR)
    async with http.get(f"{sandbox.page_url}media", params={"url": url}) as answer:
        assert answer.content_type == "image/png"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.com/a.png",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "{cdn}.evil.example/a.png",
        "{cdn}@evil.example/a.png",
        "{images}@evil.example/a.png",
        "{images}.evil.example/a.png",
        "{images}0/a.png",
        "{api}/users/@me",
    ],
)
async def test_nothing_is_fetched_from_elsewhere(sandbox, http, url):
    address = url.format(
        cdn=sandbox.discord_cdn_url,
        api=sandbox.discord_api_url,
        images=sandbox.scene.patreon.image_base_url,
    )

    async with http.get(f"{sandbox.page_url}media", params={"url": address}) as answer:
        assert answer.status == 404


async def test_a_file_that_is_gone_is_not_there(sandbox, http):
    url = f"{sandbox.discord_cdn_url}/attachments/1/2/a.png"

    async with http.get(f"{sandbox.page_url}media", params={"url": url}) as answer:
        assert answer.status == 404
