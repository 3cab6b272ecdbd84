"""OAuth2: tokens that rotate, codes that work once, and a consent page that escapes."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

REDIRECT = "http://127.0.0.1:8080/oauth/callback"


@pytest.fixture
def exchange(session, server, world):
    async def exchange(**form: str):
        known = {"client_id": world.client.id, "client_secret": world.client.secret}
        async with session.post(server.token_url, data={**known, **form}) as answer:
            return answer.status, await answer.json()

    return exchange


@pytest.fixture
def consent(session, server, world):
    async def consent(decision="allow", user="", **changes: str):
        wish = {
            "response_type": "code",
            "client_id": world.client.id,
            "redirect_uri": REDIRECT,
            "scope": "identity identity.memberships",
            "state": "st&te",
            **changes,
        }
        form = {**wish, "decision": decision, "user": user}
        async with session.post(server.authorize_url, data=form, allow_redirects=False) as answer:
            location = answer.headers.get("Location", "")
            found = {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}
            return answer.status, location, found

    return consent


async def test_a_refresh_replaces_both_tokens_and_works_once(reader, exchange, world, example):
    pair = world.creator_token

    status, fresh = await exchange(grant_type="refresh_token", refresh_token=pair.refresh_token)
    again = await exchange(grant_type="refresh_token", refresh_token=pair.refresh_token)

    assert status == 200
    assert set(fresh) == set(example("token_response"))
    assert fresh["expires_in"] == 2678400
    assert again == (401, example("token_error_invalid_grant_401"))
    assert (await reader.get("/identity"))[0] == 401
    assert (await reader.get("/identity", token=fresh["access_token"]))[0] == 200


async def test_an_old_access_token_can_be_spared(reader, exchange, world):
    world.tokens.keep_old_access = True

    await exchange(grant_type="refresh_token", refresh_token=world.creator_token.refresh_token)

    assert (await reader.get("/identity"))[0] == 200


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "x"}, (401, "invalid_grant")),
        ({"grant_type": "authorization_code", "code": "x"}, (401, "invalid_grant")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": "refresh_token", "client_secret": "no"}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
    ],
)
async def test_wrong_grants_are_refused(exchange, form, answer):
    status, body = await exchange(**form)

    assert (status, body) == (answer[0], {"error": answer[1]})


async def test_the_token_endpoint_takes_forms_only(session, server, world):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": world.creator_token.refresh_token,
        "client_id": world.client.id,
        "client_secret": world.client.secret,
    }

    async with session.post(server.token_url, json=form) as as_json:
        assert as_json.status == 400
    async with session.post(server.token_url, params=form) as in_the_address:
        assert in_the_address.status == 400


async def test_a_refresh_token_belongs_to_its_client(exchange, world):
    other = world.tokens.add_client("Other", client_id="other", client_secret="other-secret")

    status, _ = await exchange(
        client_id=other.id,
        client_secret=other.secret,
        grant_type="refresh_token",
        refresh_token=world.creator_token.refresh_token,
    )

    assert status == 401


async def test_an_access_token_expires(reader, clock, example):
    clock.advance(timedelta(days=31))

    status, body = await reader.get("/identity")

    expected = example("error_401")
    expected["errors"][0]["id"] = body["errors"][0]["id"]
    assert (status, body) == (401, expected)


@pytest.mark.parametrize("path", ["/identity", "/campaigns", "/webhooks"])
async def test_a_missing_scope_looks_like_an_unknown_token(reader, world, path):
    token = world.issue_tokens(scopes=frozenset({"campaigns.posts"})).access_token

    status, body = await reader.get(path, token=token)
    unknown, same = await reader.get(path, token="nonsense")

    assert status == unknown == 401
    assert body["errors"][0]["code"] == same["errors"][0]["code"] == 1


async def test_consent_leads_to_a_code_that_works_once(consent, exchange, reader, world):
    patron = next(world.members())
    status, location, found = await consent(user=patron.user_id)
    form = {"grant_type": "authorization_code", "code": found["code"], "redirect_uri": REDIRECT}

    first, pair = await exchange(**form)
    second, _ = await exchange(**form)

    assert status == 302
    assert location.startswith(REDIRECT + "?")
    assert found["state"] == "st&te"
    assert (first, second) == (200, 401)
    _, me = await reader.get("/identity", token=pair["access_token"])
    assert me["data"]["id"] == patron.user_id


async def test_a_code_is_bound_to_its_address_and_five_minutes(consent, exchange, clock):
    _, _, one = await consent()
    _, _, two = await consent()
    form = {"grant_type": "authorization_code"}

    assert (await exchange(**form, code=one["code"], redirect_uri=REDIRECT + "x"))[0] == 401
    clock.advance(timedelta(minutes=6))
    assert (await exchange(**form, code=two["code"], redirect_uri=REDIRECT))[0] == 401


async def test_scopes_are_a_union_over_consents(consent, exchange):
    await consent(scope="campaigns campaigns.posts")
    _, _, found = await consent(scope="identity")

    _, pair = await exchange(
        grant_type="authorization_code", code=found["code"], redirect_uri=REDIRECT
    )

    assert pair["scope"].split() == ["campaigns", "campaigns.posts", "identity"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"decision": "deny"}, "access_denied"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "identity.memberships"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
async def test_a_denial_returns_with_its_error_and_state(consent, changes, error):
    status, _, found = await consent(**changes)

    assert (status, found) == (302, {"error": error, "state": "st&te"})


@pytest.mark.parametrize(
    "changes", [{"client_id": "nobody"}, {"redirect_uri": "http://evil.example/"}, {"user": "1"}]
)
async def test_an_unknown_client_address_or_person_is_never_redirected(consent, changes):
    status, location, _ = await consent(**changes)

    assert (status, location) == (400, "")


async def test_without_a_scope_the_old_set_is_granted_and_opens_nothing(consent, exchange, reader):
    _, _, found = await consent(scope="")
    _, pair = await exchange(
        grant_type="authorization_code", code=found["code"], redirect_uri=REDIRECT
    )

    assert (await reader.get("/identity", token=pair["access_token"]))[0] == 401


async def test_the_consent_page_escapes_and_forbids_scripts(session, server, world):
    params = {
        "response_type": "code",
        "client_id": world.client.id,
        "redirect_uri": REDIRECT,
        "scope": "identity",
        "state": '"><script>alert(1)</script>',
    }

    async with session.get(server.authorize_url, params=params) as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]

    assert answer.status == 200
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;script&gt;alert(&#x27;name&#x27;)" in page
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:8080" in policy


async def test_a_revoked_pair_is_dead(reader, exchange, world):
    world.tokens.revoke(world.creator_token)

    assert (await reader.get("/identity"))[0] == 401
    status, _ = await exchange(
        grant_type="refresh_token", refresh_token=world.creator_token.refresh_token
    )
    assert status == 401
