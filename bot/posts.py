"""Composed posts: typesetter, drafts, schedule and pages, joined."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.alarms import Alarms
from bot.config import Config
from bot.database import utc_now
from cogs.post_ids import look_id
from core.composing import Composing
from core.draft_pages import DraftPages
from core.draft_typesets import Typesets
from core.drafts import Target
from core.handover import HandOvers, ManualHandOver
from core.pictures import Imager
from core.post_doubts import PostDoubts
from core.post_feed import PostFeed
from core.post_publisher import PostPublisher
from core.previews import Previews
from core.schedule import Schedule
from core.store import Store
from core.uploads import Uploads
from core.whole import WholePosts
from markup.typesetter import MarkdownTypesetter
from patreon.image_types import media_type_of
from storage.shelf import Shelf


def new_marker() -> str:
    """Give a marker that no other announcement has."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Everything about posts that the bot composes, or that come out on Patreon."""

    feed: PostFeed
    composing: Composing
    uploads: Uploads
    hand_overs: HandOvers
    publisher: PostPublisher
    previews: Previews
    whole: WholePosts
    doubts: PostDoubts
    schedule: Schedule


def build_posts(
    config: Config,
    store: Store,
    shelf: Shelf,
    imager: Imager,
    alarms: Alarms,
    *,
    target_of: Callable[[int, int], Target],
) -> Posts:
    """Build it; nothing runs yet. `target_of` describes a guild's channel."""
    typesetter = MarkdownTypesetter()
    feed = PostFeed(typesetter, new_marker=new_marker)
    # One for all: so one long text is typeset at a time, and once.
    typesets = Typesets(typesetter)
    pages = DraftPages(
        store=store,
        typesets=typesets,
        files=shelf,
        clock=utc_now,
        new_token=lambda: secrets.token_urlsafe(32),
        public_url=config.server.public_url,
    )
    whole = WholePosts(pages)
    composing = Composing(
        store,
        typesets,
        clock=utc_now,
        new_marker=new_marker,
        new_key=lambda: secrets.token_urlsafe(24),
        on_announced=alarms.announcements.ring,
        on_scheduled=alarms.schedule.ring,
        page_url=whole.address,
        target_of=target_of,
        look_id=look_id,
        moderator_role_ids=frozenset(config.discord.moderator_roles),
    )
    hand_overs = HandOvers(pages)
    return Posts(
        feed=feed,
        composing=composing,
        uploads=Uploads(shelf, imager, media_type_of=media_type_of),
        hand_overs=hand_overs,
        publisher=ManualHandOver(hand_overs),
        previews=Previews(pages),
        whole=whole,
        doubts=PostDoubts(store, feed, clock=utc_now, on_announced=alarms.announcements.ring),
        schedule=Schedule(composing, clock=utc_now, random=random.random, alarm=alarms.schedule),
    )
