"""Consents at Patreon: the address to ask at, the exchange of a code, and whose tokens they are.

Source: docs.patreon.com, "OAuth".
"""

import logging
from urllib.parse import quote, urlencode

import msgspec

from core.consents import SCOPES, CodeRefused, Grant, Patron, Purpose
from core.errors import OutcomeUnknown, PermanentError, TemporaryError
from core.ports import Identity
from patreon import values
from patreon.answers import Answer, Unauthorized
from patreon.documents import decode, read_identity
from patreon.grants import code_form, read_pair, read_scopes, refusal_of
from patreon.protocol import Request, Requests
from patreon.transport import Transport

log = logging.getLogger(__name__)

_NOBODY = 0
"""Stands for the creator in the limits: a fresh token is nobody's yet."""

_REFUSED_CLIENT = ("invalid_client", "unauthorized_client")


class PatreonOAuth:
    """Implements `core.consents.Exchange`. Nothing is ever sent twice."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._requests = Requests(transport.settings.api_url)

    def address(self, purpose: Purpose, *, state: str, redirect_uri: str) -> str:
        """Write the address at which Patreon asks the person.

        The scopes are always named: without them Patreon grants those of its old API.
        """
        query = {
            "response_type": "code",
            "client_id": self._transport.settings.client_id or "",
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES[purpose]),
            "state": state,
        }
        joint = "&" if "?" in self._transport.settings.authorize_url else "?"
        return self._transport.settings.authorize_url + joint + urlencode(query, quote_via=quote)

    async def exchange(self, code: str, *, redirect_uri: str) -> Grant:
        """Turn a code into tokens. The secrets go into the body: an address ends in logs.

        Raises:
            CodeRefused: it is unknown, used, too old or was made for another address.
            OutcomeUnknown: Patreon's answer was lost, and the code with it.
            TemporaryError: Patreon is away.
            PermanentError: Patreon refuses this client.
        """
        settings = self._transport.settings
        if not (settings.client_id and settings.client_secret):
            raise PermanentError(
                "Accounts cannot be connected without `patreon.client_id` and "
                "`patreon.client_secret`."
            )
        form = code_form(settings.client_id, settings.client_secret, code, redirect_uri)
        answer = await self._transport.send_form(form, on_turn=_nothing)
        if answer.is_success:
            return _grant(answer)
        refusal = refusal_of(answer)
        if refusal in _REFUSED_CLIENT:
            raise PermanentError(
                "Patreon refuses the bot: the configured client id and secret do not fit."
            )
        if answer.status in (400, 401):
            log.warning("code refused", extra={"reason": refusal[:40]})
            raise CodeRefused("Patreon does not accept its own confirmation any more.")
        error = self._transport.error_of(answer, asked="the exchange of a code")
        raise error or TemporaryError("Patreon did not exchange the code.")

    async def identity(self, grant: Grant) -> Identity:
        """Ask whose tokens they are."""
        return read_identity(await self._ask(self._requests.identity(), grant))

    async def patron(self, grant: Grant) -> Patron:
        """Ask whose tokens they are, and for that person's memberships."""
        body = await self._ask(self._requests.patron(), grant)
        return Patron(identity=read_identity(body), member_ids=_memberships(body))

    async def _ask(self, request: Request, grant: Grant) -> bytes:
        access = grant.pair.access
        answer = await self._transport.send(request, access=access, creator_id=_NOBODY)
        error = self._transport.error_of(answer, asked=f"{request.method} {request.path}")
        if isinstance(error, Unauthorized):
            raise PermanentError(
                "Patreon gave tokens that do not tell whose they are: the scope 'identity' is "
                "missing. Begin again and allow everything that is asked for."
            )
        if error is not None:
            raise error
        return answer.body


class _Membership(msgspec.Struct):
    id: object = None


class _Memberships(msgspec.Struct):
    data: list[_Membership] | None = None


class _Relations(msgspec.Struct):
    memberships: _Memberships | None = None


class _User(msgspec.Struct):
    relationships: _Relations | None = None


class _Document(msgspec.Struct):
    data: _User


def _memberships(body: bytes) -> tuple[str, ...]:
    relations = decode(body, _Document).data.relationships
    found = relations.memberships if relations is not None else None
    return values.idents([each.id for each in found.data]) if found and found.data else ()


def _grant(answer: Answer) -> Grant:
    pair = read_pair(answer)
    if pair is None:
        raise OutcomeUnknown("Patreon's answer to the code is incomplete.")
    return Grant(pair=pair, scopes=read_scopes(answer))


def _nothing() -> None: ...
