"""Patreon's requests, without I/O: addresses, fields, includes and bodies.

`Source:` docs.patreon.com, "API v2" for every name below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, urlencode

import msgspec

SITE = "https://www.patreon.com"
"""What Patreon's relative addresses are relative to."""

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "campaign": (
            "creation_name",
            "currency",
            "image_small_url",
            "image_url",
            "name",
            "patron_count",
            "url",
            "vanity",
        ),
        "tier": ("amount_cents", "image_url", "patron_count", "published", "title", "user_limit"),
        "benefit": ("is_deleted", "is_ended", "title"),
        "member": (
            "campaign_lifetime_support_cents",
            "currently_entitled_amount_cents",
            "full_name",
            "is_free_trial",
            "is_gifted",
            "last_charge_date",
            "last_charge_status",
            "next_charge_date",
            "patron_status",
            "pledge_cadence",
            "pledge_relationship_start",
            "will_pay_amount_cents",
        ),
        "user": ("full_name", "hide_pledges", "image_url", "social_connections"),
        "post": ("content", "is_paid", "is_public", "published_at", "tiers", "title", "url"),
        "webhook": (
            "last_attempted_at",
            "num_consecutive_times_failed",
            "paused",
            "secret",
            "triggers",
            "uri",
        ),
    }
)
"""Every attribute the bot asks for; Patreon sends none that is not asked for.

One unknown name fails the whole request. Mail addresses and private notes are never asked for.
"""

MEMBERS_PER_PAGE = 1000
POSTS_PER_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `path` is what may be logged, `scope` what the token must allow."""

    method: str
    path: str
    url: str
    scope: str
    body: bytes | None = None


class Requests:
    """Builds the requests of the API that stands at `api_url`."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url.rstrip("/")

    def identity(self) -> Request:
        """Ask who the token belongs to."""
        return self._get("/identity", "identity", fields=("user",))

    def patron(self) -> Request:
        """Ask who the token belongs to, and for the ids of that person's memberships."""
        scope = "identity.memberships"
        return self._get("/identity", scope, fields=("user",), include="memberships")

    def campaigns(self, *, cursor: str | None = None) -> Request:
        """Ask for the campaigns of the token's owner, with their tiers and the tiers' benefits."""
        return self._get(
            "/campaigns",
            "campaigns",
            fields=("campaign", "tier", "benefit"),
            include="tiers,tiers.benefits",
            cursor=cursor,
        )

    def members(self, campaign_id: str, *, cursor: str | None) -> Request:
        """Ask for a page of a campaign's members."""
        return self._get(
            f"/campaigns/{_part(campaign_id)}/members",
            "campaigns.members",
            fields=("member", "tier", "user"),
            include="currently_entitled_tiers,user",
            count=MEMBERS_PER_PAGE,
            cursor=cursor,
        )

    def member(self, member_id: str) -> Request:
        """Ask for one member, with the campaign that it belongs to."""
        return self._get(
            f"/members/{_part(member_id)}",
            "campaigns.members",
            fields=("member", "tier", "user"),
            include="campaign,currently_entitled_tiers,user",
        )

    def posts(self, campaign_id: str, *, cursor: str | None) -> Request:
        """Ask for a page of a campaign's posts."""
        return self._get(
            f"/campaigns/{_part(campaign_id)}/posts",
            "campaigns.posts",
            fields=("post",),
            count=POSTS_PER_PAGE,
            cursor=cursor,
        )

    def post(self, post_id: str) -> Request:
        """Ask for one post, with the campaign that it belongs to."""
        path = f"/posts/{_part(post_id)}"
        return self._get(path, "campaigns.posts", fields=("post",), include="campaign")

    def hooks(self, *, cursor: str | None = None) -> Request:
        """Ask for the webhooks that this client made."""
        return self._get("/webhooks", "w:campaigns.webhook", fields=("webhook",), cursor=cursor)

    def create_hook(self, campaign_id: str, *, uri: str, triggers: Sequence[str]) -> Request:
        """Ask for a new webhook."""
        document = {
            "type": "webhook",
            "attributes": {"triggers": list(triggers), "uri": uri},
            "relationships": {"campaign": {"data": {"type": "campaign", "id": campaign_id}}},
        }
        return self._write("POST", "/webhooks", document)

    def update_hook(self, hook_id: str, attributes: Mapping[str, object]) -> Request:
        """Ask for a change of a webhook."""
        document = {"id": hook_id, "type": "webhook", "attributes": dict(attributes)}
        return self._write("PATCH", f"/webhooks/{_part(hook_id)}", document)

    def delete_hook(self, hook_id: str) -> Request:
        """Ask for a webhook's removal."""
        path = f"/webhooks/{_part(hook_id)}"
        url = self._api_url + path
        return Request(method="DELETE", path=path, url=url, scope="w:campaigns.webhook")

    def _get(
        self,
        path: str,
        scope: str,
        *,
        fields: Sequence[str],
        include: str | None = None,
        count: int | None = None,
        cursor: str | None = None,
    ) -> Request:
        query = [(f"fields[{name}]", ",".join(FIELDS[name])) for name in fields]
        if include is not None:
            query.append(("include", include))
        if count is not None:
            query.append(("page[count]", str(count)))
        if cursor is not None:
            query.append(("page[cursor]", cursor))
        return Request(method="GET", path=path, url=self._url(path, query), scope=scope)

    def _write(self, method: str, path: str, data: Mapping[str, object]) -> Request:
        url = self._url(path, [("fields[webhook]", ",".join(FIELDS["webhook"]))])
        body = msgspec.json.encode({"data": data})
        return Request(method=method, path=path, url=url, scope="w:campaigns.webhook", body=body)

    def _url(self, path: str, query: Sequence[tuple[str, str]]) -> str:
        return f"{self._api_url}{path}?{urlencode(query, quote_via=quote, safe=',')}"


def _part(text: str) -> str:
    return quote(text, safe="")
