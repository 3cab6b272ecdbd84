"""Real processes over one database: a refresh token is spent once, whoever dies on the way."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from core.accounts import TokenState
from core.steps import CRASH_AT
from sandbox.patreon.faults import FaultKind

ROOT = Path(__file__).resolve().parents[2]
KEY = Fernet.generate_key()
PATIENCE = 30


@pytest.fixture(scope="session")
def keys():
    return MultiFernet([Fernet(KEY)])


class Process:
    """A process that waits to be told to ask Patreon."""

    def __init__(self, process) -> None:
        self._process = process

    async def ready(self):
        assert await self._line() == "ready"
        return self

    async def ask(self) -> str:
        """Let it ask; gives what it says, nothing when it died."""
        self._process.stdin.write(b"go\n")
        await self._process.stdin.drain()
        return await self._line()

    async def end(self) -> int:
        """Wait for its end; it is killed when that takes too long."""
        try:
            return await asyncio.wait_for(self._process.wait(), PATIENCE)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()

    async def _line(self) -> str:
        async with asyncio.timeout(PATIENCE):
            return (await self._process.stdout.readline()).decode().strip()


@pytest.fixture
async def start(database_url, server, world, creator_id):
    async with AsyncExitStack() as stack:

        async def start(**environment):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.patreon.renewing_process",
                cwd=ROOT,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(ROOT),
                    "URL": database_url,
                    "KEY": KEY.decode(),
                    "API_URL": server.api_url,
                    "TOKEN_URL": server.token_url,
                    "CLIENT_ID": world.client.id,
                    "CLIENT_SECRET": world.client.secret,
                    "CREATOR": str(creator_id),
                    "LONGEST_SLEEP": "1",
                    **environment,
                },
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            started = Process(process)
            stack.push_async_callback(started.end)
            return await started.ready()

        yield start


async def test_two_processes_that_race_spend_the_refresh_token_once(start, world, asked, stored):
    both = await asyncio.gather(start(), start())
    world.tokens.expire_access(world.creator_token)
    world.faults.plan("token", FaultKind.SLOW, seconds=1)

    said = await asyncio.gather(*(process.ask() for process in both))

    creator, pair = await stored()
    assert said == ["done", "done"]
    assert (asked("token"), asked("identity", 401)) == (1, 2)
    assert (creator.token_state, pair.version) == (TokenState.OK, 2)
    assert world.tokens.find(pair.access)


@pytest.mark.parametrize("step", ["tokens.answered", "tokens.written"])
async def test_a_process_killed_before_the_commit_leaves_a_clear_cure(
    start, world, asked, stored, step
):
    victim, heir = await asyncio.gather(start(**{CRASH_AT: step}), start(LONGEST_SLEEP="0.02"))
    world.tokens.expire_access(world.creator_token)

    died = await victim.ask()
    waits = await heir.ask()
    creator, _ = await stored()
    next_start = await start(ALONE="1")
    told = await next_start.ask()

    assert (died, await victim.end()) == ("", -signal.SIGKILL)
    assert waits.startswith("TemporaryError")
    assert "being renewed by another process" in waits
    assert creator.token_state is not TokenState.BROKEN
    assert told.startswith("TokenBroken")
    assert "cut short" in told
    creator, pair = await stored()
    assert "connect the account again" in creator.token_reason
    assert (creator.token_state, pair.version, asked("token")) == (TokenState.BROKEN, 1, 2)


@pytest.mark.parametrize(("step", "requests"), [("tokens.asking", 1), ("tokens.saved", 1)])
async def test_a_process_killed_before_asking_or_after_the_commit_loses_nothing(
    start, world, asked, stored, step, requests
):
    victim = await start(**{CRASH_AT: step})
    world.tokens.expire_access(world.creator_token)

    died = await victim.ask()
    told = await (await start(ALONE="1")).ask()

    creator, pair = await stored()
    assert (died, told) == ("", "done")
    assert (creator.token_state, pair.version) == (TokenState.OK, 2)
    assert asked("token") == requests
