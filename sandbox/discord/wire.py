"""Speak JSON over HTTP exactly as Discord does."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aiohttp import web

Json: TypeAlias = dict[str, Any]
"""A JSON object, as it stands on the wire."""


def reply(
    body: Json | list[Json] | None, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with `body` as JSON, or with an empty 204 when there is none.

    The content type is exactly `application/json`: discord.py compares it as a whole.
    """
    if body is None:
        return web.Response(status=204, headers=headers)
    return web.Response(
        status=status,
        body=json.dumps(body, separators=(",", ":")).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )


def stamp(moment: datetime) -> str:
    """Write `moment` as Discord writes times: ISO 8601, UTC, with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
