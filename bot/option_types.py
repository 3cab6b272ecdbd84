"""The kinds of values that options hold, each refusing with what is wrong and the cure."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

_WORDS = (
    r"your|my|the|own|real|actual|put|paste|insert|enter|add|copy|change|replace|fill|it|this|me|in|"
    r"with|from|here|discord|patreon|bot|app|application|client|creators?|api|access|refresh|"
    r"webhook|hook|guild|server|channel|role|campaign|user|secret|tokens?|key|id|password|value|"
    r"example|placeholder|todo|tbd|fixme"
)
_PLACEHOLDER = re.compile(
    rf"(?:{_WORDS})(?:[-_. ]?(?:{_WORDS}))*"
    r"|<.*>|x{3,}|\.{3,}|…|12345678*9*0*|(1234567890){2,}|1234567890(12345678)?"
    r"|(?P<same>.)(?P=same){15,}",
    re.IGNORECASE,
)

_PRIVATE_ENDS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")
"""Source: RFC 6761, RFC 6762, RFC 8375; ICANN reserves .internal."""


def is_placeholder(text: str) -> bool:
    """Tell whether `text` only holds the place of a real value."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def is_loopback(host: str) -> bool:
    """Tell whether `host` can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(host: str) -> bool:
    """Tell whether `host` could be reached from the whole internet, as far as its name says."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.rstrip(".") and not host.rstrip(".").endswith(_PRIVATE_ENDS)


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if is_placeholder(text):
        raise ValueError("still holds a placeholder; put the real value there")
    if any(character.isspace() for character in text):
        raise ValueError("contains a space or a line break; copy the value again, and only it")
    if not text.isascii():
        raise ValueError("contains characters that such a value never has; copy it again")
    return SecretStr(text)


def _plain(value: str) -> str:
    text = value.strip()
    if is_placeholder(text):
        raise ValueError("still holds a placeholder; put the real value there")
    return text


def _snowflake(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("is no Discord id; write it as a number")  # noqa: TRY004  pydantic's
    text = str(value).strip()
    if is_placeholder(text):
        raise ValueError("still holds a placeholder; put the real id there")
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 1 << 63:
        raise ValueError(
            "is no Discord id; turn Developer Mode on in Discord's settings, then right-click "
            "the server, channel or role and choose Copy ID"
        )
    return int(text)


def _campaign(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("is no campaign id; write it as a number")  # noqa: TRY004  pydantic's
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError(
            "is no campaign id, which is all digits; `python -m bot check --live` lists yours"
        )
    return text


def _url(value: str, schemes: tuple[str, ...]) -> str:
    text = value.strip()
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    if not text.isascii() or not text.isprintable() or any(c in text for c in ' \\"<>'):
        raise ValueError("holds characters that no address has")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"must begin with {wanted} and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password")
    if parts.query or parts.fragment:
        raise ValueError("must end with its path, without ? or #")
    return text


def _http_url(value: str) -> str:
    return _url(value, ("https", "http")).rstrip("/")


def _exact_http_url(value: str) -> str:
    return _url(value, ("https", "http"))


def _socket_url(value: str) -> str:
    return _url(value, ("wss", "ws"))


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _header(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("may only hold printable ASCII, because it is sent as a header")
    return value.strip()


def _network(value: str) -> str:
    try:
        return str(ip_network(value.strip(), strict=False))
    except ValueError:
        raise ValueError("is no address or network such as 127.0.0.1 or 10.0.0.0/8") from None


def _host_pattern(value: str) -> str:
    text = value.strip().lower()
    if re.fullmatch(r"(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+", text) is None:
        raise ValueError("is no host name such as www.patreon.com or *.patreon.com")
    return text


def _host_and_port(value: str) -> str:
    text = value.strip().lower()
    found = re.fullmatch(r"(?:[a-z0-9.-]+|\[[0-9a-f:]+\]):([0-9]{1,5})", text)
    if found is None or not 0 < int(found[1]) < 1 << 16:
        raise ValueError("is no host with a port, such as 127.0.0.1:8090 or [::1]:8090")
    return text


AnyCase = BeforeValidator(_lower)
"""Makes a choice of words accept capitals."""

Token = Annotated[SecretStr, AfterValidator(_secret)]
"""A secret that somebody copied from a web page."""

PlainText = Annotated[str, AfterValidator(_plain)]
"""Anything but a placeholder."""

Snowflake = Annotated[int, BeforeValidator(_snowflake)]
"""A Discord id, given as a number or as digits."""

CampaignId = Annotated[str, BeforeValidator(_campaign)]
"""A Patreon campaign's id, given as a number or as digits."""

HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""A complete http(s) address without credentials, query and trailing slash."""

ExactHttpUrl = Annotated[str, AfterValidator(_exact_http_url)]
"""The same, but with its trailing slash: somebody else compares it letter by letter."""

SocketUrl = Annotated[str, AfterValidator(_socket_url)]
"""A complete ws(s) address."""

HeaderText = Annotated[str, AfterValidator(_header)]
"""Text that can be sent as an HTTP header."""

NetworkText = Annotated[str, AfterValidator(_network)]
"""An address or network, in CIDR notation."""

HostAndPort = Annotated[str, AfterValidator(_host_and_port)]
"""A host and a port, an IPv6 address in brackets."""

HostPattern = Annotated[str, AfterValidator(_host_pattern)]
"""A host name, or "*." and a domain."""
