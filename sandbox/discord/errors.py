"""Refuse as Discord refuses."""

from .wire import Json


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request that Discord would answer with an error.

    `is_mistake` tells whether a correct bot never causes it: those are recorded as violations.
    Missing things and permissions are not mistakes, because others can take them away any time.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: Json | None = None,
        is_mistake: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.is_mistake = status == 400 if is_mistake is None else is_mistake

    @property
    def body(self) -> Json:
        """Return the JSON that Discord answers with."""
        body: Json = {"message": self.message, "code": self.code}
        return body | {"errors": self.errors} if self.errors else body


class Findings:
    """Collects what is wrong with a body, each at its path, as Discord's `errors` tree."""

    def __init__(self) -> None:
        self.tree: Json = {}
        self.texts: list[str] = []

    def add(self, path: str, code: str, message: str) -> None:
        """Note that the value at the dotted `path` is wrong."""
        node = self.tree
        for key in path.split(".") if path else ():
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})
        self.texts.append(f"{path or 'body'}: {message}")

    def length(self, path: str, value: object, least: int, most: int) -> None:
        """Note a text or list whose length is not within `least` and `most`."""
        if isinstance(value, str | list) and not least <= len(value) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def required(self, path: str) -> None:
        """Note that the value at `path` is missing."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def check(self) -> None:
        """Refuse the request when anything was found.

        Raises:
            Refused: with code 50035 and the tree.
        """
        if self.texts:
            raise invalid_form(self.tree, self.texts)


def invalid_form(tree: Json, texts: list[str]) -> Refused:
    """Refuse a body that breaks a rule."""
    refusal = Refused(400, 50035, "Invalid Form Body", errors=tree)
    refusal.args = ("; ".join(texts),)
    return refusal


def unknown(thing: str, code: int) -> Refused:
    """Refuse because `thing` does not exist."""
    return Refused(404, code, f"Unknown {thing}")


def unknown_channel() -> Refused:
    """Refuse because the channel does not exist."""
    return unknown("Channel", 10003)


def unknown_message() -> Refused:
    """Refuse because the message does not exist."""
    return unknown("Message", 10008)


def unknown_interaction() -> Refused:
    """Refuse because the interaction's token is void."""
    return unknown("interaction", 10062)


def unknown_webhook() -> Refused:
    """Refuse because the interaction's token has expired."""
    return unknown("Webhook", 10015)


def missing_access() -> Refused:
    """Refuse because the channel or guild is hidden from the bot."""
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    """Refuse because the bot lacks a permission."""
    return Refused(403, 50013, "Missing Permissions")


def already_acknowledged() -> Refused:
    """Refuse a second answer to one interaction."""
    return Refused(400, 40060, "Interaction has already been acknowledged.")
