import io
import json
import logging

import pytest

from bot import logs


@pytest.fixture
def written():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    stream = io.StringIO()
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, quiet in levels.items():
        logging.getLogger(name).setLevel(quiet)


def test_json_lines_carry_the_facts(written):
    logs.set_up(level="info", style="auto", secrets=(), stream=written)

    logging.getLogger("core.sync").info("campaign synced", extra={"members": 3})

    entry = json.loads(written.getvalue())
    assert entry["at"].endswith("+00:00")
    assert (entry["level"], entry["logger"]) == ("info", "core.sync")
    assert (entry["message"], entry["members"]) == ("campaign synced", 3)


def test_text_lines_carry_the_facts(written):
    logs.set_up(level="info", style="text", secrets=(), stream=written)

    logging.getLogger("core.sync").warning("round failed", extra={"failures": ["a"]})

    assert written.getvalue().endswith("WARNING core.sync: round failed  failures=['a']\n")


@pytest.mark.parametrize("style", ["text", "json"])
def test_secrets_are_hidden_wherever_they_turn_up(written, style):
    logs.set_up(level="info", style=style, secrets=["tok-12345", "tok-12345-long"], stream=written)

    try:
        raise ValueError("with tok-12345-long inside")
    except ValueError:
        logging.getLogger("core.x").exception("failed tok-12345", extra={"fact": "a tok-12345 b"})

    assert "12345" not in written.getvalue()
    assert written.getvalue().count("[hidden]") >= 3
    assert "-long" not in written.getvalue()


def test_a_value_cannot_begin_a_line_of_its_own(written):
    logs.set_up(level="info", style="text", secrets=(), stream=written)

    logging.getLogger("core.x").info("refused", extra={"client": "a\n00:00:00 ERROR forged"})

    assert written.getvalue().count("\n") == 1


def test_facts_never_overwrite_what_every_line_has(written):
    logs.set_up(level="info", style="json", secrets=(), stream=written)

    logging.getLogger("core.x").info("told", extra={"at": "forged", "logger": "forged"})

    assert "forged" not in written.getvalue()


def test_lines_below_the_level_and_chatter_of_libraries_are_left_out(written):
    logs.set_up(level="warning", style="text", secrets=(), stream=written)

    logging.getLogger("core.x").info("unimportant")
    logging.getLogger("discord.http").info("a request")

    assert written.getvalue() == ""


def test_a_secret_that_json_writes_differently_is_hidden_too(written):
    logs.set_up(level="info", style="json", secrets=['pass"word\\0815'], stream=written)

    logging.getLogger("core.x").info("told", extra={"fact": 'pass"word\\0815'})

    assert "0815" not in written.getvalue()
