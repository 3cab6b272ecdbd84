"""A stand-in for Patreon's image server: pictures of about 100 kB, each with bytes of its own."""

import asyncio
from io import BytesIO

from aiohttp import web
from PIL import Image

SIZE_BYTES = 100_000
_PICTURES = 8
_WIDTH, _HEIGHT = 1280, 720


def pictures() -> list[bytes]:
    """Draw a few JPEG files of about `SIZE_BYTES`, of the kind that cameras make."""
    return [_jpeg(number) for number in range(_PICTURES)]


def _jpeg(number: int) -> bytes:
    noise = Image.effect_noise((_WIDTH // 4, _HEIGHT // 4), 60 + number)
    ground = Image.linear_gradient("L").resize(noise.size)
    bands = (noise, ground, Image.blend(noise, ground, 0.5))
    image = Image.merge("RGB", bands).resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC)
    sizes = {}
    for quality in range(20, 96, 5):
        file = BytesIO()
        image.save(file, "JPEG", quality=quality)
        sizes[abs(file.tell() - SIZE_BYTES)] = file.getvalue()
    return sizes[min(sizes)]


def unique(content: bytes, name: str) -> bytes:
    """Give the same picture with other bytes: whatever follows a JPEG's end is overlooked."""
    return content + name.encode().rjust(64, b"\0")


async def main() -> None:
    """Serve until ended; prints the port first of all."""
    drawn = pictures()

    async def show(request: web.Request) -> web.Response:
        name = request.path[-64:]
        content = unique(drawn[sum(name.encode()) % len(drawn)], name)
        return web.Response(body=content, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{path:.*}", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _, port = runner.addresses[0]
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
