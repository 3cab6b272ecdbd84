"""What the buttons and menus of `/patreon setup` and `/patreon settings` carry."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import UserError

BUTTONS = re.compile(r"setup-buttons\d*\|.*", re.DOTALL)
MENUS = re.compile(r"setup-menus\d*\|.*", re.DOTALL)
CHANNELS = re.compile(r"setup-channels\d*\|.*", re.DOTALL)
"""Custom ids of the buttons, of the menus and of the menus of channels, of every version."""

_VERSION = "1"
_CAMPAIGN = re.compile(r"[0-9A-Za-z_-]{0,40}", re.ASCII)


class Item(StrEnum):
    """What a custom id belongs to."""

    BUTTON = "setup-buttons"
    MENU = "setup-menus"
    CHANNELS = "setup-channels"


class Page(StrEnum):
    """What the panel shows: the steps, one of them, or the settings at once.

    Those of the settings lead back to these, all others to the steps.
    """

    STEPS = "steps"
    CAMPAIGNS = "campaigns"
    CHANNELS = "channels"
    KINDS = "kinds"
    TEST = "test"
    SETTINGS = "settings"
    SETTINGS_CAMPAIGNS = "settings-campaigns"
    SETTINGS_KINDS = "settings-kinds"
    SETTINGS_UNFOLLOW = "settings-unfollow"

    @property
    def home(self) -> "Page":
        """The page that this one leads back to."""
        return Page.SETTINGS if self.startswith("settings") else Page.STEPS


class Act(StrEnum):
    """What a press or a choice does, before the page is shown that the custom id names.

    `REMOVE_HERE` sits below the test announcement itself, where there is no panel to show.
    """

    SHOW = "show"
    CONNECT = "connect"
    SYNC = "sync"
    SEND_TEST = "test"
    REMOVE_TEST = "remove-test"
    REMOVE_HERE = "remove-here"
    SHOW_AMOUNTS = "amounts-on"
    HIDE_AMOUNTS = "amounts-off"
    DEFAULTS = "defaults"
    UNFOLLOW = "unfollow"
    LOOK_AGAIN = "look"
    PICK = "pick"
    KINDS = "kinds"
    STAFF_KINDS = "staff-kinds"
    POST_DETAIL = "post-detail"
    FEED = "feed"
    STAFF = "staff"
    POSTS = "posts"


@dataclass(frozen=True, slots=True)
class Target:
    """What to do, then which page to show, of which campaign ("": the first one)."""

    act: Act
    page: Page
    campaign_id: str = ""

    def encode(self, item: Item) -> str:
        """Write the custom id of a button or menu, at most 100 characters."""
        return "|".join((f"{item}{_VERSION}", self.act, self.page, self.campaign_id))


def decode(custom_id: str, item: Item) -> Target:
    """Read what `encode` wrote.

    Raises:
        UserError: it was written by another version of the bot, or by somebody else.
    """
    version, *parts = custom_id.split("|")
    if version != f"{item}{_VERSION}" or len(parts) != 3:
        raise stale()
    act, page, campaign_id = parts
    is_known = act in list(Act) and page in list(Page)
    if not is_known or not _CAMPAIGN.fullmatch(campaign_id):
        raise stale()
    return Target(Act(act), Page(page), campaign_id)


def stale() -> UserError:
    """Say that a panel cannot be used any more."""
    return UserError("This panel is out of date. Use `/patreon setup` or `/patreon settings`.")
