"""Creators, campaigns, hooks, posts, changes and notes: they come back as they were told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet

from core.accounts import Creator, TokenState
from core.changes import Entry, Kind
from core.errors import PermanentError
from core.store import StoredCampaign
from storage.store import SqlStore
from tests.factories import (
    NOW,
    campaign,
    change,
    hook,
    member,
    post,
    save_campaign,
    tier,
    tiers,
    tokens,
)


async def test_a_creator_is_known_by_what_was_noted(store):
    async with store.write() as work:
        first = await work.creators.add(seed_hash="abc")
        second = await work.creators.add()
        await work.creators.set_identity(first, patreon_id="77", name="Ada")
        await work.creators.set_token_state(
            first, TokenState.THROTTLED, reason="Slow down.", at=NOW
        )

    async with store.read() as work:
        found = await work.creators.all()
        nobody = await work.creators.get(99)

    assert found == [
        Creator(
            id=first, patreon_id="77", name="Ada", token_state=TokenState.THROTTLED,
            token_reason="Slow down.", token_checked_at=NOW, seed_hash="abc",
        ),
        Creator(id=second),
    ]  # fmt: skip
    assert nobody is None


async def test_every_saved_pair_counts_the_version_up(store):
    async with store.write() as work:
        creator_id = await work.creators.add(seed_hash="abc")
        none = await work.creators.tokens(creator_id)
        first = await work.creators.save_tokens(creator_id, tokens())
        second = await work.creators.save_tokens(
            creator_id, tokens(access="access-2", refresh=None), seed_hash="def"
        )

    async with store.read() as work:
        stored = await work.creators.tokens(creator_id)
        creator = await work.creators.get(creator_id)

    assert none is None
    assert first == tokens(version=1)
    assert second == stored == tokens(access="access-2", refresh=None, version=2)
    assert creator.seed_hash == "def"
    assert stored.expires_at == tokens().expires_at


async def test_a_new_pair_makes_the_state_untried(store):
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.set_token_state(creator_id, TokenState.BROKEN, reason="No.", at=NOW)
        await work.creators.save_tokens(creator_id, tokens())
        creator = await work.creators.get(creator_id)

    assert (creator.token_state, creator.token_reason) == (TokenState.UNTRIED, None)


async def test_an_empty_pair_never_replaces_a_stored_one(store):
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.save_tokens(creator_id, tokens())
        with pytest.raises(ValueError, match="without an access token"):
            await work.creators.save_tokens(creator_id, tokens(access=""))

    async with store.read() as work:
        assert await work.creators.tokens(creator_id) == tokens(version=1)


async def test_tokens_of_nobody_cannot_be_saved(store):
    async with store.write() as work:
        with pytest.raises(LookupError):
            await work.creators.save_tokens(99, tokens())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_no_secret_can_be_read_in_the_file(store, tmp_path):
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.save_tokens(creator_id, tokens())
        await work.hooks.save(hook(secrets=("hook-secret",)))
        await work.notes.set("name", "plain to see")
    await store.close()

    content = b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*"))

    assert b"plain to see" in content
    for secret in (b"access-1", b"refresh-1", b"hook-secret"):
        assert secret not in content


async def test_keys_rotate_and_a_lost_key_is_named(database_url, clock):
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    first, rotated, lost = (
        SqlStore(database_url, keys=MultiFernet(keys), clock=clock)
        for keys in ([old], [new, old], [new])
    )
    async with first.write() as work:
        creator_id = await work.creators.add()
        await work.creators.save_tokens(creator_id, tokens())

    async with rotated.read() as work:
        assert await work.creators.tokens(creator_id) == tokens(version=1)
    async with lost.read() as work:
        with pytest.raises(PermanentError, match="cannot be decrypted"):
            await work.creators.tokens(creator_id)

    for store in (first, rotated, lost):
        await store.close()


async def test_tiers_come_cheapest_first_and_stay_known_when_unpublished(store):
    creator_id = await save_campaign(store, is_synced=False)
    async with store.write() as work:
        await work.campaigns.save(campaign(name="New"), [tier(title="New")], creator_id=creator_id)

    async with store.read() as work:
        found = await work.campaigns.tiers("1001")

    assert [(one.id, one.title, one.is_published) for one in found.values()] == [
        ("200", "Free", False),
        ("201", "New", True),
        ("202", "Patron", False),
    ]


async def test_a_campaign_may_lose_all_its_tiers(store):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save(campaign(), [], creator_id=creator_id)
        found = await work.campaigns.tiers("1001")

    assert [one.is_published for one in found.values()] == [False] * len(tiers())


async def test_tiers_that_come_with_members_do_not_wipe_the_count_of_patrons(store):
    await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save_tiers([tier(patron_count=7)])
        await work.campaigns.save_tiers([tier(title="New"), tier(id="203")])
        found = await work.campaigns.tiers("1001")

    assert found["201"] == tier(title="New", patron_count=7)
    assert found["203"] == tier(id="203")


async def test_only_the_first_complete_sync_is_the_baseline(store):
    creator_id = await save_campaign(store, is_synced=False)
    late = NOW + timedelta(hours=1)

    async def note(at, *, is_complete, error=None):
        async with store.write() as work:
            await work.campaigns.note_sync("1001", at=at, is_complete=is_complete, error=error)
            stored = await work.campaigns.get("1001")
        return stored.baseline_at, stored.synced_at, stored.sync_error

    assert await note(NOW, is_complete=False, error="Away.") == (None, None, "Away.")
    assert await note(NOW, is_complete=True) == (NOW, NOW, None)
    assert await note(late, is_complete=True) == (NOW, late, None)
    assert await note(late + LATER, is_complete=False, error="Away.") == (NOW, late, "Away.")
    async with store.read() as work:
        assert await work.campaigns.get("1001") == StoredCampaign(
            campaign=campaign(), creator_id=creator_id,
            baseline_at=NOW, synced_at=late, sync_error="Away.",
        )  # fmt: skip
        assert await work.campaigns.get("none") is None


LATER = timedelta(hours=1)


async def test_saving_a_campaign_again_keeps_its_bookkeeping(store):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save(campaign(name="New"), tiers(), creator_id=creator_id)
        stored = await work.campaigns.get("1001")

    assert (stored.campaign.name, stored.baseline_at) == ("New", NOW)


async def test_campaigns_come_by_name_whatever_its_case(store):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        for id_, name in (("1002", "zebra"), ("1003", "Yak"), ("1004", "ábel")):
            await work.campaigns.save(campaign(id=id_, name=name), [], creator_id=creator_id)
        found = await work.campaigns.all()

    assert [one.campaign.id for one in found] == ["1001", "1003", "1002", "1004"]


async def test_hooks_come_back_with_their_secrets(store):
    async with store.write() as work:
        hook_id = await work.hooks.save(hook())
        rotated = hook(id=hook_id, secrets=("new", "s3cret"), is_paused=True, failures=3)
        assert await work.hooks.save(rotated) == hook_id

    async with store.read() as work:
        assert await work.hooks.by_key("hook-key") == rotated
        assert await work.hooks.all() == [rotated]
        assert await work.hooks.by_key("other") is None


async def test_an_unknown_hook_cannot_be_updated(store):
    async with store.write() as work:
        with pytest.raises(LookupError):
            await work.hooks.save(hook(id=99))


async def test_saving_posts_tells_the_new_from_the_changed(store):
    await save_campaign(store)
    async with store.write() as work:
        first = await work.posts.save([post(), post(id="302", tier_ids=("201",))])
        second = await work.posts.save([post(), post(id="302", title="New"), post(id="303")])
        nothing = await work.posts.save([])
        number = await work.posts.count(["1001"])

    assert (first, second, nothing, number) == ((2, 0), (1, 1), (0, 0), 3)


async def test_posts_are_forgotten_by_id_and_listed_by_campaign(store):
    creator_id = await save_campaign(store)
    async with store.write() as work:
        await work.campaigns.save(campaign(id="1002"), [], creator_id=creator_id)
        await work.posts.save([post(id=str(i)) for i in range(5)])
        await work.posts.save([post(id="other", campaign_id="1002")])
        gone = await work.posts.delete(["0", "1", "unknown"])
        nothing = await work.posts.delete([])
        left = sorted(await work.posts.ids("1001"))
        number = await work.posts.count(["1001", "1002"])
        none = await work.posts.count([])

    assert (gone, nothing, left, number, none) == (2, 0, ["2", "3", "4"], 4, 0)


async def test_changes_are_numbered_in_their_order_and_read_latest_first(store):
    joined = change(kind=Kind.JOINED, entry=Entry.GIFT, before=(), after=("201",))
    others = [change(member_id=f"m{i}") for i in range(50)]
    async with store.write() as work:
        ids = await work.changes.add([joined, *others, change()], at=NOW)
        none = await work.changes.add([], at=NOW)

    async with store.read() as work:
        found = await work.changes.of_member(member().id, limit=9)
        latest = await work.changes.of_member(member().id, limit=1)
        last = await work.changes.of_member("m49", limit=1)

    assert ids == sorted(ids)
    assert len(set(ids)) == 52
    assert none == []
    assert found == [(change(), NOW), (joined, NOW)]
    assert latest == [(change(), NOW)]
    assert last == [(replace(change(), member_id="m49"), NOW)]


async def test_notes_are_kept_and_replaced(store):
    async with store.write() as work:
        assert await work.notes.get("tree") is None
        await work.notes.set("tree", "one")
        await work.notes.set("tree", "two")

    async with store.read() as work:
        assert await work.notes.get("tree") == "two"
