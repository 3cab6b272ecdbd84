import asyncio
import threading
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket, KeepAliveHandler

from cogs.client import point_at
from core.errors import PermanentError
from sandbox.discord.server import DiscordServer
from tests.cogs.conftest import running, until


def logged(caplog, message):
    return [record for record in caplog.records if record.message == message]


async def test_a_running_part_is_ready_with_its_latency(part, clock):
    await until(lambda: part.connection().latency is not None)

    connection = part.connection()
    assert connection.is_ready
    assert connection.since == clock()
    assert connection.reason is None


@pytest.mark.parametrize("seconds", [41.251, 10.1, -0.001])
async def test_a_latency_that_cannot_be_true_is_not_known(new_part, server, seconds):
    async with running(part := new_part()):
        await until(lambda: part.connection().latency is not None)

        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler) and thread.ws.token == server.token:
                thread.latency = seconds

        assert part.connection().is_ready
        assert part.connection().latency is None


async def test_a_part_that_does_not_run_is_not_ready(new_part):
    connection = new_part().connection()

    assert not connection.is_ready
    assert connection.reason


async def test_a_refused_token_is_permanent_and_says_the_cure(new_part):
    with pytest.raises(PermanentError, match="Reset Token") as caught:
        await new_part(token="wrong.token.here").run()

    assert "wrong.token.here" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "word"), [(4004, "Reset Token"), (4014, "intents"), (4013, "4013")]
)
async def test_a_close_that_waiting_does_not_mend_is_permanent(new_part, server, code, word):
    task = asyncio.create_task(new_part().run())
    await until(lambda: server.gateway.connected)

    await server.gateway.drop(code)

    with pytest.raises(PermanentError, match=word):
        await asyncio.wait_for(task, 10)


async def test_discord_being_away_at_the_start_is_waited_for(new_part, server, caplog):
    caplog.set_level("INFO")
    server.faults.fail("GET", "/users/@me", status=503, times=3)

    async with running(new_part()) as part:
        assert part.connection().is_ready

    assert len(logged(caplog, "discord is away")) == 1
    assert len(logged(caplog, "discord is back")) == 1


async def test_a_closed_port_is_waited_for(new_part, world, server, monkeypatch):
    api, gateway, cdn = server.api_url, server.gateway_url, server.cdn_url
    port = int(api.split(":")[2].split("/")[0])
    await server.close()
    task = asyncio.create_task((part := new_part()).run())
    await until(lambda: "cannot be reached" in (part.connection().reason or ""))

    async with await DiscordServer.start(world, port=port):
        point_at(api, gateway, cdn)
        await until(lambda: part.connection().is_ready)
        task.cancel()
        await asyncio.wait([task], timeout=5)

    assert task.cancelled()


async def test_an_outage_is_logged_once_at_each_end_and_survived(part, server, caplog):
    caplog.set_level("INFO")

    await server.gateway.go_away(0.4)
    await until(lambda: not part.connection().is_ready)
    await until(lambda: part.connection().is_ready)

    assert len(logged(caplog, "discord is away")) == 1
    assert len(logged(caplog, "discord is back")) == 1


async def test_commands_work_after_an_outage(part, server, linked):
    await server.gateway.go_away(0.2)
    await until(lambda: not part.connection().is_ready)
    await until(lambda: part.connection().is_ready)

    answer = await (await server.user("moderator").slash("patreon status")).finished()

    assert "🟢 connected" in answer.text


@asynccontextmanager
async def faulty_gateway():
    """Serve a gateway whose READY lacks nearly everything; gives its address and its visitors."""
    visitors = []

    async def greet(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        visitors.append(socket)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}})
        await socket.receive()
        await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": {"session_id": "s"}})
        await socket.receive(timeout=10)
        return socket

    app = web.Application()
    app.router.add_get("/", greet)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0]
        yield yarl.URL(f"ws://{host}:{port}/"), visitors
    finally:
        await runner.cleanup()


async def test_a_ready_that_discord_py_cannot_read_is_an_outage_and_ends(
    new_part, server, monkeypatch, caplog
):
    async with faulty_gateway() as (url, visitors):
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", url)
        task = asyncio.create_task((part := new_part()).run())
        await until(lambda: len(visitors) > 2 or task.done())

        assert not task.done()
        assert "KeyError" in part.connection().reason
        assert len(logged(caplog, "discord is away")) == 1
        [odd] = [record for record in caplog.records if record.exc_info]
        assert odd.exc_info[0] is KeyError

        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        await until(lambda: part.connection().is_ready)
        task.cancel()
        await asyncio.wait([task], timeout=5)


async def test_an_outage_that_goes_on_otherwise_still_shows_what_was_unexpected(
    new_part, server, monkeypatch, caplog
):
    server.faults.fail("GET", "/users/@me", status=503, times=1)
    async with faulty_gateway() as (url, visitors):
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", url)
        task = asyncio.create_task(new_part().run())
        await until(lambda: len(visitors) > 2 or task.done())
        task.cancel()
        await asyncio.wait([task], timeout=5)

    assert task.cancelled()
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_a_cancellation_that_discord_py_swallows_still_ends_the_part(new_part, monkeypatch):
    begun, swallowed = asyncio.Event(), []

    async def connect(self, *, reconnect):
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as error:
            if swallowed:
                raise
            swallowed.append(error)

    monkeypatch.setattr(discord.Client, "connect", connect)
    task = asyncio.create_task(new_part().run())
    await begun.wait()
    task.cancel()
    await asyncio.wait([task], timeout=2)
    has_ended = task.done()
    task.cancel()

    assert has_ended
    assert task.cancelled()


async def test_a_short_break_is_resumed_without_a_word(part, server, caplog):
    caplog.set_level("INFO", "cogs")

    await server.gateway.ask_to_reconnect()
    await until(lambda: server.gateway.resume_count == 1)
    await until(lambda: part.connection().is_ready)

    assert logged(caplog, "discord is away") == []


async def test_cancelling_closes_everything(new_part, server):
    task = asyncio.create_task((part := new_part()).run())
    await until(lambda: part.connection().is_ready)

    task.cancel()
    await asyncio.wait([task], timeout=5)

    assert task.cancelled()
    await until(lambda: not server.gateway.connected)
    assert not part.connection().is_ready


async def test_cancelling_during_an_outage_closes_everything(new_part, server):
    server.faults.fail("GET", "/users/@me", status=503, times=1_000)
    task = asyncio.create_task((part := new_part()).run())
    await until(lambda: "503" in (part.connection().reason or ""))

    task.cancel()
    await asyncio.wait([task], timeout=5)

    assert task.cancelled()


async def test_a_part_can_run_again_after_it_ended(new_part, server):
    part = new_part()
    for _ in range(2):
        async with running(part):
            assert part.connection().is_ready
