"""What a world holds: campaigns, tiers, members, posts, hooks and tokens, and how to read them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from sandbox.patreon.clock import Clock, real_clock
from sandbox.patreon.cursors import Cursors
from sandbox.patreon.faults import Faults, Quirks
from sandbox.patreon.founding import TIERS, found
from sandbox.patreon.hooks import TRIGGERS, Hook, HookBook
from sandbox.patreon.images import ImageLinks
from sandbox.patreon.records import Campaign, Member, Person, Post, Tier
from sandbox.patreon.roster import Roster
from sandbox.patreon.seeds import USER_ID_RANGE, MemberSeed
from sandbox.patreon.shelf import Shelf
from sandbox.patreon.tokens import SCOPES, Client, TokenBook, TokenPair
from sandbox.patreon.view import View

SITE = "https://www.patreon.com"
ALL_SCOPES = frozenset(SCOPES)


class WorldData:
    """Everything that Patreon knows, in memory, the same for the same seed."""

    def __init__(
        self,
        seed: int = 1,
        *,
        now: Clock = real_clock,
        redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8080/oauth/callback",),
        client_id: str = "lantern-client",
        client_secret: str = "lantern-secret",  # noqa: S107 - a made-up default
        cursor_lifetime: timedelta = timedelta(hours=1),
    ) -> None:
        key = hashlib.sha256(f"patreon sandbox {seed}".encode()).digest()
        self.seed = seed
        self.now = now
        self.site_url = SITE
        self.faults = Faults()
        self.quirks = Quirks()
        self.hooks = HookBook(now)
        self.tokens = TokenBook(now)
        self.images = ImageLinks(key, now)
        self.cursors = Cursors(key, now, lifetime=cursor_lifetime)
        self.client = self.tokens.add_client(
            "Lantern Bot",
            redirect_uris=redirect_uris,
            client_id=client_id,
            client_secret=client_secret,
        )
        self._people: dict[str, Person] = {}
        self._campaigns: dict[str, Campaign] = {}
        self._tiers: dict[str, dict[str, Tier]] = {}
        self._rosters: dict[str, Roster] = {}
        self._shelves: dict[str, Shelf] = {}
        self._creator_token: TokenPair | None = None

    @property
    def api_url(self) -> str:
        """Where the resources of this world are found."""
        return f"{self.site_url}/api/oauth2/v2"

    @property
    def creator_token(self) -> TokenPair:
        """The pair that was given out with the first campaign.

        Raises:
            LookupError: there is no campaign yet.
        """
        if self._creator_token is None:
            raise LookupError("Seed a campaign first.")
        return self._creator_token

    def seed_campaign(
        self,
        members: int = 500,
        *,
        name: str = "Lantern Observatory",
        currency: str = "USD",
        tiers: Mapping[str, int] = TIERS,
        posts: int = 30,
    ) -> Campaign:
        """Add a campaign with tiers (title to cents, the free one first), members and posts.

        Members are not stored but computed when they are read: any number is ready at once.
        """
        number = len(self._campaigns)
        founded = found(number, name, currency, tiers, posts=posts, now=self.now())
        campaign = founded.campaign
        self._people[founded.creator.id] = founded.creator
        self._campaigns[campaign.id] = campaign
        self._tiers[campaign.id] = {tier.id: tier for tier in founded.tiers}
        self._shelves[campaign.id] = founded.shelf
        self._rosters[campaign.id] = Roster(
            MemberSeed(
                seed=self.seed + 7919 * number,
                campaign_id=campaign.id,
                count=members,
                tiers=founded.tiers,
                seeded_at=founded.at,
                first_user_id=40_000_000 + USER_ID_RANGE * number,
            )
        )
        if self._creator_token is None:
            self.client = replace(self.client, owner_id=campaign.creator_id)
            self.tokens.clients[self.client.id] = self.client
            self._creator_token = self.issue_tokens(campaign.creator_id)
        return campaign

    def allow_redirect(self, uri: str) -> None:
        """Register one more redirect address of the default client."""
        uris = (*self.client.redirect_uris, uri)
        self.client = replace(self.client, redirect_uris=uris)
        self.tokens.clients[self.client.id] = self.client

    def issue_tokens(
        self, user_id: str | None = None, *, scopes: frozenset[str] = ALL_SCOPES
    ) -> TokenPair:
        """Give out a token pair of the default client, for the first creator unless told."""
        owner = user_id if user_id is not None else self.campaign().creator_id
        return self.tokens.issue(self.client.id, owner, scopes)

    def add_hook(
        self,
        uri: str,
        secret: str,
        *,
        triggers: tuple[str, ...] = TRIGGERS,
        campaign_id: str | None = None,
    ) -> Hook:
        """Add a webhook as by hand in the portal: the API client does not see it."""
        owner = self.campaign(campaign_id).id
        return self.hooks.add(owner, uri, secret=secret, triggers=triggers)

    def campaigns(self) -> list[Campaign]:
        """Read all campaigns."""
        return list(self._campaigns.values())

    def campaign(self, campaign_id: str | None = None) -> Campaign:
        """Read a campaign; the first one unless told.

        Raises:
            KeyError: there is none of that id.
        """
        if campaign_id is None:
            campaign_id = next(iter(self._campaigns), "")
        return self._campaigns[campaign_id]

    def campaign_of(self, user_id: str) -> Campaign | None:
        """Read the campaign that an account runs."""
        return next((c for c in self._campaigns.values() if c.creator_id == user_id), None)

    def tiers(self, campaign_id: str | None = None) -> list[Tier]:
        """Read the tiers of a campaign, the free one first."""
        return list(self._tiers[self.campaign(campaign_id).id].values())

    def tier(self, campaign_id: str, tier_id: str) -> Tier:
        """Read a tier of a campaign."""
        return self._tiers[campaign_id][tier_id]

    def find_tier(self, tier: Tier | str, campaign_id: str | None = None) -> Tier:
        """Read a tier by its record, id or title.

        Raises:
            KeyError: the campaign has no such tier.
        """
        wanted = tier if isinstance(tier, str) else tier.id
        for known in self.tiers(campaign_id):
            if wanted in {known.id, known.title}:
                return known
        raise KeyError(wanted)

    def edit_tier(self, tier: Tier) -> None:
        """Store a changed tier; Patreon sends no webhook for that."""
        self._tiers[tier.campaign_id][tier.id] = tier

    def roster(self, campaign_id: str | None = None) -> Roster:
        """Reach the members of a campaign."""
        return self._rosters[self.campaign(campaign_id).id]

    def member(self, member_id: str) -> Member | None:
        """Find a member in any campaign."""
        found = (roster.find(member_id) for roster in self._rosters.values())
        return next((member for member in found if member is not None), None)

    def members(self, campaign_id: str | None = None) -> Iterator[Member]:
        """Walk over all members of a campaign, in the order in which they joined."""
        roster = self.roster(campaign_id)
        return (member for i in range(roster.size) if (member := roster.at(i)) is not None)

    def posts(self, campaign_id: str | None = None) -> Shelf:
        """Reach the posts of a campaign."""
        return self._shelves[self.campaign(campaign_id).id]

    def post(self, post_id: str) -> Post | None:
        """Find a post in any campaign."""
        found = (shelf.find(post_id) for shelf in self._shelves.values())
        return next((post for post in found if post is not None), None)

    def person(self, user_id: str) -> Person | None:
        """Find an account: a creator, or whoever stands behind a member."""
        if user_id in self._people:
            return self._people[user_id]
        memberships = self.memberships_of(user_id)
        return self.person_of(memberships[0]) if memberships else None

    def person_of(self, member: Member) -> Person:
        """Read the account behind a member."""
        return Person(
            id=member.user_id,
            full_name=member.full_name,
            email=member.email or f"user{member.user_id}@example.com",
            created_at=member.user_created_at,
            discord_id=member.discord_id,
        )

    def memberships_of(self, user_id: str) -> list[Member]:
        """Find the memberships of an account, at most one per campaign."""
        found = (roster.find_user(user_id) for roster in self._rosters.values())
        return [member for member in found if member is not None]

    def view(
        self,
        *,
        hide_tiers: bool = False,
        member_emails: bool = True,
        email_of_user: str | None = None,
    ) -> View:
        """Say what a reader gets to see."""
        return View(
            images=self.images,
            quirks=self.quirks,
            patron_count=lambda campaign_id: self._rosters[campaign_id].active,
            tier_count=lambda campaign_id, tier_id: self._rosters[campaign_id].in_tier(tier_id),
            post_count=lambda campaign_id, tier_id: self._shelves[campaign_id].in_tier(tier_id),
            hide_tiers=hide_tiers,
            member_emails=member_emails,
            email_of_user=email_of_user,
        )

    def client_by(self, client_id: str | None) -> Client | None:
        """Find a registered application; a hook made by hand has none."""
        return None if client_id is None else self.tokens.clients.get(client_id)
