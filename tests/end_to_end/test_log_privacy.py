"""A bad day of the real process at the level debug: the log and the answers name nobody."""

import asyncio
import contextlib
import hashlib
import hmac
import json
from dataclasses import replace

import aiohttp
import pytest

from sandbox.patreon import FaultKind
from tests.end_to_end.place import PATIENCE, ROOT, SECRET, open_place

NAME = "Zaphira Quillfeather"
RENAMED = "Zaphira Moonwhistle"
POISON = "Zaphira Poisonpetal"
MAIL = "zaphira@quillfeather.example"
NOTE = "allergic to peanuts"
AMOUNT = 987_654_321
FORGED = "f0" * 16
INTRUDER = "Zaphira Intruderson"
PLANTED = ("Zaphira", "Quillfeather", "Moonwhistle", "Poisonpetal", "peanuts", "Intruder")

SABOTAGE = f'''
"""Loaded by the interpreter at its start: one member's update crashes with the member in hand."""
import core.update

update_members = core.update.update_members


async def crash(work, members, **more):
    for member, _ in members:
        if member.name == {POISON!r}:
            raise ValueError(f"cannot save {{member!r}}") from KeyError(member.name)
    return await update_members(work, members, **more)


core.update.update_members = crash
'''
"""The real process must meet a bug that no fault of its neighbours can bring about."""


def leaks(text, *, tokens=()):
    """What a text tells that it must not, also written as JSON or as a literal."""
    words = [*PLANTED, str(AMOUNT), f"{AMOUNT / 100:,.2f}", FORGED, SECRET, MAIL, *tokens]
    return [word for word in words if word.lower() in text.lower()]


def signed(body):
    return hmac.new(SECRET.encode(), body, hashlib.md5).hexdigest()


async def post(place, body, signature):
    """Post a delivery; gives the whole answer as text."""
    headers = {"X-Patreon-Event": "members:update", "X-Patreon-Signature": signature}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{place.bot.url}/webhooks/patreon", data=body, headers=headers) as answer,
    ):
        return f"{answer.status} {dict(answer.headers)} {await answer.text()}"


async def send(place, raw):
    """Send bytes that are no request; whatever comes back is the sender's own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", place.bot.port)
    writer.write(raw)
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(5):
            await reader.read(4_096)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def until_logged(place, words):
    for _ in range(int(PATIENCE / 0.05)):
        if any(words in line for line in place.bot.lines):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the log never said {words!r}:\n" + "\n".join(place.bot.lines[-20:]))


async def live_badly(place):
    """Let everything happen that is logged; gives every answer of the bot's own pages."""
    world = place.world
    dear = max(world.tiers(), key=lambda tier: tier.amount_cents)
    answers = []

    ada = world.join(dear, name=NAME).member
    amounts = {"entitled_cents": AMOUNT, "will_pay_cents": AMOUNT, "lifetime_cents": AMOUNT}
    ada = world.put_member(replace(ada, email=MAIL, note=NOTE, **amounts), "members:update").member
    world.rename(ada.id, RENAMED)
    await place.until_shown(1)

    body = json.dumps(world.member_document(ada)).encode()
    answers.append(await post(place, body, FORGED))
    answers.append(await post(place, body[:-9], signed(body[:-9])))
    answers.append(await post(place, f"no JSON but {INTRUDER}".encode() * 3, "blank"))
    line = f"POST /webhooks/patreon HTTP/1.1\nX-Name: {INTRUDER} {MAIL} {SECRET}\n\n".encode()
    await send(place, line + body)
    await send(place, f"GET /{INTRUDER} HTTP/1.1\r\nA : {signed(body)}\r\n\r\n".encode())
    await until_logged(place, "events set aside")

    for fault in (
        FaultKind.SERVER_ERROR,
        FaultKind.CLOUDFLARE,
        FaultKind.TRUNCATED_JSON,
        FaultKind.DROP_AFTER,
        FaultKind.UNAUTHORIZED,
    ):
        world.faults.plan("member", fault, seconds=0.01)
    place.discord.faults.fail("POST", "/channels/{channel_id}/messages", status=400)
    place.discord.faults.drop("POST", "/channels/{channel_id}/messages", after_effect=True)
    place.discord.faults.rate_limit(times=2)
    for number in range(4):
        world.join(name=f"{NAME} the {number}.")
    await until_logged(place, "event put off")
    await until_logged(place, "announcement p")

    world.join(name=POISON)
    await until_logged(place, "event failed")

    async with aiohttp.ClientSession() as session:
        for path in ("/", "/livez", "/readyz", "/webhooks/patreon", f"/{INTRUDER}", "/metrics"):
            async with session.get(place.bot.url + path) as answer:
                answers.append(f"{dict(answer.headers)} {await answer.text()}")
    return answers


@pytest.mark.timeout(120)
@pytest.mark.parametrize("style", ["json", "text"])
async def test_a_bad_day_leaves_no_personal_data_in_the_log_or_in_any_answer(tmp_path, style):
    (tmp_path / "sitecustomize.py").write_text(SABOTAGE)
    async with open_place(tmp_path) as place:
        pair = place.world.creator_token
        place.world.add_hook(f"{place.bot.url}/webhooks/patreon", SECRET)
        await place.bot.start(PYTHONPATH=f"{tmp_path}:{ROOT}", LOG_LEVEL="debug", LOG_FORMAT=style)
        await place.bot.ready()
        answers = await live_badly(place)
        await place.bot.stop()
        log = "\n".join(place.bot.lines)
        tokens = [
            pair.access_token,
            pair.refresh_token,
            place.world.creator_token.access_token,
            place.world.creator_token.refresh_token,
            place.world.client.secret,
            place.discord.token,
        ]

    assert leaks(log, tokens=tokens) == []
    assert [leak for answer in answers for leak in leaks(answer, tokens=tokens)] == []
    assert "Traceback (most recent call last)" in log
    assert "ValueError: [hidden]" in log
    assert "sitecustomize.py" in log
