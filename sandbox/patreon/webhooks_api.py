"""The webhook endpoints: a client sees, makes, changes and deletes its own hooks only.

Source: reference "Webhooks", "CRUD"; docs.patreon.com, "Webhook Endpoints".
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.patreon import problems
from sandbox.patreon.access import Caller
from sandbox.patreon.documents import Document
from sandbox.patreon.fields import WEBHOOK
from sandbox.patreon.hooks import TRIGGERS, Hook
from sandbox.patreon.query import Query
from sandbox.patreon.tokens import TokenPair

SCOPE = "w:campaigns.webhook"
INCLUDES = frozenset({"client", "campaign"})


def list_hooks(caller: Caller) -> Document:
    """List the hooks that this client made for the token's owner."""
    token = caller.need(SCOPE)
    wish = caller.wish("webhook", includes=INCLUDES, pages=True)
    found = [hook for hook in caller.world.hooks.hooks.values() if _is_own(caller, token, hook)]
    document = caller.writer(wish).many("webhook", found, wish.includes)
    document["meta"] = {"pagination": {"cursors": {"next": None}, "total": len(found)}}
    return document


def read_hook(caller: Caller) -> Document:
    """Read one own hook (undocumented, but known to the official Python SDK)."""
    token = caller.need(SCOPE)
    wish = caller.wish("webhook", includes=INCLUDES)
    return _show(caller, _own(caller, token), wish)


async def create_hook(caller: Caller) -> Document:
    """Register a hook; the answer tells its secret."""
    token = caller.need(SCOPE)
    wish = caller.wish("webhook", includes=INCLUDES)
    data = await _data(caller)
    attributes = _mapping(data.get("attributes"), "attributes")
    campaign_id = _campaign_id(data)
    own = caller.world.campaign_of(token.user_id)
    if own is None or own.id != campaign_id:
        raise problems.view_forbidden("campaign", campaign_id)
    hook = caller.world.hooks.add(
        campaign_id,
        _uri(attributes.get("uri")),
        triggers=_triggers(attributes.get("triggers")),
        client_id=token.client_id,
    )
    return _show(caller, hook, wish)


async def change_hook(caller: Caller) -> Document:
    """Change triggers, address or pause of an own hook; un-pausing sends what was stored."""
    token = caller.need(SCOPE)
    wish = caller.wish("webhook", includes=INCLUDES)
    hook = _own(caller, token)
    data = await _data(caller)
    attributes = _mapping(data.get("attributes"), "attributes")
    if unknown := set(attributes) - {"triggers", "uri", "paused"}:
        raise problems.invalid_parameter(min(unknown))
    triggers = _triggers(attributes["triggers"]) if "triggers" in attributes else hook.triggers
    uri = _uri(attributes["uri"]) if "uri" in attributes else hook.uri
    paused = _flag(attributes["paused"]) if "paused" in attributes else hook.paused
    hook.triggers, hook.uri = triggers, uri
    if "paused" in attributes:
        if paused:
            hook.paused = True
        else:
            caller.world.hooks.unpause(hook)
    return _show(caller, hook, wish)


def delete_hook(caller: Caller) -> None:
    """Delete an own hook; one that is gone or somebody else's is not found."""
    token = caller.need(SCOPE)
    caller.world.hooks.remove(_own(caller, token).id)


def _show(caller: Caller, hook: Hook, wish: Query) -> Document:
    # The answers to POST and PATCH carry every attribute without being asked.
    if caller.request.method != "GET" and "webhook" not in wish.fields:
        fields = {**wish.fields, "webhook": tuple(WEBHOOK)}
        wish = Query(fields=fields, includes=wish.includes)
    document = caller.writer(wish).one("webhook", hook, wish.includes)
    document["links"] = {"self": f"{caller.world.api_url}/webhooks/{hook.id}"}
    return document


def _is_own(caller: Caller, token: TokenPair, hook: Hook) -> bool:
    creator = caller.world.campaign(hook.campaign_id).creator_id
    return hook.client_id == token.client_id and creator == token.user_id


def _own(caller: Caller, token: TokenPair) -> Hook:
    hook_id = caller.request.match_info["id"]
    hook = caller.world.hooks.hooks.get(hook_id)
    if hook is None or not _is_own(caller, token, hook):
        raise problems.not_found("Webhook", hook_id)
    return hook


async def _data(caller: Caller) -> Mapping[str, Any]:
    try:
        body = json.loads(await caller.request.read())
    except ValueError:
        raise problems.bad_request("The body is not JSON.") from None
    data = _mapping(_mapping(body, "body").get("data"), "data")
    if data.get("type") != "webhook":
        raise problems.bad_request("data.type must be webhook.")
    return data


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise problems.bad_request(f"{name} must be an object.")
    return value


def _campaign_id(data: Mapping[str, Any]) -> str:
    try:
        found = data["relationships"]["campaign"]["data"]
        if found["type"] == "campaign" and isinstance(found["id"], str):
            return str(found["id"])
    except (KeyError, TypeError):
        pass
    raise problems.bad_request("relationships.campaign.data must name a campaign.")


def _triggers(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(item not in TRIGGERS for item in value):
        raise problems.invalid_parameter("triggers")
    return tuple(dict.fromkeys(value))


def _uri(value: object) -> str:
    if isinstance(value, str):
        parts = urlsplit(value)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return value
    raise problems.invalid_parameter("uri")


def _flag(value: object) -> bool:
    if value in {True, "true"}:
        return True
    if value in {False, "false"}:
        return False
    raise problems.invalid_parameter("paused")
