"""Who is asking, and what they may see."""

from dataclasses import dataclass

from aiohttp import web

from sandbox.patreon import problems, query
from sandbox.patreon.documents import Writer
from sandbox.patreon.faults import FaultKind
from sandbox.patreon.records import Campaign, Member, Person, Tier
from sandbox.patreon.tokens import Client, TokenPair
from sandbox.patreon.world import PatreonWorld

API_PREFIX = "/api/oauth2/v2"


def bearer(request: web.Request) -> str | None:
    """Read the access token of a request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@dataclass(frozen=True, slots=True)
class Scoped:
    """The world as one token sees it: without `identity.memberships`, only its own client's page.

    Source: docs.patreon.com, "Identity".
    """

    world: PatreonWorld
    token: TokenPair | None

    def campaign(self, campaign_id: str) -> Campaign:
        """Read a campaign."""
        return self.world.campaign(campaign_id)

    def tier(self, campaign_id: str, tier_id: str) -> Tier:
        """Read a tier."""
        return self.world.tier(campaign_id, tier_id)

    def tiers(self, campaign_id: str) -> list[Tier]:
        """Read the tiers of a campaign."""
        return self.world.tiers(campaign_id)

    def person(self, user_id: str) -> Person | None:
        """Read an account."""
        return self.world.person(user_id)

    def person_of(self, member: Member) -> Person:
        """Read the account behind a member."""
        return self.world.person_of(member)

    def campaign_of(self, user_id: str) -> Campaign | None:
        """Read the campaign that an account runs."""
        return self.world.campaign_of(user_id)

    def client_by(self, client_id: str | None) -> Client | None:
        """Read a registered application."""
        return self.world.client_by(client_id)

    def memberships_of(self, user_id: str) -> list[Member]:
        """Read the memberships that the token's scopes show."""
        found = self.world.memberships_of(user_id)
        if self.token is None or "identity.memberships" in self.token.scopes:
            return found
        owner = self.world.tokens.clients[self.token.client_id].owner_id
        return [m for m in found if self.world.campaign(m.campaign_id).creator_id == owner]


@dataclass(frozen=True, slots=True)
class Caller:
    """One API request with the world it is about and the failure that was planned for it."""

    request: web.Request
    world: PatreonWorld
    fault: FaultKind | None = None

    def need(self, scope: str) -> TokenPair:
        """Find the token and require a scope.

        Raises:
            Problem: 401 with code 1, for an unknown token and for a missing scope alike.
        """
        text = bearer(self.request)
        token = None if text is None else self.world.tokens.find(text)
        if token is None or scope not in token.scopes:
            raise problems.unauthorized()
        return token

    def wish(
        self, kind: str, *, includes: frozenset[str] = frozenset(), pages: bool = False
    ) -> query.Query:
        """Read what the request asks for."""
        return query.parse(self.request.query.items(), kind, includes=includes, pages=pages)

    def writer(self, wish: query.Query) -> Writer:
        """Make a writer that shows no more than the token's scopes allow."""
        text = bearer(self.request)
        token = None if text is None else self.world.tokens.find(text)
        scopes = frozenset[str]() if token is None else token.scopes
        view = self.world.view(
            hide_tiers=self.world.quirks.empty_tiers_in_api,
            member_emails="campaigns.members[email]" in scopes,
            email_of_user=token.user_id if token and "identity[email]" in scopes else None,
        )
        return Writer(
            Scoped(self.world, token), view, fields=wish.fields, api_url=self.world.api_url
        )
