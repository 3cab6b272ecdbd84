"""`python -m bot audit` as the admin uses it."""

import csv
import io
import json

import pytest
from cryptography.fernet import Fernet, MultiFernet

from core.audit import AuditEntry
from storage.store import SqlStore
from tests.factories import NOW, FakeClock

GUILD = 1234567890123456789


@pytest.fixture
async def trail(bot):
    """Three entries: of a server, of the terminal, and of the bot in another server."""
    assert (await bot.run("migrate"))[0] == 0
    keys = MultiFernet([Fernet(Fernet.generate_key())])
    store = SqlStore(f"sqlite:///{bot.folder}/data/bot.db", keys=keys, clock=FakeClock())
    async with store.write() as work:
        for guild, user, detail in (
            (GUILD, 42, "=cmd() \x1b[31mZoë"),
            (None, None, "Restored."),
            (7, None, "Reset."),
        ):
            await work.audit.add(
                AuditEntry(
                    at=NOW, guild_id=guild, user_id=user, action="words.reset", detail=detail
                )
            )
    await store.close()


async def test_entries_are_listed_newest_first_and_steer_no_terminal(bot, trail):
    code, out, err = await bot.run("audit")

    newest, middle, oldest = out.splitlines()
    assert (code, err) == (0, "")
    assert "guild 7  the bot  words.reset  Reset." in newest
    assert "terminal  the admin  words.reset  Restored." in middle
    assert f"guild {GUILD}  user 42" in oldest
    assert "\x1b" not in out


async def test_a_list_says_that_there_is_more(bot, trail):
    _, out, _ = await bot.run("audit", "--limit", "1")
    _, of_guild, _ = await bot.run("audit", "--guild", str(GUILD), "--json")

    assert out.splitlines()[1].startswith("There are older ones")
    assert [entry["user_id"] for entry in json.loads(of_guild)] == [42]


async def test_everything_is_exported_as_harmless_csv(bot, trail):
    code, out, _ = await bot.run("audit", "--csv")

    head, *rows = csv.reader(io.StringIO(out.removeprefix("\ufeff"), newline=""))
    assert (code, out[0], len(head)) == (0, "\ufeff", 5)
    assert [row[4] for row in rows] == ["Reset.", "Restored.", "'=cmd() [31mZoë"]
    assert out.count("\r\n") == 4


async def test_an_audit_without_entries_says_so(bot):
    await bot.run("migrate")

    assert (await bot.run("audit"))[1] == "No entry.\n"
    assert (await bot.run("audit", "--csv"))[1].count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["--guild", "0"], ["--guild", "9" * 20], ["--csv", "--json"]]
)
async def test_wrong_arguments_are_a_matter_of_usage(bot, arguments):
    code, _, err = await bot.run("audit", *arguments)

    assert code == 2
    assert "usage:" in err
