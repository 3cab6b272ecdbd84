"""What a guild follows, may follow and shows, as its settings tell it."""

from dataclasses import dataclass
from enum import StrEnum

from core.accounts import Creator
from core.errors import UserError
from core.feed import FeedPolicy
from core.guilds import Link
from core.inbox import Hook
from core.names import display_name
from core.store import StoredCampaign
from core.troubles import OpenTrouble


class Place(StrEnum):
    """What a channel is for: changes for everybody, changes for the team, posts."""

    FEED = "feed"
    STAFF = "staff"
    POSTS = "posts"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSettings:
    """A campaign that a guild follows, or may follow (`link` None).

    `stored` is None until Patreon has told of the campaign. `policy` is what holds: the link's own
    settings, and the configuration's for what it leaves open. `hook` is there once registered.
    """

    campaign_id: str
    link: Link | None
    stored: StoredCampaign | None
    policy: FeedPolicy
    creator: Creator | None = None
    hook: Hook | None = None
    troubles: tuple[OpenTrouble, ...] = ()

    @property
    def name(self) -> str:
        """What the campaign is called."""
        if self.stored is None:
            return f"Campaign {self.campaign_id}"
        return display_name(self.stored.campaign.name)

    def channel_id(self, place: Place) -> int | None:
        """Give the channel that is used for something."""
        if self.link is None:
            return None
        match place:
            case Place.FEED:
                return self.link.feed_channel_id
            case Place.STAFF:
                return self.link.staff_channel_id
            case Place.POSTS:
                return self.link.posts_channel_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """Everything that a guild follows or may follow, and the accounts connected through it.

    Followed campaigns come first, oldest link first, then the others by name.
    """

    creators: tuple[Creator, ...]
    campaigns: tuple[CampaignSettings, ...]
    has_public_url: bool
    has_configured_secret: bool

    @property
    def followed(self) -> tuple[CampaignSettings, ...]:
        """The campaigns that the guild follows."""
        return tuple(one for one in self.campaigns if one.link is not None)

    def campaign(self, campaign_id: str) -> CampaignSettings:
        """Pick a campaign.

        Raises:
            UserError: it is none of the guild's; whether it exists elsewhere is not told.
        """
        for one in self.campaigns:
            if one.campaign_id == campaign_id:
                return one
        raise unknown_campaign()


def unknown_campaign() -> UserError:
    """Say that a guild has no such campaign, in the same words whether it exists or not."""
    return UserError("This server has no such campaign (any more). Use `/patreon setup`.")
