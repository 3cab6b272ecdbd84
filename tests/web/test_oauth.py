"""The browser's way through a consent, and what strangers try on it."""

import asyncio
import re
import secrets
from contextlib import AsyncExitStack

import aiohttp
import pytest

from core.accept import Inbox
from core.consent import Consent
from core.consents import Addresses, CodeRefused, Outcome, Purpose
from core.errors import OutcomeUnknown, PermanentError, TemporaryError
from tests.cogs.in_memory import InMemoryExchange, InMemoryPatreon
from tests.web.conftest import EVERYTHING, _running
from web.app import WebServer, WebSettings, create_app

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

CALLBACKS = [
    path + slash
    for path in ("/oauth/callback", "/patreon/oauth/callback", "/auth/patreon/callback")
    for slash in ("", "/")
]
EVIL = "<script>alert(1)</script>"
ADDRESSES = Addresses(authorize="http://bot/oauth/authorize", redirect_uri="http://bot/back")


class Pages:
    """A running server, and a browser that follows nothing."""

    def __init__(self, port, client, consent, exchange, store):
        self._port, self._client = port, client
        self.consent, self.exchange, self.store = consent, exchange, store

    async def begin(self, **changes):
        wish = {"guild_id": 1, "user_id": 7, "user_name": "Ada", "guild_name": "Workshop"}
        invitation = await self.consent.begin(Purpose.CONNECT, **(wish | changes))
        return invitation.url.partition("?s=")[2]

    async def get(self, path, method="GET", **query):
        return await self.ask(path, list(query.items()), method)

    async def ask(self, path, query, method="GET"):
        url = f"http://127.0.0.1:{self._port}{path}"
        async with self._client.request(method, url, params=query, allow_redirects=False) as answer:
            return answer, await answer.text()

    async def creators(self):
        async with self.store.read() as work:
            return await work.creators.all()

    async def guilds_of(self, creator_id):
        async with self.store.read() as work:
            return {one.guild_id for one in await work.connections.of_creator(creator_id)}


@pytest.fixture
def open_pages(store, clock):
    async def open_pages(stack, addresses=ADDRESSES):
        exchange = InMemoryExchange()
        api = InMemoryPatreon(clock)
        consent = Consent(
            store,
            exchange,
            lambda creator_id: api,
            addresses=addresses,
            clock=clock,
            new_state=lambda: secrets.token_urlsafe(32),
            on_connected=lambda creator_id: None,
        )
        port = asyncio.get_running_loop().create_future()

        async def all_is_well():
            return EVERYTHING

        settings = WebSettings(port=0)
        inbox = Inbox(store, on_stored=lambda: None)
        server = WebServer(
            lambda: create_app(inbox, store, all_is_well, settings, clock=clock, consent=consent),
            settings,
            clock=clock,
            on_listening=port.set_result,
        )
        await stack.enter_async_context(_running(server.run()))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        async with asyncio.timeout(5):
            return Pages(await port, client, consent, exchange, store)

    return open_pages


@pytest.fixture
async def pages(open_pages):
    async with AsyncExitStack() as stack:
        yield await open_pages(stack)


async def test_the_first_page_tells_whose_wish_it_is_and_leads_to_patreon(pages):
    state = await pages.begin()

    answer, text = await pages.get("/oauth/authorize", s=state)

    assert answer.status == 200
    assert "Ada wants to connect" in text
    assert "to Workshop" in text
    assert f"state={state}&amp;redirect_uri=http://bot/back" in text
    assert "10 more minutes" in text


async def test_looking_at_the_link_uses_nothing_up(pages):
    state = await pages.begin()

    for method in ("GET", "HEAD", "GET"):
        answer, _ = await pages.get("/oauth/authorize", method, s=state)
        assert answer.status == 200
    for path in CALLBACKS:
        answer, text = await pages.get(path, "HEAD", state=state, code="c")
        assert (answer.status, text) == (200, "")
    answer, _ = await pages.get("/oauth/callback", state=state, code="c")

    assert answer.status == 200
    assert pages.exchange.codes == ["c"]


@pytest.mark.parametrize("path", CALLBACKS)
async def test_every_address_of_the_callback_connects(pages, path):
    state = await pages.begin()

    answer, text = await pages.get(path, state=state, code="c")

    assert answer.status == 200
    assert "Connected as Ada" in text
    assert "Ada&#x27;s Workshop" in text
    assert "close this page" in text


async def test_every_page_is_locked_down(pages):
    state = await pages.begin()
    for path, query in (
        ("/oauth/authorize", {"s": state}),
        ("/oauth/authorize", {}),
        ("/oauth/callback", {"state": state, "code": "c"}),
        ("/oauth/callback", {"state": state, "code": "c"}),
    ):
        answer, text = await pages.get(path, **query)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in text
        assert state not in text or path == "/oauth/authorize"


async def test_names_are_shown_as_text(pages):
    pages.exchange.account = type(pages.exchange.account)(patreon_id="9", name=EVIL)
    state = await pages.begin(user_name=EVIL, guild_name='"><img src=x>')

    _, first = await pages.get("/oauth/authorize", s=state)
    _, last = await pages.get("/oauth/callback", state=state, code="c")

    for text in (first, last):
        assert "<script" not in text
        assert "<img" not in text
        assert "&lt;script&gt;" in text


async def test_a_replayed_callback_finds_nothing(pages):
    state = await pages.begin()
    await pages.get("/oauth/callback", state=state, code="c")

    answer, text = await pages.get("/oauth/callback", state=state, code="d")

    assert answer.status == 404
    assert "used before" in text
    assert pages.exchange.codes == ["c"]


async def test_of_racing_callbacks_one_wins(pages):
    state = await pages.begin()

    answers = await asyncio.gather(
        *(pages.get("/oauth/callback", state=state, code=f"c{n}") for n in range(6))
    )

    assert sorted(answer.status for answer, _ in answers) == [200, 404, 404, 404, 404, 404]
    assert len(pages.exchange.codes) == 1
    assert len(await pages.creators()) == 1


async def test_an_expired_state_says_so_and_exchanges_nothing(pages, clock):
    state = await pages.begin()
    clock.advance(minutes=10)

    for path, query in (
        ("/oauth/authorize", {"s": state}),
        ("/oauth/callback", {"state": state, "code": "c"}),
    ):
        answer, text = await pages.get(path, **query)
        assert answer.status == 410
        assert "expired" in text
    assert pages.exchange.codes == []


async def test_a_state_connects_the_guild_and_person_it_was_begun_for_and_no_other(pages):
    """Whatever else the address says: a stranger's guild or user in it is not looked at."""
    first, second = await pages.begin(guild_id=1), await pages.begin(guild_id=2, user_id=8)

    await pages.get("/oauth/callback", state=first, code="c", guild_id="2", user_id="8")

    (creator,) = await pages.creators()
    assert await pages.guilds_of(creator.id) == {1}
    answer, _ = await pages.get("/oauth/authorize", s=second)
    assert answer.status == 200


@pytest.mark.parametrize(
    "query",
    [
        [],
        [("code", "c")],
        [("state", "")],
        [("state", "short"), ("code", "c")],
        [("state", "x" * 5000), ("code", "c")],
        [("state", "a" * 43), ("state", "a" * 43), ("code", "c")],
        [("state", EVIL), ("code", "c"), ("error_description", EVIL)],
        [("state", "ä" * 43), ("code", "c")],
        [("state", "a" * 43 + "\x00"), ("code", "c")],
    ],
)
async def test_a_callback_without_one_proper_state_is_refused(pages, query):
    answer, text = await pages.ask("/oauth/callback", query)

    assert answer.status == 400
    assert EVIL not in text
    assert pages.exchange.codes == []


@pytest.mark.parametrize("code", [[], [""], ["a", "b"], ["c" * 513], ["sp ace"], ["ü"]])
async def test_a_callback_without_one_proper_code_leaves_the_state(pages, code):
    state = await pages.begin()
    query = [("state", state), *(("code", each) for each in code)]

    refused, _ = await pages.ask("/oauth/callback", query)
    answer, _ = await pages.get("/oauth/callback", state=state, code="good")

    assert refused.status == 400
    assert answer.status == 200


async def test_an_unknown_state_is_told_from_nothing_else(pages):
    answer, _ = await pages.get("/oauth/callback", state="a" * 43, code="c")

    assert answer.status == 404
    assert pages.exchange.codes == []
    assert (await pages.get("/oauth/authorize", s="a" * 43))[0].status == 404


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 403, "did not allow"),
        ("invalid_scope", 502, "API version 2"),
        ("temporarily_unavailable", 502, "at the moment"),
        (EVIL, 502, "refused the request"),
        ("x" * 3000, 502, "refused the request"),
    ],
)
async def test_an_error_of_patreon_is_worded_and_uses_the_state_up(pages, error, status, words):
    state = await pages.begin()

    answer, text = await pages.get(
        "/oauth/callback", state=state, error=error, error_description=EVIL, code="c"
    )
    again, _ = await pages.get("/oauth/callback", state=state, code="c")

    assert answer.status == status
    assert words in text
    assert "<script" not in text
    assert again.status == 404
    assert pages.exchange.codes == []


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (CodeRefused("No."), 502, "redirect address http://bot/back"),
        (TemporaryError("Patreon cannot be reached."), 503, "cannot be reached"),
        (OutcomeUnknown("The answer was lost."), 503, "was lost"),
        (PermanentError("The client is refused."), 502, "admin"),
        (RuntimeError("secret defect"), 500, "in the log"),
    ],
)
async def test_a_code_that_comes_to_nothing_is_worded(pages, failure, status, words, caplog):
    pages.exchange.failure = failure
    state = await pages.begin()

    answer, text = await pages.get("/oauth/callback", state=state, code="secret-code-77")

    assert answer.status == status
    assert words in text
    assert "secret" not in text
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert await pages.creators() == []
    assert "secret-code-77" not in caplog.text
    assert state not in caplog.text


async def test_what_was_not_granted_is_named(pages):
    pages.exchange.scopes = frozenset({"identity", "campaigns", "campaigns.members"})
    state = await pages.begin()

    _, text = await pages.get("/oauth/callback", state=state, code="c")

    assert "posts cannot be read" in text
    assert "w:campaigns.webhook" in text
    assert "campaigns.members)" not in text


async def test_the_state_is_kept_as_a_digest_only(pages, tmp_path):
    state = await pages.begin()

    async with pages.store.write() as work:
        await work.notes.set("flush", "1")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*"))

    assert b"Workshop" in kept
    assert state.encode() not in kept


@pytest.mark.parametrize(("length", "status"), [(43, 404), (3, 400)])
async def test_guessing_is_slowed_down(pages, length, status):
    statuses = [
        (await pages.get("/oauth/callback", state=f"{n:0{length}}", code="c"))[0].status
        for n in range(65)
    ]

    assert statuses[:60] == [status] * 60
    assert statuses[-1] == 429
    answer, text = await pages.get("/oauth/authorize", s="a" * 43)
    assert answer.headers["Retry-After"] == "60"
    assert re.search("Too many", text)


async def test_without_an_address_the_page_names_the_cure(open_pages):
    async with AsyncExitStack() as stack:
        pages = await open_pages(stack, addresses=None)
        answer, text = await pages.get("/oauth/callback", state="a" * 43, code="c")

    assert answer.status == 503
    assert "server.public_url" in text


async def test_who_waits_for_the_end_hears_of_it(pages):
    invitation = await pages.consent.begin(Purpose.CONNECT, guild_id=1, user_id=7)
    state = invitation.url.partition("?s=")[2]
    waiting = asyncio.create_task(pages.consent.outcome(invitation))
    await asyncio.sleep(0)

    await pages.get("/oauth/callback", state=state, error="access_denied")

    assert (await waiting).outcome is Outcome.DENIED
