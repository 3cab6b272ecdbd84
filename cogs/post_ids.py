"""What the buttons, menus and forms of `/patreon post` carry in their custom ids."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.drafts import Draft
from core.errors import UserError

BUTTONS = re.compile(r"post-buttons\d*\|.*", re.DOTALL)
MENUS = re.compile(r"post-menus\d*\|.*", re.DOTALL)
FORMS = re.compile(r"post-forms\d*\|.*", re.DOTALL)
"""Custom ids of the buttons, of the menus (of channels and roles, too) and of the forms, of every
version.
"""

_VERSION = "1"
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_EXTRA = re.compile(r"[0-9A-Za-z_-]{0,40}", re.ASCII)
_LARGEST = 2**63


class Item(StrEnum):
    """What a custom id belongs to."""

    BUTTON = "post-buttons"
    MENU = "post-menus"
    FORM = "post-forms"


class Page(StrEnum):
    """What the panel shows: the draft as a whole, or one thing about it that can be changed."""

    MAIN = "main"
    TEXT = "text"
    PICTURES = "pictures"
    AUDIENCE = "audience"
    CHANNELS = "channels"
    CAMPAIGN = "campaign"


class Act(StrEnum):
    """What a press, a choice or a form does with a draft.

    `SHOW` and `LOOK` name a page as their extra, with a number behind it for a page of many tiers;
    `SHEET` the number of a message. The draft of `REOPEN` and `DISMISS` is a submission. `LOOK`
    answers with a panel of its own, as below a message that everybody sees. `DESCRIBE` names a
    picture by the beginning of its digest, `BULK` a campaign. `PATREON` gives the preview of how it
    will look there.
    """

    SHOW = "show"
    LOOK = "look"
    SHEET = "sheet"
    PREVIEW = "preview"
    REOPEN = "reopen"
    DISMISS = "dismiss"
    NEW = "new"
    EDIT = "edit"
    ADD = "add"
    PART = "part"
    CUT = "cut"
    UPLOAD = "upload"
    DROP = "drop"
    DESCRIBE = "describe"
    CAMPAIGN = "campaign"
    AUDIENCE = "audience"
    TIERS = "tiers"
    MINIMUM = "minimum"
    PAID = "paid"
    CHANNELS = "channels"
    TARGET = "target"
    ROLES = "roles"
    TAGS = "tags"
    CROSSPOST = "crosspost"
    ASK = "ask"
    APPROVE = "approve"
    REFUSE = "refuse"
    PUBLISH = "publish"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    RETRACT = "retract"
    DISCARD = "discard"
    RESTORE = "restore"
    COPY = "copy"
    TEMPLATE = "template"
    USE = "use"
    HAND_OVER = "hand-over"
    PATREON = "patreon"
    BULK = "bulk"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Target:
    """What to do with which draft, of which the person saw `version`; `extra` says the rest.

    `again` is the submission of which a form is another try, 0 for a first one.
    """

    act: Act
    draft_id: int = 0
    version: int = 0
    extra: str = ""
    again: int = 0

    def encode(self, item: Item) -> str:
        """Write a custom id, at most 100 characters."""
        parts = (f"{item}{_VERSION}", self.act, str(self.draft_id), str(self.version), self.extra)
        return "|".join((*parts, str(self.again)) if self.again else parts)

    @property
    def page(self) -> tuple[Page, int]:
        """The page that `extra` names, and the number behind it, 0 without one.

        Raises:
            UserError: it names none.
        """
        name, _, number = self.extra.partition("-")
        if name not in list(Page):
            raise stale()
        return Page(name), _number(number or "0")

    @property
    def number(self) -> int:
        """The number that `extra` is.

        Raises:
            UserError: it is none.
        """
        return _number(self.extra)


def decode(custom_id: str, item: Item) -> Target:
    """Read what `encode` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    version, *parts = custom_id.split("|")
    if version != f"{item}{_VERSION}" or len(parts) not in (4, 5):
        raise stale()
    act, draft_id, seen, extra, again = (*parts, "0")[:5]
    if act not in list(Act) or not _EXTRA.fullmatch(extra):
        raise stale()
    return Target(Act(act), _number(draft_id), _number(seen), extra, _number(again))


def look_id(draft: Draft) -> str:
    """Give the custom id of a button that opens a draft's panel for whoever presses it."""
    return Target(Act.LOOK, draft.id, extra=Page.MAIN).encode(Item.BUTTON)


def stale() -> UserError:
    """Say that a panel cannot be used any more."""
    return UserError("This panel is out of date. Open the post again with `/patreon posts`.")


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) >= _LARGEST:
        raise stale()
    return int(text)
