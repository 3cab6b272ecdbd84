"""Fields and includes: nothing by default, everything documented, and nothing else."""

import pytest

from sandbox.patreon.fields import FIELDS

MEMBER = (
    "campaign_lifetime_support_cents,currently_entitled_amount_cents,email,full_name,is_follower,"
    "is_free_trial,is_gifted,last_charge_date,last_charge_status,lifetime_support_cents,"
    "next_charge_date,note,patron_status,pledge_cadence,pledge_relationship_start,"
    "will_pay_amount_cents"
)


async def test_without_fields_there_are_no_attributes_and_no_relationships(reader, campaign):
    status, body = await reader.get("/campaigns")

    assert status == 200
    assert body["data"] == [{"attributes": {}, "id": campaign.id, "type": "campaign"}]
    assert body["meta"]["pagination"] == {"cursors": {"next": None}, "total": 1}


async def test_only_the_fields_that_were_asked_for_are_shown(reader, campaign):
    _, body = await reader.get(f"/campaigns/{campaign.id}", fields__campaign="name,currency")

    assert body["data"]["attributes"] == {"name": "Lantern Observatory", "currency": "USD"}


@pytest.mark.parametrize("kind", sorted(FIELDS))
async def test_every_documented_field_is_accepted(reader, campaign, kind):
    status, _ = await reader.ask(
        "GET", f"/campaigns/{campaign.id}", params={f"fields[{kind}]": ",".join(FIELDS[kind])}
    )

    assert status == 200


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        ("", {"fields[campaign]": "name,pledge_sum"}, "fields[campaign]"),
        ("", {"fields[reward]": "title"}, "fields[reward]"),
        ("", {"include": "rewards"}, "include"),
        ("", {"include": "tiers.patrons"}, "include"),
        ("", {"page[count]": "5"}, "page[count]"),
        ("", {"page[size]": "5"}, "page[size]"),
        ("/members", {"page[size]": "5"}, "page[size]"),
        ("/members", {"page[count]": "0"}, "page[count]"),
        ("/members", {"page[count]": "many"}, "page[count]"),
        ("/members", {"include": "currently_entitled_tiers,memberships"}, "include"),
        ("/posts", {"include": "tiers"}, "include"),
        ("/posts", {"fields[post]": "title,image"}, "fields[post]"),
    ],
)
async def test_one_unknown_name_fails_the_whole_request(
    reader, campaign, example, path, params, parameter
):
    status, body = await reader.ask("GET", f"/campaigns/{campaign.id}{path}", params=params)

    expected = example("error_400_bad_include")
    expected["errors"][0]["source"]["parameter"] = parameter
    assert (status, body) == (400, expected)


async def test_pledge_history_is_not_an_include_of_a_single_member(reader, world):
    member = world.roster().at(0)

    status, _ = await reader.get(f"/members/{member.id}", include="pledge_history")

    assert status == 400


async def test_a_campaign_shows_its_tiers_as_the_example_does(reader, campaign, example):
    _, body = await reader.get(
        f"/campaigns/{campaign.id}",
        include="tiers",
        fields__campaign="name,currency,vanity,patron_count,image_url,url",
        fields__tier=",".join(FIELDS["tier"]),
    )

    known = example("campaign_with_tiers")
    assert set(body) == set(known)
    assert set(body["data"]) == set(known["data"])
    assert set(body["included"][0]["attributes"]) == set(known["included"][0]["attributes"])
    free = body["included"][0]["attributes"]
    assert (free["title"], free["amount_cents"]) == ("Free", 0)
    assert free["url"].startswith("/checkout/")


async def test_tiers_come_with_their_benefits(reader, campaign, world):
    _, body = await reader.get(
        f"/campaigns/{campaign.id}", include="tiers,tiers.benefits", fields__benefit="title"
    )

    titles = {i["id"]: i["attributes"]["title"] for i in body["included"] if i["type"] == "benefit"}
    tiers = [
        i["relationships"]["benefits"]["data"] for i in body["included"] if i["type"] == "tier"
    ]
    shown = [[titles[one["id"]] for one in refs] for refs in tiers]
    assert shown == [[one.title for one in tier.benefits] for tier in world.tiers()]
    assert shown[0] == []
    assert len(shown[-1]) > 1


async def test_members_come_with_users_and_tiers_as_the_example_does(reader, campaign, example):
    _, body = await reader.get(
        f"/campaigns/{campaign.id}/members",
        include="address,campaign,currently_entitled_tiers,user",
        fields__member=MEMBER,
        fields__user="full_name,social_connections",
    )

    known, shown = example("members_page1")["data"][0], body["data"][0]
    assert set(shown["attributes"]) == set(known["attributes"])
    assert set(shown["relationships"]) == set(known["relationships"])
    for name, relationship in known["relationships"].items():
        assert set(shown["relationships"][name]) == set(relationship)
    keys = [(item["type"], item["id"]) for item in body["included"]]
    assert len(keys) == len(set(keys))
    socials = next(i for i in body["included"] if i["type"] == "user")["attributes"]
    assert len(socials["social_connections"]) == 13


async def test_pledge_history_halves_the_page(reader, world):
    big = world.seed_campaign(members=1200, name="Big Page")
    token = world.issue_tokens(big.creator_id).access_token
    path = f"/campaigns/{big.id}/members"

    _, plain = await reader.get(path, token=token, page__count="5000")
    _, history = await reader.get(
        path,
        token=token,
        page__count="5000",
        include="pledge_history",
        **{"fields__pledge-event": "type,payment_status,date,tier_id,amount_cents"},
    )

    assert (len(plain["data"]), len(history["data"])) == (1000, 500)
    assert {item["type"] for item in history["included"]} == {"pledge-event"}


async def test_posts_have_relative_urls_and_whole_number_tiers(reader, campaign, example):
    _, body = await reader.get(
        f"/campaigns/{campaign.id}/posts", fields__post=",".join(FIELDS["post"])
    )

    known = example("posts_list")["data"][0]["attributes"]
    assert set(body["data"][0]["attributes"]) == set(known)
    gated = next(p["attributes"] for p in body["data"] if p["attributes"]["tiers"])
    assert all(isinstance(tier, int) for tier in gated["tiers"])
    assert gated["url"].startswith("/posts/")
    assert {p["attributes"]["is_public"] for p in body["data"]} == {True, False}


async def test_a_tier_image_comes_as_media(reader, campaign):
    _, body = await reader.get(
        f"/campaigns/{campaign.id}",
        include="tiers.tier_image",
        fields__media="download_url,image_urls,mimetype",
    )

    media = [item for item in body["included"] if item["type"] == "media"]
    assert len(media) == 3
    assert "token-time=" in media[0]["attributes"]["download_url"]


async def test_identity_shows_memberships_with_tiers_and_campaign(reader, world, example):
    member = next(m for m in world.members() if world.is_paying(m))
    token = world.issue_tokens(
        member.user_id, scopes=frozenset({"identity", "identity.memberships", "identity[email]"})
    ).access_token

    _, body = await reader.get(
        "/identity",
        token=token,
        include="memberships.currently_entitled_tiers,memberships.campaign,campaign",
        fields__user="email,full_name,image_url,social_connections",
        fields__member="patron_status,currently_entitled_amount_cents",
        fields__tier="title",
    )

    known = example("identity")
    assert set(body) == set(known)
    assert set(body["data"]["attributes"]) == set(known["data"]["attributes"])
    assert body["data"]["relationships"]["campaign"] == {"data": None}
    assert [i["type"] for i in body["included"]] == ["member", "tier", "campaign"]
    assert body["data"]["attributes"]["email"]


async def test_without_the_scope_identity_shows_only_the_membership_of_the_clients_own_page(
    reader, world
):
    other = world.seed_campaign(members=10, name="Other Page")
    ours = next(world.members())
    theirs = next(world.members(other.id))
    for member, expected in ((ours, 1), (theirs, 0)):
        token = world.issue_tokens(member.user_id, scopes=frozenset({"identity"})).access_token
        _, body = await reader.get("/identity", token=token, include="memberships")
        assert len(body["data"]["relationships"]["memberships"]["data"]) == expected


async def test_addresses_of_mail_need_their_scopes(reader, world, campaign):
    token = world.issue_tokens(scopes=frozenset({"campaigns.members", "identity"})).access_token

    _, members = await reader.get(
        f"/campaigns/{campaign.id}/members", token=token, fields__member="email"
    )
    _, me = await reader.get("/identity", token=token, fields__user="email")

    assert {member["attributes"]["email"] for member in members["data"]} == {None}
    assert me["data"]["attributes"]["email"] is None
