"""Webhooks: CRUD, signatures, retries, storage and untidy traffic."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from sandbox.patreon import TRIGGERS, Limits, PatreonServer

SCHEDULE = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(days=1),
    timedelta(weeks=1),
)
ALL_FIELDS = "last_attempted_at,num_consecutive_times_failed,paused,secret,triggers,uri"


def wish(campaign_id, uri="http://127.0.0.1:9/hook", triggers=TRIGGERS, **extra):
    return {
        "data": {
            "type": "webhook",
            "attributes": {"triggers": list(triggers), "uri": uri, **extra},
            "relationships": {"campaign": {"data": {"type": "campaign", "id": campaign_id}}},
        }
    }


def patch(hook_id, **attributes):
    return {"data": {"id": hook_id, "type": "webhook", "attributes": attributes}}


async def test_a_hook_is_made_read_changed_and_deleted(reader, campaign, example):
    status, made = await reader.ask("POST", "/webhooks", json=wish(campaign.id))
    hook_id = made["data"]["id"]
    _, listed = await reader.get("/webhooks", fields__webhook=ALL_FIELDS)
    changed = await reader.ask(
        "PATCH", f"/webhooks/{hook_id}", json=patch(hook_id, triggers=["posts:publish"])
    )
    _, bare = await reader.get("/webhooks")
    deleted = await reader.ask("DELETE", f"/webhooks/{hook_id}")
    again = await reader.ask("DELETE", f"/webhooks/{hook_id}")

    known = example("webhook_create_response")
    assert status == 201
    assert set(made) == set(known)
    assert set(made["data"]) == set(known["data"])
    assert set(made["data"]["attributes"]) == set(known["data"]["attributes"])
    assert listed["data"] == [made["data"]]
    assert changed[1]["data"]["attributes"]["triggers"] == ["posts:publish"]
    assert bare["data"][0]["attributes"] == {}
    assert deleted == (204, None)
    assert again[0] == 404


async def test_the_documented_create_request_is_accepted(reader, campaign, example):
    request = example("webhook_create_request")
    request["data"]["relationships"]["campaign"]["data"]["id"] = campaign.id

    assert (await reader.ask("POST", "/webhooks", json=request))[0] == 201


@pytest.mark.parametrize(
    "change",
    [
        {"triggers": ["pledges:create"]},
        {"triggers": []},
        {"uri": "ftp://x/"},
        {"uri": "/hook"},
        {"uri": 5},
    ],
)
async def test_a_hook_with_wrong_attributes_is_refused(reader, campaign, change):
    request = wish(campaign.id)
    request["data"]["attributes"] |= change

    assert (await reader.ask("POST", "/webhooks", json=request))[0] == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data":{"type":"post"}}', b'{"data":1}'])
async def test_a_body_that_is_no_webhook_is_refused(reader, body):
    assert (await reader.ask("POST", "/webhooks", data=body))[0] == 400


async def test_nobody_hooks_into_somebody_elses_campaign(reader, world):
    other = world.seed_campaign(members=1, name="Other Page")

    assert (await reader.ask("POST", "/webhooks", json=wish(other.id)))[0] == 403


async def test_a_client_sees_only_its_own_hooks(reader, world, campaign, hook):
    other = world.tokens.add_client("Other")
    world.hooks.add(campaign.id, "http://127.0.0.1:9/", client_id=other.id)

    _, body = await reader.get("/webhooks")

    assert body["data"] == []
    assert (await reader.get(f"/webhooks/{hook.id}"))[0] == 404
    assert (await reader.ask("DELETE", f"/webhooks/{hook.id}"))[0] == 404
    status, _ = await reader.ask("PATCH", f"/webhooks/{hook.id}", json=patch(hook.id, paused=True))
    assert status == 404


async def test_a_delivery_is_signed_over_its_raw_bytes(world, server, receiver, hook):
    event = world.rename(next(world.members()), "Zoë “quoted”")
    await server.drain()

    headers, body = receiver.got[0]
    assert headers["X-Patreon-Event"] == "members:update"
    signature = hmac.new(b"hook-secret", body, hashlib.md5).hexdigest()
    assert headers["X-Patreon-Signature"] == signature == event.deliveries[0].signature
    assert body == event.deliveries[0].body
    assert event.deliveries[0].attempts[0].status == 204
    assert hook.last_attempted_at is not None


async def test_only_the_triggers_of_a_hook_are_sent(world, server, receiver):
    world.add_hook(receiver.url, "s", triggers=("posts:publish",))

    world.join()
    world.publish_post("Hello")
    await server.drain()

    assert receiver.triggers == ["posts:publish"]


async def test_any_success_counts_and_a_redirect_does_not(world, server, receiver, hook):
    receiver.answers.extend([200, 302])

    world.rename(next(world.members()), "A")
    await server.drain()
    assert (hook.failures, len(hook.waiting)) == (0, 0)
    world.rename(next(world.members()), "B")
    await server.drain()
    assert (hook.failures, len(hook.waiting)) == (1, 1)


async def test_failures_are_repeated_on_the_documented_schedule_and_then_pause_the_hook(
    world, server, receiver, hook, clock
):
    receiver.answers.extend([500] * 100)
    world.rename(next(world.members()), "A")
    await server.drain()

    for number, delay in enumerate(SCHEDULE, start=1):
        assert (hook.failures, hook.paused) == (number, False)
        clock.advance(delay - timedelta(seconds=1))
        await server.drain()
        assert len(receiver.got) == number
        clock.advance(timedelta(seconds=1))
        await server.drain()
        assert len(receiver.got) == number + 1

    assert (hook.failures, hook.paused) == (8, True)
    clock.advance(timedelta(days=30))
    await server.drain()
    assert len(receiver.got) == 8


async def test_events_are_stored_while_a_hook_fails_and_the_next_success_brings_them(
    world, server, receiver, hook, clock
):
    member = next(world.members())
    receiver.answers.append(503)
    for name in ("A", "B", "C"):
        world.rename(member, name)
        await server.drain()
    assert len(receiver.got) == 1

    clock.advance(timedelta(seconds=30))
    await server.drain()

    names = [json.loads(body)["data"]["attributes"]["full_name"] for _, body in receiver.got]
    assert names == ["A", "A", "B", "C"]
    assert (hook.failures, len(hook.waiting)) == (0, 0)


@pytest.mark.parametrize("value", [False, "false"])
async def test_unpausing_through_the_api_sends_what_was_stored(
    reader, world, server, receiver, campaign, value
):
    _, made = await reader.ask("POST", "/webhooks", json=wish(campaign.id, receiver.url))
    hook = world.hooks.hooks[made["data"]["id"]]
    hook.paused, hook.failures = True, 8
    world.rename(next(world.members()), "A")
    await server.drain()
    assert receiver.got == []

    status, body = await reader.ask(
        "PATCH", f"/webhooks/{hook.id}", json=patch(hook.id, paused=value)
    )
    await server.drain()

    assert (status, body["data"]["attributes"]["paused"]) == (200, False)
    assert receiver.triggers == ["members:update"]
    assert hook.failures == 0


async def test_a_receiver_that_is_away_counts_as_a_failure(world, server, clock):
    hook = world.add_hook("http://127.0.0.1:9/hook", "s")
    event = world.rename(next(world.members()), "A")
    await server.drain()

    attempt = event.deliveries[0].attempts[0]
    assert (attempt.status, attempt.succeeded, hook.failures) == (None, False, 1)
    assert "Connect" in attempt.answer


async def test_the_portals_test_has_its_own_shape(world, server, receiver, hook, example):
    server.send_test(hook)
    await server.drain()

    sent, known = json.loads(receiver.got[0][1]), example("webhook_portal_TEST_member")
    assert sent["data"]["id"] is None
    assert set(sent["data"]["attributes"]) == set(known["data"]["attributes"])
    assert [(i["type"], i["id"] if i["type"] == "reward" else "") for i in sent["included"]] == [
        (i["type"], i["id"] if i["type"] == "reward" else "") for i in known["included"]
    ]
    assert sent["links"] == known["links"]


async def test_traffic_can_repeat_turn_around_and_hold_back(world, server, receiver, hook, clock):
    traffic = world.hooks.traffic
    traffic.copies = 2
    world.rename(next(world.members()), "A")
    await server.drain()
    assert receiver.triggers == ["members:update"] * 2

    receiver.got.clear()
    traffic.copies, traffic.is_reversed = 1, True
    world.join()
    await server.drain()
    assert receiver.triggers == ["members:update", "members:pledge:create", "members:create"]

    receiver.got.clear()
    traffic.is_reversed, traffic.delay = False, timedelta(hours=2)
    world.rename(next(world.members()), "late")
    traffic.delay = timedelta(0)
    world.publish_post("early")
    await server.drain()
    assert receiver.triggers == ["posts:publish"]
    clock.advance(timedelta(hours=2))
    await server.drain()
    assert receiver.triggers == ["posts:publish", "members:update"]

    receiver.got.clear()
    traffic.is_held = True
    world.publish_post("held")
    await server.drain()
    assert receiver.got == []
    traffic.is_held = False
    world.hooks.wake()
    await server.drain()
    assert receiver.triggers == ["posts:publish"]


async def test_a_slow_hook_does_not_hold_up_another(world, server, receiver):
    world.add_hook(receiver.url.replace("/hook", "/slow"), "s")
    world.add_hook(receiver.url, "s")

    slow, fast = world.rename(next(world.members()), "A").deliveries

    await fast.wait()
    assert slow.attempts == []
    receiver.release.set()
    await slow.wait()


async def test_the_kept_deliveries_are_bounded(world):
    world.add_hook("http://127.0.0.1:9/hook", "s")
    member = next(world.members())

    for number in range(1100):
        world.rename(member, str(number))

    assert len(world.hooks.deliveries) == 1000


async def test_what_was_not_delivered_survives_a_restart_of_the_server(world, receiver, hook):
    world.rename(next(world.members()), "A")

    async with PatreonServer(world, limits=Limits.off()) as server:
        await server.drain()

    assert receiver.triggers == ["members:update"]
