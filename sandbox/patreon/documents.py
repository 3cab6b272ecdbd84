"""JSON:API documents: what was asked for, and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.patreon.fields import FIELDS, HOOK_USER_FIELDS
from sandbox.patreon.query import IncludeTree
from sandbox.patreon.records import Member, Post
from sandbox.patreon.relations import RELATIONS, Lookup
from sandbox.patreon.view import View

Document = dict[str, object]
_LINKED = {"campaign": "campaigns", "user": "user"}
_HOOK_FIELDS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(FIELDS[kind]) for kind in ("member", "campaign", "tier", "post")
} | {"user": HOOK_USER_FIELDS}


class Writer:
    """Write the resources of one answer and collect what they include.

    A type without an entry in `fields` is written with empty attributes; relationships appear
    only when they are included. Source: docs.patreon.com, "Requesting specific data".
    """

    def __init__(
        self, world: Lookup, view: View, *, fields: Mapping[str, tuple[str, ...]], api_url: str
    ) -> None:
        self._world = world
        self._view = view
        self._api_url = api_url
        self._getters = {
            kind: [(name, FIELDS[kind][name]) for name in names] for kind, names in fields.items()
        }
        self._included: dict[tuple[str, str], Document] = {}

    def one(self, kind: str, record: Any, includes: IncludeTree) -> Document:
        """Write a whole document about one resource, its included resources after it."""
        return {"data": self.resource(kind, record, includes), **self._tail()}

    def many(self, kind: str, records: Iterable[Any], includes: IncludeTree) -> Document:
        """Write a document that lists resources, included ones after them."""
        return {
            "data": [self.resource(kind, record, includes) for record in records],
            **self._tail(),
        }

    def resource(self, kind: str, record: Any, includes: IncludeTree) -> Document:
        """Write one resource object."""
        view = self._view
        written: Document = {
            "attributes": {name: get(record, view) for name, get in self._getters.get(kind, ())},
            "id": record.id,
            "type": kind,
        }
        if includes:
            written["relationships"] = {
                name: self._relationship(kind, record, name, branch)
                for name, branch in includes.items()
            }
        return written

    def _relationship(self, kind: str, record: Any, name: str, branch: IncludeTree) -> Document:
        relation = RELATIONS[kind][name]
        if name == "currently_entitled_tiers" and self._view.hide_tiers:
            return {"data": []}
        target = relation.follow(record, self._world)
        if relation.is_list:
            return {"data": [self._include(relation.kind, item, branch) for item in target]}
        if target is None:
            return {"data": None}
        link: Document = {"data": self._include(relation.kind, target, branch)}
        if relation.kind in _LINKED:
            related = f"{self._api_url}/{_LINKED[relation.kind]}/{target.id}"
            link["links"] = {"related": related}
        return link

    def _include(self, kind: str, record: Any, branch: IncludeTree) -> Document:
        key = (kind, record.id)
        if key not in self._included:
            # The place is taken first, so that a circle of includes comes to an end.
            self._included[key] = {}
            self._included[key].update(self.resource(kind, record, branch))
        return {"id": record.id, "type": kind}

    def _tail(self) -> Document:
        included = list(self._included.values())
        if self._view.quirks.unknown_included:
            included.append({"attributes": {"shape": "round"}, "id": "1", "type": "novelty"})
        return {"included": included} if included else {}


def member_body(world: Lookup, view: View, member: Member, *, api_url: str) -> Document:
    """Write what a members webhook carries: every attribute, with campaign, user and tiers.

    Source: reference "Webhooks", bodies captured by zulip/zulip.
    """
    writer = Writer(world, view, fields=_HOOK_FIELDS, api_url=api_url)
    names = ("address", "campaign", "user", "currently_entitled_tiers")
    body = writer.one("member", member, {name: {} for name in names})
    body["links"] = {"self": f"{api_url}/members/{member.id}"}
    return body


def post_body(world: Lookup, view: View, post: Post, *, api_url: str) -> Document:
    """Write what a posts webhook is thought to carry: no captured body is known.

    Source: reference "Webhooks"; only `data.id` is certain.
    """
    writer = Writer(world, view, fields=_HOOK_FIELDS, api_url=api_url)
    body = writer.one("post", post, {"campaign": {}, "user": {}})
    body["links"] = {"self": f"{api_url}/posts/{post.id}"}
    return body
