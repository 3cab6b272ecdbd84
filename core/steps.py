"""Numbered steps at which crash tests end the process; otherwise nothing happens there."""

import os
import signal

CRASH_AT = "BOT_CRASH_AT"
"""The environment variable that names the step; for tests only."""

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
)
"""Every step of the way from a webhook to its message, in order."""


def step(name: str) -> None:
    """Pass a step: die here as if by SIGKILL when the environment names it."""
    if os.environ.get(CRASH_AT) == name:
        os.kill(os.getpid(), signal.SIGKILL)
