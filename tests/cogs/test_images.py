"""`/patreon images refresh` and `/patreon images status`, within one server."""

import asyncio
from datetime import timedelta

import pytest

from cogs.images_words import images_embed, refreshed_embed, refreshing_embed
from core.audit import AuditQuery
from core.gallery import BATCH, ImagesReport
from core.guilds import Link
from core.image_rows import ImageCounts
from core.image_words import KINDS, NAMES, REASONS, by_number, size_words
from core.images import ImageFailure, ImageKind, ImageMissed, ImageRefused
from tests.cogs.conftest import running, until
from tests.cogs.test_lookups import ask, described
from tests.factories import NOW, campaign

USER, TIER = ImageKind.USER, ImageKind.TIER
AWAY = ImageMissed("Away.", reason=ImageFailure.AWAY)
GONE = ImageRefused("Gone.", reason=ImageFailure.GONE)


@pytest.fixture
async def known(linked, pictures):
    """Patreon has named pictures of three members and one tier."""
    for number in range(3):
        await pictures.see(USER, f"u{number}")
    await pictures.see(TIER, "201")


@pytest.fixture
async def elsewhere(world, store, linked, pictures):
    """Another server, whose campaign has pictures that fail and one that expires."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    async with store.write() as work:
        await work.campaigns.save(campaign(id="1002", name="Secret Lab"), [], creator_id=1)
        await work.links.save(Link(guild_id=other.id, campaign_id="1002"), at=NOW)
    for number in range(7):
        await pictures.see(USER, f"far{number}", "1002", expires_at=NOW + timedelta(days=1))
    pictures.failures["user-far0"] = GONE
    return other


async def refresh(server, **options):
    """Refresh the pictures and wait for the report: a slow machine sees the progress first."""
    asked = await server.user("owner").slash("patreon images refresh", **options)
    return await asked.until(lambda a: not a.thinking and "Fetching" not in a.text, what="the end")


async def refreshed(server, **options):
    return described(await refresh(server, **options))


async def test_a_refresh_fetches_what_is_missing_and_reports_it(server, part, known, pictures):
    await pictures.gallery.fetch_due(kinds=[TIER])

    answer = await refresh(server)

    assert answer.ephemeral
    assert answer.embeds[0]["title"] == "✅ Pictures refreshed"
    lines = described(answer).splitlines()
    assert lines[:3] == [
        "Checked: 4 pictures · 1 were here already",
        "3 fetched · 0 unchanged · 0 replaced by others",
        "Links renewed: 0",
    ]
    size = sum(len(f"picture user-u{number} ") for number in range(3))
    assert lines[3] == f"Downloaded: {size} bytes in 0.0 seconds"
    assert sorted(pictures.asked) == ["tier-201", "user-u0", "user-u1", "user-u2"]


async def test_a_refresh_can_be_of_one_kind(server, part, known, pictures):
    shown = await refreshed(server, model="tier")

    assert "Checked: 1 picture" in shown
    assert pictures.asked == ["tier-201"]


async def test_a_forced_refresh_fetches_what_is_here_too(server, part, known, pictures):
    await pictures.gallery.fetch_due()

    plain = await refreshed(server)
    forced = await refreshed(server, force=True)

    assert "4 were here already" in plain
    assert "0 fetched · 4 unchanged" in forced
    assert "Links renewed: 4" in forced


async def test_every_failure_is_a_sentence_with_what_to_do(server, part, known, pictures):
    pictures.failures |= {"user-u0": AWAY, "user-u1": GONE, "user-u2": AWAY}

    answer = await refresh(server)

    assert answer.embeds[0]["title"] == "⚠️ Pictures refreshed in part"
    assert described(answer).splitlines()[-3:] == [
        "**What could not be had**",
        f"• 2 × {REASONS[ImageFailure.AWAY]}",
        f"• 1 × {REASONS[ImageFailure.GONE]}",
    ]


async def test_a_refresh_without_pictures_says_what_brings_some(server, part, linked):
    assert "`/patreon sync`" in await refreshed(server)


async def test_a_server_that_follows_nothing_is_told_what_to_do(server, part):
    for command in ("images refresh", "images status"):
        assert "/patreon setup" in (await ask(server, command, "owner")).text


async def test_a_second_refresh_is_told_that_one_is_under_way(server, part, known, pictures):
    pictures.gate.clear()
    first = await server.user("owner").slash("patreon images refresh")
    await until(lambda: pictures.asked)

    second = await ask(server, "images refresh", "owner")
    pictures.gate.set()
    await first.until(lambda a: "refreshed" in a.text)

    assert "under way already" in second.text


async def test_progress_is_shown_at_most_every_one_and_a_half_seconds(
    server, part, linked, pictures, clock, world
):
    for number in range(BATCH + 1):
        await pictures.see(USER, f"u{number}")

    answer = await (await server.user("owner").slash("patreon images refresh")).until(
        lambda a: "refreshed" in a.text, timeout=30
    )

    before = [edit["embeds"][0] for edit in answer.edits if edit["embeds"]]
    assert [each["title"] for each in before] == ["⏳ Fetching pictures…"]
    assert f"**{BATCH}** of {BATCH + 1} pictures" in before[0]["description"]


async def test_a_refresh_longer_than_a_reply_lives_says_where_to_look(
    server, part, known, pictures, clock
):
    pictures.gate.clear()
    answer = await server.user("owner").slash("patreon images refresh")
    await until(lambda: pictures.asked)

    clock.advance(minutes=14)
    pictures.gate.set()
    await answer.until(lambda a: "refreshed" in a.text)

    titles = [edit["embeds"][0]["title"] for edit in answer.edits if edit["embeds"]]
    assert titles == ["⏳ Still fetching pictures"]


async def test_a_refresh_under_way_ends_with_the_process(server, new_part, known, pictures):
    pictures.gate.clear()
    async with running(new_part()):
        await server.user("owner").slash("patreon images refresh")
        await until(lambda: pictures.asked)

    pictures.gate.set()
    done = await pictures.gallery.refresh(["1001"])
    assert done.fetched == 4


async def test_who_asked_for_a_refresh_is_in_the_audit(server, part, known, store, guild, world):
    await refreshed(server, force=True)

    async with store.read() as work:
        page = await work.audit.page(AuditQuery(guild_id=guild.id))
    [entry] = page.entries
    assert (entry.action, entry.detail) == ("images.refreshed", "Campaign 1001, with force.")
    assert entry.user_id == world.user_named("owner").id


async def test_the_status_tells_counts_size_and_times(server, part, known, pictures, clock):
    await pictures.gallery.fetch_due(kinds=[TIER])
    pictures.failures["user-u0"] = GONE
    await pictures.see(USER, "u9", expires_at=NOW + timedelta(days=3))
    clock.advance(hours=1)
    await pictures.gallery.fetch_due(kinds=[USER])
    soon = NOW + timedelta(days=2)
    await pictures.see(USER, "u8", expires_at=soon)

    shown = described(await ask(server, "images status", "owner"))

    stamp, due = int(NOW.timestamp()), int(soon.timestamp())
    assert "**Members**: 5 known · 3 here · 2 waiting · 1 failed" in shown
    assert "**Tiers**: 1 known · 1 here · 0 waiting · 0 failed" in shown
    assert "all pictures of this bot may take 1.0 GB" in shown
    assert f"Oldest: fetched on <t:{stamp}:D> (<t:{stamp}:R>)" in shown
    assert f"Next link to expire: <t:{due}:D> (<t:{due}:R>)" in shown
    assert f"• 1 × {REASONS[ImageFailure.GONE]}" in shown


async def test_a_strangers_pictures_are_neither_counted_nor_fetched(
    server, part, elsewhere, known, pictures
):
    report = await refreshed(server, force=True)
    asked = set(pictures.asked)
    async with asyncio.timeout(5):
        while await pictures.gallery.fetch_due(["1002"]):
            pass
    status = described(await ask(server, "images status", "owner"))

    assert "Checked: 4 pictures" in report
    assert asked == {"tier-201", "user-u0", "user-u1", "user-u2"}
    assert "**Members**: 3 known · 3 here · 0 waiting · 0 failed" in status
    assert "could not be had" not in status
    assert "expire" not in status
    theirs = described(await ask(server, "images status", "stranger", channel="lobby"))
    assert "**Members**: 7 known · 6 here · 1 waiting · 1 failed" in theirs
    assert "Tiers" not in theirs


@pytest.mark.parametrize("failure", ImageFailure)
def test_every_reason_has_a_sentence(failure):
    assert REASONS[failure].endswith(".")


def test_every_kind_has_a_name():
    assert {NAMES[kind] for kind in ImageKind} == set(KINDS)


def test_the_most_frequent_reason_comes_first():
    failures = {ImageFailure.AWAY: 1, ImageFailure.GONE: 0, ImageFailure.BROKEN: 5}

    assert by_number(failures) == [(ImageFailure.BROKEN, 5), (ImageFailure.AWAY, 1)]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1_023, "1023 bytes"),
        (1_024, "1.0 kB"),
        (1_048_575, "1.0 MB"),
        (1_572_864, "1.5 MB"),
        (2**30, "1.0 GB"),
        (2**50, "1,024.0 TB"),
    ],
)
def test_a_number_of_bytes_is_written_in_its_unit(count, words):
    assert size_words(count) == words


def test_progress_never_exceeds_what_is_wanted():
    report = ImagesReport(checked=3, fresh=1, fetched=2, replaced=2)

    assert "**4** of 4 pictures" in refreshing_embed(report).description


def test_everything_that_can_fail_fits_into_a_reply():
    failures = dict.fromkeys(ImageFailure, 9_999_999)
    counts = ImageCounts(
        known=9_999_999,
        cached=0,
        waiting=0,
        failures=failures,
        size_bytes=2**60,
        oldest_fetched_at=NOW,
        next_expires_at=NOW,
    )
    report = ImagesReport(checked=9_999_999, failures=failures)

    status = images_embed(dict.fromkeys(ImageKind, counts), max_bytes=2**60).description
    ended = refreshed_embed(report, took=timedelta(days=1)).description
    for text in (status, ended):
        assert len(text) <= 4_096
        assert all(REASONS[failure] in text for failure in ImageFailure)
