"""Forged deliveries over raw sockets: nothing unsigned is ever stored, nothing signed is lost."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import zlib
from contextlib import suppress
from ipaddress import ip_network

import pytest

from cogs.webhook_words import webhooks_embed
from core.alarm import Alarm
from core.hook_rows import OVERLAP, HookRows
from core.letter_box import LetterQuery, LetterState
from core.letters import Letters
from core.ports import RemoteHook
from core.process import Processor
from patreon.hints import read_hint
from tests.factories import hook, save_campaign
from tests.web.conftest import SECRET, sign
from tests.web.raw import (
    BODY,
    GOOD,
    HOOK_SECRET,
    KEY_PATH,
    NAME,
    PATHS,
    ask,
    connected,
    is_refused,
    open_doors,
    read_answer,
    request,
    signed,
)
from web.limits import LimitSettings

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def site(serve, store):
    return await open_doors(serve, store)


def _keyed(digest, secret=SECRET):
    return hmac.new(secret.encode(), BODY, digest)


SIGNATURES = {
    "only spaces": [NAME + b"     "],
    "only tabs": [NAME + b"\t\t"],
    "no colon": [b"X-Patreon-Signature"],
    "Latin-1 letters": [NAME + b"\xe9" * 32],
    "UTF-8 letters": [NAME + "é".encode() * 16],
    "full-width digits": [NAME + "０".encode() * 32],
    "Arabic digits": [NAME + "٣".encode() * 32],
    "a soft hyphen inside": [NAME + GOOD.encode()[:16] + b"\xc2\xad" + GOOD.encode()[16:]],
    "mixed case": [NAME + GOOD[:16].encode() + GOOD[16:].upper().encode()],
    "half of it": [NAME + GOOD[:16].encode()],
    "its end": [NAME + GOOD[16:].encode()],
    "twice as long": [NAME + GOOD.encode() * 2],
    "eight kilobytes": [NAME + b"0" * 8_000],
    "a megabyte": [NAME + b"0" * 1_000_000],
    "repeated": [NAME + GOOD.encode()] * 2,
    "repeated in another case": [NAME + GOOD.encode(), b"x-patreon-signature: " + GOOD.encode()],
    "right, then blank": [NAME + GOOD.encode(), NAME],
    "blank, then right": [NAME, NAME + GOOD.encode()],
    "wrong, then right": [NAME + b"0" * 32, NAME + GOOD.encode()],
    "a list": [NAME + f"{GOOD},{GOOD}".encode()],
    "a list with a blank": [NAME + f"{GOOD},".encode()],
    "with md5=": [NAME + b"md5=" + GOOD.encode()],
    "with sha1=": [NAME + b"sha1=" + GOOD.encode()],
    "with 0x": [NAME + b"0x" + GOOD.encode()],
    "in quotes": [NAME + b'"' + GOOD.encode() + b'"'],
    "with a parameter": [NAME + GOOD.encode() + b"; v=1"],
    "a space inside": [NAME + GOOD[:16].encode() + b" " + GOOD[16:].encode()],
    "a NUL in front": [NAME + b"\0" + GOOD.encode()],
    "a NUL behind": [NAME + GOOD.encode() + b"\0"],
    "folded into the next line": [NAME.strip(), b" " + GOOD.encode()],
    "a space before the colon": [b"X-Patreon-Signature : " + GOOD.encode()],
    "with underscores": [b"X_Patreon_Signature: " + GOOD.encode()],
    "under another name": [b"X-Hub-Signature: " + GOOD.encode()],
    "in a cookie": [b"Cookie: X-Patreon-Signature=" + GOOD.encode()],
    "as a credential": [b"Authorization: " + GOOD.encode()],
    "as base64": [NAME + base64.b64encode(_keyed(hashlib.md5).digest())],
    "by SHA-1": [NAME + _keyed(hashlib.sha1).hexdigest().encode()],
    "by SHA-256": [NAME + _keyed(hashlib.sha256).hexdigest().encode()],
    "by SHA-256, cut": [NAME + _keyed(hashlib.sha256).hexdigest()[:32].encode()],
    "by plain MD5": [NAME + hashlib.md5(BODY).hexdigest().encode()],
    "by MD5 with the secret": [NAME + hashlib.md5(SECRET.encode() + BODY).hexdigest().encode()],
    "of the empty secret": [NAME + sign(BODY, "").encode()],
    "of a blank secret": [NAME + sign(BODY, " ").encode()],
    "of the word None": [NAME + sign(BODY, "None").encode()],
    "of the secret's end": [NAME + sign(BODY, SECRET[1:]).encode()],
    "of the secret and a line end": [NAME + sign(BODY, SECRET + "\n").encode()],
    "of another body": [NAME + sign(b"{}").encode()],
    "of no body": [NAME + sign(b"").encode()],
    "of the body and a line end": [NAME + sign(BODY + b"\n").encode()],
    "of the same JSON written again": [
        NAME + sign(json.dumps(json.loads(BODY), separators=(",", ":")).encode()).encode()
    ],
    "of sorted JSON": [NAME + sign(json.dumps(json.loads(BODY), sort_keys=True).encode()).encode()],
    "none at all": [],
}


@pytest.mark.parametrize("headers", SIGNATURES.values(), ids=SIGNATURES.keys())
async def test_a_forged_signature_gets_a_4xx_at_every_door_and_stores_nothing(site, headers):
    for path in PATHS:
        answer = await ask(site, request(b"X-Patreon-Event: members:update", *headers, path=path))

        assert is_refused(answer), path
        assert await site.events() == []


async def test_a_signature_anywhere_but_in_its_header_counts_for_nothing(site):
    in_query = request(path=f"/webhooks/patreon?X-Patreon-Signature={GOOD}")
    in_trailer = request(
        b"Transfer-Encoding: chunked",
        b"Trailer: X-Patreon-Signature",
        body=b"%x\r\n%b\r\n0\r\n%b%b\r\n\r\n" % (len(BODY), BODY, NAME, GOOD.encode()),
        length=False,
    )

    for raw in (in_query, in_trailer):
        answer = await ask(site, raw)
        assert (answer.status, answer.body) == (403, b"The signature does not fit.\n")

    assert await site.events() == []


async def test_a_signature_of_one_door_does_not_open_another(site):
    for path, secret in ((KEY_PATH, SECRET), (PATHS[0], HOOK_SECRET), (PATHS[1], HOOK_SECRET)):
        answer = await ask(site, request(NAME + sign(BODY, secret).encode(), path=path))
        assert answer.status == 403

    assert await site.events() == []


async def test_a_replaced_secret_is_believed_until_its_overlap_ends(serve, store, clock):
    await save_campaign(store)
    rows = HookRows(store, new_key=lambda: "hook-key-1", clock=clock)
    stored = await rows.save(hook(key="hook-key-1", secrets=("first",)))
    remote = RemoteHook(
        id="77",
        uri="https://bot.example",
        triggers=(),
        secret="second",
        is_paused=False,
        failures=0,
    )
    stored = await rows.keep(stored, remote)
    site = await serve()

    async def statuses():
        raws = [request(NAME + sign(BODY, s).encode(), path=KEY_PATH) for s in ("first", "second")]
        return [(await ask(site, raw)).status for raw in raws]

    within = await statuses()
    clock.advance(OVERLAP)
    await rows.keep(stored, remote)
    after = await statuses()

    assert (within, after) == ([204, 204], [403, 204])
    assert len(await site.events()) == 3


METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "POSTX", "PROPFIND"]


@pytest.mark.parametrize("method", METHODS)
async def test_only_post_brings_events_whatever_is_signed(site, method):
    for path in PATHS:
        line = f"{method} {path} HTTP/1.1".encode()
        raw = signed(b"X-HTTP-Method-Override: POST", path=path, line=line)
        async with connected(site) as (reader, writer):
            writer.write(raw)
            status_line = await reader.readline()

        assert int(status_line.split()[1]) in (400, 405)

    assert await site.events() == []


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", bytes)]
)
async def test_the_signature_of_what_a_body_unpacks_to_is_none(site, coding, pack):
    packed = pack(b" " * 10_000_000 if coding != "br" else BODY[:-1])
    header = b"Content-Encoding: " + coding.encode()

    for signature in (sign(b" " * 10_000_000), GOOD):
        answer = await ask(site, request(header, NAME + signature.encode(), body=packed))
        assert answer.status == 403

    assert await site.events() == []


JUNK = {
    "no JSON": b"Ada Secret",
    "nothing": b"",
    "NUL bytes": b"\0" * 100,
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"data":' * 100_000 + b"1" + b"}" * 100_000,
    "depth in what is left out": b'{"data":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "a gzip bomb": gzip.compress(b" " * 10_000_000),
    "no UTF-8": b'{"data": {"type": "member", "id": "\xff\xfe"}}',
    "an id that steers a path": b'{"data": {"type": "member", "id": "../../token?"}}',
    "an id of ten kilobytes": b'{"data": {"type": "member", "id": "' + b"a" * 10_240 + b'"}}',
    "an id in Arabic digits": '{"data": {"type": "member", "id": "١٢٣"}}'.encode(),
    "a post": b'{"data": {"type": "post", "id": "1"}}',
}


@pytest.fixture
def processor(store, clock):
    """One that cannot ask Patreon: junk must never get so far."""
    return Processor(
        store,
        None,
        None,
        None,
        read_hint=read_hint,
        clock=clock,
        random=lambda: 0.5,
        alarm=Alarm(clock),
        on_announced=lambda: None,
    )


@pytest.mark.parametrize("body", JUNK.values(), ids=JUNK.keys())
async def test_signed_junk_is_stored_set_aside_shown_replayed_and_discarded(
    site, store, clock, processor, body
):
    letters = Letters(store, clock=clock, on_replayed=lambda: None)
    for path in PATHS[::2]:
        answer = await ask(site, signed(b"X-Patreon-Event: members:update", body=body, path=path))
        assert answer.status == 204

    while await processor.process_due():
        pass
    page = await letters.page(None, LetterQuery(state=LetterState.PARKED))

    shown = webhooks_embed(page).description
    assert [letter.reason for letter in page.letters] == [page.letters[0].reason] * 2
    assert page.letters[0].reason
    assert shown.count("set aside") == 2
    assert "Ada Secret" not in shown
    first, second = page.letters
    assert await letters.body(first.id) == body
    assert (await letters.replay(None, first.id, by="the admin")).state is LetterState.WAITING
    while await processor.process_due():
        pass
    assert (await letters.show(None, first.id)).state is LetterState.PARKED
    discarded = await letters.discard(None, second.id, by="the admin")
    assert discarded.state is LetterState.DISCARDED


@pytest.mark.parametrize("trigger", [b"lives:create", b"members:", b"", b"\xff", b"a" * 5_000])
async def test_a_signed_event_of_an_unknown_kind_is_accepted(site, trigger):
    answer = await ask(site, signed(b"X-Patreon-Event: " + trigger))

    assert answer.status == 204
    assert [event.body for event in await site.events()] == [BODY]


async def flood(site, most, *, until):
    """Open `most` connections again and again, each with a forgery, and see them refused."""

    async def one():
        while not until.is_set():
            with suppress(ConnectionError):
                answer = await ask(site, request(NAME + b"0" * 32))
                assert is_refused(answer) or answer.status == 503

    async with asyncio.TaskGroup() as group:
        for _ in range(most):
            group.create_task(one())


async def test_a_flood_of_forgeries_within_the_limit_delays_no_signed_delivery(serve):
    site = await serve(most_connections=120, unsigned=LimitSettings(most=100_000))
    ended = asyncio.Event()
    bodies = [b"%d" % number for number in range(10)]

    async with asyncio.TaskGroup() as group:
        group.create_task(flood(site, 100, until=ended))
        statuses = [(await ask(site, signed(body=body))).status for body in bodies]
        ended.set()

    assert statuses == [204] * 10
    assert [event.body for event in await site.events()] == bodies


async def test_after_a_flood_beyond_the_limit_signed_deliveries_are_taken_at_once(serve):
    site = await serve(most_connections=20, unsigned=LimitSettings(most=100_000))
    ended = asyncio.Event()

    async with asyncio.TaskGroup() as group:
        group.create_task(flood(site, 200, until=ended))
        await asyncio.sleep(0.3)
        ended.set()
    answer = await ask(site, signed())

    assert answer.status == 204
    assert [event.body for event in await site.events()] == [BODY]


PROXY = (ip_network("127.0.0.1"),)


async def flush(site, count, *headers):
    """Send many signed deliveries as fast as it goes, with forgeries between; gives statuses."""

    async def one(numbers):
        statuses = []
        async with connected(site) as (reader, writer):
            for start in range(0, len(numbers), 50):
                batch = numbers[start : start + 50]
                forged = request(NAME + b"0" * 32, *headers)
                right = b"".join(signed(*headers, body=b"%d" % number) for number in batch)
                writer.write(forged + right)
                assert (await read_answer(reader)).status == 403
                statuses += [(await read_answer(reader)).status for _ in batch]
        return statuses

    lanes = await asyncio.gather(*(one(range(lane, count, 8)) for lane in range(8)))
    return [status for lane in lanes for status in lane]


@pytest.mark.parametrize(
    ("proxies", "headers"), [((), []), (PROXY, [b"X-Forwarded-For: 6.6.6.6, 203.0.113.5"])]
)
async def test_a_flush_from_an_address_that_forged_ones_share_is_never_throttled(
    serve, proxies, headers
):
    site = await serve(unsigned=LimitSettings(most=3), trusted_proxies=proxies)
    assert (await ask(site, signed(*headers, body=b"first"))).status == 204

    assert await flush(site, 10_000, *headers) == [204] * 10_000
    async with site.store.read() as work:
        assert (await work.events.backlog()).waiting == 10_001


async def test_a_signed_delivery_is_taken_although_forgeries_came_first(serve):
    site = await serve(unsigned=LimitSettings(most=3))
    for _ in range(5):
        await ask(site, request(NAME + b"0" * 32))

    assert (await ask(site, signed())).status == 204


async def test_a_forwarded_address_is_believed_of_a_trusted_proxy_only(serve):
    site = await serve(unsigned=LimitSettings(most=3))

    statuses = [
        (await ask(site, request(b"X-Forwarded-For: 198.51.100.%d" % number))).status
        for number in range(5)
    ]

    assert statuses == [403, 403, 403, 429, 429]


async def test_forged_entries_in_the_forwarded_addresses_neither_hide_nor_blame_anybody(serve):
    site = await serve(unsigned=LimitSettings(most=3), trusted_proxies=PROXY)
    # The proxy appends the true caller; what stands before it, the caller wrote.
    forged = [b"X-Forwarded-For: 203.0.113.%d, 192.0.2.66" % number for number in range(5)]

    statuses = [(await ask(site, request(header))).status for header in forged]
    patreon = await ask(site, signed(b"X-Forwarded-For: 203.0.113.1"))

    assert statuses == [403, 403, 403, 429, 429]
    assert patreon.status == 204
