"""The demo's own process, and the stand-ins alone."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo import bot_environment, run_demo
from sandbox.__main__ import instructions

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(90)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_prints_one_address_and_ends_cleanly(tmp_path, number):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "DISCORD_TOKEN": "of the real bot"}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl+C" in line:
                process.send_signal(number)
        errors = process.stderr.read()

    assert process.returncode == 0, errors
    assert len(re.findall(r"http://", said)) == 1
    assert errors == ""
    assert list(tmp_path.glob("patreon-bot-demo-*")) == []


async def test_a_bot_that_dies_ends_the_demo_with_its_last_lines(capsys):
    dying = "import sys; print('no such file', file=sys.stderr); sys.exit(3)"

    assert await run_demo(0, command=(sys.executable, "-c", dying)) == 1

    errors = capsys.readouterr().err
    assert "The bot ended by itself (exit code 3)." in errors
    assert "no such file" in errors


def test_the_stand_ins_alone_end_cleanly():
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--members", "10"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            if "Ctrl+C" in line:
                process.send_signal(signal.SIGTERM)

    assert process.returncode == 0


async def test_a_taken_port_is_told_in_a_sentence(sandbox, capsys):
    taken = int(sandbox.page_url.rstrip("/").rpartition(":")[2])

    assert await run_demo(taken) == 1
    assert capsys.readouterr().err.startswith("The demo cannot start:")


def test_nothing_of_the_real_configuration_reaches_the_demo(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("PATREON_SERVER_PORT_FILE", "/real")
    monkeypatch.setenv("LOG_LEVEL", "debug")

    environment = bot_environment(sandbox, 8080, tmp_path)

    assert "PATREON_SERVER_PORT_FILE" not in environment
    assert "LOG_LEVEL" not in environment
    assert environment["DATABASE_URL"].startswith(f"sqlite:///{tmp_path}")
    assert all("patreon.com" not in value for value in environment.values())


def test_the_stand_ins_alone_tell_how_to_point_a_client_at_them(sandbox):
    said = instructions(sandbox, "http://127.0.0.1:8080/webhooks/patreon")

    for value in (
        sandbox.page_url,
        sandbox.discord_api_url,
        sandbox.discord_gateway_url,
        sandbox.discord_token,
        sandbox.patreon_api_url,
        sandbox.access_token,
        sandbox.webhook_secret,
    ):
        assert value in said
