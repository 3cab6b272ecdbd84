"""What happens to members: documented field values, and the right triggers in order."""

import json
from datetime import timedelta

import pytest

from sandbox.patreon import Kind

CREATE, UPDATE, DELETE = "members:create", "members:update", "members:delete"
PLEDGED, REPLEDGED = "members:pledge:create", "members:pledge:update"
UNPLEDGED = "members:pledge:delete"


@pytest.fixture
def hook(world):
    return world.add_hook("http://127.0.0.1:9/never", "s")


@pytest.fixture
def tiers(world):
    return {tier.title: tier for tier in world.tiers()}


def triggers(event):
    return [delivery.trigger for delivery in event.deliveries]


def sent(event, number=0):
    return json.loads(event.deliveries[number].body)


def attributes(event, number=0):
    return sent(event, number)["data"]["attributes"]


def entitled(event, number=0):
    data = sent(event, number)["data"]["relationships"]["currently_entitled_tiers"]["data"]
    return [tier["id"] for tier in data]


def test_a_paid_join_is_created_pledged_and_charged(world, hook, tiers, clock):
    event = world.join("Night Watch", name="Ada")
    member = event.member

    assert triggers(event) == [CREATE, PLEDGED, UPDATE]
    assert (member.patron_status, member.last_charge_status) == ("active_patron", "Paid")
    assert (member.entitled_cents, member.will_pay_cents, member.lifetime_cents) == (800, 800, 800)
    assert member.pledge_cadence == 1
    assert member.last_charge_date == member.pledge_relationship_start == clock()
    assert member.next_charge_date.hour == 0
    assert member.next_charge_date > clock()
    assert member.tier_ids == (tiers["Night Watch"].id,)
    assert attributes(event)["campaign_lifetime_support_cents"] == 0
    assert entitled(event) == [tiers["Night Watch"].id]
    assert world.member(member.id) == member


def test_an_annual_join_has_a_cadence_of_twelve(world, hook, clock):
    member = world.join("Stargazer", kind=Kind.ANNUAL).member

    assert (member.pledge_cadence, member.entitled_cents) == (12, 3000)
    assert member.next_charge_date - clock() > timedelta(days=364)


def test_a_free_join_is_only_created(world, hook, tiers, example):
    event = world.join(kind="free")

    known = example("webhook_members_create_free")["data"]["attributes"]
    same = {"email", "full_name"}
    assert triggers(event) == [CREATE]
    assert {k: v for k, v in attributes(event).items() if k not in same} == {
        k: v for k, v in known.items() if k not in same
    }
    assert entitled(event) == [tiers["Free"].id]


def test_a_gift_is_entitled_with_an_amount_of_zero(world, hook, tiers):
    event = world.join("Stargazer", kind=Kind.GIFT)

    assert triggers(event) == [CREATE]
    shown = attributes(event)
    assert (shown["is_gifted"], shown["currently_entitled_amount_cents"]) == (True, 0)
    assert shown["next_charge_date"] is None
    assert shown["last_charge_status"] is None
    assert entitled(event) == [tiers["Stargazer"].id]


def test_a_trial_looks_as_the_captured_one(world, hook, tiers, example):
    event = world.join("Stargazer", kind=Kind.TRIAL)

    known = example("webhook_members_update_free_trial")["data"]["attributes"]
    known |= {"currently_entitled_amount_cents": 300}
    own = {"email", "full_name", "pledge_relationship_start"}
    assert triggers(event) == [CREATE, UPDATE]
    assert {k: v for k, v in attributes(event).items() if k not in own} == {
        k: v for k, v in known.items() if k not in own
    }
    assert entitled(event) == [tiers["Stargazer"].id, tiers["Free"].id]


@pytest.mark.parametrize("kind", [Kind.DECLINED, Kind.FORMER, Kind.CANCELLED])
def test_nobody_joins_as_somebody_who_left(world, kind):
    with pytest.raises(ValueError, match="Nobody joins"):
        world.join(kind=kind)


def test_an_upgrade_and_a_downgrade_change_the_pledge(world, hook, tiers):
    member = world.join("Stargazer").member

    up = world.upgrade(member, "Keeper of the Lamp")
    down = world.downgrade(member, "Night Watch")

    assert triggers(up) == triggers(down) == [REPLEDGED, UPDATE]
    assert (up.member.entitled_cents, up.member.lifetime_cents) == (2000, 2000)
    assert (down.member.entitled_cents, down.member.will_pay_cents) == (800, 800)
    assert down.member.tier_ids == (tiers["Night Watch"].id,)


def test_a_downgrade_can_wait_for_the_end_of_the_period(world, hook, tiers):
    member = world.join("Keeper of the Lamp").member

    waiting = world.downgrade(member, "Stargazer", at_period_end=True).member
    renewed = world.renew(member)

    assert (waiting.entitled_cents, waiting.will_pay_cents) == (2000, 300)
    assert waiting.tier_ids == (tiers["Keeper of the Lamp"].id,)
    assert renewed.member.tier_ids == (tiers["Stargazer"].id,)
    assert triggers(renewed) == [UPDATE]


def test_an_annual_downgrade_has_no_next_charge_date(world):
    member = world.join("Keeper of the Lamp", kind=Kind.ANNUAL).member

    assert world.downgrade(member, "Stargazer", at_period_end=True).member.next_charge_date is None


def test_a_free_member_who_upgrades_makes_a_new_pledge(world, hook):
    event = world.upgrade(world.join(kind=Kind.FREE).member, "Stargazer")

    assert triggers(event) == [PLEDGED, UPDATE]
    assert event.member.patron_status == "active_patron"


def test_an_extra_tier_stands_beside_the_first(world, hook, tiers):
    event = world.add_tier(world.join("Stargazer").member, "Night Watch")

    assert triggers(event) == [UPDATE]
    assert entitled(event) == [tiers["Stargazer"].id, tiers["Night Watch"].id]


def test_a_decline_takes_the_tiers_and_a_recovery_gives_them_back(world, hook, tiers, example):
    member = world.join("Night Watch").member

    declined = world.decline(member)
    recovered = world.recover(member)

    known = example("webhook_members_update_declined")["data"]["attributes"]
    shown = attributes(declined)
    for name in ("patron_status", "last_charge_status", "currently_entitled_amount_cents"):
        assert shown[name] == known[name]
    assert shown["will_pay_amount_cents"] == 800
    assert entitled(declined) == []
    assert triggers(declined) == triggers(recovered) == [UPDATE]
    assert recovered.member.patron_status == "active_patron"
    assert recovered.member.tier_ids == (tiers["Night Watch"].id,)
    assert recovered.member.lifetime_cents == 1600


def test_a_recovery_can_be_silent(world, hook):
    member = world.decline(world.join().member).member

    event = world.recover(member, webhook=False)

    assert event.deliveries == ()
    assert world.member(member.id).last_charge_status == "Paid"


def test_a_cancelled_member_keeps_the_tier_until_the_period_ends(world, hook, tiers):
    member = world.join("Night Watch").member

    cancelled = world.cancel(member)
    ended = world.end(member)

    shown = attributes(cancelled)
    assert triggers(cancelled) == [UNPLEDGED, UPDATE]
    assert (shown["patron_status"], shown["last_charge_status"]) == ("former_patron", "Deleted")
    assert shown["will_pay_amount_cents"] == 0
    assert shown["next_charge_date"]
    assert entitled(cancelled) == [tiers["Night Watch"].id]
    assert triggers(ended) == [UPDATE]
    assert (ended.member.tier_ids, ended.member.next_charge_date) == ((), None)


def test_a_cancellation_at_once_looks_as_the_captured_one(world, hook, example):
    event = world.cancel(world.join().member, at_once=True)

    known = example("webhook_members_pledge_delete")["data"]
    shown = attributes(event)
    for name in (
        "patron_status",
        "last_charge_status",
        "currently_entitled_amount_cents",
        "will_pay_amount_cents",
    ):
        assert shown[name] == known["attributes"][name]
    assert shown["next_charge_date"] is not None
    assert entitled(event) == []


def test_somebody_who_comes_back_starts_a_new_chain(world, hook, tiers, clock):
    member = world.join("Night Watch").member
    world.end(world.cancel(member).member)
    clock.advance(timedelta(days=90))

    event = world.come_back(member)

    assert triggers(event) == [PLEDGED, UPDATE]
    assert event.member.tier_ids == (tiers["Night Watch"].id,)
    assert event.member.pledge_relationship_start == clock()
    assert event.member.lifetime_cents == 1600


def test_a_refund_ends_the_membership(world, hook):
    event = world.refund(world.join().member)

    assert triggers(event) == [UNPLEDGED, UPDATE]
    assert (event.member.last_charge_status, event.member.tier_ids) == ("Refunded", ())


async def test_a_free_member_who_leaves_is_gone_from_the_api(world, hook, reader, campaign):
    member = world.join(kind=Kind.FREE).member
    assert (await reader.get(f"/members/{member.id}"))[0] == 200

    event = world.delete(member)

    assert triggers(event) == [DELETE]
    assert entitled(event) == []
    assert (await reader.get(f"/members/{member.id}"))[0] == 404
    _, page = await reader.get(f"/campaigns/{campaign.id}/members", page__count="1000")
    assert member.id not in {item["id"] for item in page["data"]}


def test_a_member_who_paid_once_is_never_deleted(world):
    with pytest.raises(ValueError, match="has paid before"):
        world.delete(world.join().member)


@pytest.mark.parametrize("act", ["decline", "cancel"])
def test_a_free_member_has_no_pledge_to_lose(world, act):
    with pytest.raises(ValueError, match="has no pledge"):
        getattr(world, act)(world.join(kind=Kind.FREE).member)


def test_events_take_an_old_record_or_an_id_and_act_on_the_present_one(world, hook):
    old = world.join("Stargazer", name="Ada").member
    world.upgrade(old, "Night Watch")

    renamed = world.rename(old, "Bea").member

    assert renamed.entitled_cents == 800
    assert world.rename(old.id, None).member.full_name is None


@pytest.mark.parametrize("call", [lambda w: w.decline("nobody"), lambda w: w.join("No such tier")])
def test_what_is_not_there_is_a_key_error(world, call):
    with pytest.raises(KeyError):
        call(world)


def test_linking_discord_sends_nothing_but_shows_in_the_next_body(world, hook):
    member = world.join().member

    assert world.link_discord(member, "80351110224678912").deliveries == ()
    users = [i for i in sent(world.rename(member, "Ada"))["included"] if i["type"] == "user"]
    assert users[0]["attributes"]["social_connections"]["discord"]["user_id"] == "80351110224678912"


def test_a_body_has_the_captured_shape(world, hook, example):
    known = example("webhook_members_pledge_create_discord_linked")
    body = sent(world.join(discord_id="80351110224678912"), 1)

    assert set(body) == set(known)
    assert set(body["data"]) == set(known["data"])
    assert set(body["data"]["attributes"]) == set(known["data"]["attributes"])
    assert body["data"]["relationships"].keys() == known["data"]["relationships"].keys()
    for name, value in known["data"]["relationships"].items():
        assert set(body["data"]["relationships"][name]) == set(value)
    for shown, captured in zip(body["included"], known["included"], strict=True):
        assert shown["type"] == captured["type"]
        assert set(shown["attributes"]) >= set(captured["attributes"])
    user = next(i for i in body["included"] if i["type"] == "user")
    assert set(user["attributes"]) == set(known["included"][1]["attributes"])


def test_a_body_keeps_the_state_of_its_event(world, hook):
    member = world.join(name="first").member
    event = world.rename(member, "second")
    world.rename(member, "third")

    assert attributes(event)["full_name"] == "second"


async def test_posts_are_published_changed_and_deleted(world, hook, reader, tiers, example):
    made = world.publish_post("October update", tiers=("Night Watch",), with_image=True)
    edited = world.update_post(made.post, title="October update (edited)", is_public=True)
    _, read = await reader.get(f"/posts/{made.post.id}", fields__post="title,is_public,tiers")
    gone = world.delete_post(made.post)

    known = example("webhook_posts_publish")
    body = sent(made)
    assert [t for e in (made, edited, gone) for t in triggers(e)] == [
        "posts:publish",
        "posts:update",
        "posts:delete",
    ]
    assert set(body["data"]["attributes"]) == set(known["data"]["attributes"])
    assert set(body["data"]["relationships"]) == set(known["data"]["relationships"])
    assert body["data"]["attributes"]["is_public"] is False
    assert read["data"]["attributes"] == {
        "title": "October update (edited)",
        "is_public": True,
        "tiers": [int(tiers["Night Watch"].id)],
    }
    assert sent(gone)["data"]["id"] == made.post.id
    assert (await reader.get(f"/posts/{made.post.id}"))[0] == 404
    assert world.publish_post("Next").post.id != made.post.id


def test_events_of_one_campaign_reach_only_its_hooks(world, hook):
    other = world.seed_campaign(members=5, name="Other Page")

    assert world.join(campaign_id=other.id).deliveries == ()
    assert world.publish_post("x", campaign_id=other.id).deliveries == ()
