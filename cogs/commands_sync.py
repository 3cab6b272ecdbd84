"""Telling Discord which commands there are, when they have changed."""

import hashlib
import json
import logging
from typing import Any

import discord
from discord import app_commands

from core.store import Store

log = logging.getLogger(__name__)

NOTE = "commands"


async def sync_commands(tree: app_commands.CommandTree[Any], store: Store) -> bool:
    """Send the global commands unless Discord has exactly these; tells whether they were sent.

    What was sent is remembered in the store, by the application it was sent for.

    Raises:
        discord.HTTPException: Discord did not take them.
    """
    wanted = digest(tree)
    async with store.read() as work:
        known = await work.notes.get(NOTE)
    if known == wanted:
        return False
    sent = await tree.sync()
    async with store.write() as work:
        await work.notes.set(NOTE, wanted)
    log.info("commands sent", extra={"commands": [command.name for command in sent]})
    return True


def digest(tree: app_commands.CommandTree[Any]) -> str:
    """Digest everything that would be sent: names, texts, options, choices, permissions."""
    payload = [command.to_dict(tree) for command in tree.get_commands()]
    text = json.dumps([tree.client.application_id, discord.__version__, payload], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
