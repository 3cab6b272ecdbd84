"""Forms are used together with what they do, in one transaction, once, by who sent them."""

import asyncio
import os
import signal
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from core.composing import Plan, Sent
from core.draft_forms import Form
from core.draft_rows import DraftQuery
from core.drafts import Content, DraftPicture, DraftState
from core.errors import UserError
from core.rights import Person
from core.steps import CRASH_AT
from storage.faults import DatabaseBug
from storage.store import SqlStore
from tests.factories import FakeClock
from tests.flows.desks import (
    AUTHOR,
    CHIEF,
    COLLEAGUE,
    GUILD,
    OTHER_GUILD,
    STRANGER,
    Desk,
    open_desk,
)

FORM, EARLIER = 9001, 9000
SENT = Sent(id=FORM, earlier=(EARLIER,))
HOURS = timedelta(hours=3)


async def submit(desk, draft):
    form = Form(draft_id=draft.id, version=draft.version, body="Changed.")
    done = await desk.composing.submit(GUILD, CHIEF, FORM, form, earlier=(EARLIER,))
    return done.draft


async def set_minimum(desk, draft):
    return await desk.composing.set_minimum(GUILD, CHIEF, draft.id, draft.version, "5", sent=SENT)


async def schedule(desk, draft):
    at = desk.clock() + HOURS
    return await desk.composing.schedule(
        GUILD, CHIEF, draft.id, draft.version, at=at, zone="UTC", sent=SENT
    )


async def refuse(desk, draft):
    return await desk.composing.refuse(
        GUILD, CHIEF, draft.id, draft.version, reason="Too long", sent=SENT
    )


async def save_template(desk, draft):
    return await desk.composing.save_template(
        GUILD, CHIEF, draft.id, draft.version, "Weekly", sent=SENT
    )


async def begin(desk, _, sent=SENT):
    form = Form(title="New", body="One.")
    done = await desk.composing.submit(GUILD, CHIEF, sent.id, form, earlier=sent.earlier)
    if done.draft is None:
        raise UserError(done.problems[0].text)
    return done.draft


async def from_template(desk, draft, sent=SENT):
    return await desk.composing.from_template(GUILD, CHIEF, draft.id, sent=sent)


async def schedule_many(desk, _, sent=SENT):
    content = Content(title="Several", parts=("One.",))
    plan = Plan(line=2, content=content, publish_at=desk.clock() + HOURS, zone="UTC")
    return (await desk.composing.schedule_many(GUILD, CHIEF, [plan], sent=sent))[0]


CALLS = {
    call.__name__: call
    for call in (
        submit,
        set_minimum,
        schedule,
        refuse,
        save_template,
        from_template,
        schedule_many,
    )
}


@pytest.fixture
async def desk(store, clock):
    return await open_desk(store, clock)


@pytest.fixture(params=CALLS)
def call(request):
    return CALLS[request.param]


async def ready(desk, call):
    """Write the draft that a form is about."""
    draft = await desk.write(CHIEF)
    if call is refuse:
        return await desk.composing.ask(GUILD, CHIEF, draft.id, draft.version)
    if call is from_template:
        return await desk.composing.save_template(GUILD, CHIEF, draft.id, draft.version, "Monthly")
    return draft


async def keep(desk, *numbers, guild_id=GUILD, by=CHIEF):
    for number in numbers:
        await desk.composing.keep(
            guild_id, by.user_id, number, custom_id="post-forms1|new|0|0|", fields={"body": "raw"}
        )


async def everything(desk):
    """Every draft, whatever its state."""
    page = await desk.composing.listed(
        CHIEF, DraftQuery(guild_id=GUILD, states=frozenset(DraftState), limit=50)
    )
    return [await desk.draft(line.id) for line in page.lines]


async def unused(desk, by=CHIEF):
    return [one.id for one in await desk.composing.unused(GUILD, by)]


@pytest.mark.parametrize("makes", [begin, from_template, schedule_many])
async def test_another_try_of_a_form_that_was_used_makes_no_second_post(desk, makes):
    draft = await ready(desk, makes)
    await keep(desk, EARLIER, FORM)
    await makes(desk, draft, Sent(id=EARLIER))
    before = await everything(desk)

    with pytest.raises(UserError, match="was done already"):
        await makes(desk, draft)

    assert await everything(desk) == before
    assert await unused(desk) == [FORM]


async def test_what_a_form_did_is_noted_with_it_and_its_earlier_tries(desk, call):
    draft = await ready(desk, call)
    await keep(desk, EARLIER, FORM)
    assert await unused(desk) == [FORM, EARLIER]

    done = await call(desk, draft)

    assert await unused(desk) == []
    for number in (EARLIER, FORM):
        assert (await desk.composing.submission(GUILD, CHIEF, number)).draft_id == done.id


async def test_a_form_that_is_sent_twice_at_once_does_it_once(desk, call):
    draft = await ready(desk, call)
    await keep(desk, EARLIER, FORM)
    before = await everything(desk)

    done = await asyncio.gather(*(call(desk, draft) for _ in range(4)), return_exceptions=True)

    refused = [one for one in done if isinstance(one, BaseException)]
    assert all(isinstance(one, UserError) for one in refused)
    assert len({one.id for one in done if one not in refused}) == 1
    assert len(await everything(desk)) - len(before) in (0, 1)
    assert (await desk.draft(draft.id)).version - draft.version in (0, 1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_nothing_is_done_when_it_cannot_be_noted(desk, call, tmp_path):
    draft = await ready(desk, call)
    await keep(desk, EARLIER, FORM)
    before, acts = await everything(desk), await desk.acts()
    with sqlite3.connect(tmp_path / "bot.db") as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON submissions WHEN NEW.draft_id IS NOT NULL "
            "BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    connection.close()

    with pytest.raises(DatabaseBug, match="broken"):
        await call(desk, draft)

    assert await everything(desk) == before
    assert await desk.acts() == acts
    assert await unused(desk) == [FORM, EARLIER]


async def test_nobody_uses_the_form_of_another(desk, store, call):
    draft = await ready(desk, call)
    await keep(desk, EARLIER, FORM, by=COLLEAGUE)
    before = await everything(desk)

    with pytest.raises(UserError, match="not known"):
        await call(desk, draft)

    assert await everything(desk) == before
    assert await unused(desk, COLLEAGUE) == [FORM, EARLIER]


async def test_the_earlier_tries_of_another_stay_as_they_are(desk, call):
    draft = await ready(desk, call)
    await keep(desk, EARLIER, by=COLLEAGUE)
    await keep(desk, FORM)

    await call(desk, draft)

    assert await unused(desk, COLLEAGUE) == [EARLIER]
    assert await unused(desk) == []


async def test_a_dismissed_form_does_nothing_any_more(desk, call):
    draft = await ready(desk, call)
    await keep(desk, FORM)
    assert await desk.composing.dismiss(GUILD, CHIEF, FORM)
    before = await everything(desk)

    if call is submit:
        assert await call(desk, draft) is None
    else:
        with pytest.raises(UserError, match="You dismissed this form"):
            await call(desk, draft)

    assert await everything(desk) == before


async def test_a_form_is_dismissed_once_by_its_sender_alone(desk):
    await keep(desk, FORM)
    for guild_id, by, said in (
        (GUILD, COLLEAGUE, "not known"),
        (OTHER_GUILD, Person(user_id=CHIEF.user_id, can_manage_guild=True), "not known"),
        (GUILD, STRANGER, "/patreon permissions"),
    ):
        with pytest.raises(UserError, match=said):
            await desk.composing.dismiss(guild_id, by, FORM)
    assert await unused(desk) == [FORM]

    dismissed = [await desk.composing.dismiss(GUILD, CHIEF, FORM) for _ in range(2)]

    assert dismissed == [True, False]
    assert await unused(desk) == []
    assert await desk.acts() == ["post.form_dismissed"]


async def test_a_form_that_was_used_is_not_dismissed(desk):
    sent = await desk.send(AUTHOR, title="News", body="Something new.")

    with pytest.raises(UserError, match="nothing to dismiss"):
        await desk.composing.dismiss(GUILD, AUTHOR, sent.submission_id)


async def test_of_dismissing_and_using_at_once_one_happens(desk):
    draft = await ready(desk, schedule)
    await keep(desk, EARLIER, FORM)

    dismissed, used = await asyncio.gather(
        desk.composing.dismiss(GUILD, CHIEF, FORM), schedule(desk, draft), return_exceptions=True
    )

    is_scheduled = (await desk.draft(draft.id)).state is DraftState.SCHEDULED
    assert is_scheduled is not isinstance(used, UserError)
    assert is_scheduled is isinstance(dismissed, UserError)


async def test_why_a_form_was_not_used_is_kept_for_its_sender(desk):
    await keep(desk, FORM)

    await desk.composing.note_problem(GUILD, COLLEAGUE, FORM, "Nonsense.")
    await desk.composing.note_problem(GUILD, CHIEF, FORM, "There is no such time.")

    kept = await desk.composing.submission(GUILD, CHIEF, FORM)
    assert (kept.problem, kept.fields) == ("There is no such time.", {"body": "raw"})


async def test_more_is_learnt_of_a_form_of_ones_own(desk):
    await keep(desk, FORM)
    with pytest.raises(UserError, match="not known"):
        await desk.composing.learn(GUILD, COLLEAGUE, FORM, {"uploads": ["x"]})

    await desk.composing.learn(GUILD, CHIEF, FORM, {"uploads": ["a"]})

    kept = await desk.composing.submission(GUILD, CHIEF, FORM)
    assert kept.fields == {"body": "raw", "uploads": ["a"]}


async def test_a_form_that_was_used_needs_no_pictures_any_more(desk):
    draft = await ready(desk, schedule)
    await keep(desk, EARLIER, FORM)
    picture = DraftPicture(digest="a" * 64, name="a.png", media_type="image/png", size_bytes=7)

    async def learn(number):
        await desk.composing.learn(GUILD, CHIEF, number, {"uploads": ["a"]}, pictures=[picture])
        async with desk.store.read() as work:
            return await work.submissions.which_kept([picture.digest])

    assert await learn(EARLIER) == await learn(FORM) == {picture.digest}
    await schedule(desk, draft)
    async with desk.store.read() as work:
        assert await work.submissions.which_kept([picture.digest]) == set()
    assert await learn(FORM) == set()


async def live(path: str, key: str, name: str, draft_id: str) -> None:
    """What the process that dies does."""
    clock = FakeClock()
    store = SqlStore(f"sqlite:///{path}", keys=MultiFernet([Fernet(key)]), clock=clock)
    desk = Desk(store, clock)
    await keep(desk, FORM)
    await CALLS[name](desk, await desk.draft(int(draft_id)))
    await store.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("step", ["drafts.stored", "drafts.saved"])
@pytest.mark.parametrize("name", ["set_minimum", "schedule", "from_template"])
async def test_a_form_is_there_and_unused_after_a_death(desk, tmp_path, name, step):
    draft = await ready(desk, CALLS[name])
    before = await everything(desk)
    code = (
        "import asyncio, sys; from tests.flows.test_composing_forms import live; "
        "asyncio.run(live(*sys.argv[1:]))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        str(tmp_path / "bot.db"),
        Fernet.generate_key().decode(),
        name,
        str(draft.id),
        cwd=Path(__file__).parents[2],
        env={**os.environ, CRASH_AT: step},
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL

    assert await unused(desk) == [FORM]
    assert await everything(desk) == before
    await CALLS[name](desk, draft)
    assert await unused(desk) == []
