"""What the page and its server say to each other over the WebSocket `/live`, as JSON objects.

From the page: actions. Each has a number `seq`, unique on its connection, and a name `do`:

    become        user_id                                       look through somebody else's eyes
    say           channel_id, content                           write an ordinary message
    command       channel_id, command_id, path, options         use a slash command
    suggest       as `command`, and focused, typed              ask for autocompletion
    press         message_id, channel_id, custom_id             press a button
    select        as `press`, and values                        choose in a menu
    submit        opened, values                                submit the modal that `opened` names
    dismiss       message_id                                    hide an ephemeral message
    happen        event, member_id?, tier_id?, kind?, name?     let something happen on Patreon
    members       text, page                                    look for members on Patreon
    delivery      id                                            read the body of a webhook
    trouble       name, on                                      let a platform misbehave, or stop it

`path` lists the names below the root command; files are `{"name": …, "base64": …}`.

To the page: one reply to each action, `{"type": "reply", "seq": …, "ok": …}` with `error` (a
sentence) when it is not ok, else with what was asked for: `text`; `choices`; `modal` and `opened`;
`members`, `page`, `pages` and `total`; `body`. And updates, each replacing what the page knew:

    state         everything; the first message, and again after `become` or too long a silence
    guild         guild, commands, bot
    message       message: a new or changed one
    gone          channel_id, message_id
    patreon       patreon: campaign, tiers, hooks, counts
    deliveries    deliveries, newest first
    troubles      troubles: what can be switched on, and what is
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_ACTION_BYTES: Final = 8 * 1024 * 1024
MAX_FILE_BYTES: Final = 2 * 1024 * 1024
MAX_TEXT: Final = 8000


class BadAction(ValueError):  # noqa: N818 - it names what was sent
    """The page sent something that is no action; the text says what is wrong."""


class NotNow(Exception):  # noqa: N818 - a sentence for a person, no failure
    """What was asked for cannot be done; the text is a sentence for the person at the page."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that the person at the page does."""

    seq: int
    do: str
    fields: Mapping[str, object]

    def text(self, name: str, *, longest: int = MAX_TEXT) -> str:
        """Return a field that must be a text of at most `longest` characters.

        Raises:
            BadAction: it is missing or something else.
        """
        value = self.fields.get(name)
        if not isinstance(value, str) or len(value) > longest:
            raise BadAction(f"`{name}` must be a text of at most {longest} characters.")
        return value

    def maybe_text(self, name: str, *, longest: int = 200) -> str | None:
        """Return a text that may be left out."""
        return None if self.fields.get(name) is None else self.text(name, longest=longest)

    def number(self, name: str, *, least: int = 0, most: int = 1_000_000) -> int:
        """Return a field that must be a whole number from `least` to `most`.

        Raises:
            BadAction: it is missing or something else.
        """
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadAction(f"`{name}` must be a whole number from {least} to {most}.")
        return value

    def snowflake(self, name: str) -> int:
        """Return a field that must be a Discord id, written as text.

        Raises:
            BadAction: it is missing or something else.
        """
        value = self.text(name, longest=20)
        if not (value.isascii() and value.isdecimal()):
            raise BadAction(f"`{name}` must be an id.")
        return int(value)

    def texts(self, name: str, *, most: int = 25) -> list[str]:
        """Return a list of at most `most` texts.

        Raises:
            BadAction: it is missing or something else.
        """
        value = self.fields.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise BadAction(f"`{name}` must be a list of at most {most} texts.")
        texts = [each for each in value if isinstance(each, str) and len(each) <= MAX_TEXT]
        if len(texts) != len(value):
            raise BadAction(f"`{name}` must hold texts only.")
        return texts

    def values(self, name: str) -> dict[str, object]:
        """Return an object of at most 25 entries, files decoded to pairs of name and bytes.

        Raises:
            BadAction: it is missing or something else.
        """
        value = self.fields.get(name)
        if not isinstance(value, dict) or len(value) > 25:
            raise BadAction(f"`{name}` must be an object of at most 25 entries.")
        return {str(key): _decoded(each) for key, each in value.items()}


def read_action(raw: str) -> Action:
    """Read one message of the page.

    Raises:
        BadAction: it is no JSON object with `seq` and `do`.
    """
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadAction("This is no JSON.") from error
    if not isinstance(fields, dict):
        raise BadAction("An action must be an object.")
    seq, do = fields.get("seq"), fields.get("do")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 1 << 53:
        raise BadAction("`seq` must be a number.")
    if not isinstance(do, str):
        raise BadAction("`do` must be a text.")
    return Action(seq, do, fields)


def _decoded(value: object) -> object:
    if isinstance(value, list) and len(value) <= 25:
        return [_decoded(each) for each in value]
    if isinstance(value, dict):
        return _file(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise BadAction("A value must be a text, a number, true or false, a file, or a list of these.")


def _file(value: Mapping[str, object]) -> tuple[str, bytes]:
    name, encoded = value.get("name"), value.get("base64")
    if not isinstance(name, str) or not isinstance(encoded, str) or not 0 < len(name) <= 200:
        raise BadAction("A file must have `name` and `base64`.")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadAction("A file must be encoded as Base64.") from error
    if len(content) > MAX_FILE_BYTES:
        raise BadAction(f"A file may have at most {MAX_FILE_BYTES} bytes.")
    return name.replace("/", "_"), content
