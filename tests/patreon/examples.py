"""Payloads in Patreon's shapes, and what a fresh answer looks like."""

import json
from datetime import UTC, datetime
from pathlib import Path

from patreon.answers import Answer

FOLDER = Path(__file__).parent.parent / "fixtures" / "patreon"
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def example(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def parsed(name: str):
    return json.loads(example(name))


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body, asked_at=AT, received_at=AT)
