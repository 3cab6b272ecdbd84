"""Make worlds that are ready to use."""

from .permissions import Permission
from .records import ChannelType, Overwrite
from .snowflakes import Clock, now
from .world import World

BOT_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.MANAGE_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.MANAGE_MESSAGES
    | Permission.PIN_MESSAGES
    | Permission.MANAGE_ROLES
    | Permission.MANAGE_EVENTS
    | Permission.CREATE_EVENTS
)
"""What the bot's own role allows in the default world."""

MODERATOR_PERMISSIONS = (
    Permission.MANAGE_MESSAGES | Permission.MODERATE_MEMBERS | Permission.MANAGE_THREADS
)


def default_world(clock: Clock = now) -> World:
    """Make one guild, "Studio", as a creator might have it.

    People: `owner` (owns the guild and the application, administrator), `moderator` (Manage
    Messages), `member` (nothing special), `patreon-bot` (the bot).
    Roles from low to high: Bronze, Silver, Gold, Patreon (managed by an integration), Patreon Bot
    (the bot's own), Moderator, Admin.
    Channels: #general, #patreon-feed (announcement), #staff (hidden from members), and the forum
    #posts with the tags "News" and "Tutorial".
    """
    world = World(clock)
    owner = world.users[world.application.owner_id]
    guild = world.add_guild("Studio", owner)
    for name, color in (("Bronze", 0xCD7F32), ("Silver", 0xC0C0C0), ("Gold", 0xFFD700)):
        world.add_role(guild, name, color=color, hoist=True)
    world.add_role(guild, "Patreon", managed=True)
    bot_role = world.add_role(
        guild, "Patreon Bot", BOT_PERMISSIONS, managed=True, bot_id=world.bot.id
    )
    moderators = world.add_role(guild, "Moderator", MODERATOR_PERMISSIONS, hoist=True)
    admins = world.add_role(guild, "Admin", Permission.ADMINISTRATOR)

    world.set_roles(guild.members[owner.id], {admins.id})
    world.add_member(guild, world.add_user("moderator", "Max"), [moderators])
    world.add_member(guild, world.add_user("member", "Kim"))

    view = Permission.VIEW_CHANNEL
    world.add_channel(guild, "general", topic="Talk about anything.")
    world.add_channel(guild, "patreon-feed", ChannelType.ANNOUNCEMENT, topic="News for patrons.")
    hidden = [
        Overwrite(guild.id, is_role=True, deny=view),
        Overwrite(moderators.id, is_role=True, allow=view),
        Overwrite(bot_role.id, is_role=True, allow=view),
    ]
    world.add_channel(guild, "staff", overwrites=hidden, topic="For the team.")
    world.add_channel(guild, "posts", ChannelType.FORUM, tags=["News", "Tutorial"])
    world.add_member(guild, world.bot, [bot_role])
    return world
