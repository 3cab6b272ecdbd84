"""No line of the log holds a value of a patron's, whoever writes it and whatever went wrong."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pydantic
import pytest

from bot import logs
from bot.restarts import RestartPolicy
from bot.supervisor import Part, Supervision, run_together
from bot.traces import MOST_ERRORS, trace_of
from core.errors import PermanentError, TemporaryError
from patreon import shapes
from tests.factories import hook, member, save_campaign

ROOT = Path(__file__).parents[2]
NAME = "Zaphira Quillfeather"
MAIL = "zaphira@quillfeather.example"
NOTE = "allergic to peanuts"
AMOUNT = "987654321"
TOKEN = "pAtReOnToKeN0123456789_-abcdefghijklmnopqrs"
SIGNATURE = "0123456789abcdef0123456789abcdef"
PLANTED = ("Zaphira", "Quillfeather", "quillfeather.example", "peanuts", AMOUNT, TOKEN, SIGNATURE)
BODY = f"{NAME} <{MAIL}> {NOTE} {AMOUNT} {TOKEN} {SIGNATURE}"


@pytest.fixture(params=["text", "json"])
def written(request):
    """What the log of this process holds, at the level debug."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    stream = io.StringIO()
    logs.set_up(level="debug", style=request.param, secrets=(), stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, quiet in levels.items():
        logging.getLogger(name).setLevel(quiet)


def found(text):
    """Which of the planted values a text holds, also when it is written as JSON or repr."""
    return [value for value in PLANTED if value.lower() in text.lower()]


class Settings(pydantic.BaseModel):
    amount: int


def _bare(error):
    raise error


def _chained():
    try:
        raise KeyError(MAIL)
    except KeyError as error:
        raise RuntimeError(f"no row for {NAME}") from error


def _while_handling():
    try:
        int(BODY)
    except ValueError:
        _bare(LookupError(BODY))


def _grouped():
    raise ExceptionGroup(BODY, [ValueError(NAME), ExceptionGroup(NOTE, [KeyError(MAIL)])])


def _noted():
    error = ValueError(AMOUNT)
    error.add_note(f"while {NAME} was in hand")
    raise error


CRASHES = {
    "a record in an error": lambda: _bare(ValueError(repr(member(name=NAME)))),
    "a key that is missing": lambda: {}[MAIL],
    "a text that is no number": lambda: int(NAME),
    "bytes that are no text": (BODY.encode() + b"\xff").decode,
    "an assertion": lambda: _bare(AssertionError(BODY)),
    "an operating system's error": lambda: _bare(OSError(5, BODY, MAIL)),
    "a file that is not there": lambda: Path(f"/nowhere/{NAME}").read_text(),
    "an attribute": lambda: _bare(AttributeError(BODY)),
    "JSON": lambda: json.loads('{"full_name": "' + NAME),
    "pydantic": lambda: Settings(amount=NAME),
    "msgspec": lambda: msgspec.json.decode(
        json.dumps({"data": {"attributes": {NAME: BODY}}}), type=dict[str, dict[str, int]]
    ),
    "msgspec with a shape": lambda: msgspec.convert(
        {"data": NAME, "included": BODY}, shapes.MemberDocument
    ),
    "a cause": _chained,
    "a context": _while_handling,
    "a group": _grouped,
    "a note": _noted,
}


@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES.keys())
async def test_a_part_that_crashes_with_a_member_in_hand_shows_where_but_not_who(written, crash):
    async def work():
        crash()

    async def doze(_):
        await asyncio.sleep(0)

    how = Supervision(random=lambda: 0.5, policy=RestartPolicy(most=1), signals=(), sleep=doze)
    with pytest.raises(PermanentError) as ended:
        await run_together(how, worker=Part(run=work))

    assert found(written.getvalue()) == []
    assert found(str(ended.value)) == []
    assert "part crashed" in written.getvalue()
    assert "test_log_privacy.py" in written.getvalue()
    assert "in work" in written.getvalue()


async def test_a_row_that_a_database_refuses_is_not_quoted(written, store):
    await save_campaign(store)

    async with store.write() as work:
        await work.hooks.save(hook(key=NAME))
    with suppress(Exception):
        try:
            async with store.write() as work:
                await work.hooks.save(hook(key=NAME))
        except Exception:
            logging.getLogger("core.outbox").exception("announcement failed")
            raise

    assert found(written.getvalue()) == []
    assert "storage.faults.DatabaseBug" in written.getvalue()
    assert "SQLITE_CONSTRAINT_UNIQUE" in written.getvalue() or "23505" in written.getvalue()


async def test_a_value_that_a_database_driver_cannot_take_is_not_quoted(written, store):
    with suppress(Exception):
        try:
            async with store.write() as work:
                await work.links.of_guild(NAME)
                await work.members.load([object(), BODY])
        except Exception:
            logging.getLogger("core.process").exception("event failed")
            raise

    assert found(written.getvalue()) == []
    assert "Traceback" in written.getvalue()


async def test_a_task_whose_error_nobody_fetched_is_not_quoted(written):
    async def work(body):
        raise ValueError(body)

    task = asyncio.create_task(work(BODY))
    await asyncio.wait({task})
    context = {
        "message": "Task exception was never retrieved",
        "exception": task.exception(),
        "future": task,
    }
    asyncio.get_running_loop().default_exception_handler(context)

    assert found(written.getvalue()) == []
    assert "Task exception was never retrieved" in written.getvalue()
    assert "ValueError: [hidden]" in written.getvalue()


async def test_a_callback_that_fails_is_told_without_its_arguments(written):
    called = asyncio.Event()

    def work(body):
        called.set()
        raise ValueError(body)

    asyncio.get_running_loop().call_soon(work, BODY)
    await called.wait()
    await asyncio.sleep(0)

    assert found(written.getvalue()) == []
    assert "Exception in callback" in written.getvalue()


LIBRARIES = [
    "aiohttp.server",
    "aiosqlite",
    "alembic.runtime",
    "asyncio",
    "asyncpg",
    "discord.http",
    "httpcore.http11",
    "httpx",
    "prometheus_client",
    "sqlalchemy.engine.Engine",
    "sqlalchemy.pool",
]


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_a_library_says_loses_its_values_however_loud_it_is(written, name):
    log = logging.getLogger(name)
    before = log.level
    log.setLevel(logging.DEBUG)
    try:
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL):
            log.log(level, "answered %s %r in %.2f seconds: %s", NAME, BODY, 1.5, MAIL)
            log.log(level, "future: <Task %s>", BODY)
            for words in (f"odd\n{BODY}", f"odd ({BODY})", f"odd '{BODY}'", f"odd: {{{BODY}}}"):
                log.log(level, words)
            log.log(level, "%s has no room", {"name": BODY}, extra={"level_of": 3})
            log.log(level, "%(name)s is odd", {"name": BODY})
            try:
                raise ValueError(BODY)
            except ValueError:
                log.log(level, "failed", exc_info=True)
    finally:
        log.setLevel(before)

    assert found(written.getvalue()) == []
    assert "in 1.50 seconds" in written.getvalue()
    assert "debug" not in written.getvalue().lower()


@pytest.mark.parametrize(
    "value",
    [
        MAIL,
        f"mailto:{MAIL}?subject=x",
        f"Bearer {TOKEN}",
        f"token={TOKEN}&x=1",
        f"signature {SIGNATURE}",
        SIGNATURE.upper(),
    ],
)
def test_what_looks_like_an_address_a_token_or_a_signature_is_hidden_anywhere(written, value):
    log = logging.getLogger("core.process")

    log.error("event put off", extra={"reason": f"Patreon answered 400. It said: {value}."})
    log.warning("said %s", value)
    try:
        raise PermanentError(f"It said: {value}")
    except PermanentError:
        log.exception("failed")

    assert found(written.getvalue()) == []
    assert "Patreon answered 400. It said:" in written.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        "11111111-2222-4333-8444-555555555555",
        "GET /members/11111111-2222-4333-8444-555555555555",
        "1234567890123456789",
        "8f1a2b3c4d5e6f70-FRA",
        "sqlite:////srv/patreon-discord-bot/data/bot.db",
        "/srv/bot/data/bot.db.before-0003_letters-2026-11-21T12-00-00.copy",
        "2026-11-21T12:00:00.123456+00:00",
        "members:pledge:create",
        "test_a_function_whose_name_is_longer_than_a_token_is",
    ],
)
def test_what_an_operator_needs_is_not_taken_for_a_secret(written, value):
    logging.getLogger("core.sync").info("told", extra={"fact": value})

    assert value in written.getvalue()


def test_a_line_that_cannot_be_written_is_not_shown_by_another_way(written, capsys):
    class Broken:
        def __str__(self):
            raise ValueError(BODY)

    logging.getLogger("core.sync").info("told", extra={"fact": Broken()})

    streams = capsys.readouterr()
    assert found(streams.err + streams.out + written.getvalue()) == []
    assert "a log line of core.sync could not be written" in written.getvalue()


def test_the_bots_own_errors_keep_their_words():
    error = TemporaryError("Patreon cannot be reached.")
    error.__cause__ = ValueError(BODY)

    trace = trace_of(error)

    assert "core.errors.TemporaryError: Patreon cannot be reached." in trace
    assert "ValueError: [hidden]" in trace


def test_a_circle_of_causes_ends_and_a_long_chain_is_cut():
    first, second = ValueError(1), KeyError(2)
    first.__cause__, second.__cause__ = second, first
    chain = ValueError(0)
    for number in range(1_000):
        link = ValueError(number)
        link.__cause__ = chain
        chain = link

    assert trace_of(first).count("[hidden]") == 2
    assert trace_of(chain).count("[hidden]") == MOST_ERRORS


@pytest.mark.parametrize(
    ("where", "command", "ending"), [("load", "status", 1), ("_answer", "check", 2)]
)
def test_a_command_that_crashes_shows_where_but_not_who(where, command, ending):
    code = (
        "import sys\n"
        "from bot import cli\n"
        "def crash(*_):\n"
        f"    raise ValueError({BODY!r})\n"
        f"cli.{where} = crash\n"
        f"sys.exit(cli.main(['{command}']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == ending
    assert "Traceback" in ended.stderr
    assert found(ended.stdout + ended.stderr) == []
