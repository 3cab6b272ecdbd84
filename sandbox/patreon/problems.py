"""The error answers of Patreon, word for word where they are known.

Source: reference "Limits and errors" and the recorded `error_*.json` payloads. The 404, 405 and
most 400 bodies are formed by analogy.
"""

import uuid
from collections.abc import Mapping


class ApiError(Exception):
    """Ends a request with a status and an error body."""

    def __init__(
        self, status: int, error: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, error)
        self.status = status
        self.body: dict[str, object] = {"errors": [dict(error)]}
        self.headers = dict(headers or {})


def unauthorized() -> ApiError:
    """Answer a token that is unknown, expired or lacks a scope: Patreon does not say which."""
    return ApiError(
        401,
        {
            "code": 1,
            "code_name": "Unauthorized",
            "detail": "The server could not verify that you are authorized to access the URL "
            "requested.  You either supplied the wrong credentials (e.g. a bad password), or your "
            "browser doesn't understand how to supply the credentials required.",
            "id": str(uuid.uuid4()),
            "status": "401",
            "title": "Unauthorized",
        },
    )


def invalid_parameter(parameter: str) -> ApiError:
    """Answer an unknown field, include or page parameter: the whole request fails."""
    return ApiError(
        400,
        {
            "code_name": "ParameterInvalidOnType",
            "status": "400",
            "source": {"parameter": parameter},
        },
    )


def bad_cursor() -> ApiError:
    """Answer a cursor that expired or was tampered with."""
    return ApiError(400, {"code": 3, "status": "400", "source": {"parameter": "page[cursor]"}})


def bad_request(detail: str) -> ApiError:
    """Answer a body that cannot be understood."""
    return ApiError(
        400,
        {"code_name": "BadRequest", "detail": detail, "status": "400", "title": "Bad Request"},
    )


def view_forbidden(kind: str, resource_id: str) -> ApiError:
    """Answer the reading of something that belongs to somebody else."""
    return ApiError(
        403,
        {
            "code_name": "ViewForbidden",
            "detail": f"You do not have permission to view {kind} with id {resource_id}.",
            "status": "403",
            "title": "ViewForbidden",
        },
    )


def user_agent_required() -> ApiError:
    """Answer a request that does not name its program."""
    return ApiError(
        403,
        {
            "code_name": "Forbidden",
            "detail": "A User-Agent header is required.",
            "status": "403",
            "title": "Forbidden",
        },
    )


def not_found(kind: str, resource_id: str) -> ApiError:
    """Answer an id or a path that does not exist."""
    return ApiError(
        404,
        {
            "code_name": "ResourceMissing",
            "detail": f"{kind} with id {resource_id} was not found.",
            "status": "404",
            "title": "Not found.",
        },
    )


def method_not_allowed() -> ApiError:
    """Answer a verb that the path does not know."""
    return ApiError(
        405,
        {"code_name": "MethodNotAllowed", "status": "405", "title": "Method not allowed."},
    )


def throttled(retry_after: int, *, with_header: bool) -> ApiError:
    """Answer a client or token that asks too often; `retry_after` is in whole seconds."""
    text = "You have made too many attempts. Please try again later."
    return ApiError(
        429,
        {
            "code": None,
            "code_name": "RequestThrottled",
            "detail": text,
            "id": str(uuid.uuid4()),
            "retry_after_seconds": retry_after,
            "status": "429",
            "title": text,
        },
        {"Retry-After": str(retry_after)} if with_header else None,
    )


def edge_blocked(retry_after: int) -> ApiError:
    """Answer an address that made too many bad requests: no status, id or code."""
    return ApiError(
        429,
        {
            "detail": "Too many bad requests. Time to cool down.",
            "retry_after_seconds": retry_after,
        },
    )


def server_failure(status: int) -> ApiError:
    """Answer with a failure on Patreon's side."""
    titles = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
    title = titles.get(status, "Error")
    return ApiError(
        status,
        {"code_name": title.replace(" ", ""), "status": str(status), "title": title},
    )
