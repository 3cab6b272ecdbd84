import asyncio
from dataclasses import replace

import pytest

from core.errors import PermanentError, TemporaryError
from tests.web.conftest import EVERYTHING
from web.app import WebServer, WebSettings, create_app

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_the_index_says_what_this_is(site):
    response = await site.get("/")

    assert response.status == 200
    assert "Discord bot for Patreon" in await response.text()


async def test_nothing_elsewhere_is_answered_as_json(site):
    response = await site.get("/wp-admin?secret=1")

    assert (response.status, response.content_type) == (404, "application/json")
    assert await response.json() == {"error": "There is nothing at this address."}


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/nothing", "/webhooks/patreon"])
async def test_every_answer_is_hardened_and_names_no_software(site, path):
    headers = (await site.get(path)).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers


async def test_a_living_process_says_ok(site):
    response = await site.get("/livez")

    assert (response.status, await response.text()) == (200, "ok\n")


async def test_a_process_with_a_hanging_part_is_not_alive_until_it_goes_on(serve):
    hanging = [True]
    site = await serve(is_alive=lambda: not hanging)

    before = await site.get("/livez")
    hanging.clear()
    after = await site.get("/livez")

    assert (before.status, await before.text()) == (503, "hanging\n")
    assert (after.status, await after.text()) == (200, "ok\n")


async def test_a_ready_process_says_so(site):
    response = await site.get("/readyz")

    assert response.status == 200
    assert set((await response.json()).values()) == {"ok"}


@pytest.mark.parametrize("missing", ["database", "discord", "token", "baseline", "backlog"])
async def test_what_is_missing_is_named_and_nothing_else_is_told(serve, missing):
    async def readiness():
        return replace(EVERYTHING, **{missing: False})

    response = await (await serve(readiness=readiness)).get("/readyz")

    told = await response.json()
    assert response.status == 503
    assert told.pop(missing) == "failing"
    assert set(told.values()) == {"ok"}


async def test_readiness_is_looked_up_once_a_second_however_often_it_is_asked(serve, clock):
    looks = []

    async def readiness():
        looks.append(clock())
        await asyncio.sleep(0.01)
        return EVERYTHING

    site = await serve(readiness=readiness)

    await asyncio.gather(*(site.get("/readyz") for _ in range(20)))
    assert len(looks) == 1
    clock.advance(seconds=1)
    await site.get("/readyz")
    assert len(looks) == 2


@pytest.mark.parametrize("error", [ValueError("secret path"), TemporaryError("secret path")])
async def test_a_look_that_fails_is_not_ready_and_shows_no_error(serve, error):
    async def readiness():
        raise error

    response = await (await serve(readiness=readiness)).get("/readyz")

    assert response.status == 503
    assert "secret" not in await response.text()


async def test_a_bug_is_answered_500_without_its_text(serve, store, caplog):
    class Broken:
        def read(self):
            raise ValueError("inner detail")

    site = await serve(store=Broken())

    response = await site.post(b"x", path="/webhooks/patreon/some-key")

    assert response.status == 500
    assert "inner" not in await response.text()
    assert "request failed" in caplog.text


async def test_a_taken_port_is_told_with_its_cure(site, store, clock):
    settings = WebSettings(port=site.port)
    server = WebServer(
        lambda: create_app(None, store, None, settings, clock=clock), settings, clock=clock
    )

    with pytest.raises(PermanentError, match=f"port {site.port}.*PATREON_SERVER_PORT"):
        await server.run()


async def test_a_request_in_hand_is_answered_when_the_server_stops(store, clock):
    entered, release = asyncio.Event(), asyncio.Event()

    async def readiness():
        entered.set()
        await release.wait()
        return EVERYTHING

    settings = WebSettings(port=0)
    port = asyncio.get_running_loop().create_future()
    server = WebServer(
        lambda: create_app(None, store, readiness, settings, clock=clock),
        settings,
        clock=clock,
        on_listening=port.set_result,
    )
    running = asyncio.create_task(server.run())
    reader, writer = await asyncio.open_connection("127.0.0.1", await port)
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
    await entered.wait()

    running.cancel()
    await asyncio.sleep(0.01)
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    status_line = await reader.readline()

    assert b" 200 " in status_line
    writer.close()
    await writer.wait_closed()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", await port)
