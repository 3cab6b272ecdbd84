"""What the token endpoint's answer to a renewal means, without I/O."""

from dataclasses import dataclass, field
from datetime import timedelta

from core.accounts import TokenPair, TokenState
from core.errors import Blocked, BotError, PermanentError, TemporaryError, Throttled
from patreon.answers import Answer, asked_pause
from patreon.grants import read_pair, refusal_of

HINDERED_RETRY = timedelta(minutes=5)
"""When a renewal that was blocked or throttled is tried again, unless the answer says when."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new pair; the old refresh token is spent."""

    pair: TokenPair = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dead:
    """The refresh token is refused: only connecting again helps."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing was renewed. `state` is set when the answer says why of the tokens' state."""

    error: BotError
    state: TokenState | None = None


Verdict = Renewed | Dead | Failed


def judge(answer: Answer, error: BotError | None) -> Verdict:
    """Read an answer of which the transport says that it is `error`.

    Only a clear refusal of the grant breaks tokens: neither a refused client, nor an answer of
    something on the way, nor one that is incomplete.
    """
    if answer.is_success:
        return _judge_success(answer)
    refusal = refusal_of(answer)
    if refusal in ("invalid_client", "unauthorized_client"):
        return Failed(
            PermanentError("Patreon refuses the client: check the configured client id and secret.")
        )
    if answer.status == 401 or refusal == "invalid_grant":
        return Dead()
    if isinstance(error, Throttled):
        return Failed(Throttled(str(error), retry_after=_wait(answer)), TokenState.THROTTLED)
    if isinstance(error, Blocked):
        return Failed(Blocked(str(error), retry_after=_wait(answer)), TokenState.BLOCKED)
    return Failed(error or TemporaryError("Patreon did not renew the tokens."))


def _judge_success(answer: Answer) -> Verdict:
    pair = read_pair(answer)
    if pair is not None:
        return Renewed(pair)
    return Failed(
        TemporaryError("Patreon's answer to a renewal is incomplete; the stored tokens stay.")
    )


def _wait(answer: Answer) -> timedelta:
    pause = asked_pause(answer)
    return HINDERED_RETRY if pause is None else pause
