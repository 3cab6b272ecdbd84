"""Campaigns, posts, webhooks and identities as Patreon tells of them."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import TemporaryError
from core.members import Campaign, Tier
from core.ports import Identity, RemoteHook
from core.posts import Post
from patreon.documents import read_campaigns, read_hooks, read_identity, read_post, read_posts
from tests.patreon.examples import AT, NAMES, example, parsed

FREE = Tier(
    id="20000001",
    campaign_id="1234567",
    title="Free",
    amount_cents=0,
    patron_count=5,
    benefits=None,
)
PAID = replace(FREE, id="20000002", title="Paid", amount_cents=500, patron_count=1)


def test_an_identity_is_an_id_and_a_name():
    assert read_identity(example("identity")) == Identity(
        patreon_id="7654321", name="Example Patron"
    )


def test_a_campaign_comes_with_its_tiers_cheapest_first():
    reads, following = read_campaigns(example("campaign_with_tiers"), asked_at=AT)

    assert following is None
    assert [read.campaign for read in reads] == [
        Campaign(
            id="1234567",
            name="Example",
            currency="USD",
            url="https://www.patreon.com/examplecreator",
            patron_count=5,
        )
    ]
    assert reads[0].tiers == (FREE, PAID)
    assert reads[0].asked_at == AT


def with_benefits(tier, benefits):
    """The example with what its paid tier comes with: references, and resources that came along."""
    document = parsed("campaign_with_tiers")
    document["included"][1]["relationships"] = {"benefits": tier}
    document["included"] += benefits
    ((read,), _) = read_campaigns(json.dumps(document).encode(), asked_at=AT)
    return read.tiers[1].benefits


def benefit(number, **attributes):
    return {"type": "benefit", "id": str(number), "attributes": attributes}


def refs(*numbers):
    return {"data": [{"type": "benefit", "id": str(number)} for number in numbers]}


def test_a_tier_names_its_benefits_in_patreons_order_and_once():
    known = [benefit(1, title="Early"), benefit(2, title="Call"), benefit(3, title="Others'")]

    assert with_benefits(refs(2, 1, 2), known) == ("Call", "Early")


def test_benefits_that_ended_are_not_offered():
    gone = [benefit(1, title="Old", is_ended=True), benefit(2, title="Gone", is_deleted=True)]

    assert with_benefits(refs(1, 2, 3, 4), [*gone, benefit(3, title="Now"), benefit(4)]) == ("Now",)


@pytest.mark.parametrize("told", [None, [], {"data": [None, {"id": []}]}, {"data": None}])
def test_strange_benefits_cost_the_benefits_alone(told):
    assert not with_benefits(told, [benefit(1, title={}), {"type": "benefit", "attributes": []}])


@pytest.mark.parametrize(
    ("told", "limit"),
    [(50, 50), ("50", 50), (0, 0), (None, None), (-1, None), (2**40, None), ("many", None)],
)
def test_a_tier_tells_how_many_fit(told, limit):
    document = parsed("campaign_with_tiers")
    document["included"][1]["attributes"]["user_limit"] = told

    ((read,), _) = read_campaigns(json.dumps(document).encode(), asked_at=AT)

    assert read.tiers[1].patron_limit == limit


def test_campaigns_get_only_their_own_tiers():
    document = parsed("campaign_with_tiers")
    other = {"id": 2, "attributes": {"vanity": "other"}, "relationships": {"tiers": {"data": []}}}
    document["data"] = [document["data"], other]

    reads, _ = read_campaigns(json.dumps(document).encode(), asked_at=AT)

    assert [len(read.tiers) for read in reads] == [2, 0]
    assert (reads[1].campaign.id, reads[1].campaign.name) == ("2", "other")


def test_a_single_campaign_that_does_not_name_its_tiers_has_all_that_came_along():
    document = parsed("campaign_with_tiers")
    del document["data"]["relationships"]

    reads, _ = read_campaigns(json.dumps(document).encode(), asked_at=AT)

    assert reads[0].tiers == (FREE, PAID)


@pytest.mark.parametrize("told", [None, []])
def test_what_tells_nothing_of_itself_is_read_as_if_it_left_it_out(told):
    strange = {"id": "7", "attributes": told, "relationships": told}
    body = json.dumps({"data": strange, "included": [None]}).encode()
    listed = json.dumps({"data": [strange]}).encode()

    ((read,), _) = read_campaigns(body, asked_at=AT)
    (post,) = read_posts(listed, campaign_id="1", asked_at=AT).posts

    assert (read.campaign.name, read.tiers) == ("Campaign 7", ())
    assert read_identity(body) == Identity(patreon_id="7", name=None)
    assert (post.id, post.title, post.is_public) == ("7", None, False)


def test_half_a_character_in_a_post_is_replaced():
    body = rb'{"data":[{"id":"7","attributes":{"title":"a\ud800"}}]}'

    (post,) = read_posts(body, campaign_id="1", asked_at=AT).posts

    assert post.title == "a\N{REPLACEMENT CHARACTER}"


def test_a_campaign_without_attributes_still_has_a_name():
    reads, _ = read_campaigns(example("campaigns_list_no_fields"), asked_at=AT)

    assert reads[0].campaign == Campaign(id="1234567", name="Campaign 1234567")


def test_posts_have_absolute_addresses_and_textual_tier_ids():
    page = read_posts(example("posts_list"), campaign_id="1234567", asked_at=AT)

    assert page.next_cursor is None
    assert page.posts[0] == Post(
        id="150000001",
        campaign_id="1234567",
        title="October update",
        content="<p>Hello <strong>patrons</strong></p>",
        url="https://www.patreon.com/posts/october-update-150000001",
        tier_ids=("20000002",),
        published_at=datetime(2026, 10, 1, 12, tzinfo=UTC),
    )
    assert (page.posts[1].is_public, page.posts[1].tier_ids) == (True, ())


def test_a_post_tells_its_campaign():
    post = read_post(example("webhook_posts_publish"))

    assert (post.id, post.campaign_id, post.is_public) == ("150000001", "1234567", False)


def test_a_post_that_does_not_tell_its_campaign_is_not_believed():
    with pytest.raises(TemporaryError):
        read_post(example("post_no_fields"))


def test_a_post_without_attributes_is_empty_and_not_public():
    document = {"data": [parsed("post_no_fields")["data"]]}

    page = read_posts(json.dumps(document).encode(), campaign_id="7", asked_at=AT)

    assert page.posts == (Post(id="150000001", campaign_id="7"),)


@pytest.mark.parametrize("tiers", [None, "all", {"data": []}, [None, {}, []]])
def test_tiers_of_a_post_may_be_anything(tiers):
    document = parsed("posts_list")
    document["data"][0]["attributes"]["tiers"] = tiers

    page = read_posts(json.dumps(document).encode(), campaign_id="7", asked_at=AT)

    assert page.posts[0].tier_ids == ()


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ("javascript:alert(1)", None),
        ("//evil.example/x", "https://evil.example/x"),
        ("https://[", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_addresses(told, url):
    document = parsed("posts_list")
    document["data"][0]["attributes"]["url"] = told

    page = read_posts(json.dumps(document).encode(), campaign_id="7", asked_at=AT)

    assert page.posts[0].url == url


def test_webhooks_are_read_from_a_list_and_from_a_single_answer():
    listed, _ = read_hooks(example("webhooks_list"))
    created, _ = read_hooks(example("webhook_create_response"))

    hook = RemoteHook(
        id="756000",
        uri="https://bot.example/patreon/webhook",
        triggers=("posts:publish",),
        secret="WEBHOOKSECRET",
        is_paused=True,
        failures=3,
    )
    assert listed == (hook,)
    assert [(hook.secret, hook.is_paused, hook.failures) for hook in created] == [
        ("WEBHOOKSECRET", False, 0)
    ]


@pytest.mark.parametrize("read", [read_identity, read_post, read_hooks])
@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"<html>", b'{"data":null}', b"[" * 200_000])
def test_what_is_no_document_may_be_asked_for_again(read, body):
    with pytest.raises(TemporaryError):
        read(body)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "read",
    [
        read_identity,
        read_post,
        read_hooks,
        lambda body: read_campaigns(body, asked_at=AT),
        lambda body: read_posts(body, campaign_id="7", asked_at=AT),
    ],
)
def test_a_payload_of_another_kind_ends_in_a_record_or_a_temporary_error(name, read):
    with suppress(TemporaryError):
        assert read(example(name))
