"""Run both stand-ins and the page that shows them, in one process."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.discord.seeds import default_world
from sandbox.discord.server import DiscordServer
from sandbox.discord.world import World
from sandbox.page.scene import Scene
from sandbox.page.server import PageServer
from sandbox.patreon.server import PatreonServer
from sandbox.patreon.world import PatreonWorld

MEMBERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The running stand-ins: what a bot has to be told, and the two worlds themselves.

    Every secret here opens nothing but these stand-ins.
    """

    page_url: str
    discord_api_url: str
    discord_gateway_url: str
    discord_cdn_url: str
    discord_token: str
    guild_id: int
    feed_channel_id: int
    staff_channel_id: int
    posts_channel_id: int
    patreon_api_url: str
    patreon_authorize_url: str
    patreon_token_url: str
    patreon_images: str
    client_id: str
    client_secret: str
    access_token: str
    refresh_token: str
    webhook_secret: str
    campaign_id: str
    scene: Scene


@asynccontextmanager
async def open_sandbox(
    port: int = 0,
    *,
    hook_url: str | None = None,
    members: int = MEMBERS,
    seed: int = 1,
) -> AsyncIterator[Sandbox]:
    """Start the stand-ins and the page for the length of an `async with` block.

    The Discord side has the guild "Studio", the Patreon side a campaign with four tiers and
    `members` members of every kind. `hook_url` is where webhooks go, as if somebody had entered it
    in Patreon's portal. `port` is the page's; 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    campaigns = PatreonWorld(seed)
    campaign = campaigns.seed_campaign(members)
    world = default_world()
    _furnish(world)
    world.messages.write(
        "moderator", "general", "Morning! The bot tells in #patreon-feed who joins."
    )
    world.messages.write("member", "general", "Nice. How do I see **my** tier?")
    secret = secrets.token_urlsafe(32)
    if hook_url is not None:
        campaigns.add_hook(hook_url, secret)
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(await DiscordServer.start(world))
        patreon = await PatreonServer.start(campaigns)
        stack.push_async_callback(patreon.close)
        scene = Scene(discord, patreon)
        page = PageServer(scene, seed=seed)
        stack.push_async_callback(page.close)
        await page.open(port)
        yield Sandbox(
            page_url=page.url,
            discord_api_url=discord.api_url,
            discord_gateway_url=discord.gateway_url,
            discord_cdn_url=discord.cdn_url,
            discord_token=discord.token,
            guild_id=world.guild.id,
            feed_channel_id=world.channel_named("patreon-feed").id,
            staff_channel_id=world.channel_named("staff").id,
            posts_channel_id=world.channel_named("posts").id,
            patreon_api_url=patreon.api_url,
            patreon_authorize_url=patreon.authorize_url,
            patreon_token_url=patreon.token_url,
            patreon_images=urlsplit(patreon.image_base_url).netloc,
            client_id=campaigns.client.id,
            client_secret=campaigns.client.secret,
            access_token=campaigns.creator_token.access_token,
            refresh_token=campaigns.creator_token.refresh_token,
            webhook_secret=secret,
            campaign_id=campaign.id,
            scene=scene,
        )


def _furnish(world: World) -> None:
    """Give the people colours and the place a little talk."""
    for name, color in (("Admin", 0xE67E22), ("Moderator", 0x2ECC71)):
        role = world.role_named(name)
        role.color, role.hoist = color, True
    patron = world.guild.members[world.user_named("member").id]
    world.set_roles(patron, {world.role_named("Gold").id})
    world.messages.write("moderator", "general", "Morning! #patreon-feed tells who joins.")
    world.messages.write("member", "general", "Nice. I joined **Stargazer** last week.")
