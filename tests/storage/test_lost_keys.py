"""What is stored under a key that is gone."""

import pytest
from cryptography.fernet import Fernet, MultiFernet

from core.errors import PermanentError
from core.inbox import Hook
from storage.store import SqlStore
from tests.factories import save_campaign, tokens


def fresh_keys():
    return MultiFernet([Fernet(Fernet.generate_key())])


@pytest.fixture
async def other(database_url, store, clock):
    """The same database under another key."""
    other = SqlStore(database_url, keys=fresh_keys(), clock=clock)
    yield other
    await other.close()


async def save_tokens(store):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        await work.creators.save_tokens(creator_id, tokens())
    return creator_id


async def save_hook(store):
    async with store.write() as work:
        return await work.hooks.save(Hook(id=0, key="k", campaign_id="1001", secrets=("s",)))


async def test_without_secrets_every_key_is_proven(store, other):
    await save_campaign(store)

    await other.prove_keys()

    assert await other.forget_lost_secrets() == 0


@pytest.mark.parametrize("save", [save_tokens, save_hook])
async def test_only_the_key_that_sealed_is_proven(store, other, save):
    await save(store)

    await store.prove_keys()
    with pytest.raises(PermanentError, match="cannot be decrypted"):
        await other.prove_keys()


async def test_what_cannot_be_opened_can_be_forgotten_and_replaced(store, other):
    creator_id = await save_tokens(store)
    hook_id = await save_hook(store)

    await other.forget_lost_secrets()
    await other.prove_keys()
    async with other.write() as work:
        stored = await work.creators.tokens(creator_id)
        (hook,) = await work.hooks.all()
        replaced = await work.creators.save_tokens(creator_id, tokens(access="new"))

    assert stored is None
    assert (hook.id, hook.key, hook.secrets) == (hook_id, "k", ())
    assert replaced.access == "new"


async def test_what_can_be_opened_is_not_forgotten(store):
    creator_id = await save_tokens(store)
    await save_hook(store)

    await store.forget_lost_secrets()
    async with store.read() as work:
        stored = await work.creators.tokens(creator_id)
        (hook,) = await work.hooks.all()

    assert stored.access == "access-1"
    assert hook.secrets == ("s",)
