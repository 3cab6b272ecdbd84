"""Parts of the tests of posts: a bot that announces them, and what people see of it."""

import itertools
from dataclasses import replace

from core.draft_rows import DraftMessage
from core.drafts import Content, Draft, DraftState, HandOver, Target
from core.guilds import Link
from core.post_doubts import PostDoubts
from core.post_feed import PostFeed
from core.sheets import Sheet
from markup.typesetter import MarkdownTypesetter
from tests.flows.bots import build_bot, configure, open_clients
from tests.flows.channels import Channels

GUILD, OTHER = 1, 2
STAFF, POSTS, OTHER_POSTS = 20, 30, 40

_PAGES = itertools.count(1)
_MARKERS = itertools.count(1)


def links(campaign_id):
    """Two guilds show posts; only the first has a channel for its staff."""
    first = Link(
        guild_id=GUILD, campaign_id=campaign_id, staff_channel_id=STAFF, posts_channel_id=POSTS
    )
    return first, Link(guild_id=OTHER, campaign_id=campaign_id, posts_channel_id=OTHER_POSTS)


async def open_bot(patreon, store, clock):
    """Build a bot over the stand-in; close its clients at the end."""
    patreon.world.add_hook("http://127.0.0.1:9/", "secret")
    await configure(store, patreon.world, clock, *links(patreon.world.campaign().id))
    clients = open_clients(patreon, store, clock)
    return build_posting_bot(patreon, store, clock, Channels(clock), clients)


def build_posting_bot(patreon, store, clock, channels, clients, **between):
    """Join the use cases over `store`; `between` stands between them and the outside world."""
    feed = PostFeed(MarkdownTypesetter(), new_marker=lambda: f"post-{next(_MARKERS)}")
    bot = build_bot(patreon, store, clock, channels, clients, posts=feed, **between)
    bot.doubts = PostDoubts(store, feed, clock=clock, on_announced=lambda: None)
    return bot


def sheets(bot, channel_id=POSTS):
    """What a channel shows of posts, oldest first."""
    return [m.card for m in bot.channels.shown if m.channel_id == channel_id]


def titles(bot, channel_id=POSTS):
    return [sheet.title for sheet in sheets(bot, channel_id)]


async def sync(bot):
    """Sync and deliver what follows."""
    report = await bot.sync.run(bot.campaign_id)
    assert report.failures == ()
    await bot.settle()
    return report


async def write_draft(bot, title, *, guild_id=GUILD, channels=(), is_ready=True, **overrides):
    """Store a draft: handed over (`is_ready`), and published in these Discord channels."""
    now = bot.clock()
    draft = Draft(
        id=0,
        guild_id=guild_id,
        campaign_id=bot.campaign_id,
        author_id=7,
        state=DraftState.PUBLISHED if channels else DraftState.EDITING,
        version=1,
        content=Content(title=title, parts=("Text.",)),
        targets=tuple(Target(channel_id=one) for one in channels),
        page_key=f"page-{next(_PAGES)}",
        hand_over=HandOver.READY if is_ready else HandOver.NONE,
        handed_over_at=now if is_ready else None,
        published_at=now if channels else None,
        created_at=now,
        updated_at=now,
    )
    async with bot.store.write() as work:
        kept = await work.drafts.add(replace(draft, **overrides))
        [link] = [
            one for one in await work.links.of_guild(guild_id) if one.campaign_id == bot.campaign_id
        ]
        messages = []
        for channel_id in channels:
            sheet = Sheet(marker=f"draft-{kept.id}-{channel_id}", title=title, text="Text.", at=now)
            number = await work.announcements.post(
                sheet, channel_id=channel_id, link_id=link.id, at=now
            )
            messages.append(
                DraftMessage(
                    draft_id=kept.id,
                    channel_id=channel_id,
                    position=0,
                    announcement_id=number,
                    sheet=sheet,
                )
            )
        await work.drafts.set_messages(kept.id, messages)
    await bot.settle()
    return kept


async def draft_of(bot, draft):
    """The draft as it is stored now."""
    async with bot.store.read() as work:
        return await work.drafts.get(draft.id, guild_id=draft.guild_id)
