"""A database with something in every corner, its configuration, and a way to compare two."""

from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from bot.backups.age_keys import Passphrase
from bot.config import Config
from core.audit import AuditEntry, AuditQuery
from core.image_rows import Blob, Seen, Stored
from core.images import ImageKind, ImageLink
from core.pictures import Size
from storage.dump import Kind, open_dump
from storage.keys import load_keys
from storage.shelf import Shelf
from storage.store import SqlStore
from tests.factories import (
    NOW,
    FakeClock,
    card,
    delivery,
    hook,
    member,
    save_campaign,
    save_link,
    tokens,
)

PASSPHRASE = Passphrase("correct horse battery staple")
ACCESS = "access-token-to-recognise"
REFRESH = "refresh-token-to-recognise"
HOOK_SECRET = "hook-secret-to-recognise"
NAME = "Zaphira Quillfeather 🦜 \u202e"
MAIL = "zaphira@quillfeather.example"
ODD = 'line\nbreak, "quotes", \\ and nul-like \\u0000'


def config_for(url, folder: Path, **backup):
    """A configuration with a key file of its own in `folder`."""
    return Config.model_validate(
        {
            "discord": {"token": "MTk4.dGVz.dG9rZW4"},
            "patreon": {
                "client_id": "client-0815",
                "client_secret": "cs-0815-abcdef",
                "creator_access_token": "at-0815-abcdef",
            },
            "database": {"url": url},
            "secrets": {"key_file": str(folder / "secret.key")},
            "backup": {"folder": str(folder / "backups"), **backup},
            "images": {"folder": str(folder / "images")},
        }
    )


def make_key(config) -> str:
    key = Fernet.generate_key().decode()
    Path(config.secrets.key_file).write_text(f"{key}\n")
    Path(config.secrets.key_file).chmod(0o600)
    return key


def keys_of(config) -> MultiFernet:
    return load_keys(None, Path(config.secrets.key_file))


async def fill(config, *, members=1_203):
    """Put something into many tables."""
    store = SqlStore(
        config.database.url.get_secret_value(), keys=keys_of(config), clock=FakeClock()
    )
    try:
        creator_id = await save_campaign(store)
        async with store.write() as work:
            await work.creators.save_tokens(creator_id, tokens(access=ACCESS, refresh=REFRESH))
            await work.hooks.save(hook(secrets=(HOOK_SECRET,)))
            await work.audit.add(
                AuditEntry(at=NOW, guild_id=6001, user_id=2**62, action="link.saved", detail=ODD)
            )
            await work.notes.set("odd", ODD)
        for start in range(0, members, 500):
            async with store.write() as work:
                await work.members.save(
                    [
                        (
                            member(id=f"m-{n:05}", name=f"{NAME} {n}", discord_id=2**62 + n),
                            bytes([n % 256]),
                        )
                        for n in range(start, min(start + 500, members))
                    ],
                    seen_at=NOW,
                )
        link = await save_link(store)
        async with store.write() as work:
            ids = [
                await work.announcements.post(card(), channel_id=7001, link_id=link.id, at=NOW)
                for _ in range(3)
            ]
            await work.announcements.park(ids[0], reason=ODD)
        await store.add_deliveries(
            [delivery(body=bytes(range(256)) * n + MAIL.encode()) for n in range(45)]
        )
    finally:
        await store.close()


async def hang(config, *contents):
    """Keep pictures on their shelf and in the rows, each in one more size, with a short link.

    Gives the digests of all files, the originals first.
    """
    shelf = Shelf(Path(config.images.folder))
    store = SqlStore(
        config.database.url.get_secret_value(), keys=keys_of(config), clock=FakeClock()
    )
    try:
        originals, small = [], []
        for number, content in enumerate(contents):
            originals.append(await shelf.add(content))
            small.append(await shelf.add(content[::-1]))
            key = f"picture-{originals[-1]}"
            seen = Seen(
                kind=ImageKind.USER,
                owner_id=f"{number}",
                campaign_id="1001",
                links={"": ImageLink(url="https://patreon.example/x", key=key)},
            )
            sizes = {Size.AVATAR: Blob(digest=small[-1], size_bytes=len(content))}
            file = Blob(digest=originals[-1], size_bytes=len(content))
            stored = Stored(file=file, media_type="image/png", width=1, height=1, sizes=sizes)
            async with store.write() as work:
                await work.images.see([seen], public_key=lambda key: key[-32:], at=NOW)
                await work.images.keep({key: stored}, at=NOW)
    finally:
        await store.close()
    return [*originals, *small]


def shown(config):
    """The files on the shelf, by digest, and whatever else lies in its folder."""
    files = [path for path in Path(config.images.folder).rglob("*") if path.is_file()]
    return {path.name: path.read_bytes() for path in files}


UPKEEP = {"backup.made", "backup.restored", "keys.rotated"}


async def upkeep_in(config):
    """What the audit tells of backups and keys, oldest first: the actions and who did it."""
    store = SqlStore(
        config.database.url.get_secret_value(), keys=keys_of(config), clock=FakeClock()
    )
    try:
        async with store.read() as work:
            page = await work.audit.page(AuditQuery(guild_id=None, limit=100))
    finally:
        await store.close()
    told = [entry for entry in reversed(page.entries) if entry.action in UPKEEP]
    assert {(entry.guild_id, entry.user_id) for entry in told} <= {(None, None)}
    return [(entry.action, entry.detail) for entry in told]


async def everything_in(config):
    """Every row of every table, its secrets opened, but for what the upkeep says of itself."""
    found = {}
    keys = keys_of(config)
    async with open_dump(config.database.url.get_secret_value()) as dump:
        for name, columns in dump.layout.tables.items():
            rows = [row async for part in dump.rows(name) for row in part]
            found[name] = [
                {
                    column: _opened(keys, value) if kind is Kind.TEXT else value
                    for (column, kind), value in zip(columns, row, strict=True)
                }
                for row in rows
            ]
    found["audit"] = [row for row in found["audit"] if row["action"] not in UPKEEP]
    return found


def _opened(keys, value):
    if isinstance(value, str) and value.startswith("gAAAA"):
        return keys.decrypt(value.encode()).decode()
    return value
