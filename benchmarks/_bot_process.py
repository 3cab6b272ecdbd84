"""The bot as `python -m bot run` runs it, but under none of Patreon's limits.

They would make a flush wait for minutes, and only the bot is to be measured.
"""

import asyncio
import os

from bot import app
from bot.load_config import load


async def main() -> None:
    """Run until told to stop, configured by the environment."""
    config = load(None, os.environ)
    # A copy is not validated, so it may allow what Patreon does not.
    free = {"requests_per_minute": 1_000_000, "requests_per_2_seconds": 1_000_000}
    patreon = config.patreon.model_copy(update=free)
    await app.run(config.model_copy(update={"patreon": patreon}))


if __name__ == "__main__":
    asyncio.run(main())
