"""A stand-in that is closed leaves no connection open."""

import asyncio
import gc
import socket
import warnings

import pytest

from sandbox.discord.seeds import default_world
from sandbox.discord.server import DiscordServer
from sandbox.patreon import PatreonServer, PatreonWorld


def _discord():
    return DiscordServer(default_world())


def _patreon():
    world = PatreonWorld(seed=1)
    world.seed_campaign(members=1)
    return PatreonServer(world)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("new_server", [_discord, _patreon], ids=["discord", "patreon"])
async def test_what_connects_while_a_stand_in_closes_is_closed_too(new_server, turns):
    server = new_server()
    async with server:
        port = int(server.api_url.split(":")[2].split("/")[0])
        # The loop has not seen them yet when the server begins to close.
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        for _ in range(turns):
            await asyncio.sleep(0)
    del server

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    for client in clients:
        client.close()

    assert [str(one.message) for one in caught] == []
