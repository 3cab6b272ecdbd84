"""The root of all commands: `/patreon`."""

from discord import app_commands
from discord.ext import commands

from cogs.audit import AuditCommands
from cogs.connect import ConnectCommands
from cogs.doctor import DoctorCommands
from cogs.images import ImageCommands
from cogs.lookups import LookupCommands
from cogs.lookups_member import MemberCardCommands
from cogs.members import MemberCommands
from cogs.permissions import PermissionCommands
from cogs.post import PostCommands
from cogs.posts import PostsCommands
from cogs.settings import SettingsCommands
from cogs.setup import SetupCommands
from cogs.status import StatusCommands
from cogs.sync import SyncCommands
from cogs.webhooks import WebhookCommands
from cogs.words import WordsCommands


@app_commands.default_permissions(manage_messages=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Patreon(
    SyncCommands,
    MemberCommands,
    MemberCardCommands,
    LookupCommands,
    StatusCommands,
    WebhookCommands,
    PermissionCommands,
    AuditCommands,
    DoctorCommands,
    ConnectCommands,
    WordsCommands,
    ImageCommands,
    PostCommands,
    PostsCommands,
    SetupCommands,
    SettingsCommands,
    commands.GroupCog,
    group_name="patreon",
    group_description="Your Patreon members in this server",
):
    """Everything under `/patreon`: one mixin an area.

    Discord keeps permissions on the root alone, so it asks for the least that any command needs;
    each command checks by itself what it needs.

    Source: docs.discord.com, "Application Commands", "Permissions".
    """
