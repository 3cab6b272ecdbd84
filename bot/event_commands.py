"""`events list|show|replay|discard`: the inbox of webhooks for the admin at the terminal."""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict

from bot import terminal
from bot.config import Config
from bot.database import open_unchanged, utc_now
from core.errors import UserError
from core.letter_box import Letter, LetterQuery, LetterState
from core.letters import Letters

ADMIN = "the admin at the terminal"
PERSONAL = "This is personal data of your patrons: share it with nobody, and delete copies."


async def list_events(
    config: Config, state: LetterState | None, *, limit: int, offset: int, as_json: bool
) -> int:
    """Print events of a state (None: all), newest first, without their bodies."""
    query = LetterQuery(state=state, limit=limit, offset=offset)
    async with _letters(config) as letters:
        page = await letters.page(None, query)
    if as_json:
        _print_json([_facts(letter) for letter in page.letters])
        return 0
    for letter in page.letters:
        print(_line(letter))
    if not page.letters:
        print("No such event.")
    if page.has_more:
        print(f"There are older ones: --offset {page.query.offset + limit}.")
    return 0


async def show(config: Config, event_id: int, *, with_body: bool, as_json: bool) -> int:
    """Print one event; its body only `with_body`, with a warning on standard error."""
    async with _letters(config) as letters:
        facts = _facts(await letters.show(None, event_id))
        body = await letters.body(event_id) if with_body else None
    if body is not None:
        print(PERSONAL, file=sys.stderr)
    elif with_body:
        print("The body was deleted.", file=sys.stderr)
    if as_json:
        _print_json(facts | ({} if body is None else {"body": _text(body)}))
        return 0
    terminal.print_facts({name: _printable(value) for name, value in facts.items()})
    if body is not None:
        print(f"\n{_pretty(body)}")
    return 0


async def replay(config: Config, event_ids: Sequence[int], *, as_json: bool) -> int:
    """Make events due again; a bot that runs takes them up within half a minute."""
    async with _letters(config) as letters:

        async def one(event_id: int) -> Letter:
            return await letters.replay(None, event_id, by=ADMIN)

        said = "is due again: the bot takes it up within half a minute, or when it starts"
        return await _each(event_ids, one, said, as_json=as_json)


async def discard(config: Config, event_ids: Sequence[int], *, as_json: bool) -> int:
    """Discard events that were set aside."""
    async with _letters(config) as letters:

        async def one(event_id: int) -> Letter:
            return await letters.discard(None, event_id, by=ADMIN)

        return await _each(event_ids, one, "is discarded", as_json=as_json)


async def _each(
    event_ids: Sequence[int],
    do: Callable[[int], Awaitable[Letter]],
    said: str,
    *,
    as_json: bool,
) -> int:
    """Do something with each event; one that cannot be done does not stop the others."""
    done: list[Letter] = []
    for event_id in dict.fromkeys(event_ids):
        try:
            done.append(await do(event_id))
        except UserError as error:
            print(error, file=sys.stderr)
            continue
        if not as_json:
            print(f"Event {event_id} {said}.")
    if as_json:
        _print_json([_facts(letter) for letter in done])
    return 0 if len(done) == len(set(event_ids)) else 1


@asynccontextmanager
async def _letters(config: Config) -> AsyncIterator[Letters]:
    async with open_unchanged(config) as store:
        # Nobody in this process waits for events: the running bot looks by itself.
        yield Letters(store, clock=utc_now, on_replayed=lambda: None)


def _facts(letter: Letter) -> terminal.Facts:
    return asdict(letter) | {"state": letter.state.value}


def _line(letter: Letter) -> str:
    when = f"{letter.received_at.astimezone():%Y-%m-%d %H:%M:%S}"
    parts = [
        f"{letter.id:>6}  {when}  {letter.state.value:<9}",
        f"{letter.trigger}  campaign {letter.campaign_id or 'unknown'}",
        f"attempts {letter.attempts}",
        letter.reason or "",
    ]
    return str(_printable("  ".join(part for part in parts if part)))


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _pretty(body: bytes) -> str:
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = _text(body)
    return "\n".join(str(_printable(line)) for line in text.splitlines())


def _text(body: bytes) -> str:
    return body.decode(errors="backslashreplace")


def _printable(value: object) -> object:
    """Take what steers a terminal out of a text: the sender of an event chooses its trigger."""
    return terminal.printable(value) if isinstance(value, str) else value
