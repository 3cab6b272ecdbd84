"""Pagination: complete walks, cursors that expire, and who may read which list."""

import json
from base64 import b64decode
from datetime import timedelta

import pytest


async def walk(reader, path, **params):
    pages = []
    while True:
        status, body = await reader.get(path, **params)
        assert status == 200
        pages.append(body)
        cursor = body["meta"]["pagination"]["cursors"]["next"]
        if cursor is None or len(pages) > 60:
            return pages
        params["page__cursor"] = cursor


async def test_a_walk_meets_every_member_once(reader, world, campaign):
    pages = await walk(reader, f"/campaigns/{campaign.id}/members", page__count="60")

    met = [member["id"] for page in pages for member in page["data"]]
    assert met == [member.id for member in world.members()]
    assert {page["meta"]["pagination"]["total"] for page in pages} == {250}
    assert [len(page["data"]) for page in pages] == [60, 60, 60, 60, 10]


async def test_a_full_last_page_has_no_next_cursor(reader, campaign):
    pages = await walk(reader, f"/campaigns/{campaign.id}/members", page__count="125")

    assert len(pages) == 2


async def test_links_next_leads_to_the_next_page(reader, campaign):
    _, first = await reader.get(
        f"/campaigns/{campaign.id}/members", page__count="200", fields__member="full_name"
    )
    _, second = await reader.ask("GET", first["links"]["next"])

    assert len(second["data"]) == 50
    assert "full_name" in second["data"][0]["attributes"]
    assert "links" not in second


async def test_a_walk_goes_on_after_the_member_at_its_cursor_left(reader, world, campaign):
    path = f"/campaigns/{campaign.id}/members"
    number, member = next(
        (n, m) for n, m in enumerate(world.members()) if m.lifetime_cents == 0 and n > 5
    )
    _, first = await reader.get(path, page__count=str(number + 1))
    world.delete(member)
    cursor = first["meta"]["pagination"]["cursors"]["next"]
    _, second = await reader.get(path, page__count="1000", page__cursor=cursor)

    assert len(second["data"]) == 250 - number - 1
    assert second["meta"]["pagination"]["total"] == 249


async def test_posts_come_twenty_a_page_oldest_first_whatever_is_asked(reader, campaign):
    pages = await walk(
        reader,
        f"/campaigns/{campaign.id}/posts",
        page__count="45",
        fields__post="published_at",
        sort="-published_at",
    )

    assert [len(page["data"]) for page in pages] == [20, 20, 5]
    dates = [p["attributes"]["published_at"] for page in pages for p in page["data"]]
    assert dates == sorted(dates)


async def test_a_cursor_has_the_documented_form(reader, campaign):
    _, body = await reader.get(f"/campaigns/{campaign.id}/members", page__count="1")

    version, content, signature = body["meta"]["pagination"]["cursors"]["next"].split(":")
    assert version == "03"
    assert signature
    assert json.loads(b64decode(content)) == {"v": 1, "c": body["data"][0]["id"], "t": ""}


@pytest.mark.parametrize(
    "spoil", [str.lower, lambda c: c[:-2], lambda c: c + "x", lambda c: "junk", lambda c: "03:a:é"]
)
async def test_a_changed_cursor_is_refused(reader, campaign, example, spoil):
    path = f"/campaigns/{campaign.id}/members"
    _, body = await reader.get(path, page__count="1")
    cursor = spoil(body["meta"]["pagination"]["cursors"]["next"])

    assert await reader.get(path, page__cursor=cursor) == (400, example("error_400_expired_cursor"))


async def test_a_cursor_expires(reader, campaign, clock, example):
    path = f"/campaigns/{campaign.id}/members"
    _, body = await reader.get(path, page__count="1")
    cursor = body["meta"]["pagination"]["cursors"]["next"]

    clock.advance(timedelta(minutes=59))
    assert (await reader.get(path, page__cursor=cursor))[0] == 200
    clock.advance(timedelta(minutes=2))
    assert await reader.get(path, page__cursor=cursor) == (400, example("error_400_expired_cursor"))


async def test_a_cursor_fits_only_its_own_list(reader, campaign):
    _, body = await reader.get(f"/campaigns/{campaign.id}/members", page__count="1")
    cursor = body["meta"]["pagination"]["cursors"]["next"]

    status, _ = await reader.get(f"/campaigns/{campaign.id}/posts", page__cursor=cursor)

    assert status == 400


async def test_somebody_elses_members_are_forbidden_and_their_posts_look_empty(
    reader, world, example
):
    other = world.seed_campaign(members=10, name="Other Page")
    member, post = next(world.members(other.id)), world.posts(other.id).all()[0]

    assert (await reader.get(f"/campaigns/{other.id}/members"))[0] == 403
    assert (await reader.get(f"/members/{member.id}"))[0] == 403
    status, body = await reader.get(f"/campaigns/{other.id}/posts")
    assert (status, body["data"], body["meta"]["pagination"]["total"]) == (200, [], 0)
    status, body = await reader.get(f"/posts/{post.id}")
    expected = example("error_403_view_forbidden")
    expected["errors"][0]["detail"] = f"You do not have permission to view post with id {post.id}."
    assert (status, body) == (403, expected)


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/99",
        "/campaigns/99/members",
        "/members/11111111-2222-4333-8444-555555555555",
        "/members/not-an-id",
        "/posts/1",
        "/tiers/1",
        "/campaigns/1234567/tiers",
    ],
)
async def test_what_is_not_there_is_not_found(reader, path):
    status, body = await reader.get(path)

    assert status == 404
    assert body["errors"][0]["status"] == "404"


async def test_there_is_no_way_to_write_a_post(reader, campaign):
    status, body = await reader.ask("POST", f"/campaigns/{campaign.id}/posts", json={"data": {}})

    assert status == 405
    assert body["errors"][0]["status"] == "405"
