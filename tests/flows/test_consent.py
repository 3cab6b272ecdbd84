"""Connecting accounts at the stand-in of Patreon, over the real client and store."""

import asyncio
import secrets
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.accounts import TokenPair, TokenState
from core.audit import AuditQuery
from core.consent import Consent
from core.consents import Addresses, CodeRefused, Outcome, Purpose, UnknownState
from core.disconnect import Disconnecting
from core.discovery import Discovery
from core.errors import OutcomeUnknown, PermanentError, TemporaryError, UserError
from core.inbox import Hook
from patreon.clients import PatreonClients
from sandbox.patreon import FaultKind, Limits, PatreonServer, PatreonWorld
from tests.factories import link
from tests.patreon.conftest import doze, settings_of

GUILD, OTHER_GUILD, USER = 100, 200, 7
REDIRECT = "http://127.0.0.1:1/oauth/callback"


class Place:
    """Patreon, the bot's side of a consent, and a person at a browser."""

    def __init__(self, store, clock, world, server, clients) -> None:
        self.store, self.clock, self.world, self.server = store, clock, world, server
        self.clients = clients
        self.linked = []
        self.unfollowed = []
        self.consent, self.web = (
            Consent(
                store,
                clients.oauth,
                clients,
                addresses=Addresses(authorize="http://bot/oauth/authorize", redirect_uri=REDIRECT),
                clock=clock,
                new_state=lambda: secrets.token_urlsafe(32),
                on_connected=clients.reload,
                link=self._link,
                look_every=timedelta(milliseconds=10),
            )
            for _ in ("of the Discord process", "of a web receiver")
        )
        self.disconnecting = Disconnecting(
            store,
            clients,
            clock=clock,
            on_disconnected=clients.reload,
            on_unfollowed=lambda: self.unfollowed.append(True),
        )

    async def _link(self, proof) -> tuple[str, ...]:
        self.linked.append(proof)
        return ()

    async def begin(self, purpose=Purpose.CONNECT, guild_id=GUILD) -> str:
        invitation = await self.consent.begin(purpose, guild_id=guild_id, user_id=USER)
        return invitation.url.partition("?s=")[2]

    async def allow(self, state, user_id=None) -> str:
        """Press Allow at Patreon; gives the code that comes back."""
        question = await self.consent.look(state)
        parameters = {k: v[0] for k, v in parse_qs(urlsplit(question.patreon_url).query).items()}
        form = parameters | {"decision": "allow", "user": user_id or ""}
        async with httpx.AsyncClient() as browser:
            answer = await browser.post(f"{self.server.url}/oauth2/authorize", data=form)
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert back["state"] == [state]
        return back["code"][0]

    async def connect(self, *, user_id=None, guild_id=GUILD):
        state = await self.begin(guild_id=guild_id)
        return await self.consent.finish(state, await self.allow(state, user_id))

    async def creators(self):
        async with self.store.read() as work:
            return await work.creators.all()

    async def pair(self, creator_id):
        async with self.store.read() as work:
            return await work.creators.tokens(creator_id)

    async def guilds(self, creator_id):
        async with self.store.read() as work:
            return {one.guild_id for one in await work.connections.of_creator(creator_id)}

    async def audit(self, guild_id=GUILD):
        async with self.store.read() as work:
            return [
                e.action for e in (await work.audit.page(AuditQuery(guild_id=guild_id))).entries
            ]

    def asked(self, route) -> int:
        return sum(1 for request in self.server.requests if request.route == route)


@pytest.fixture
async def place(store, clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=5, posts=2)
    world.allow_redirect(REDIRECT)
    async with PatreonServer(world, limits=Limits.off()) as server:
        settings = settings_of(server, world, authorize_url=f"{server.url}/oauth2/authorize")
        clients = PatreonClients(
            settings, store=store, clock=clock, monotonic=time.monotonic, sleep=doze
        )
        yield Place(store, clock, world, server, clients)
        await clients.aclose()


async def test_an_account_is_connected_with_its_campaigns_tokens_and_scopes(place):
    ending = await place.connect()

    (creator,) = await place.creators()
    pair = await place.pair(creator.id)
    assert (ending.outcome, ending.lacking, ending.reason) == (Outcome.DONE, (), "")
    assert ending.campaigns == (place.world.campaign().name,)
    assert creator.patreon_id == place.world.campaign().creator_id
    assert creator.token_state is TokenState.OK
    assert "w:campaigns.webhook" in creator.scopes
    assert "identity[email]" not in creator.scopes
    assert pair.refresh
    assert pair.expires_at is not None
    assert await place.guilds(creator.id) == {GUILD}
    assert await place.audit() == ["account.connected"]


async def test_secrets_go_into_the_body_and_the_state_is_good_once(place):
    state = await place.begin()
    code = await place.allow(state)
    await place.consent.finish(state, code)

    with pytest.raises(UnknownState):
        await place.consent.finish(state, code)

    assert place.asked("token") == 1


async def test_the_same_account_keeps_its_place_and_gets_the_new_tokens(place):
    await place.connect()
    (before,) = await place.creators()
    old = await place.pair(before.id)
    place.world.tokens.revoke(place.world.tokens.find(old.access))

    await place.connect(guild_id=OTHER_GUILD)

    (after,) = await place.creators()
    new = await place.pair(after.id)
    assert after.id == before.id
    assert (after.token_state, new.access != old.access) == (TokenState.OK, True)
    assert await place.guilds(after.id) == {GUILD, OTHER_GUILD}


async def test_a_second_account_becomes_a_second_creator(place):
    second = place.world.seed_campaign(members=2, posts=1)
    first = next(c for c in place.world.campaigns() if c.id != second.id)

    await place.connect(user_id=first.creator_id)
    ending = await place.connect(user_id=second.creator_id)

    one, two = await place.creators()
    assert {one.patreon_id, two.patreon_id} == {first.creator_id, second.creator_id}
    assert ending.campaigns == (second.name,)
    assert (await place.pair(one.id)).access != (await place.pair(two.id)).access


async def test_the_account_of_the_configuration_is_recognised(place):
    token = place.world.creator_token
    async with place.store.write() as work:
        creator_id = await work.creators.add(seed_hash="seed")
        pair = TokenPair(access=token.access_token, refresh=token.refresh_token)
        await work.creators.save_tokens(creator_id, pair)

    await place.connect()

    (creator,) = await place.creators()
    assert (creator.id, creator.seed_hash) == (creator_id, "seed")


async def test_two_people_who_connect_the_same_account_at_once_make_one_creator(place):
    states = [await place.begin(guild_id=guild) for guild in (GUILD, OTHER_GUILD)]
    codes = [await place.allow(state) for state in states]

    await asyncio.gather(*(place.consent.finish(s, c) for s, c in zip(states, codes, strict=True)))

    (creator,) = await place.creators()
    assert await place.guilds(creator.id) == {GUILD, OTHER_GUILD}
    assert place.world.tokens.find((await place.pair(creator.id)).access)


async def test_new_tokens_are_used_at_once_instead_of_the_remembered_ones(place):
    await place.connect()
    (creator,) = await place.creators()
    client = place.clients(creator.id)
    await client.identity()
    old = await place.pair(creator.id)
    place.world.tokens.revoke(place.world.tokens.find(old.access))
    with pytest.raises(PermanentError):
        await client.identity()

    await place.connect()
    before = place.asked("token")
    await client.campaigns()

    assert place.asked("token") == before


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FaultKind.SERVER_ERROR, TemporaryError),
        (FaultKind.TOO_MANY, TemporaryError),
        (FaultKind.CLOUDFLARE, TemporaryError),
        (FaultKind.DROP_BEFORE, OutcomeUnknown),
        (FaultKind.DROP_AFTER, OutcomeUnknown),
        (FaultKind.EMPTY_OBJECT, OutcomeUnknown),
        (FaultKind.TRUNCATED_JSON, OutcomeUnknown),
    ],
)
async def test_a_code_is_sent_once_whatever_becomes_of_it(place, fault, error):
    state = await place.begin()
    code = await place.allow(state)
    place.world.faults.plan("token", fault, times=5)

    with pytest.raises(error):
        await place.consent.finish(state, code)

    assert place.asked("token") == 1
    assert await place.creators() == []


async def test_a_code_that_patreon_does_not_know_is_refused(place):
    with pytest.raises(CodeRefused):
        await place.consent.finish(await place.begin(), "invented")

    assert await place.creators() == []


async def test_campaigns_that_cannot_be_read_at_once_do_not_undo_the_connection(place):
    place.world.faults.plan("campaigns", FaultKind.UNAVAILABLE)

    ending = await place.connect()

    assert ending.outcome is Outcome.DONE
    assert "could not be read yet" in ending.reason
    assert len(await place.creators()) == 1


async def test_a_patron_proves_both_sides_and_no_token_is_kept(place):
    member = place.world.roster().page(0, 1)[0]
    state = await place.begin(Purpose.PATRON)

    ending = await place.consent.finish(state, await place.allow(state, member.user_id))

    (proof,) = place.linked
    assert ending.outcome is Outcome.DONE
    assert (proof.discord_id, proof.guild_id) == (USER, GUILD)
    assert proof.patron.identity.patreon_id == member.user_id
    assert proof.patron.member_ids == (member.id,)
    assert await place.creators() == []


async def test_disconnecting_deletes_tokens_and_hook_and_keeps_what_was_read(place):
    await place.connect()
    (creator,) = await place.creators()
    campaign = place.world.campaign()
    remote = await place.clients(creator.id).create_hook(
        campaign.id, uri="https://bot.example.com/webhooks/k", triggers=["members:create"]
    )
    async with place.store.write() as work:
        await work.links.save(link(guild_id=GUILD, campaign_id=campaign.id), at=place.clock())
        await work.hooks.save(
            Hook(id=0, key="k", campaign_id=campaign.id, secrets=("s",), patreon_id=remote.id)
        )

    done = await place.disconnecting.disconnect(GUILD, creator.id, user_id=USER)

    (creator,) = await place.creators()
    async with place.store.read() as work:
        assert await work.hooks.all() == []
        assert await work.links.all() == []
        assert await work.campaigns.get(campaign.id)
    assert place.asked("webhook_delete") == 1
    assert (creator.token_state, done.hooks_left) == (TokenState.DISCONNECTED, "")
    assert await place.pair(creator.id) is None
    assert await place.audit() == ["account.disconnected", "account.connected"]
    with pytest.raises(PermanentError, match="connect the account"):
        await place.clients(creator.id).identity()

    await place.connect()
    assert await place.clients(creator.id).identity()
    assert await place.clients(creator.id).hooks() == []


async def test_an_account_that_another_guild_uses_too_loses_this_guild_only(place):
    await place.connect()
    await place.connect(guild_id=OTHER_GUILD)
    (creator,) = await place.creators()
    campaign_id = place.world.campaign().id
    async with place.store.write() as work:
        for guild in (GUILD, OTHER_GUILD):
            await work.links.save(link(guild_id=guild, campaign_id=campaign_id), at=place.clock())

    done = await place.disconnecting.disconnect(GUILD, creator.id, user_id=USER)

    async with place.store.read() as work:
        assert [one.guild_id for one in await work.links.all()] == [OTHER_GUILD]
    assert done.account.is_shared
    assert place.unfollowed
    assert await place.guilds(creator.id) == {OTHER_GUILD}
    assert await place.clients(creator.id).identity()


async def test_patreon_being_away_does_not_stop_a_disconnection(place):
    await place.connect()
    (creator,) = await place.creators()
    campaign_id = place.world.campaign().id
    async with place.store.write() as work:
        await work.hooks.save(
            Hook(id=0, key="k", campaign_id=campaign_id, secrets=("s",), patreon_id="77")
        )
    place.world.faults.plan("webhook_delete", FaultKind.UNAVAILABLE, times=9)

    done = await place.disconnecting.disconnect(GUILD, creator.id, user_id=USER)

    assert await place.pair(creator.id) is None
    assert done.hooks_left


async def test_a_stranger_finds_no_account_to_disconnect(place):
    await place.connect()
    (creator,) = await place.creators()

    for creator_id in (creator.id, creator.id + 1):
        with pytest.raises(UserError, match="no such Patreon account"):
            await place.disconnecting.disconnect(OTHER_GUILD, creator_id, user_id=USER)

    assert await place.disconnecting.accounts(OTHER_GUILD) == []
    assert await place.pair(creator.id)


async def test_the_rounds_leave_a_disconnected_account_alone(place):
    await place.connect()
    (creator,) = await place.creators()
    await place.disconnecting.disconnect(GUILD, creator.id, user_id=USER)
    before = len(place.server.requests)

    failures = await Discovery(place.store, place.clients).discover()

    assert failures == []
    assert len(place.server.requests) == before


async def test_a_person_has_three_open_invitations_at_most(place):
    states = []
    for _ in range(4):
        states.append(await place.begin())
        place.clock.advance(seconds=1)

    with pytest.raises(UnknownState):
        await place.consent.look(states[0])
    for state in states[1:]:
        assert await place.consent.look(state)


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_the_panel_hears_of_a_callback_at_a_web_receiver_apart(place, is_allowed):
    invitation = await place.consent.begin(Purpose.CONNECT, guild_id=GUILD, user_id=USER)
    state = invitation.url.partition("?s=")[2]
    waiting = asyncio.create_task(place.consent.outcome(invitation))

    if is_allowed:
        said = await place.web.finish(state, await place.allow(state))
    else:
        said = await place.web.refuse(state, "access_denied")

    async with asyncio.timeout(10):
        assert await waiting == said
    assert said.outcome is (Outcome.DONE if is_allowed else Outcome.DENIED)
