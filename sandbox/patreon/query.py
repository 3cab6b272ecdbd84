"""What a request asks for: fields, includes and a page, read as strictly as Patreon reads them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.patreon import problems
from sandbox.patreon.fields import FIELDS
from sandbox.patreon.relations import RELATIONS

IncludeTree = dict[str, "IncludeTree"]
DEFAULT_PAGE = 20
MEMBERS_PAGE = 1000
MEMBERS_PAGE_WITH_HISTORY = 500
POSTS_PAGE = 20
_IGNORED = frozenset({"sort", "json-api-version", "json-api-use-default-includes"})


@dataclass(frozen=True, slots=True)
class Query:
    """A request's wishes. Types that are not in `fields` have no attributes at all."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    includes: IncludeTree = field(default_factory=dict)
    count: int | None = None
    cursor: str | None = None


def parse(
    parameters: Iterable[tuple[str, str]],
    kind: str,
    *,
    includes: frozenset[str] = frozenset(),
    pages: bool = False,
) -> Query:
    """Read a query string for resources of `kind`, whose documented includes are `includes`.

    Raises:
        ApiError: 400 `ParameterInvalidOnType` for anything unknown.
    """
    fields: dict[str, tuple[str, ...]] = {}
    tree: IncludeTree = {}
    count: int | None = None
    cursor: str | None = None
    for name, value in parameters:
        if name.startswith("fields[") and name.endswith("]"):
            fields[name[7:-1]] = _fields(name, value)
        elif name == "include":
            tree = _includes(value, kind, includes)
        elif name == "page[count]" and pages:
            count = _count(value)
        elif name == "page[cursor]" and pages:
            cursor = value
        elif name not in _IGNORED:
            raise problems.invalid_parameter(name)
    return Query(fields=fields, includes=tree, count=count, cursor=cursor)


def _fields(name: str, value: str) -> tuple[str, ...]:
    known = FIELDS.get(name[7:-1])
    wanted = tuple(part for part in value.split(",") if part)
    if known is None or any(part not in known for part in wanted):
        raise problems.invalid_parameter(name)
    return wanted


def _includes(value: str, kind: str, documented: frozenset[str]) -> IncludeTree:
    tree: IncludeTree = {}
    if value in {"", "null"}:
        return tree
    for path in value.split(","):
        if path.partition(".")[0] not in documented:
            raise problems.invalid_parameter("include")
        branch, at = tree, kind
        for step in path.split("."):
            relation = RELATIONS.get(at, {}).get(step)
            if relation is None:
                raise problems.invalid_parameter("include")
            branch = branch.setdefault(step, {})
            at = relation.kind
    return tree


def _count(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or int(value) < 1:
        raise problems.invalid_parameter("page[count]")
    return int(value)
