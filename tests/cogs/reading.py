"""What Discord makes of a text: an independent reading of its escapes."""

import re

ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
ARMED = re.compile(
    r"[\\*_~|`<>\[\]]|@(?:everyone|here|!|&|\d)|https?:|:\w+:|^\s*(?:#{1,3}|-#?|\+|\d+[.)])(?:\s|$)",
    re.MULTILINE,
)


def armed(text):
    """The first piece of markup, mention or link that means something in `text`, or None."""
    found = ARMED.search(ESCAPED.sub("·", text))
    return found.group() if found else None


def shown(text):
    """What a reader sees of escaped text."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text).replace("\u200b", "")


HOSTILE = (
    "@everyone",
    "@here",
    "<@1>",
    "<@!1>",
    "<@&1>",
    "<#1>",
    "<:e:1>",
    "<a:e:1>",
    "</cmd:1>",
    "<t:1>",
    "<t:1:R>",
    "<id:guide>",
    "<mailto:a@b.c>",
    "[click](http://evil.example)",
    "http://evil.example",
    "https://evil.example",
    "<https://evil.example>",
    "# heading",
    "-# small",
    "- item",
    "* item",
    "+ item",
    "1. item",
    "12) item",
    "> quote",
    ">>> quote",
    "||spoiler||",
    "```code```",
    "`code`",
    "**bold** __under__ ~~gone~~ _it_",
    ":smile:",
    "\\",
    "\\*",
    "\\\\@everyone",
    "a\n# b\n> c\n- d",
    "\u202egnirts",
    "👩‍👩‍👧 family",
    "`" * 300,
)
