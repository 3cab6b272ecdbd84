"""What people read in the browser while they connect an account."""

from datetime import datetime

from core.consents import LOSSES, Ending, Outcome, Purpose, Question
from web.pages import Page

_AGAIN = {
    Purpose.CONNECT: "Go back to Discord and use /patreon connect again.",
    Purpose.PATRON: "Go back to Discord and use /patron link again.",
}
_ANY_AGAIN = "Go back to Discord and use the command again: it gives a new link."
_CLOSE = "You can close this page and go on in Discord."


def question_page(question: Question, *, redirect_uri: str, now: datetime) -> Page:
    """Say whose wish it is and what will be asked, with the way to Patreon."""
    consent = question.consent
    who = consent.user_name or f"the Discord user {consent.user_id}"
    minutes = max(int((consent.expires_at - now).total_seconds() // 60), 1)
    small = (
        f"This link is good for {minutes} more minute{'' if minutes == 1 else 's'}. If Patreon "
        "says that the redirect address is not registered, the bot's admin adds "
        f"{redirect_uri} to the client's redirect URIs in Patreon's developer portal."
    )
    link = ("Continue to Patreon", question.patreon_url)
    if consent.purpose is Purpose.PATRON:
        return Page(
            title="Link your Patreon account",
            sentences=(
                f"{who} wants to show in Discord which memberships they have at Patreon.",
                "Go on only if that is you: whoever allows it says that this Discord account is "
                "theirs. The bot learns who you are at Patreon and your memberships, nothing else, "
                "and keeps no access to your account.",
            ),
            link=link,
            small=small,
        )
    where = consent.guild_name or (f"the Discord server {consent.guild_id}")
    return Page(
        title="Connect a Patreon account",
        sentences=(
            f"{who} wants to connect a creator's Patreon account to {where}.",
            "Go on only if you know of this. Patreon will ask you to let this bot read your "
            "campaigns, members (without mail addresses) and posts, and be told of changes. "
            "Log in there with the creator's account.",
        ),
        link=link,
        small=small,
    )


def ending_page(ending: Ending) -> Page:
    """Say what came of a consent."""
    again = _AGAIN[ending.purpose]
    if ending.outcome is Outcome.DENIED:
        return Page(
            title="Nothing was connected",
            sentences=("You did not allow it at Patreon, so nothing has changed.", again),
            status=403,
        )
    if ending.outcome is Outcome.FAILED:
        return Page(
            title="Patreon refused",
            sentences=(ending.reason, "Nothing has changed.", again),
            status=502,
        )
    sentences = []
    if ending.purpose is Purpose.CONNECT and ending.campaigns:
        sentences.append(f"Campaigns: {', '.join(ending.campaigns)}.")
    elif ending.purpose is Purpose.CONNECT and not ending.reason:
        sentences.append("This account has no campaign. Connect the one that owns it.")
    if ending.lacking:
        losses = "; ".join(f"{LOSSES[scope]} ({scope})" for scope in ending.lacking)
        sentences.append(f"Patreon did not grant everything: {losses}. {again}")
    if ending.reason:
        sentences.append(ending.reason)
    if ending.purpose is Purpose.PATRON:
        sentences.append(_of_patron(ending))
    title = "Linked as" if ending.purpose is Purpose.PATRON else "Connected as"
    return Page(title=f"{title} {ending.name}", sentences=(*sentences, _CLOSE))


def _of_patron(ending: Ending) -> str:
    """Say what the bot knows of a patron by now, and where to see it."""
    if ending.campaigns:
        return f"Member of {', '.join(ending.campaigns)}. /patron me shows what the bot knows."
    return "The bot knows of no membership of yours yet; the next sync may find one."


def expired_page() -> Page:
    """Say that the time is over."""
    return Page(
        title="This link has expired",
        sentences=("It was good for ten minutes.", "Nothing has changed.", _ANY_AGAIN),
        status=410,
    )


def unknown_page() -> Page:
    """Say that a link is not good (any more)."""
    return Page(
        title="This link does not work",
        sentences=(
            "It was used before, replaced by a newer one, or never given out.",
            "If you have just connected an account, that is done: look in Discord.",
            _ANY_AGAIN,
        ),
        status=404,
    )


def malformed_page() -> Page:
    """Say that an address is not one of ours."""
    return Page(
        title="This address is not complete",
        sentences=("Part of it is missing or was changed on the way.", _ANY_AGAIN),
        status=400,
    )


def code_refused_page(redirect_uri: str) -> Page:
    """Say that Patreon refuses its own code."""
    return Page(
        title="Patreon did not confirm",
        sentences=(
            "Patreon does not accept its own confirmation any more; it is good once and for a "
            "short time. Nothing has changed.",
            _ANY_AGAIN,
        ),
        small=(
            "If it happens again, the bot's admin checks that the redirect address "
            f"{redirect_uri} is registered, letter by letter, for the client in Patreon's "
            "developer portal."
        ),
        status=502,
    )


def refusal_page(reason: str) -> Page:
    """Say what the person can do about it."""
    return Page(title="Not possible", sentences=(reason, _ANY_AGAIN), status=409)


def away_page(reason: str) -> Page:
    """Say that something does not answer at the moment."""
    return Page(
        title="Not possible at the moment",
        sentences=(reason, "Nothing has changed. Wait a few minutes.", _ANY_AGAIN),
        status=503,
    )


def admin_page(reason: str) -> Page:
    """Say that only the bot's admin can help."""
    return Page(
        title="The bot's admin is needed",
        sentences=(reason, "Nothing has changed. Tell the admin of this bot."),
        status=502,
    )


def defect_page() -> Page:
    """Say that the bot has a defect."""
    return Page(
        title="Something went wrong in the bot",
        sentences=("The bot's admin finds the details in the log.", _ANY_AGAIN),
        status=500,
    )


def no_address_page() -> Page:
    """Say that this bot cannot connect accounts."""
    return Page(
        title="Accounts cannot be connected here",
        sentences=(
            "The bot does not know its own address. Its admin sets server.public_url in the "
            "configuration and restarts the bot.",
        ),
        status=503,
    )
