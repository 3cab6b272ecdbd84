"""Check requests against Discord's published OpenAPI document.

Objects are closed: a field that the document does not know is a mistake. `deviations` lists what
discord.py sends all the same. Responses are not checked: the document types them too loosely.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from .deviations import forgive
from .errors import Findings
from .wire import Json

DOCUMENT = Path("tests/fixtures/discord-openapi.json")
_BASE = "urn:discord"
_MOST_FITTING = 10_000


def find_document() -> Path | None:
    """Find the project's copy of the document; None when it or the library to read it is absent."""
    if find_spec("jsonschema") is None:
        return None
    for folder in Path(__file__).resolve().parents:
        if (folder / DOCUMENT).is_file():
            return folder / DOCUMENT
    return None


class RequestSchemas:
    """The request schemas of all routes."""

    def __init__(self, document: Json) -> None:
        """Prepare `document`, which is changed: its objects are closed."""
        # The library is for development only; without it, the stand-in runs unchecked.
        from jsonschema import Draft202012Validator
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        for schema in _objects(document):
            schema.setdefault("additionalProperties", False)
        registry = Registry().with_resource(_BASE, DRAFT202012.create_resource(document))
        self._validators: dict[tuple[str, str], Any] = {}
        self._required: set[tuple[str, str]] = set()
        # A bot registers the same commands at every start, and checking those takes long.
        self._fitting: set[bytes] = set()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if method == "parameters" or "requestBody" not in operation:
                    continue
                key = (method.upper(), path)
                if "application/json" in operation["requestBody"]["content"]:
                    schema = {"$ref": f"{_BASE}#{_pointer(path, method)}"}
                    self._validators[key] = Draft202012Validator(schema, registry=registry)
                    if operation["requestBody"].get("required"):
                        self._required.add(key)

    @classmethod
    def load(cls, document: Path) -> Self:
        """Read the document.

        Raises:
            OSError, ValueError: it cannot be read.
        """
        return cls(json.loads(document.read_bytes()))

    def check(self, method: str, route: str, body: object) -> None:
        """Refuse a body that does not fit the schema of `route`.

        Raises:
            Refused: with code 50035 and the place that is wrong.
        """
        spelled = json.dumps([method, route, body], default=str).encode()
        digest = sha256(spelled).digest()
        if digest in self._fitting:
            return
        self._check(method, route, body)
        if len(self._fitting) < _MOST_FITTING:
            self._fitting.add(digest)

    def _check(self, method: str, route: str, body: object) -> None:
        key = (method, route)
        findings = Findings()
        if key not in self._validators:
            if body:
                findings.add("", "BODY_UNEXPECTED", "The document knows no body for this route.")
        elif body is None:
            if key in self._required:
                findings.required("")
        else:
            for error in self._validators[key].iter_errors(forgive(method, route, body)):
                worst = _explain(error)
                path = ".".join(str(part) for part in worst.absolute_path)
                findings.add(path, "OPENAPI_" + str(worst.validator).upper(), worst.message[:300])
        findings.check()


def _pointer(path: str, method: str) -> str:
    place = path.replace("~", "~0").replace("/", "~1")
    # The pointer is the fragment of a URI, where braces must be escaped.
    place = place.replace("{", "%7B").replace("}", "%7D")
    return f"/paths/{place}/{method}/requestBody/content/application~1json/schema"


def _objects(node: object) -> Iterator[Json]:
    """Yield every schema in `node` that names properties, from the inside out."""
    if isinstance(node, list):
        for each in node:
            yield from _objects(each)
    elif isinstance(node, dict):
        for each in list(node.values()):
            yield from _objects(each)
        if isinstance(node.get("properties"), dict) and node.get("type") in (None, "object"):
            yield node


def _explain(error: Any) -> Any:
    """Follow a union's error into the branch that was most likely meant.

    A branch whose `type` fits is preferred, then the one that fails deepest in the body.
    """
    while error.context:
        branches: dict[object, list[Any]] = {}
        for each in error.context:
            branches.setdefault(each.schema_path[0], []).append(each)

        def rank(branch: list[Any], above: int = len(error.absolute_path)) -> tuple[bool, int]:
            meant = not any(list(each.absolute_path)[above:] == ["type"] for each in branch)
            return meant, max(len(each.absolute_path) for each in branch)

        best = max(branches.values(), key=rank)
        error = max(best, key=lambda each: len(each.absolute_path))
    return error
