"""Connecting creators: the token pair that comes with the configuration."""

import hashlib
import logging

from core.accounts import TokenPair
from core.store import Store

log = logging.getLogger(__name__)


async def import_seed(store: Store, pair: TokenPair) -> int:
    """Store the configured token pair once, and again only when it was changed; gives its creator.

    Refresh tokens are single-use: the stored pair has moved on since it was imported, and the
    configured one is dead. Only a pair with another hash is new.
    """
    seed_hash = hash_seed(pair)
    async with store.write() as work:
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


def hash_seed(pair: TokenPair) -> str:
    """Give the digest by which a configured pair is recognised."""
    text = f"{pair.access}\n{pair.refresh or ''}"
    return hashlib.sha256(text.encode()).hexdigest()
