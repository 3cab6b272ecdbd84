"""Read one REST request: who calls which route with what."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import BodyPartReader, MultipartReader, web

from .errors import Findings, Refused
from .wire import Json

MAX_REQUEST_BYTES = 25 * 1024 * 1024
"""The largest request. Source: Discord API Reference, "Uploading Files"."""

_FILE_FIELD = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file sent with a request; `key` is the number in its `files[n]` field."""

    key: str
    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Call:
    """One request to one route, with its body read."""

    request: web.Request
    route: str
    body: Any = None
    uploads: list[Upload] = field(default_factory=list)

    @property
    def method(self) -> str:
        """Return the HTTP method."""
        return self.request.method

    @property
    def json(self) -> Json:
        """Return the body as an object; an absent one is empty.

        Raises:
            Refused: the body is something else.
        """
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise Refused(400, 50035, "Invalid Form Body")
        return self.body

    def text(self, name: str) -> str:
        """Return a path parameter as it stands."""
        return self.request.match_info[name]

    def id(self, name: str) -> int:
        """Return a path parameter as a snowflake.

        Raises:
            Refused: it is not a number.
        """
        return snowflake(name, self.text(name))

    def query_id(self, name: str) -> int | None:
        """Return a query parameter as a snowflake; None when it is absent.

        Raises:
            Refused: it is not a number.
        """
        raw = self.request.query.get(name)
        return None if raw is None else snowflake(name, raw)

    def query_int(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a query parameter as a number.

        Raises:
            Refused: it is not a number within `least` and `most`.
        """
        raw = self.request.query.get(name)
        if raw is None:
            return default
        if not raw.isdecimal() or not least <= int(raw) <= most:
            findings = Findings()
            text = f"Value must be between {least} and {most}."
            findings.add(name, "NUMBER_TYPE_RANGE", text)
            findings.check()
        return int(raw)


Handle: TypeAlias = Callable[[Call], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One route, written as in the documentation: `/channels/{channel_id}/messages`."""

    method: str
    path: str
    handle: Handle
    needs_token: bool = True


def snowflake(name: str, raw: object) -> int:
    """Read `raw` as a snowflake.

    Raises:
        Refused: it is not one.
    """
    if not str(raw).isdecimal():
        findings = Findings()
        findings.add(name, "NUMBER_TYPE_COERCE", f'Value "{raw}" is not snowflake.')
        findings.check()
    return int(str(raw))


async def read_body(call: Call) -> None:
    """Fill in the body and the uploads of `call`.

    Raises:
        Refused: the body is too large, is not JSON, or is a form without `payload_json`.
    """
    request = call.request
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        raise Refused(413, 40005, "Request entity too large", is_mistake=True)
    if request.content_type.startswith("multipart/"):
        await _read_form(call)
        return
    raw = await request.read()
    if raw:
        call.body = _decode(raw)


async def _read_form(call: Call) -> None:
    reader: MultipartReader = await call.request.multipart()
    total = 0
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise Refused(400, 50035, "Invalid Form Body")
        data = bytes(await part.read())
        total += len(data)
        if total > MAX_REQUEST_BYTES:
            raise Refused(413, 40005, "Request entity too large", is_mistake=True)
        if part.name == "payload_json":
            call.body = _decode(data)
        elif found := _FILE_FIELD.fullmatch(part.name or ""):
            kind = part.headers.get("Content-Type", "application/octet-stream")
            call.uploads.append(Upload(found[1], part.filename or "unknown", kind, data))
        else:
            raise Refused(400, 50035, f"Unknown form field {part.name!r}")


def _decode(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        message = "The request body contains invalid JSON."
        raise Refused(400, 50109, message) from error
