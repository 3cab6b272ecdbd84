"""`python -m sandbox`: the stand-ins alone, for any bot or client that is pointed at them."""

import argparse
import asyncio
import contextlib
import signal
import sys

from sandbox.demo import MEMBERS, Sandbox, open_sandbox

_HOOK = "http://127.0.0.1:8080/webhooks/patreon"


def main() -> int:
    """Run the stand-ins until Ctrl+C or SIGTERM; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Local stand-ins for Discord and Patreon."
    )
    parser.add_argument("--port", type=_port, default=0, help="the page's port (default: any)")
    parser.add_argument("--hook", default=_HOOK, help=f"where webhooks go (default: {_HOOK})")
    parser.add_argument("--members", type=int, default=MEMBERS, help="how many members to make up")
    options = parser.parse_args()
    try:
        asyncio.run(_run(options.port, options.hook, options.members))
    except OSError as error:
        print(f"The stand-ins cannot start: {error.strerror or error}.", file=sys.stderr)
        return 1
    return 0


def instructions(sandbox: Sandbox, hook_url: str) -> str:
    """Write what any client has to be told."""
    return f"""\
Open {sandbox.page_url} to see Discord and to play Patreon.

Discord
  REST       {sandbox.discord_api_url}
  gateway    {sandbox.discord_gateway_url}
  CDN        {sandbox.discord_cdn_url}
  bot token  {sandbox.discord_token}
  guild      {sandbox.guild_id}
  channels   #patreon-feed {sandbox.feed_channel_id}, #staff {sandbox.staff_channel_id}
Patreon
  API v2     {sandbox.patreon_api_url}
  authorize  {sandbox.patreon_authorize_url}
  token      {sandbox.patreon_token_url}
  client     {sandbox.client_id}, secret {sandbox.client_secret}
  creator    access token {sandbox.access_token}
             refresh token {sandbox.refresh_token}
  campaign   {sandbox.campaign_id}
  webhooks   to {hook_url}
             signed with {sandbox.webhook_secret}

Every secret here opens nothing but these stand-ins. Ctrl+C ends them."""


async def _run(port: int, hook_url: str, members: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with open_sandbox(port, hook_url=hook_url, members=members) as sandbox:
        print(instructions(sandbox, hook_url), flush=True)
        await stop.wait()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


if __name__ == "__main__":
    sys.exit(main())
