"""What is done with an answer that does not decode at once: characters mended, records sifted."""

import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from patreon import member_shapes, shapes

Document = TypeVar("Document")
_ESCAPES = re.compile(
    r"\\(?:"
    r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)",
    re.DOTALL,
)


def mend(body: bytes) -> str:
    """Replace what JSON's grammar allows and Unicode does not: lone surrogates, strange bytes.

    Source: RFC 8259, section 8.2.
    """
    return _ESCAPES.sub(_whole, body.decode(errors="replace"))


def _whole(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape["lone"] else escape[0]


def sift(tree: object, shape: type[Document]) -> Document:
    """Give decoded JSON the shape of a document, with None for every record that has not its own.

    Only members and included resources are sifted: no total tells that one of the others is
    missing, and what is missing counts as gone.

    Raises:
        ValidationError: the document itself is not what was asked for.
    """
    if isinstance(tree, dict):
        if shape is member_shapes.MemberDocument:
            tree["data"] = member_shapes.soften(tree.get("data"))
        if shape is member_shapes.MembersDocument and isinstance(tree.get("data"), list):
            softened = [member_shapes.soften(record) for record in tree["data"]]
            tree["data"] = _sifted(softened, member_shapes.MemberShape)
        if isinstance(tree.get("included"), list):
            tree["included"] = _sifted(tree["included"], shapes.Included)
    return msgspec.convert(tree, shape)


def _sifted(records: Iterable[object], shape: type[msgspec.Struct]) -> list[object]:
    return [record if _fits(record, shape) else None for record in records]


def _fits(record: object, shape: type[msgspec.Struct]) -> bool:
    try:
        msgspec.convert(record, shape)
    except msgspec.ValidationError:
        return False
    return True
