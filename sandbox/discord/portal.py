"""Write what the developer portal knows about the bot, as the JSON that Discord sends."""

from .payloads import user
from .records import Application, User
from .wire import Json


def application(record: Application, owner: User) -> Json:
    """Write the bot's registration."""
    return {
        "id": str(record.id),
        "name": record.name,
        "icon": None,
        "description": "A stand-in application.",
        "type": None,
        "bot_public": False,
        "bot_require_code_grant": False,
        "owner": user(owner),
        "verify_key": "0" * 64,
        "flags": application_flags(record),
        "team": None,
        "tags": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "approximate_guild_count": 1,
    }


def application_flags(record: Application) -> int:
    """Tell which privileged intents the portal allows, as an application's flags.

    Source: Discord developer documentation, "Application", "Application Flags" (the "limited"
    ones, which apps below the review threshold have).
    """
    presences, members, content = 1 << 8, 1 << 1, 1 << 15
    return (
        (1 << 13 if record.privileged_intents & presences else 0)
        | (1 << 15 if record.privileged_intents & members else 0)
        | (1 << 19 if record.privileged_intents & content else 0)
    )
