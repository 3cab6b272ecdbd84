"""Discord's published document, read once for all stand-ins of a process."""

import os
from functools import cache
from pathlib import Path

from sandbox.discord.openapi import RequestSchemas, find_document


@cache
def discord_schemas() -> RequestSchemas | None:
    """Give what Discord's requests must look like; None when the project has no copy of it.

    What fitted once is not examined again.
    """
    given = os.environ.get("DISCORD_OPENAPI")
    document = Path(given) if given else find_document()
    return RequestSchemas.load(document) if document else None
