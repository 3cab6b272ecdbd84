"""The reading endpoints of API v2: identity, campaigns, members and posts.

Source: reference "Endpoints".
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.patreon import problems, query
from sandbox.patreon.access import API_PREFIX, Caller
from sandbox.patreon.documents import Document
from sandbox.patreon.faults import FaultKind
from sandbox.patreon.records import Campaign, Member, Post

CAMPAIGN_INCLUDES = frozenset({"tiers", "creator", "benefits", "goals", "live_access_rules"})
MEMBER_INCLUDES = frozenset({"address", "campaign", "currently_entitled_tiers", "user"})
POST_INCLUDES = frozenset({"campaign", "user"})
IDENTITY_INCLUDES = frozenset({"memberships", "campaign"})


def identity(caller: Caller) -> Document:
    """Tell who the token belongs to."""
    token = caller.need("identity")
    wish = caller.wish("user", includes=IDENTITY_INCLUDES)
    person = caller.world.person(token.user_id)
    if person is None:
        raise problems.unauthorized()
    document = caller.writer(wish).one("user", person, wish.includes)
    document["links"] = {"self": f"{caller.world.api_url}/user/{person.id}"}
    return document


def campaigns(caller: Caller) -> Document:
    """List the campaigns of the token's owner: one at most."""
    token = caller.need("campaigns")
    wish = caller.wish("campaign", includes=CAMPAIGN_INCLUDES, pages=True)
    own = caller.world.campaign_of(token.user_id)
    found = [] if own is None else [own]
    document = caller.writer(wish).many("campaign", found, wish.includes)
    document["meta"] = {"pagination": {"cursors": {"next": None}, "total": len(found)}}
    return document


def campaign(caller: Caller) -> Document:
    """Read one campaign."""
    token = caller.need("campaigns")
    wish = caller.wish("campaign", includes=CAMPAIGN_INCLUDES)
    found = own_campaign(caller, token.user_id)
    document = caller.writer(wish).one("campaign", found, wish.includes)
    document["links"] = {"self": f"{caller.world.api_url}/campaigns/{found.id}"}
    return document


def members(caller: Caller) -> Document:
    """List the members of a campaign, up to 1,000 a page (500 with their pledge history)."""
    token = caller.need("campaigns.members")
    includes = MEMBER_INCLUDES | {"pledge_history"}
    wish = caller.wish("member", includes=includes, pages=True)
    own = own_campaign(caller, token.user_id)
    roster = caller.world.roster(own.id)
    most = query.MEMBERS_PAGE
    if "pledge_history" in wish.includes:
        most = query.MEMBERS_PAGE_WITH_HISTORY
    count = min(wish.count or query.DEFAULT_PAGE, most)
    listing = f"members:{own.id}"
    start = 0
    if wish.cursor is not None:
        place = roster.place_of(caller.world.cursors.read(listing, wish.cursor))
        start = 0 if place is None else place + 1
    page = roster.page(start, count)
    more = bool(page) and roster.has_more(page[-1].index + 1)
    before = roster.seed.member_id(start - 1) if start > 0 else None
    return _page(
        caller,
        wish,
        kind="member",
        listing=listing,
        records=page,
        more=more,
        before=before,
        total=len(roster),
    )


def member(caller: Caller) -> Document:
    """Read one member by their UUID."""
    token = caller.need("campaigns.members")
    wish = caller.wish("member", includes=MEMBER_INCLUDES)
    member_id = caller.request.match_info["id"]
    found = caller.world.member(member_id)
    if found is None:
        raise problems.not_found("Member", member_id)
    if caller.world.campaign(found.campaign_id).creator_id != token.user_id:
        raise problems.view_forbidden("member", member_id)
    document = caller.writer(wish).one("member", found, wish.includes)
    document["links"] = {"self": f"{caller.world.api_url}/members/{found.id}"}
    return document


def posts(caller: Caller) -> Document:
    """List the posts of a campaign, oldest first, 20 a page whatever is asked.

    Somebody else's campaign looks empty. Source: reference "Gotchas" 21 and 22.
    """
    token = caller.need("campaigns.posts")
    wish = caller.wish("post", includes=POST_INCLUDES, pages=True)
    campaign_id = caller.request.match_info["id"]
    listing = f"posts:{campaign_id}"
    last = None
    if wish.cursor is not None:
        last = caller.world.cursors.read(listing, wish.cursor)
    own = caller.world.campaign_of(token.user_id)
    records: list[Post] = []
    total = 0
    more = False
    if own is not None and own.id == campaign_id:
        shelf = caller.world.posts(own.id)
        found = shelf.after(last, query.POSTS_PAGE + 1)
        records, more = found[: query.POSTS_PAGE], len(found) > query.POSTS_PAGE
        total = len(shelf)
    return _page(
        caller,
        wish,
        kind="post",
        listing=listing,
        records=records,
        more=more,
        before=last,
        total=total,
    )


def post(caller: Caller) -> Document:
    """Read one post of the token's owner."""
    token = caller.need("campaigns.posts")
    wish = caller.wish("post", includes=POST_INCLUDES)
    post_id = caller.request.match_info["id"]
    found = caller.world.post(post_id)
    if found is None:
        raise problems.not_found("Post", post_id)
    if found.user_id != token.user_id:
        raise problems.view_forbidden("post", post_id)
    document = caller.writer(wish).one("post", found, wish.includes)
    document["links"] = {"self": f"{caller.world.api_url}/posts/{found.id}"}
    return document


def own_campaign(caller: Caller, user_id: str) -> Campaign:
    """Find the campaign that the path names and the token's owner runs.

    Raises:
        ApiError: 404 when it does not exist, 403 when it is somebody else's.
    """
    campaign_id = caller.request.match_info["id"]
    try:
        found = caller.world.campaign(campaign_id)
    except KeyError:
        raise problems.not_found("Campaign", campaign_id) from None
    if found.creator_id != user_id:
        raise problems.view_forbidden("campaign", campaign_id)
    return found


def _page(
    caller: Caller,
    wish: query.Query,
    *,
    kind: str,
    listing: str,
    records: Sequence[Member] | Sequence[Post],
    more: bool,
    before: str | None,
    total: int,
) -> Document:
    world = caller.world
    shown: Sequence[Any] = records
    if caller.fault is FaultKind.SHORT_PAGE:
        shown, more = records[: len(records) // 3], False
    elif caller.fault is FaultKind.EMPTY_PAGE:
        shown, more = (), False
    elif not more and records and world.quirks.repeat_last_page:
        first = before if before is not None else "00000000"
        return _with_cursor(caller, wish, kind, shown, total, world.cursors.write(listing, first))
    cursor = world.cursors.write(listing, records[-1].id) if more else None
    return _with_cursor(caller, wish, kind, shown, total, cursor)


def _with_cursor(
    caller: Caller,
    wish: query.Query,
    kind: str,
    records: Sequence[Any],
    total: int,
    cursor: str | None,
) -> Document:
    document = caller.writer(wish).many(kind, records, wish.includes)
    pagination: Document = {"cursors": {"next": cursor}, "total": total}
    if cursor is None and caller.world.quirks.omit_last_cursor:
        del pagination["cursors"]
    document["meta"] = {"pagination": pagination}
    if cursor is not None:
        kept = [(k, v) for k, v in caller.request.query.items() if k != "page[cursor]"]
        link = urlencode([*kept, ("page[cursor]", cursor)])
        path = caller.request.path.partition(API_PREFIX)[2]
        document["links"] = {"next": f"{caller.world.api_url}{path}?{link}"}
    return document
