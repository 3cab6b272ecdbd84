"""Requests: addresses, fields, bodies."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from patreon.protocol import FIELDS, Requests
from tests.patreon.examples import parsed

API = "https://www.patreon.com/api/oauth2/v2"
REQUESTS = Requests(API + "/")
READS = {
    "identity": REQUESTS.identity(),
    "campaigns": REQUESTS.campaigns(),
    "members": REQUESTS.members("1234567", cursor="03:a+b/c=:SIG"),
    "member": REQUESTS.member("11111111-2222-4333-8444-555555555555"),
    "posts": REQUESTS.posts("1234567", cursor=None),
    "post": REQUESTS.post("150000001"),
    "hooks": REQUESTS.hooks(),
}


def query_of(request):
    return parse_qs(urlsplit(request.url).query, strict_parsing=True)


@pytest.mark.parametrize("name", sorted(READS))
def test_every_read_encodes_brackets_and_asks_for_fields(name):
    request = READS[name]

    assert request.method == "GET"
    assert request.url.startswith(API + request.path)
    assert not set("[] :+/").intersection(request.url.removeprefix(API + request.path))
    assert any(key.startswith("fields[") for key in query_of(request))
    assert request.scope


@pytest.mark.parametrize("name", sorted(READS))
def test_mail_addresses_and_notes_are_never_asked_for(name):
    asked = {field for value in query_of(READS[name]).values() for field in value[0].split(",")}

    assert not asked & {"email", "note", "about", "phone_number"}


def test_every_included_resource_has_fields():
    assert query_of(READS["members"]) == {
        "fields[member]": [",".join(FIELDS["member"])],
        "fields[tier]": [",".join(FIELDS["tier"])],
        "fields[user]": [",".join(FIELDS["user"])],
        "include": ["currently_entitled_tiers,user"],
        "page[count]": ["1000"],
        "page[cursor]": ["03:a+b/c=:SIG"],
    }


def test_campaigns_are_asked_for_with_their_tiers_and_benefits():
    query = query_of(READS["campaigns"])

    assert query["include"] == ["tiers,tiers.benefits"]
    assert "title" in query["fields[benefit]"][0].split(",")
    assert "user_limit" in query["fields[tier]"][0].split(",")


def test_one_member_and_one_post_are_asked_for_with_their_campaign():
    assert "campaign" in query_of(READS["member"])["include"][0]
    assert "campaign" in query_of(READS["post"])["include"][0]


def test_an_id_cannot_leave_its_place_in_the_path():
    assert REQUESTS.member("../posts/1?x").path == "/members/..%2Fposts%2F1%3Fx"


def test_a_webhook_is_asked_for_as_documented():
    wanted = parsed("webhook_create_request")
    attributes = wanted["data"]["attributes"]

    request = REQUESTS.create_hook(
        "1234567", uri=attributes["uri"], triggers=attributes["triggers"]
    )

    assert json.loads(request.body) == wanted


def test_a_webhook_is_unpaused_as_documented():
    request = REQUESTS.update_hook("756000", {"paused": False})

    assert (request.method, request.path) == ("PATCH", "/webhooks/756000")
    assert json.loads(request.body) == parsed("webhook_patch_unpause_request")


def test_a_request_shows_no_body_of_a_removal():
    request = REQUESTS.delete_hook("756000")

    assert (request.method, request.url, request.body) == ("DELETE", f"{API}/webhooks/756000", None)
