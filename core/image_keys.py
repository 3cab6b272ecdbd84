"""The public names of pictures: nobody can guess one, and each stays the same."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable

from core.store import Store
from core.turns import take_turn

_NAME = "image_keys"
_DIGEST_BYTES = 24
PUBLIC_KEY = r"[A-Za-z0-9_-]{32}"
"""The shape of every public key."""


def public_keys(secret: str) -> Callable[[str], str]:
    """Give the function from a picture's key to its public key: an HMAC under `secret`."""
    spelled = secret.encode()

    def public_key(key: str) -> str:
        digest = hmac.digest(spelled, key.encode(), "sha256")
        return urlsafe_b64encode(digest[:_DIGEST_BYTES]).decode()

    return public_key


async def own_public_keys(store: Store, *, new_secret: Callable[[], str]) -> Callable[[str], str]:
    """Do as `public_keys` with the bot's own secret, which is made and kept the first time.

    Raises:
        TemporaryError: the database is away.
    """
    async with store.write() as work:
        secret = await work.own_secrets.get(_NAME)
        if secret is None:
            # Of two processes the second one finds here what the first has made.
            await take_turn(work, f"{_NAME}.made")
            secret = await work.own_secrets.get(_NAME)
        if secret is None:
            secret = new_secret()
            await work.own_secrets.set(_NAME, secret)
    return public_keys(secret)
