"""Recognisable secrets and personal data are planted, and searched for wherever the bot speaks."""

import base64
import contextlib
import json
import re
import signal
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet

from bot.app import open_app
from bot.load_config import load
from tests.cogs.commands_and_rights import COMMANDS, OPTIONS
from tests.end_to_end.place import ROOT, SECRET, open_place
from tests.end_to_end.test_log_privacy import AMOUNT, MAIL, NOTE, PLANTED, SABOTAGE, live_badly

PASSPHRASE = "canary-passphrase-of-five-words"
DATABASE_PASSWORD = "canary:password/of the database"
PERSONAL = (*PLANTED, MAIL, str(AMOUNT), f"{AMOUNT / 100:,.2f}")


def spellings(secret):
    """A secret as it is, escaped for an address, and in base64 wherever that may begin."""
    yield secret
    yield quote(secret, safe="")
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret.encode()).decode()
        # The characters at both ends depend on the neighbours.
        yield text[4 if before else 0 : len(text) // 4 * 4 - 4]


def leaks(text, values):
    folded = text.lower()
    return [v for v in values if any(word.lower() in folded for word in spellings(v))]


def bytes_leak(data, values):
    return [v for v in values if any(word.encode() in data for word in spellings(v))]


async def replies(place):
    """What each command answers to the one who may do everything."""
    owner = place.discord.user("owner")
    said, answers = [], []
    for command in COMMANDS:
        options = dict(OPTIONS.get(command, {}))
        answer = await owner.slash(command, channel="staff", **options)
        with contextlib.suppress(LookupError):
            said.append(repr(answer.message))
        answers.append(answer)
    for answer in answers:
        with contextlib.suppress(LookupError, TimeoutError):
            await answer.finished()
            said.append(repr(answer.message))
    return said


async def said_by(place, *arguments, **environ):
    teller = place.bot.beside()
    await teller.start(*arguments, **environ)
    await teller.ended()
    return "\n".join(teller.lines)


@pytest.mark.timeout(180)
async def test_no_secret_and_no_patron_is_found_where_it_does_not_belong(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SABOTAGE)
    key = Fernet.generate_key().decode()
    wrong = f"postgresql://bot:{quote(DATABASE_PASSWORD, safe='')}@127.0.0.1:1/bot"
    environ = {
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
        "SECRETS_KEY": key,
        "BACKUP_EVERY_HOURS": "1",
        "BACKUP_FOLDER": str(tmp_path / "backups"),
        "BACKUP_PASSPHRASE": PASSPHRASE,
    }
    async with open_place(tmp_path, has_public_url=True) as place:
        pair, world = place.world.creator_token, place.world
        world.add_hook(f"{place.bot.url}/webhooks/patreon", SECRET)
        await place.bot.start(**environ)
        await place.bot.ready()
        answers = await live_badly(place)
        said = await replies(place)
        told = [
            await said_by(place, command, *flags, "--verbose", **environ)
            for command, *flags in (
                ("status",),
                ("status", "--json"),
                ("check", "--json"),
                ("check", "--live"),
                ("events", "list", "--state", "all"),
                ("audit", "--json"),
                ("backup", "--to", str(tmp_path / "mine.age")),
            )
        ]
        told += [
            await said_by(place, command, "--verbose", **environ, DATABASE_URL=wrong)
            for command in ("status", "check", "migrate", "run", "backup")
        ]
        await place.bot.stop(signal.SIGTERM)
        told.append(await said_by(place, "restore", str(tmp_path / "mine.age"), **environ))
        told.append(await said_by(place, "rotate-keys", **environ))
        secrets = await stored_secrets(place, key)
        counted = await figures(place, environ, key)
        log = "\n".join(place.bot.lines)
        messages = [repr(m) for m in every_message(place)]

    secrets += [
        *(pair.access_token, pair.refresh_token),
        *(world.creator_token.access_token, world.creator_token.refresh_token),
        *(world.client.secret, place.discord.token, key, SECRET),
        *(PASSPHRASE, DATABASE_PASSWORD),
    ]
    backups = [*tmp_path.glob("*.age"), *tmp_path.glob("backups/*.age")]
    assert len(said) > 20
    assert any("Requests to Patreon" in text for text in said)
    assert any("Zaphira" in text for text in messages)
    assert len(backups) >= 2
    assert "rows" in told[6], told[6]
    assert "before-restore-" in told[-2], told[-2]
    for place_of, texts in {"log": [log], "page": answers, "terminal": told}.items():
        found = [leak for text in texts for leak in leaks(text, [*secrets, *PERSONAL, NOTE])]
        assert found == [], place_of
    assert leaks(counted, [*secrets, *PERSONAL]) == []
    for place_of, texts in {"reply": said, "message": messages}.items():
        found = [leak for text in texts for leak in leaks(text, [*secrets, MAIL, NOTE])]
        assert found == [], place_of
    for path in backups:
        assert bytes_leak(path.read_bytes(), [*secrets, *PERSONAL, NOTE]) == []


async def stored_secrets(place, key):
    """The tokens and the hooks' secrets that the bot got for itself."""
    Path(place._key_file).write_text(key)
    async with place.store() as store, store.read() as work:
        pairs = [await work.creators.tokens(c.id) for c in await work.creators.all()]
        hooks = await work.hooks.all()
    found = [value for pair in pairs if pair for value in (pair.access, pair.refresh) if value]
    return found + [secret for hook in hooks for secret in hook.secrets]


async def figures(place, environ, key):
    """The process's figures after a sync."""
    config = load(place.bot._config, place.bot._environ | environ)
    async with open_app(config) as app:
        await app.services.sync.run(place.world.campaign().id)
        await app.gauges.refresh()
        text = app.meters.text().decode()
    assert "members" in text
    return text


def every_message(place):
    world = place.discord.world
    return [m for channel in world.channels.values() for m in world.messages.all_in(channel)]


def test_the_search_finds_what_it_is_for():
    hidden = json.dumps({"reason": f"cannot open {MAIL}"})
    wrapped = base64.b64encode(f'{{"token": "{PASSPHRASE}", "x": 1}}'.encode()).decode()

    assert leaks(hidden, [MAIL]) == [MAIL]
    assert leaks(wrapped, [PASSPHRASE]) == [PASSPHRASE]
    assert leaks(quote(DATABASE_PASSWORD, safe=""), [DATABASE_PASSWORD]) == [DATABASE_PASSWORD]
    assert bytes_leak(wrapped.encode(), [PASSPHRASE]) == [PASSPHRASE]
    assert re.search("canary", hidden) is None
