"""Addresses: which ones may become links, and where one ends in running text."""

import re
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLink

LONGEST_URL = 1_000
"""Characters of an address that may become a link, in the longest of its spellings."""

_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")
_BARE = re.compile(rf"[^\s<>\[\]{{}}\"|`^\\]{{1,{LONGEST_URL}}}")
_MARKERS = re.compile(r"\*\*|~~")
_MARKUP = {ord(character): f"%{ord(character):02X}" for character in "*()'\"\\`|<>"}
_MENTION = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_NOT_AT_THE_END = ".,:;!?'*_~"


def sound_url(written: str) -> str | None:
    """Give `written` as a link may hold it: http or https, encoded, to a host.

    None when it is anything else. An address with a user's name in front of the host is refused:
    it looks as if it led somewhere else. So is one that its parts cannot be told from.
    """
    url = written.strip()
    if not url.lower().startswith(("http://", "https://")) or not _leads_to_a_host(url):
        return None
    encoded = normalizeLink(url)
    if not encoded.isascii() or not _leads_to_a_host(encoded):
        return None
    url = encoded.replace("[", "%5B").replace("]", "%5D")
    return url if len(guarded(url)) <= LONGEST_URL else None


def guarded(url: str) -> str:
    """Write a sound address so that Markdown around it cannot change it, nor it what is around."""
    url = url.translate(_MARKUP).replace("__", "_%5F").replace("~~", "~%7E")
    return _MENTION.sub("%40", url)


def _leads_to_a_host(url: str) -> bool:
    """Whether the address says which host, plainly; costs little when it does not."""
    if len(url) > LONGEST_URL:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = "@" not in parts.netloc and "\\" not in parts.netloc
    return is_plain and port != 0 and _HOST.fullmatch(parts.hostname or "") is not None


def bare_url(text: str, start: int, end: int) -> str | None:
    """Find the address that begins at `start` and that people mean, before `end`.

    Punctuation behind it, and a bracket that it did not open, belong to the sentence. None when
    nothing is left, or when it is too long to be a link. At most `LONGEST_URL` characters are
    looked at.
    """
    match = _BARE.match(text, start, end)
    if match is None or len(match[0]) >= LONGEST_URL:
        return None
    url = match[0]
    if markers := _MARKERS.search(url):
        url = url[: markers.start()]
    shorter = _without_the_sentence(url)
    while shorter != url:
        url, shorter = shorter, _without_the_sentence(shorter)
    return url if sound_url(url) else None


def _without_the_sentence(url: str) -> str:
    url = url.rstrip(_NOT_AT_THE_END)
    if url.endswith(")") and url.count("(") < url.count(")"):
        return url[:-1]
    return url
