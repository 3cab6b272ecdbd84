"""What is asked often among many pictures is found by index, whatever the database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from benchmarks._many_images import Explaining, fill, scans
from core.images import ImageKind
from storage.address import parse
from storage.engine import Engine
from storage.images import SqlImages

PICTURES = 30_000
LATER = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=PICTURES // 2)


@pytest.fixture
async def explaining(database_url):
    engine = Engine(parse(database_url))
    async with engine.write() as connection:
        await fill(connection, PICTURES)
    async with engine.read() as connection:
        connection.__class__ = Explaining
        connection.plans = []
        yield connection
    await engine.close()


QUERIES = {
    "due": lambda images: images.due(LATER, limit=20),
    "due of a kind": lambda images: images.due(LATER, limit=20, kinds=[ImageKind.USER]),
    "next due": lambda images: images.next_due(),
    "stale": lambda images: images.stale(LATER, limit=20),
    "by public key": lambda images: images.by_public_key("p77"),
    "for everyone": lambda images: images.is_for_everyone("k77"),
}


@pytest.mark.parametrize("query", QUERIES)
async def test_no_table_is_read_as_a_whole(explaining, query):
    await QUERIES[query](SqlImages(explaining))

    for plan in explaining.plans:
        assert scans(plan) == [], "\n".join(plan)


async def test_pictures_of_one_campaign_are_found_by_index(explaining):
    await SqlImages(explaining).due(LATER, limit=20, campaign_ids=["c1"])

    # Few campaigns may wait among many: then it is shorter to sort their own.
    assert not [step for step in scans(explaining.plans[0]) if "Seq" in step or "SCAN" in step]


async def test_a_whole_table_would_be_noticed(explaining):
    from sqlalchemy import select

    from storage.tables import images

    await explaining.all(select(images.c.key).where(images.c.width == 3).limit(1))
    await explaining.all(select(images.c.key).order_by(images.c.fetched_at).limit(1))

    assert all(scans(plan) for plan in explaining.plans)
    assert len(explaining.plans) == 2
    assert (await explaining.all(text("SELECT count(*) FROM images")))[0][0] == PICTURES
