"""The command line: reads the arguments, calls, and turns errors into sentences."""

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import __version__, logs
from bot.alive import is_alive
from bot.config import Config
from bot.load_config import load
from core.errors import BotError, UserError

FAILED = 1
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say and give the exit code.

    0: done. 1: a problem of the configuration or the operation, in sentences on standard error.
    2: the arguments are wrong.
    """
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except BotError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more may be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(options: argparse.Namespace) -> int:
    if options.command == "demo":
        return _demo(options.port)
    if options.command == "check":
        _set_up_logs(None, options)
        return asyncio.run(_answer(options, None))
    config = load(options.config, os.environ)
    _set_up_logs(config, options)
    if options.command == "health":
        return 0 if is_alive(config) else FAILED
    return asyncio.run(_answer(options, config))


def _demo(port: int | None) -> int:
    try:
        # It brings the stand-ins, which an image does not hold.
        demo = importlib.import_module("bot.demo")
    except ModuleNotFoundError as error:
        raise UserError(
            "The demo is not part of this installation: run `make demo` in a checkout."
        ) from error
    return int(demo.main(port))


async def _answer(options: argparse.Namespace, config: Config | None) -> int:
    # Everything that the bot consists of is loaded here, not for `health` and `--version`.
    from bot import commands

    if config is None:
        return await commands.check(
            options.config, os.environ, is_live=options.live, as_json=options.json
        )
    match options.command:
        case "migrate":
            return await commands.migrate(config)
        case "sync":
            return await commands.sync(config, options.campaign)
        case "status":
            return await commands.status(config, as_json=options.json)
    return await commands.run(config)


def _set_up_logs(config: Config | None, options: argparse.Namespace) -> None:
    level = "warning"
    if config is None:
        # What a check finds is its answer.
        level = "error"
    elif options.command in ("run", None):
        level = config.log.level
    logs.set_up(
        level="debug" if options.verbose else level,
        style="auto" if config is None else config.log.format,
        secrets=() if config is None else config.secret_values(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="A Discord bot for Patreon creators. Without a command it runs.",
    )
    _add_everywhere(parser, config=None, verbose=False)
    parser.add_argument("--version", action="version", version=__version__)
    command = parser.add_subparsers(dest="command", metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        parser = command.add_parser(name, help=text, description=text)
        # What stands behind the command wins over what stands before it, when it is given.
        _add_everywhere(parser, config=argparse.SUPPRESS, verbose=argparse.SUPPRESS)
        return parser

    add("run", "run the bot until it is told to stop")
    check = add("check", "tell every problem of the configuration, with its cure")
    check.add_argument("--live", action="store_true", help="also ask Discord and Patreon")
    check.add_argument("--json", action="store_true", help="answer in JSON")
    add("migrate", "bring the database up to date")
    sync = add("sync", "bring the local copy up to date with Patreon")
    sync.add_argument("campaign", nargs="?", help="a campaign's id (default: all campaigns)")
    status = add("status", "tell how the bot is doing")
    status.add_argument("--json", action="store_true", help="answer in JSON")
    add("health", "exit with 0 while a bot runs on this machine")
    demo = add("demo", "show the bot at work against local stand-ins; needs no account")
    demo.add_argument("--port", type=int, help="the page's port (default: the demo's choice)")
    return parser


def _add_everywhere(parser: argparse.ArgumentParser, *, config: object, verbose: object) -> None:
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=config,
        help="the configuration (default: config.toml, if there is one)",
    )
    parser.add_argument("--verbose", action="store_true", default=verbose, help="log everything")
