"""A creator's account: what is stored of it, and what Patreon says."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.accounts import Creator, TokenPair, TokenState
from core.consents import LOSSES, Purpose, lacking
from core.doctor.checks import Check
from core.doctor.rules import CAMPAIGNS, EXPIRY, LINKED, REACH, RENEWAL, SCOPES, TOKEN
from core.errors import BotError, PermanentError, TemporaryError, TokenBroken
from core.ports import Patreon, RemoteHook
from core.store import Work

PORTAL = "https://www.patreon.com/portal/registration/register-clients"
NEW_PAIR = (
    f"Make new tokens at {PORTAL}, put both of them into `patreon.creator_access_token` and "
    "`patreon.creator_refresh_token`, and start the bot again."
)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A creator with what is stored of the tokens, without them.

    `can_be_renewed` is None when the stored pair cannot be opened.
    """

    creator: Creator
    can_be_renewed: bool | None = None
    obtained_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What Patreon said to the creator's tokens.

    `error` is why it said nothing; `hooks` is None when the webhooks could not be read, and
    `no_hooks` is why.
    """

    error: BotError | None = None
    owner: str = ""
    campaigns: Mapping[str, str] = field(default_factory=dict)
    hooks: Sequence[RemoteHook] | None = None
    no_hooks: str = ""


async def load_account(work: Work, creator: Creator) -> Account:
    """Read what is stored of a creator's tokens."""
    try:
        pair = await work.creators.tokens(creator.id)
    except PermanentError:
        return Account(creator=creator)
    return account_of(creator, pair)


def account_of(creator: Creator, pair: TokenPair | None) -> Account:
    """Leave the tokens themselves out."""
    return Account(
        creator=creator,
        can_be_renewed=pair is not None and pair.refresh is not None,
        obtained_at=pair.obtained_at if pair else None,
        expires_at=pair.expires_at if pair else None,
    )


async def ask(api: Patreon, *, timeout: timedelta) -> Found:
    """Ask who the tokens belong to, for the campaigns and for the webhooks; never raises."""
    owner, campaigns = "", dict[str, str]()
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            identity = await api.identity()
            owner = identity.name or f"user {identity.patreon_id}"
            campaigns = {read.campaign.id: read.campaign.name for read in await api.campaigns()}
            hooks = await api.hooks()
    except TimeoutError:
        seconds = round(timeout.total_seconds())
        return Found(error=TemporaryError(f"Patreon did not answer in {seconds} seconds."))
    except BotError as error:
        if not owner or isinstance(error, TokenBroken) or not campaigns:
            return Found(error=error, owner=owner)
        return Found(owner=owner, campaigns=campaigns, no_hooks=str(error))
    return Found(owner=owner, campaigns=campaigns, hooks=hooks)


def judge_account(account: Account, *, now: datetime) -> Iterator[Check]:
    """Judge what is stored of a creator, without asking Patreon."""
    about = _about(account.creator)
    yield _expiry(account, now, about)
    if account.can_be_renewed is None:
        yield RENEWAL.skip("The stored tokens cannot be opened.", about=about)
    elif account.can_be_renewed:
        yield RENEWAL.ok(
            "There is a refresh token. It works once, so it is not tried here.", about=about
        )
    else:
        yield RENEWAL.warn(
            "The access token cannot be renewed and dies within a month.", NEW_PAIR, about=about
        )
    yield _scopes(account.creator, about)


def judge_state(creator: Creator) -> Check:
    """Judge what was learnt of the tokens before, for who does not ask Patreon now."""
    about, why = _about(creator), creator.token_reason or ""
    match creator.token_state:
        case TokenState.BROKEN:
            return TOKEN.fail(why or "Patreon refuses the tokens.", NEW_PAIR, about=about)
        case TokenState.DISCONNECTED:
            return TOKEN.fail("The account was disconnected.", "Connect it again.", about=about)
        case TokenState.BLOCKED | TokenState.THROTTLED:
            return TOKEN.warn(
                why or "Patreon does not answer at the moment.",
                "Nothing: the bot tries again by itself. If it lasts for hours, ask Patreon.",
                about=about,
            )
        case TokenState.UNTRIED:
            return TOKEN.ok("They were not used yet.", about=about)
        case _:
            return TOKEN.ok("Patreon took them when they were last used.", about=about)


def judge_found(
    found: Found, creator: Creator | None, linked: Collection[str], *, lists_all: bool
) -> Iterator[Check]:
    """Judge what Patreon said; `creator` is None before the first start.

    `linked` are the followed campaigns that should be the creator's; others are named only when
    `lists_all`.
    """
    about = "" if creator is None else _about(creator)
    if found.error is not None:
        yield from _refused(found.error, about)
        return
    yield REACH.ok("It does.", about=about)
    yield TOKEN.ok(f"They belong to {_name(found.owner)}.", about=about)
    own = found.campaigns
    listed = ", ".join(f"{id_} ({_name(name)})" for id_, name in own.items())
    if not own:
        yield CAMPAIGNS.fail(
            "The creator has no campaign.",
            "Use the tokens of the account that owns the page.",
            about=about,
        )
        return
    shown = listed if lists_all else f"{len(own)} found"
    yield CAMPAIGNS.ok(f"The creator's campaigns: {shown}.", about=about)
    for campaign_id in dict.fromkeys(linked):
        name = f"campaign {campaign_id}"
        if campaign_id in own:
            yield LINKED.ok(f"It is {_name(own[campaign_id])}.", about=name)
        else:
            there = f" There are: {listed}." if lists_all else ""
            yield LINKED.fail(
                "It is none of the creator's campaigns.",
                f"Correct the campaign's id (`links.campaign`).{there}",
                about=name,
            )


def judge_seed(found: Found, *, can_be_renewed: bool, linked: Collection[str]) -> Iterator[Check]:
    """Judge what Patreon said to the configured access token, before the first start.

    Only the access token was tried: using the refresh token here would use it up.
    """
    if not isinstance(found.error, TokenBroken):
        yield from judge_found(found, None, linked, lists_all=True)
    elif can_be_renewed:
        yield REACH.ok("It does.")
        yield TOKEN.warn(
            "Patreon refuses the configured access token, which may only be too old. The refresh "
            "token was not tried: it works once.",
            f"Start the bot: it renews the tokens. If that is refused, too: {NEW_PAIR}",
        )
    else:
        yield REACH.ok("It does.")
        yield TOKEN.fail(
            "Patreon refuses the configured access token, and there is no refresh token.", NEW_PAIR
        )


def _refused(error: BotError, about: str) -> Iterator[Check]:
    if isinstance(error, TemporaryError):
        yield REACH.fail(
            str(error),
            "Check this machine's connection and https://status.patreon.com, then try again.",
            about=about,
        )
        return
    yield REACH.ok("It does.", about=about)
    cure = NEW_PAIR if isinstance(error, TokenBroken) else "Connect the account again."
    yield TOKEN.fail(str(error), cure, about=about)


def _expiry(account: Account, now: datetime, about: str) -> Check:
    start, end = account.obtained_at, account.expires_at
    if end is None:
        return EXPIRY.ok("Patreon has not told when they end.", about=about)
    days = f"{abs(end - now).days} days"
    if now >= end:
        if account.can_be_renewed:
            return EXPIRY.warn(
                f"They ended {days} ago; the next call renews them.",
                "Start the bot or use `python -m bot sync`.",
                about=about,
            )
        return EXPIRY.fail(f"They ended {days} ago.", NEW_PAIR, about=about)
    if start is not None and now >= start + (end - start) * 3 / 4:
        return EXPIRY.warn(
            f"They end in {days} and should have been renewed at half of their life.",
            "Keep the bot running; if it does, look for `tokens not renewed` in its log.",
            about=about,
        )
    return EXPIRY.ok(f"They end in {days}; the bot renews them at half of their life.", about=about)


def _scopes(creator: Creator, about: str) -> Check:
    if creator.scopes is None:
        return SCOPES.skip("Patreon has not told what they allow.", about=about)
    missing = lacking(Purpose.CONNECT, creator.scopes)
    if missing:
        losses = "; ".join(f"without {scope} {LOSSES[scope]}" for scope in missing)
        return SCOPES.warn(
            f"They do not allow everything: {losses}.",
            "Connect the account again and allow everything that is asked for.",
            about=about,
        )
    return SCOPES.ok("They allow everything that the bot does.", about=about)


def _about(creator: Creator) -> str:
    return _name(creator.name or "") or f"account {creator.patreon_id or creator.id}"


def _name(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_NAME]
