"""What the bot wants of its webhooks at Patreon, and how one differs from that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.inbox import Hook
from core.ports import RemoteHook

TRIGGERS = (
    "members:create",
    "members:update",
    "members:delete",
    "members:pledge:create",
    "members:pledge:update",
    "members:pledge:delete",
    "posts:publish",
    "posts:update",
    "posts:delete",
)
"""Everything that Patreon tells. Source: docs.patreon.com, "Triggers"."""

_PATH = "/webhooks/patreon/"
_KEY = re.compile(r"[A-Za-z0-9_-]{20,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """The webhook that belongs to a stored one, and others that call the very same address."""

    found: RemoteHook | None
    twins: tuple[RemoteHook, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to change of a webhook; None leaves it."""

    uri: str | None = None
    triggers: tuple[str, ...] | None = None


def address(public_url: str, key: str) -> str:
    """Give the address that Patreon should call; `key` is what nobody can guess."""
    return f"{public_url.rstrip('/')}{_PATH}{key}"


def pick(hook: Hook, remotes: Sequence[RemoteHook], uri: str) -> Pick:
    """Find a stored hook again: by Patreon's id, else by its address."""
    found = next((remote for remote in remotes if remote.id == hook.patreon_id), None)
    calling = [remote for remote in remotes if remote.uri == uri]
    if found is None and calling:
        found = calling[0]
    return Pick(found=found, twins=tuple(twin for twin in calling if twin is not found))


def own(hook: Hook, remotes: Sequence[RemoteHook]) -> list[RemoteHook]:
    """Find everything at Patreon that is a stored hook, at whatever address this server had."""
    end = f"{_PATH}{hook.key}"
    return [one for one in remotes if one.id == hook.patreon_id or one.uri.endswith(end)]


def stray_key(remotes: Sequence[RemoteHook], public_url: str, known: Sequence[str]) -> str | None:
    """Find the key of a webhook that calls this server and that the database has forgotten."""
    start = address(public_url, "")
    for remote in remotes:
        key = remote.uri.removeprefix(start)
        if remote.uri.startswith(start) and key not in known and _KEY.fullmatch(key):
            return key
    return None


def correction(remote: RemoteHook, uri: str) -> Correction | None:
    """Tell what to change of a webhook, None when it is as it should be."""
    wanted = Correction(
        uri=None if remote.uri == uri else uri,
        triggers=None if set(remote.triggers) == set(TRIGGERS) else TRIGGERS,
    )
    return None if wanted == Correction() else wanted


def rotate(secrets: Sequence[str], current: str) -> tuple[str, ...]:
    """Put Patreon's current secret first and keep the one before it, which may still sign."""
    if not current:
        return tuple(secrets)
    return tuple(dict.fromkeys((current, *secrets)))[:2]
