import asyncio
import gzip
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from multidict import CIMultiDict

from core.accept import Inbox
from core.errors import TemporaryError
from tests.factories import NOW, hook, save_campaign
from tests.web.conftest import SECRET, sign
from web.webhooks import MAX_BODY_BYTES, PATHS

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PAYLOADS = sorted((Path(__file__).parents[1] / "fixtures" / "patreon").glob("webhook_*.json"))
BODY = b'{"data": {"type": "member", "id": "m-1", "attributes": {"full_name": "Ada Secret"}}}'


@pytest.mark.parametrize("path", PATHS)
async def test_a_signed_delivery_is_stored_as_it_was_sent_and_answered_204(site, path):
    response = await site.post(BODY, path=path)

    (event,) = await site.events()
    assert response.status == 204
    assert (event.trigger, event.body, event.received_at) == ("members:update", BODY, NOW)
    assert event.campaign_id is None


async def test_every_known_payload_is_accepted(site):
    for payload in PAYLOADS:
        response = await site.post(payload.read_bytes())
        assert response.status == 204, payload.name

    assert len(await site.events()) == len(PAYLOADS) >= 10


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("members:pledge:create", "members:pledge:create"),
        ("something:new", "something:new"),
        ("", ""),
        (None, ""),
        ("x" * 500, ""),
        ("<b>bad</b>", ""),
    ],
)
async def test_any_signed_event_is_accepted_whatever_its_name(site, sent, stored):
    headers = {"X-Patreon-Signature": sign(BODY)}
    if sent is not None:
        headers["X-Patreon-Event"] = sent

    response = await site.post(BODY, headers)

    assert response.status == 204
    assert [event.trigger for event in await site.events()] == [stored]


@pytest.mark.parametrize("body", [b"", b"no json", b"\x00\xff" * 10, "ü€".encode()])
async def test_any_signed_body_is_accepted_whatever_it_holds(site, body):
    assert (await site.post(body)).status == 204


async def test_equal_bodies_are_two_deliveries(site):
    await site.post(BODY)
    await site.post(BODY)

    assert len(await site.events()) == 2


FORGERIES = {
    "missing": [],
    "blank": [("X-Patreon-Signature", "")],
    "of another secret": [("X-Patreon-Signature", sign(BODY, "other-secret"))],
    "of a blank secret": [("X-Patreon-Signature", sign(BODY, ""))],
    "of another body": [("X-Patreon-Signature", sign(BODY + b" "))],
    "of the same data written again": [
        ("X-Patreon-Signature", sign(BODY.replace(b": ", b":").replace(b", ", b",")))
    ],
    "upper case": [("X-Patreon-Signature", sign(BODY).upper())],
    "truncated": [("X-Patreon-Signature", sign(BODY)[:-1])],
    "too long": [("X-Patreon-Signature", sign(BODY) + "0")],
    "one digit": [("X-Patreon-Signature", sign(BODY)[0])],
    "not ASCII": [("X-Patreon-Signature", "é" * 32)],
    "repeated": [("X-Patreon-Signature", sign(BODY))] * 2,
    "right and wrong": [("X-Patreon-Signature", sign(BODY)), ("X-Patreon-Signature", "0" * 32)],
    "a list": [("X-Patreon-Signature", f"{sign(BODY)}, {sign(BODY)}")],
    "under another name": [("X-Signature", sign(BODY))],
}


@pytest.mark.parametrize("headers", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forged_delivery_is_answered_403_and_not_stored(site, headers):
    response = await site.post(BODY, CIMultiDict(headers))

    assert response.status == 403
    assert await site.events() == []


@pytest.mark.parametrize("secrets", [(), ("",), ("  ", "\t")])
async def test_without_a_secret_nothing_is_believed(serve, secrets):
    site = await serve(secrets=secrets)

    for secret in ("", " ", "  ", "\t", "None"):
        response = await site.post(BODY, {"X-Patreon-Signature": sign(BODY, secret)})
        assert response.status == 403

    assert await site.events() == []


async def test_the_previous_secret_is_still_good_while_it_is_configured(serve):
    site = await serve(secrets=("new-secret", SECRET))

    statuses = [
        (await site.post(BODY, {"X-Patreon-Signature": sign(BODY, secret)})).status
        for secret in ("new-secret", SECRET, "older-secret")
    ]

    assert statuses == [204, 204, 403]


@pytest.fixture
async def stored_hook(store):
    await save_campaign(store)
    async with store.write() as work:
        await work.hooks.save(hook(key="hook-key-1", secrets=("current-1", "previous-1")))


async def test_a_stored_hook_is_found_by_the_end_of_its_address(site, stored_hook):
    statuses = [
        (
            await site.post(
                BODY, {"X-Patreon-Signature": sign(BODY, s)}, path="/webhooks/patreon/hook-key-1"
            )
        ).status
        for s in ("current-1", "previous-1", SECRET)
    ]

    assert statuses == [204, 204, 403]
    assert [event.campaign_id for event in await site.events()] == ["1001", "1001"]


@pytest.mark.parametrize("key", ["unknown", "hook-key-1%00", "a%2Fb", "k" * 4000, "hook-key-%C3"])
async def test_an_unknown_hook_is_answered_exactly_like_a_bad_signature(site, stored_hook, key):
    forged = {"X-Patreon-Signature": sign(BODY, "wrong")}
    bad = await site.post(BODY, forged, path="/webhooks/patreon/hook-key-1")

    unknown = await site.post(BODY, forged, path=f"/webhooks/patreon/{key}")

    assert (unknown.status, unknown.reason) == (bad.status, bad.reason) == (403, "Forbidden")
    assert await unknown.text() == await bad.text()
    changing = {"Date"}
    assert {k: v for k, v in unknown.headers.items() if k not in changing} == {
        k: v for k, v in bad.headers.items() if k not in changing
    }


async def test_the_configured_secret_does_not_open_unknown_hooks(site):
    assert (await site.post(BODY, path="/webhooks/patreon/anything")).status == 403


async def test_a_body_of_exactly_the_limit_is_accepted_and_one_more_byte_is_not(site):
    accepted = await site.post(b"a" * MAX_BODY_BYTES)
    refused = await site.post(b"a" * (MAX_BODY_BYTES + 1))

    assert (accepted.status, refused.status) == (204, 413)
    assert len(await site.events()) == 1


async def test_a_chunked_body_is_counted_while_it_arrives(serve):
    site = await serve(max_body_bytes=1000)

    async def chunks():
        for _ in range(5):
            yield b"a" * 400

    headers = {"X-Patreon-Signature": sign(b"a" * 2000)}
    async with site.client.post(
        site.url("/webhooks/patreon"), data=chunks(), headers=headers
    ) as response:
        assert response.status == 413


async def test_a_packed_body_is_never_unpacked(serve):
    site = await serve(max_body_bytes=100_000)
    packed = gzip.compress(b"0" * 10_000_000)

    response = await site.post(
        packed, {"X-Patreon-Signature": sign(packed), "Content-Encoding": "gzip"}
    )

    assert response.status == 204
    assert [event.body for event in await site.events()] == [packed]


async def test_a_body_that_does_not_arrive_is_given_up(serve):
    site = await serve(body_deadline=timedelta(milliseconds=50))
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)

    writer.write(
        b"POST /webhooks/patreon HTTP/1.1\r\nHost: x\r\nX-Patreon-Signature: "
        + sign(b"x").encode()
        + b"\r\nContent-Length: 100\r\n\r\nabc"
    )
    async with asyncio.timeout(5):
        status_line = await reader.readline()

    assert b" 408 " in status_line
    writer.close()
    await writer.wait_closed()


async def test_a_sender_that_breaks_off_stores_nothing(site):
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(
        b"POST /webhooks/patreon HTTP/1.1\r\nHost: x\r\nX-Patreon-Signature: "
        + sign(b"abc").encode()
        + b"\r\nContent-Length: 100\r\n\r\nabc"
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await site.post(BODY)).status == 204
    assert [event.body for event in await site.events()] == [BODY]


async def test_when_too_many_wait_patreon_is_asked_to_come_again(serve, store):
    site = await serve(inbox=Inbox(store, on_stored=lambda: None, capacity=0))

    response = await site.post(BODY)

    assert (response.status, response.headers["Retry-After"]) == (503, "5")


async def test_when_the_database_fails_patreon_is_asked_to_come_again(serve, store, caplog):
    class Full:
        read = store.read

        async def add_deliveries(self, deliveries):
            raise TemporaryError("The disk is full.")

    site = await serve(store=Full())

    response = await site.post(BODY)

    assert (response.status, response.headers["Retry-After"]) == (503, "30")
    assert "disk" not in await response.text()
    assert "webhook not stored" in caplog.text


async def test_an_outage_of_the_database_does_not_fill_the_log(serve, store, clock, caplog):
    class Full:
        read = store.read
        is_full = True

        async def add_deliveries(self, deliveries):
            if self.is_full:
                raise TemporaryError("The disk is full.")
            await store.add_deliveries(deliveries)

    def lines(message):
        return [record for record in caplog.records if record.getMessage() == message]

    caplog.set_level(logging.INFO)
    full = Full()
    site = await serve(store=full)
    for _ in range(20):
        await site.post(BODY)
    clock.advance(seconds=10)
    await site.post(BODY)
    full.is_full = False
    for _ in range(2):
        assert (await site.post(BODY)).status == 204

    first, second = lines("webhook not stored")
    assert (first.levelname, first.left_out, second.left_out) == ("ERROR", 0, 19)
    assert len(lines("webhooks are stored again")) == 1


async def test_when_storing_takes_too_long_patreon_is_asked_to_come_again(serve, store):
    deadline = timedelta(milliseconds=20)
    site = await serve(inbox=Inbox(store, on_stored=lambda: None, deadline=deadline))

    assert (await site.post(BODY)).status == 503


async def test_when_a_hook_cannot_be_looked_up_patreon_is_asked_to_come_again(serve):
    class Away:
        def read(self):
            raise TemporaryError("The database is away.")

    site = await serve(store=Away())

    assert (await site.post(BODY, path="/webhooks/patreon/some-key")).status == 503


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", [*PATHS, "/webhooks/patreon/some-key"])
async def test_other_methods_are_told_what_the_address_is_for(site, method, path):
    async with site.client.request(method, site.url(path)) as response:
        text = await response.text()

    assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert method == "HEAD" or "Patreon sends its webhooks here" in text


async def test_logs_hold_neither_bodies_nor_signatures(site, caplog):
    caplog.set_level(logging.DEBUG)

    await site.post(BODY)
    await site.post(BODY, {"X-Patreon-Signature": "0" * 32})

    text = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "webhook refused" in text
    assert "127.0.0.1" in text
    assert "Ada Secret" not in text
    assert sign(BODY) not in text
    assert SECRET not in text


async def test_a_flood_of_forgeries_is_logged_once_and_counted(site, clock, caplog):
    for _ in range(20):
        await site.post(BODY, {"X-Patreon-Signature": "0" * 32})
    clock.advance(seconds=10)
    await site.post(BODY, {"X-Patreon-Signature": "0" * 32})

    lines = [record for record in caplog.records if record.getMessage() == "webhook refused"]
    assert [line.left_out for line in lines] == [0, 19]


async def test_many_deliveries_at_once_are_all_stored(site):
    bodies = [b"%d" % number for number in range(100)]

    answers = await asyncio.gather(*(site.post(body) for body in bodies))

    assert {answer.status for answer in answers} == {204}
    assert {event.body for event in await site.events()} == set(bodies)


async def test_a_late_answer_of_the_database_is_a_503_although_the_delivery_is_stored(serve, store):
    release = asyncio.Event()

    class Slow:
        read = store.read

        async def add_deliveries(self, deliveries):
            await release.wait()
            await store.add_deliveries(deliveries)

    site = await serve(store=Slow(), store_deadline=timedelta(milliseconds=20))

    response = await site.post(BODY)
    release.set()
    async with asyncio.timeout(5):
        while not await stored(store):
            await asyncio.sleep(0.01)

    assert (response.status, response.headers["Retry-After"]) == (503, "30")


async def stored(store):
    async with store.read() as work:
        return (await work.events.backlog()).waiting


async def test_a_look_up_of_a_hook_that_takes_too_long_is_a_503(serve, store):
    class Hanging:
        @asynccontextmanager
        async def read(self):
            await asyncio.Event().wait()
            yield

    site = await serve(store=Hanging(), hook_deadline=timedelta(milliseconds=20))

    response = await site.post(BODY, path="/webhooks/patreon/some-key")

    assert response.status == 503


@pytest.mark.parametrize("pause", [0, 0.02])
async def test_a_body_is_read_whole_whether_it_comes_with_its_head_or_later(site, pause):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(
        b"POST /webhooks/patreon HTTP/1.1\r\nHost: x\r\nX-Patreon-Signature: "
        + sign(BODY).encode()
        + b"\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    )
    for part in (BODY[:10], BODY[10:]):
        await asyncio.sleep(pause)
        writer.write(part)
    async with asyncio.timeout(5):
        status_line = await reader.readline()
    writer.close()
    await writer.wait_closed()

    assert b" 204 " in status_line
    assert [event.body for event in await site.events()] == [BODY]
