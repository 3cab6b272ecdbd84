"""What the menus and buttons of `/patreon permissions` carry in their custom ids."""

import re
from collections.abc import Iterable
from enum import StrEnum

from core.errors import UserError
from core.rights import Right

ROLES = re.compile(r"permission-roles\d*\|.*", re.DOTALL)
RIGHTS = re.compile(r"permission-rights\d*\|.*", re.DOTALL)
STEPS = re.compile(r"permission-steps\d*\|.*", re.DOTALL)
"""Custom ids of the menu of roles, the menu of rights and the buttons, of every version."""

PICK_ROLE = "permission-roles1|"

_RIGHTS = "permission-rights1"
_STEPS = "permission-steps1"
_ID = re.compile(r"[0-9]{1,19}")
_MOST_ID = 2**63
_JOINT = "+"


class Step(StrEnum):
    """What a button does. `EVERYBODY`: edit @everyone. `NOTHING`: take every right away."""

    BACK = "back"
    EVERYBODY = "everybody"
    NOTHING = "nothing"
    CONFIRM = "confirm"


def rights_menu_id(role_id: int) -> str:
    """Write the custom id of the menu that gives rights to a role."""
    return f"{_RIGHTS}|{role_id}"


def role_of_menu(custom_id: str) -> int:
    """Read what `rights_menu_id` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    version, _, role_id = custom_id.partition("|")
    if version != _RIGHTS:
        raise _stale()
    return _snowflake(role_id)


def step_id(step: Step, *, role_id: int = 0, rights: Iterable[Right] = ()) -> str:
    """Write the custom id of a button: what it does, to which role, with which rights."""
    return "|".join((_STEPS, step, str(role_id), _JOINT.join(sorted(rights))))


def read_step(custom_id: str) -> tuple[Step, int, frozenset[Right]]:
    """Read what `step_id` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    parts = custom_id.split("|")
    if len(parts) != 4 or parts[0] != _STEPS or parts[1] not in list(Step):
        raise _stale()
    rights = read_rights(parts[3].split(_JOINT) if parts[3] else ())
    return Step(parts[1]), _snowflake(parts[2]), rights


def read_rights(values: Iterable[str]) -> frozenset[Right]:
    """Read rights that were picked.

    Raises:
        UserError: one of them is unknown.
    """
    chosen = frozenset(values)
    if not chosen <= set(Right):
        raise _stale()
    return frozenset(Right(value) for value in chosen)


def _snowflake(text: str) -> int:
    if not _ID.fullmatch(text) or int(text) >= _MOST_ID:
        raise _stale()
    return int(text)


def _stale() -> UserError:
    return UserError("This panel is out of date. Use `/patreon permissions` again.")
