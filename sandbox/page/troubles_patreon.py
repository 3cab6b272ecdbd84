"""What can go wrong on Patreon's side."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sandbox.patreon.app import ENDPOINTS
from sandbox.patreon.faults import FaultKind

from .scene import Scene
from .trouble import Trouble, once, switch

API, HOOKS = "Patreon's API", "Patreon's webhooks"
LATE = timedelta(seconds=15)


def patreon_troubles(scene: Scene) -> list[Trouble]:
    """List them: failing answers of the API, and untidy webhooks."""
    return [*_api(scene), *_hooks(scene)]


def _api(scene: Scene) -> list[Trouble]:
    def failing(kind: FaultKind, times: int, seconds: float = 1.0) -> Callable[[], None]:
        def plan() -> None:
            for route in ENDPOINTS:
                scene.campaigns.faults.plan(route, kind, times=times, seconds=seconds)

        return plan

    def trouble(name: str, title: str, detail: str, plan: Callable[[], None]) -> Trouble:
        return Trouble(name, API, title, detail, once(plan, f"Planned: {detail}."))

    def forget() -> None:
        scene.campaigns.faults.clear()
        scene.discord.faults.clear()

    return [
        trouble(
            "patreon-429",
            "Too many requests",
            "the next 2 requests of each kind answer 429",
            failing(FaultKind.TOO_MANY, 2, 2.0),
        ),
        trouble(
            "patreon-500",
            "Server error",
            "the next 2 requests of each kind answer 500",
            failing(FaultKind.SERVER_ERROR, 2),
        ),
        trouble(
            "patreon-403",
            "Blocked by Cloudflare",
            "the next request of each kind answers an HTML 403",
            failing(FaultKind.CLOUDFLARE, 1),
        ),
        trouble(
            "patreon-slow",
            "Slow answers",
            "the next 3 requests of each kind take 3 seconds",
            failing(FaultKind.SLOW, 3, 3.0),
        ),
        Trouble(
            "forget",
            API,
            "Forget planned failures",
            "on Patreon and on Discord",
            once(forget, "All planned failures are forgotten."),
        ),
    ]


def _hooks(scene: Scene) -> list[Trouble]:
    hooks, traffic = scene.campaigns.hooks, scene.campaigns.hooks.traffic

    def copies(on: bool) -> None:
        traffic.copies = 3 if on else 1

    def reverse(on: bool) -> None:
        traffic.is_reversed = on

    def late(on: bool) -> None:
        traffic.delay = LATE if on else timedelta(0)

    def hold(on: bool) -> None:
        traffic.is_held = on
        hooks.wake()

    def empty(on: bool) -> None:
        scene.campaigns.quirks.empty_tiers_in_hooks = on

    def trouble(
        name: str,
        title: str,
        detail: str,
        make: Callable[[bool], Awaitable[str]],
        is_on: Callable[[], bool],
    ) -> Trouble:
        return Trouble(name, HOOKS, title, detail, make, is_on)

    return [
        trouble(
            "hooks-copies",
            "Duplicates",
            "each webhook is sent three times",
            switch(copies, on="Each webhook is sent three times.", off="Each is sent once."),
            lambda: traffic.copies > 1,
        ),
        trouble(
            "hooks-reversed",
            "Wrong order",
            "the webhooks of one event are turned around",
            switch(reverse, on="Webhooks are sent the wrong way round.", off="They are in order."),
            lambda: traffic.is_reversed,
        ),
        trouble(
            "hooks-late",
            "Late",
            f"each webhook waits {LATE.seconds} seconds",
            switch(late, on="Webhooks are late.", off="Webhooks are sent at once."),
            lambda: bool(traffic.delay),
        ),
        trouble(
            "hooks-held",
            "Held back",
            "nothing is sent until this is switched off",
            switch(hold, on="Webhooks are held back.", off="Webhooks flow again."),
            lambda: traffic.is_held,
        ),
        trouble(
            "hooks-empty",
            "Without tiers",
            "webhooks name no tier of a paying member",
            switch(empty, on="Webhooks carry no tiers.", off="Webhooks carry the tiers again."),
            lambda: scene.campaigns.quirks.empty_tiers_in_hooks,
        ),
    ]
