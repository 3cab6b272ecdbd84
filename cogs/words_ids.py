"""What the buttons and forms of `/patreon words` carry in their custom ids."""

import re
from enum import StrEnum

from core.changes import Kind
from core.errors import UserError
from core.words import Slot, Variant

BUTTONS = re.compile(r"words\d*\|.*", re.DOTALL)
FORMS = re.compile(r"words-form\d*\|.*", re.DOTALL)
"""Custom ids of the buttons and of the forms, of every version."""

_BUTTONS = "words1"
_FORMS = "words-form1"
_ID = re.compile(r"[0-9]{1,10}")


class Act(StrEnum):
    """What a button does with the words that its message shows."""

    SAVE = "save"
    EDIT = "edit"
    RESET = "reset"


def button_id(act: Act, slot: Slot) -> str:
    """Write the custom id of a button."""
    return "|".join((_BUTTONS, act, *_spelled(slot)))


def read_button(custom_id: str) -> tuple[Act, Slot]:
    """Read what `button_id` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    version, _, rest = custom_id.partition("|")
    act, _, slot = rest.partition("|")
    if version != _BUTTONS or act not in list(Act):
        raise _stale()
    return Act(act), _slot(slot)


def form_id(slot: Slot) -> str:
    """Write the custom id of a form."""
    return "|".join((_FORMS, *_spelled(slot)))


def read_form(custom_id: str) -> Slot:
    """Read what `form_id` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    version, _, slot = custom_id.partition("|")
    if version != _FORMS:
        raise _stale()
    return _slot(slot)


def _spelled(slot: Slot) -> tuple[str, str, str]:
    return str(slot.link_id), slot.kind.value, slot.variant.value


def _slot(text: str) -> Slot:
    parts = text.split("|")
    if len(parts) != 3 or not _ID.fullmatch(parts[0]) or int(parts[0]) >= 2**31:
        raise _stale()
    if parts[1] not in list(Kind) or parts[2] not in list(Variant):
        raise _stale()
    return Slot(int(parts[0]), Kind(parts[1]), Variant(parts[2]))


def _stale() -> UserError:
    return UserError("This form is out of date. Use `/patreon words edit` again.")
