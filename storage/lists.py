"""Lists as one parameter of a statement that is kept, however long they are."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)


def numbers(column: ColumnElement[Any], name: str, *, is_postgresql: bool) -> ColumnElement[bool]:
    """Say that a column holds one of the numbers of the parameter `name`, given by `spelled`."""
    if is_postgresql:
        return column == any_(bindparam(name, type_=ARRAY(BigInteger())))
    listed = func.json_each(bindparam(name, type_=Text()))
    return column.in_(select(literal_column("value")).select_from(listed))


def spelled(values: Sequence[int], *, is_postgresql: bool) -> object:
    """Give numbers as such a parameter takes them."""
    return list(values) if is_postgresql else json.dumps(list(values))
