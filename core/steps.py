"""Numbered steps at which crash tests end the process; otherwise nothing happens there."""

import os
import signal

CRASH_AT = "BOT_CRASH_AT"
"""The environment variable that names the step, `:3` after it for its third passing; for tests."""

STEPS = (
    "accept.received",
    "accept.stored",
    "process.claimed",
    "process.read",
    "process.saved",
    "process.committed",
    "deliver.claimed",
    "deliver.started",
    "deliver.sent",
    "deliver.noted",
    "sync.discovered",
    "sync.fetched",
    "sync.written",
    "sync.committed",
    "sync.missing",
    "sync.marked",
    "sync.removed",
    "sync.ending",
    "sync.noted",
    "tokens.asking",
    "tokens.answered",
    "tokens.written",
    "tokens.saved",
    "hooks.creating",
    "hooks.created",
    "hooks.kept",
    "images.renewed",
    "images.fetched",
    "images.rendered",
    "images.kept",
    "images.sized",
    "images.noted",
    "images.committed",
    "drafts.stored",
    "drafts.saved",
    "publish.written",
    "publish.committed",
)
"""Every step: from a webhook to its message, of a sync, of a token's renewal, of a webhook's
registration, of a picture, of a form of a post, of its publication, each in order."""


def step(name: str) -> None:
    """Pass a step: die here as if by SIGKILL when the environment names it."""
    wanted = os.environ.get(CRASH_AT)
    if wanted is None:
        return
    chosen, _, passing = wanted.partition(":")
    if chosen != name:
        return
    left = int(passing or 1) - 1
    if left > 0:
        # The environment keeps the count, so that nothing else has to.
        os.environ[CRASH_AT] = f"{name}:{left}"
        return
    os.kill(os.getpid(), signal.SIGKILL)
