"""The published document is followed, but for what discord.py always sends."""

import copy

import pytest

from sandbox.discord import Refused
from sandbox.discord.deviations import forgive
from sandbox.discord.openapi import RequestSchemas

COMMANDS = ("PUT", "/applications/{application_id}/commands")
SEND = ("POST", "/channels/{channel_id}/messages")
EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
THREAD = ("POST", "/channels/{channel_id}/threads")
CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")

MENU = {"type": 8, "custom_id": "where", "channel_types": [0, 16]}
OPTION = {"type": 7, "name": "where", "description": "Where", "channel_types": [0, 16]}

FORGIVEN = {
    "nsfw of commands": (COMMANDS, [{"name": "a", "description": "a", "nsfw": False}]),
    "media channels in options": (
        COMMANDS,
        [{"name": "a", "description": "a", "options": [OPTION]}],
    ),
    "media channels in menus": (SEND, {"components": [{"type": 1, "components": [MENU]}]}),
    "tts in edits": (EDIT, {"content": "c", "tts": False}),
    "tts in answers": (CALLBACK, {"type": 4, "data": {"content": "c", "tts": False}}),
    "flags of embeds": (SEND, {"embeds": [{"title": "t", "flags": 0}]}),
    "type of forum posts": (
        THREAD,
        {"name": "n", "type": 11, "message": {"content": "c", "tts": False}},
    ),
    "numbers as ids of attachments": (SEND, {"attachments": [{"id": 0, "filename": "a.png"}]}),
    "numbers as ids of recipients": (("POST", "/users/@me/channels"), {"recipient_id": 123}),
    "texts as permissions of roles": (
        ("POST", "/guilds/{guild_id}/roles"),
        {"name": "n", "permissions": "8"},
    ),
    "texts as permissions of overwrites": (
        ("PUT", "/channels/{channel_id}/permissions/{overwrite_id}"),
        {"id": 5, "type": 0, "allow": "8", "deny": "0"},
    ),
}


@pytest.fixture
def published(schemas):
    if not schemas:
        pytest.skip("Discord's OpenAPI document is not in tests/fixtures")
    return schemas


@pytest.mark.parametrize(("route", "body"), FORGIVEN.values(), ids=FORGIVEN)
def test_what_discord_py_sends_is_forgiven_and_not_changed(published, route, body):
    before = copy.deepcopy(body)

    published.check(*route, body)

    assert body == before
    assert forgive(*route, body) != body


@pytest.mark.parametrize(
    ("route", "body", "where"),
    [
        (SEND, {"content": "c", "colour": 1}, "body"),
        (SEND, {"embeds": [{"title": 5}]}, "embeds.0.title"),
        (SEND, {"content": "c", "tts": "no"}, "tts"),
        (COMMANDS, [{"name": "x" * 33, "description": "a"}], "0.name"),
        (CALLBACK, {"type": 4, "data": {"content": 5}}, "data.content"),
        (
            CALLBACK,
            {
                "type": 9,
                "data": {
                    "custom_id": "m",
                    "title": "t",
                    "components": [
                        {
                            "type": 18,
                            "label": "l",
                            "component": {"type": 4, "custom_id": "c", "style": 7},
                        }
                    ],
                },
            },
            "data.components.0.component.style",
        ),
        (("GET", "/users/@me"), {"x": 1}, "body"),
        (SEND, None, "body"),
    ],
)
def test_a_mistake_is_named_with_its_place(published, route, body, where):
    with pytest.raises(Refused) as caught:
        published.check(*route, body)

    assert caught.value.args[0].startswith(f"{where}: ")


def test_a_field_of_an_inner_object_is_checked_too():
    document = {
        "paths": {
            "/a": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/A"}}
                        }
                    }
                }
            }
        },
        "components": {
            "schemas": {
                "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
                "B": {"type": "object", "properties": {"c": {"type": "integer"}}},
            }
        },
    }
    schemas = RequestSchemas(document)

    schemas.check("POST", "/a", {"b": {"c": 1}})
    with pytest.raises(Refused):
        schemas.check("POST", "/a", {"b": {"c": 1, "d": 2}})
