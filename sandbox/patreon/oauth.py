"""Patreon's side of OAuth2: the consent page and the token endpoint.

Source: reference "OAuth2".
"""

import base64
import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from sandbox.patreon.tokens import SCOPES, V1_SCOPES, Client, InvalidGrantError
from sandbox.patreon.world import PatreonWorld

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;"
    "background:#fafafa;color:#222}main{background:#fff;border:1px solid #ddd;border-radius:12px;"
    "padding:1.5rem 2rem}button{font:inherit;padding:.5rem 1.25rem;border-radius:99px;"
    "border:1px solid #222;background:#fff;cursor:pointer}button.yes{background:#222;color:#fff}"
    "select{font:inherit;width:100%;padding:.3rem}small{color:#666}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_SHOWN_PATRONS = 20


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What a client asks a person to allow."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None

    def back(self, **result: str) -> str:
        """Write the address to return to."""
        if self.state is not None:
            result["state"] = self.state
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{joint}{urlencode(result)}"


class ConsentError(Exception):
    """The request cannot be shown; `location` is where to return with the error, if anywhere."""

    def __init__(self, reason: str, location: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.location = location


def read_request(world: PatreonWorld, parameters: Mapping[str, str]) -> ConsentRequest:
    """Check an authorization request.

    Raises:
        ConsentError: the client or its address is unknown, or the wish is invalid.
    """
    client = world.tokens.clients.get(parameters.get("client_id", ""))
    if client is None:
        raise ConsentError("This application is not known.")
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in client.redirect_uris:
        raise ConsentError("The redirect address is not registered for this application.")
    # Without a scope Patreon grants the old v1 set, which opens nothing here.
    asked = tuple(parameters["scope"].split()) if parameters.get("scope") else V1_SCOPES
    wish = ConsentRequest(client, redirect_uri, asked, parameters.get("state"))
    if parameters.get("response_type") != "code":
        reason = "unsupported_response_type"
        raise ConsentError(reason, wish.back(error=reason))
    if any(scope not in {*SCOPES, *V1_SCOPES} for scope in asked) or (
        "identity.memberships" in asked and "identity" not in asked
    ):
        raise ConsentError("invalid_scope", wish.back(error="invalid_scope"))
    return wish


async def show_consent(request: web.Request, world: PatreonWorld) -> web.Response:
    """Show the page on which a person allows or denies."""
    try:
        wish = read_request(world, dict(request.query))
    except ConsentError as refusal:
        return _refusal(refusal)
    return _page(_form(wish, world, request.query), wish.redirect_uri)


async def decide(request: web.Request, world: PatreonWorld) -> web.Response:
    """Return to the client with a code, or with `access_denied`."""
    form = dict(parse_qsl(await request.text(), keep_blank_values=True))
    try:
        wish = read_request(world, form)
    except ConsentError as refusal:
        return _refusal(refusal)
    if form.get("decision") != "allow":
        return _redirect(wish.back(error="access_denied"))
    user_id = form.get("user") or world.campaign().creator_id
    if world.person(user_id) is None:
        return _refusal(ConsentError("This person does not exist."))
    code = world.tokens.grant(
        wish.client.id, user_id, redirect_uri=wish.redirect_uri, scopes=frozenset(wish.scopes)
    )
    return _redirect(wish.back(code=code.value))


async def exchange(request: web.Request, world: PatreonWorld) -> web.Response:
    """Answer the token endpoint: form-encoded in, a fresh pair out.

    Source: docs.patreon.com, "OAuth"; `401 {"error":"invalid_grant"}` from mxpv/patreon-go.
    """
    if request.content_type != "application/x-www-form-urlencoded" or request.query_string:
        return _token_error(400, "invalid_request")
    form = dict(parse_qsl(await request.text(), keep_blank_values=True))
    client = world.tokens.clients.get(form.get("client_id", ""))
    if client is None or form.get("client_secret") != client.secret:
        return _token_error(401, "invalid_client")
    try:
        match form.get("grant_type"):
            case "authorization_code":
                pair = world.tokens.exchange(
                    client.id, form.get("code", ""), form.get("redirect_uri", "")
                )
            case "refresh_token":
                pair = world.tokens.refresh(client.id, form.get("refresh_token", ""))
            case _:
                return _token_error(400, "unsupported_grant_type")
    except InvalidGrantError:
        return _token_error(401, "invalid_grant")
    return web.json_response(
        {
            "access_token": pair.access_token,
            "expires_in": int(world.tokens.lifetime.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(sorted(pair.scopes)),
            "refresh_token": pair.refresh_token,
            "version": "0.0.1",
        }
    )


def _token_error(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)


def _redirect(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})


def _refusal(refusal: ConsentError) -> web.Response:
    if refusal.location is not None:
        return _redirect(refusal.location)
    return _page(f"<h1>Not possible</h1><p>{html.escape(refusal.reason)}</p>", None, status=400)


def _form(wish: ConsentRequest, world: PatreonWorld, parameters: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in parameters.items()
        if name in {"client_id", "redirect_uri", "response_type", "scope", "state"}
    )
    scopes = "".join(f"<li><code>{html.escape(scope)}</code></li>" for scope in wish.scopes)
    people = [world.person(campaign.creator_id) for campaign in world.campaigns()]
    people += [world.person_of(m) for m in world.roster().page(0, _SHOWN_PATRONS)]
    options = "".join(
        f'<option value="{html.escape(person.id)}">'
        f"{html.escape((person.full_name or 'No name')[:60])}"
        f"{' (creator)' if person.is_creator else ''}</option>"
        for person in people
        if person is not None
    )
    name = html.escape(wish.client.name)
    return (
        f"<h1>{name} would like access</h1><p>This page plays the part of Patreon.</p>"
        f'<form method="post"><p><label>Logged in as <select name="user">{options}</select>'
        f"</label></p><p>It asks for:</p><ul>{scopes}</ul>{hidden}"
        '<p><button class="yes" name="decision" value="allow">Allow</button> '
        '<button name="decision" value="deny">Deny</button></p></form>'
        f"<small>You will return to {html.escape(wish.redirect_uri)}</small>"
    )


def _page(content: str, redirect_uri: str | None, *, status: int = 200) -> web.Response:
    # Browsers apply form-action to the redirect that follows a form, too.
    target = ""
    if redirect_uri is not None:
        parts = urlsplit(redirect_uri)
        target = f" {parts.scheme}://{parts.netloc}"
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'{target}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Patreon (stand-in)</title>'
        f"<style>{_STYLE}</style></head><body><main>{content}</main></body></html>"
    )
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
