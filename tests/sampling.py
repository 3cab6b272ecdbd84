"""Which tests `make test` leaves to `make proof`, so that it stays under five minutes."""

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

import pytest

ONE_OF = {
    "tests/bot/test_age.py": 2,
    "tests/bot/test_audit_commands.py": 3,
    "tests/bot/test_backup_images.py": 4,
    "tests/bot/test_backups.py": 4,
    "tests/bot/test_brake_commands.py": 3,
    "tests/bot/test_checks.py": 2,
    "tests/bot/test_cli.py": 8,
    "tests/bot/test_event_commands.py": 6,
    "tests/bot/test_image_commands.py": 6,
    "tests/bot/test_killed_upkeep.py": 2,
    "tests/bot/test_process.py": 3,
    "tests/bot/test_rotation.py": 2,
    "tests/bot/test_scheduled_backups.py": 3,
    "tests/bot/test_steady_work.py": 3,
    "tests/cogs/test_connect_browser.py": 2,
    "tests/cogs/test_role_matrix.py": 3,
    "tests/crosscheck/test_crosscheck.py": 3,
    "tests/end_to_end/test_canary.py": 3,
    "tests/end_to_end/test_crashes.py": 2,
    "tests/end_to_end/test_log_privacy.py": 2,
    "tests/end_to_end/test_post_crashes.py": 2,
    "tests/end_to_end/test_process.py": 4,
    "tests/flows/test_away.py": 4,
    "tests/flows/test_brake.py": 4,
    "tests/flows/test_clock_jumps.py": 2,
    "tests/flows/test_gallery_room.py": 4,
    "tests/flows/test_posts_crashes.py": 4,
    "tests/imaging/test_studio.py": 4,
    "tests/markup/test_hostile_lengths.py": 12,
    "tests/markup/test_too_much.py": 3,
    "tests/patreon/test_hostile_image_bodies.py": 3,
    "tests/patreon/test_hostile_images.py": 3,
    "tests/patreon/test_renewal_races.py": 2,
    "tests/sandbox/page/test_browser.py": 2,
    "tests/sandbox/page/test_demo.py": 2,
    "tests/sandbox/page/test_forms.py": 3,
    "tests/sandbox/page/test_walk.py": 3,
    "tests/web/test_handover_browser.py": 6,
    "tests/web/test_images.py": 4,
    "tests/web/test_preview_browser.py": 4,
}
"""Files whose tests take long, most because they start processes, browsers or hostile servers: one
test of so many runs in `make test`.
"""

LARGE = 6
ONE_OF_LARGE = 6
"""A test with at least `LARGE` cases is a matrix, of which one case of so many runs in `make test`;
those that need no server all run.
"""

_PURE = (
    "tests/core/",
    "tests/markup/",
    "tests/patreon/test_answers.py",
    "tests/patreon/test_documents.py",
    "tests/patreon/test_hints.py",
    "tests/patreon/test_image_addresses.py",
    "tests/patreon/test_image_links.py",
)

ONE_OF_POSTGRESQL = 8
"""One of so many of the tests that run on both databases run on PostgreSQL in `make test`.

Those of `tests/storage`, which is where the databases differ, run on both always.
"""


LONG = 300
"""Seconds that a test may be given before it counts as one of the longest."""


def leave_to_proof(items: Sequence[pytest.Item]) -> None:
    """Mark what `make test` leaves out; the choice depends on a test's name alone."""
    cases = Counter(_matrix(item) for item in items)
    for item in items:
        path, _, name = item.nodeid.partition("::")
        share = ONE_OF.get(path, 1)
        if cases[_matrix(item)] >= LARGE and not path.startswith(_PURE):
            share *= ONE_OF_LARGE
        parameters = getattr(item, "callspec", None)
        if (
            parameters is not None
            and parameters.params.get("database") == "postgresql"
            and not path.startswith("tests/storage/")
        ):
            share *= ONE_OF_POSTGRESQL
        if crc32(name.encode()) % share:
            item.add_marker(pytest.mark.proof)


def may_take_long(item: pytest.Item) -> bool:
    """Tell whether a test is given five minutes or more."""
    timeout = item.get_closest_marker("timeout")
    return timeout is not None and timeout.args[0] >= LONG


def _matrix(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]
