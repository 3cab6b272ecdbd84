"""Failures on demand: answers that go wrong, and data that is odder than documented."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong with one request."""

    TOO_MANY = "too_many"
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    UNAVAILABLE = "unavailable"
    CLOUDFLARE = "cloudflare"
    UNAUTHORIZED = "unauthorized"
    EXPIRED_CURSOR = "expired_cursor"
    SLOW = "slow"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    ERROR_AFTER = "error_after"
    TRUNCATED_JSON = "truncated_json"
    EMPTY_OBJECT = "empty_object"
    SHORT_PAGE = "short_page"
    EMPTY_PAGE = "empty_page"


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure of one request.

    `seconds` is how long `SLOW` holds the answer back, and what `TOO_MANY` asks to wait.
    """

    kind: FaultKind
    seconds: float = 1.0


class Faults:
    """Failures that wait for the next requests, per route name (see `server.ROUTES`)."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[Fault | None]] = {}

    def plan(
        self, route: str, kind: FaultKind, *, times: int = 1, after: int = 0, seconds: float = 1.0
    ) -> None:
        """Let requests of `route` fail: first `after` good ones, then `times` bad ones."""
        queue = self._planned.setdefault(route, deque())
        queue.extend([None] * after)
        queue.extend([Fault(kind, seconds)] * times)

    def take(self, route: str) -> Fault | None:
        """Take the failure meant for the request at hand, if any."""
        queue = self._planned.get(route)
        return queue.popleft() if queue else None

    def clear(self) -> None:
        """Forget all failures that have not happened yet."""
        self._planned.clear()


@dataclass(slots=True)
class Quirks:
    """Oddities of the data, each seen in the field or allowed by the documents; all off at first.

    `repeat_last_page` offers the last page again and again under new cursors;
    `empty_tiers_in_hooks` and `empty_tiers_in_api` drop the tier lists of paying members;
    `unknown_values` puts words into the enumerations that no document names;
    `unknown_included` adds a resource of an unknown type to `included`.
    """

    repeat_last_page: bool = False
    empty_tiers_in_hooks: bool = False
    empty_tiers_in_api: bool = False
    null_names: bool = False
    cadence_as_text: bool = False
    post_tiers_as_text: bool = False
    unknown_values: bool = False
    unknown_included: bool = False
    null_post_content: bool = False
    omit_last_cursor: bool = False
    discord_hidden: bool = False
