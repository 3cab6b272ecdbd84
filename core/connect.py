"""Connecting creators and guilds: what comes with the configuration."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime

from core.accounts import GuildCreator, TokenPair
from core.guilds import Link
from core.store import Store, Work
from core.turns import ACCOUNTS, take_turn

log = logging.getLogger(__name__)


async def import_seed(store: Store, pair: TokenPair) -> int:
    """Store the configured token pair once, and again only when it was changed; gives its creator.

    Refresh tokens are single-use: the stored pair has moved on since it was imported, and the
    configured one is dead. Only a pair with another hash is new.
    """
    seed_hash = hash_seed(pair)
    async with store.write() as work:
        # Two processes may begin at once, and a refresh token serves one account only.
        await take_turn(work, ACCOUNTS)
        creators = await work.creators.all()
        seeded = next((creator for creator in creators if creator.seed_hash is not None), None)
        if seeded is None:
            creator_id = await work.creators.add()
        elif seeded.seed_hash == seed_hash:
            return seeded.id
        else:
            creator_id = seeded.id
        await work.creators.save_tokens(creator_id, pair, seed_hash=seed_hash)
    log.info("tokens imported from the configuration", extra={"creator": creator_id})
    return creator_id


async def import_links(
    store: Store, links: Sequence[Link], *, creator_id: int | None, now: datetime
) -> None:
    """Import each configured link once; from then on the database decides.

    One whose guild and campaign were imported before is left as it is in the database, removed
    or changed as it may be. The guild may follow whatever the account `creator_id` owns, when
    tokens are configured.
    """
    async with store.write() as work:
        for link in links:
            if not await _is_imported(work, link):
                await _import(work, link, creator_id, now)


async def _is_imported(work: Work, link: Link) -> bool:
    if await work.notes.get(_imported(link)) is None:
        return False
    known = {one.campaign_id: one for one in await work.links.of_guild(link.guild_id)}
    stored = known.get(link.campaign_id)
    if stored is None or _channels(stored) != _channels(link):
        log.warning(
            "configured link is not used, the database decides",
            extra={"guild": link.guild_id, "campaign_id": link.campaign_id},
        )
    return True


async def _import(work: Work, link: Link, creator_id: int | None, now: datetime) -> None:
    await work.links.save(link, at=now)
    known = await work.connections.of_guild(link.guild_id)
    if creator_id is not None and creator_id not in {one.creator_id for one in known}:
        await work.connections.save(
            GuildCreator(guild_id=link.guild_id, creator_id=creator_id), at=now
        )
    await work.notes.set(_imported(link), now.isoformat())
    log.info(
        "link imported from the configuration",
        extra={"guild": link.guild_id, "campaign_id": link.campaign_id},
    )


def _imported(link: Link) -> str:
    return f"link.imported:{link.guild_id}:{link.campaign_id}"


def _channels(link: Link) -> tuple[int | None, ...]:
    return link.feed_channel_id, link.staff_channel_id, link.posts_channel_id


def hash_seed(pair: TokenPair) -> str:
    """Give the digest by which a configured pair is recognised."""
    text = f"{pair.access}\n{pair.refresh or ''}"
    return hashlib.sha256(text.encode()).hexdigest()
