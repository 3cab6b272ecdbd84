"""The command line: reads the arguments, calls, and turns errors into sentences."""

import argparse
import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot import __version__, logs
from bot.alive import is_alive
from bot.config import Config
from bot.load_config import load
from core.errors import BotError, UserError
from core.image_words import KINDS
from core.letter_box import LetterState

log = logging.getLogger(__name__)

FAILED = 1
NOT_CHECKED = 2
INTERRUPTED = 130

_ALL = "all"
_MOST_DIGITS = 18


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say and give the exit code.

    0: done. 1: a problem of the configuration or the operation, in sentences on standard error.
    2: the arguments are wrong, or `check` could not check.
    """
    options = _parser().parse_args(arguments)
    failed = NOT_CHECKED if options.command == "check" else FAILED
    try:
        return _run(options)
    except BotError as error:
        print(error, file=sys.stderr)
        return failed
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more may be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception:
        # The interpreter would show the error's words, which may quote a patron or a secret.
        if not logging.getLogger().handlers:
            logs.set_up(level="error", style="auto", secrets=())
        log.exception("command crashed")
        return failed


def _run(options: argparse.Namespace) -> int:
    if options.command == "demo":
        return _demo(options.port)
    if options.command == "check":
        _set_up_logs(None, options)
        return asyncio.run(_answer(options, None))
    config = load(options.config, os.environ)
    if options.command == "health":
        return 0 if is_alive(config) else FAILED
    _set_up_logs(config, options)
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
            return await commands.sync(
                config, options.campaign, apply_removals=options.apply_removals
            )
        case "status":
            return await commands.status(config, as_json=options.json)
        case "events" | "images" | "audit" | "backup" | "restore" | "rotate-keys":
            groups = {"events": _events, "images": _images, "audit": _audit}
            group = groups.get(options.command, _backup)
            return await group(options, config)
    return await commands.run(config)


async def _events(options: argparse.Namespace, config: Config) -> int:
    from bot import event_commands

    as_json = options.json
    match options.action:
        case "list":
            state = None if options.state == _ALL else LetterState(options.state)
            return await event_commands.list_events(
                config, state, limit=options.limit, offset=options.offset, as_json=as_json
            )
        case "show":
            return await event_commands.show(
                config, options.id, with_body=options.body, as_json=as_json
            )
        case "replay":
            return await event_commands.replay(config, options.id, as_json=as_json)
    return await event_commands.discard(config, options.id, as_json=as_json)


async def _images(options: argparse.Namespace, config: Config) -> int:
    from bot import image_commands

    if options.action == "refresh":
        return await image_commands.refresh(config, options.model, force=options.force)
    return await image_commands.status(config, as_json=options.json)


async def _audit(options: argparse.Namespace, config: Config) -> int:
    from bot import audit_commands

    if options.csv:
        return await audit_commands.export_audit(config, guild_id=options.guild)
    return await audit_commands.list_audit(
        config, guild_id=options.guild, limit=options.limit, as_json=options.json
    )


async def _backup(options: argparse.Namespace, config: Config) -> int:
    from bot import backup_commands

    match options.command:
        case "backup":
            return await backup_commands.back_up(
                config,
                options.to,
                passphrase_file=options.passphrase_file,
                recipient=options.recipient,
            )
        case "restore":
            return await backup_commands.bring_back(
                config,
                options.file,
                passphrase_file=options.passphrase_file,
                identity=options.identity,
                is_trial=options.dry_run,
            )
    return await backup_commands.rotate_keys(config, forget_old=options.forget_old)


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
    check = add(
        "check",
        "tell every problem, with its cure; exit code 0: none, 1: some, 2: could not check",
    )
    check.add_argument("--live", action="store_true", help="also ask Discord and Patreon")
    check.add_argument("--json", action="store_true", help="answer in JSON")
    add("migrate", "bring the database up to date")
    sync = add("sync", "bring the local copy up to date with Patreon")
    sync.add_argument("campaign", nargs="?", help="a campaign's id (default: all campaigns)")
    sync.add_argument(
        "--apply-removals",
        action="store_true",
        help="let members go who are missing from Patreon's list, where a sync stopped and asked",
    )
    status = add("status", "tell how the bot is doing")
    status.add_argument("--json", action="store_true", help="answer in JSON")
    _add_events(add("events", "look at the webhooks that came; replay or discard them"))
    _add_images(add("images", "look after the pictures that are kept of Patreon's"))
    audit = add("audit", "tell who did what, newest first")
    audit.add_argument("--guild", type=_guild, help="only this server (default: everything)")
    audit.add_argument("--limit", type=_count, default=50, help="at most so many (default: 50)")
    form = audit.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="everything, as CSV for spreadsheets")
    form.add_argument("--json", action="store_true", help="answer in JSON")
    _add_backups(add)
    add("health", "exit with 0 while a bot runs on this machine")
    demo = add("demo", "show the bot at work against local stand-ins; needs no account")
    demo.add_argument("--port", type=int, help="the page's port (default: the demo's choice)")
    return parser


def _add_events(events: argparse.ArgumentParser) -> None:
    action = events.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        parser = action.add_parser(name, help=text, description=text)
        _add_everywhere(parser, config=argparse.SUPPRESS, verbose=argparse.SUPPRESS)
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        return parser

    listed = add("list", "list webhooks, newest first, without their content")
    listed.add_argument(
        "--state",
        choices=[*LetterState, _ALL],
        default=LetterState.PARKED.value,
        help="only webhooks in this state (default: parked, those that need you)",
    )
    listed.add_argument("--limit", type=_count, default=20, help="at most so many (default: 20)")
    listed.add_argument("--offset", type=_count, default=0, help="leave out the newest so many")
    show = add("show", "tell what became of a webhook")
    show.add_argument("id", type=_count, help="the webhook's number")
    show.add_argument("--body", action="store_true", help="also its content: personal data")
    for name, text in (
        ("replay", "process webhooks again, which is always safe"),
        ("discard", "set webhooks aside for good that failed by themselves"),
    ):
        add(name, text).add_argument("id", type=_count, nargs="+", help="the webhooks' numbers")


def _add_images(images: argparse.ArgumentParser) -> None:
    action = images.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        parser = action.add_parser(name, help=text, description=text)
        _add_everywhere(parser, config=argparse.SUPPRESS, verbose=argparse.SUPPRESS)
        return parser

    refresh = add("refresh", "fetch the pictures that are missing")
    refresh.add_argument("--model", choices=tuple(KINDS), help="only these (default: all)")
    refresh.add_argument("--force", action="store_true", help="also those that are here already")
    status = add("status", "tell how many there are, what they take, and what could not be had")
    status.add_argument("--json", action="store_true", help="answer in JSON")


def _add_backups(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    backup = add("backup", "write a sealed copy of the database and its keys; the bot may run")
    backup.add_argument("--to", type=Path, help="a new file or a folder (default: backup.folder)")
    whom = backup.add_mutually_exclusive_group()
    _add_passphrase(whom)
    whom.add_argument("--recipient", metavar="AGE1…", help="a public key that `age-keygen` made")
    restore = add("restore", "put a backup in the place of the database, which is kept beside")
    restore.add_argument("file", type=Path, help="the backup")
    who = restore.add_mutually_exclusive_group()
    _add_passphrase(who)
    who.add_argument("--identity", metavar="FILE", type=Path, help="what `age-keygen` wrote")
    restore.add_argument("--dry-run", action="store_true", help="prove the backup, replace nothing")
    rotate = add("rotate-keys", "make a new key and seal every stored secret with it")
    rotate.add_argument("--forget-old", action="store_true", help="keep only the new key")


def _add_passphrase(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="the file with the passphrase"
    )


def _count(text: str) -> int:
    """Read a number that a database can hold."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of the list")
    return int(text)


def _guild(text: str) -> int:
    """Read a server's id."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text!r} is no id of a server")
    return int(text)


def _add_everywhere(parser: argparse.ArgumentParser, *, config: object, verbose: object) -> None:
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=config,
        help="the configuration (default: config.toml, if there is one)",
    )
    parser.add_argument("--verbose", action="store_true", default=verbose, help="log everything")
