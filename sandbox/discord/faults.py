"""Make chosen requests fail."""

from dataclasses import dataclass
from enum import Enum, auto


class FaultKind(Enum):
    """What goes wrong."""

    RATE_LIMIT = auto()
    STATUS = auto()
    SLOW = auto()
    DROP_BEFORE = auto()
    DROP_AFTER = auto()


@dataclass(slots=True)
class Fault:
    """One planned failure of the next `times` requests to a route."""

    kind: FaultKind
    method: str
    route: str
    times: int
    seconds: float = 0.0
    status: int = 500
    code: int = 0
    is_global: bool = False
    is_cloudflare: bool = False

    def fits(self, method: str, route: str) -> bool:
        """Tell whether a request is meant; `*` stands for any method or route."""
        return self.times > 0 and self.method in ("*", method) and self.route in ("*", route)


class Faults:
    """The planned failures, first planned first used.

    Routes are written as in Discord's documentation: `/channels/{channel_id}/messages`.
    """

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def rate_limit(
        self,
        method: str = "*",
        route: str = "*",
        *,
        retry_after_seconds: float = 0.05,
        times: int = 1,
        code: int = 0,
        is_global: bool = False,
        is_cloudflare: bool = False,
    ) -> None:
        """Answer 429; a Cloudflare one has neither `Via` header nor JSON, as a ban has.

        `code` is Discord's error code, such as 30046 for too many edits of an old message.
        """
        self._planned.append(
            Fault(
                FaultKind.RATE_LIMIT,
                method,
                route,
                times,
                seconds=retry_after_seconds,
                code=code,
                is_global=is_global,
                is_cloudflare=is_cloudflare,
            )
        )

    def fail(
        self, method: str = "*", route: str = "*", *, status: int = 500, times: int = 1
    ) -> None:
        """Answer `status` without doing anything."""
        self._planned.append(Fault(FaultKind.STATUS, method, route, times, status=status))

    def slow(self, method: str = "*", route: str = "*", *, seconds: float, times: int = 1) -> None:
        """Wait `seconds` before doing what was asked."""
        self._planned.append(Fault(FaultKind.SLOW, method, route, times, seconds=seconds))

    def drop(
        self, method: str = "*", route: str = "*", *, after_effect: bool = False, times: int = 1
    ) -> None:
        """Cut the connection without an answer, before or after doing what was asked."""
        kind = FaultKind.DROP_AFTER if after_effect else FaultKind.DROP_BEFORE
        self._planned.append(Fault(kind, method, route, times))

    def take(self, method: str, route: str) -> Fault | None:
        """Use up one planned failure of this request; None when it shall succeed."""
        for fault in self._planned:
            if fault.fits(method, route):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Forget all planned failures."""
        self._planned.clear()
